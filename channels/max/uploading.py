"""Giving MAX files before the message they hang on (https://dev.max.ru/docs-api/methods/POST/uploads)."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from channels.adapter import BadContent, Part, RetryAfter, Temporary
from channels.json_fields import part, words
from channels.max.client import MaxClient
from core.files import file_store

KEPT = 200
FIRST_WAIT, LONGEST_WAIT, MOST_TRIES = 2.0, 60.0, 15  # eight minutes together


class Uploads:
    """What MAX calls the files of one bot; remembered, so that one it still works on is not given anew."""

    def __init__(self) -> None:
        self._tokens: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._tries: dict[str, int] = {}

    def attachments(self, client: MaxClient, sent: Part) -> list[dict[str, Any]]:
        """The files of a part as they hang on a message."""
        return [
            {"type": file["kind"], "payload": {"token": self._token(client, file)}}
            for file in sent.payload.get("files", ())
        ]

    def done(self, sent: Part) -> None:
        """The message has left."""
        self._tries.pop(sent.key, None)

    def unready(self, sent: Part, told: RetryAfter) -> RetryAfter | BadContent:
        """Try a film less and less often; after some minutes it goes as a document, which needs no work."""
        tries = self._tries[sent.key] = self._tries.get(sent.key, 0) + 1
        if tries > MOST_TRIES:
            del self._tries[sent.key]
            return BadContent(told.detail, code=told.code)
        told.retry_after = min(FIRST_WAIT * 2.0 ** ((tries - 1) // 2), LONGEST_WAIT)
        return told

    def _token(self, client: MaxClient, file: Mapping[str, Any]) -> str:
        known = (str(file["kind"]), str(file["sha256"]))
        if known not in self._tokens:
            self._tokens[known] = _upload(client, file)
            while len(self._tokens) > KEPT:
                self._tokens.popitem(last=False)
        return self._tokens[known]


def _upload(client: MaxClient, file: Mapping[str, Any]) -> str:
    """May be done again, for nobody sees a file without its message."""
    kind, size = str(file["kind"]), int(file["size"])
    if not size:
        raise BadContent("the file is empty", code="nothing_to_send")
    place = client.change("POST", "/uploads", type=kind)
    url = words(place, "url")
    if not url:
        raise Temporary("MAX names no address for the file", code="not_the_interface")
    with file_store().open_file(str(file["sha256"])) as stream:
        answer = client.upload(url, str(file["name"]), str(file["mime"]), stream, size)
    token = words(place, "token") or words(answer, "token") or _picture(answer)
    if not token:
        raise Temporary("MAX names no token for the file", code="not_the_interface")
    return token


def _picture(answer: Mapping[str, Any]) -> str:
    photos = part(answer, "photos")
    return next((words(each, "token") for each in photos.values() if isinstance(each, Mapping)), "")

"""Files of messages and comments as the API says them."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from core.media import safe_download_name
from inbox.models import Attachment, FileState, Message, RemoteFile

LETTERS = frozenset({"message/rfc822", "message/global"})
# Pictures a browser may show in place; every other file is downloaded.
SHOWN_IN_PLACE = frozenset({"image/png", "image/apng", "image/jpeg", "image/gif", "image/webp"})


def files_json(attachments: Sequence[Attachment]) -> list[dict[str, Any]]:
    """Files, each with the address it is fetched from."""
    return [file_json(each) for each in attachments]


def file_json(file: Attachment) -> dict[str, Any]:
    """A file; its type is what its bytes were found to be, not what the sender said."""
    url = f"/files/{file.id}/{quote(safe_download_name(file.name), safe='')}"
    return {
        "id": file.id,
        "name": file.name,
        "mime": file.mime,
        "size": file.size,
        "kind": file.kind or _kind(file.mime),
        "state": "here",
        "inline": file.inline,
        "url": url,
        "preview": f"{url}?inline=1" if file.mime in SHOWN_IN_PLACE else None,
        "letter": f"/letters/nested/{file.id}" if file.mime in LETTERS else None,
        **_facts(file.facts),
    }


def files_of_message(message: Message) -> list[dict[str, Any]]:
    """A message's files in their order, with the places of those that are not here."""
    here = [(each.place, file_json(each)) for each in message.attachments]
    away = [
        (each.place, _away_json(each)) for each in message.remote_files if each.state != FileState.FETCHED
    ]
    return [found for _, found in sorted([*here, *away], key=lambda pair: pair[0])]


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the outside tells of a file; whatever it says, a number is a number and words are words."""
    return {
        "width": _number(facts.get("width")),
        "height": _number(facts.get("height")),
        "seconds": _number(facts.get("duration")),
        "emoji": _words(facts.get("emoji")),
        "transcript": _words(facts.get("transcript")),
    }


def _away_json(file: RemoteFile) -> dict[str, Any]:
    return {
        "id": -file.id,
        "name": file.name,
        "mime": file.mime,
        "size": file.size or 0,
        "kind": file.kind,
        "state": file.state,
        "inline": False,
        "url": "",
        "preview": None,
        "letter": None,
        **_facts(file.facts),
    }


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and 0 < value < 10**7 else None


def _words(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _kind(mime: str) -> str:
    kind = mime.partition("/")[0]
    if mime in SHOWN_IN_PLACE:
        return "image"
    return kind if kind in ("video", "audio") else "file"

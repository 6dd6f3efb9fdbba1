"""Giving MAX a file before the message it hangs on (https://dev.max.ru/docs-api/methods/POST/uploads)."""

from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from channels.adapter import BadContent, Temporary
from channels.max.client import MaxClient
from channels.max.fields import part, words


def upload(client: MaxClient, file: Mapping[str, Any], opened: Callable[[str], BinaryIO]) -> str:
    """What MAX calls the file from now on; may be done again, for nobody sees a file without its message."""
    kind, size = str(file["kind"]), int(file["size"])
    if not size:
        raise BadContent("the file is empty", code="nothing_to_send")
    place = client.change("POST", "/uploads", type=kind)
    url = words(place, "url")
    if not url:
        raise Temporary("MAX names no address for the file", code="not_the_interface")
    with opened(str(file["sha256"])) as stream:
        answer = client.upload(url, str(file["name"]), str(file["mime"]), stream, size)
    token = words(place, "token") or words(answer, "token") or _picture(answer)
    if not token:
        raise Temporary("MAX names no token for the file", code="not_the_interface")
    return token


def _picture(answer: Mapping[str, Any]) -> str:
    photos = part(answer, "photos")
    return next((words(each, "token") for each in photos.values() if isinstance(each, Mapping)), "")

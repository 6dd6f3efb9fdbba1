"""Files and messages that VK has and we only heard of."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from channels.adapter import BadContent, FetchedFile, Temporary
from channels.vk.api import VkApi
from channels.vk.attachments import address_of, name_of
from channels.vk.wire import Json, inner, items, number, web_address, words
from inbox.border import FileReference

ENDED = frozenset((400, 401, 403, 404, 410))
DEEPEST = 10


def fetch_file(api: VkApi, file: FileReference, out: BinaryIO, max_bytes: int) -> FetchedFile:
    """Write a file's bytes; addresses end after some days, then the message is asked for a new one."""
    if file.size is not None and file.size > max_bytes:
        raise BadContent(f"{file.name} has {file.size} bytes", code="too_big")
    url = web_address(file.ref.get("url"))
    status, mime = api.fetch(url, out, max_bytes) if url else (404, "")
    if status in ENDED or (status == 200 and _is_a_page(mime, file)):
        again = _address_now(api, file.ref)
        if not again or again == url:
            raise BadContent(f"VK answers {status} for {file.name}", code="gone")
        out.seek(0)
        out.truncate()
        status, mime = api.fetch(again, out, max_bytes)
    if status in ENDED or (status == 200 and _is_a_page(mime, file)):
        raise BadContent(f"VK answers {status} for {file.name}", code="gone")
    if status != 200:
        raise Temporary(f"VK answers {status} for {file.name}", code="server_busy")
    return FetchedFile(mime="" if mime == "application/octet-stream" else mime)


def whole_message(api: VkApi, peer_id: int, message: Json) -> Json | None:
    """A message with all of its text; None if VK does not have it any more."""
    return _message(api, peer_id, number(message.get("conversation_message_id")))


def _message(api: VkApi, peer_id: int, at: int) -> Json | None:
    if not peer_id or at <= 0:
        return None
    told = {"peer_id": peer_id, "conversation_message_ids": at}
    found = items(inner(api.ask("messages.getByConversationMessageId", **told)).get("items"))
    return found[0] if found else None


def _address_now(api: VkApi, ref: Mapping[str, Any]) -> str:
    """Where the attachment lies now, if its message still has it."""
    message = _message(api, number(ref.get("peer")), number(ref.get("number")))
    for kind, body in _attachments(message or {}):
        if name_of(kind, body) == ref.get("unique_id"):
            return address_of(kind, body)
    return ""


def _attachments(message: Json, depth: int = 0) -> Iterator[tuple[str, Json]]:
    """Those of a message and of all it passes on."""
    for each in items(message.get("attachments")):
        kind = words(each.get("type"))
        yield kind, inner(each, kind)
    if depth < DEEPEST:
        for forwarded in items(message.get("fwd_messages")):
            yield from _attachments(forwarded, depth + 1)


def _is_a_page(mime: str, file: FileReference) -> bool:
    """Whether VK shows a page that says no, with status 200, in place of a file."""
    return (
        mime == "text/html" and "html" not in file.mime and not file.name.lower().endswith((".html", ".htm"))
    )

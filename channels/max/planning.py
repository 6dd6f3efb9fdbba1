"""A message cut into calls: pictures and films together, every other file alone, words with the first. Pure.

https://dev.max.ru/docs-api/methods/POST/messages
"""

from collections.abc import Iterator
from typing import Any, Literal

from channels.adapter import BadContent, Part
from channels.cutting import cut_text
from inbox.border import Outgoing, OutgoingFile

MOST_TEXT = 3999
MOST_TOGETHER = 10
MOST_BUTTONS, MOST_LABEL, MOST_DATA = 30, 64, 1024
MB = 1024 * 1024
MOST_BYTES = {"image": 50 * MB, "video": 250 * MB, "audio": 256 * MB, "file": 250 * MB}
IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff", "image/heic"})
VIDEOS = frozenset({"video/mp4", "video/quicktime", "video/x-matroska", "video/webm"})
AUDIOS = frozenset({"audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/x-wav", "audio/ogg", "audio/aac"})

Upload = Literal["image", "video", "audio", "file"]


def plan(outgoing: Outgoing, *, fallback: bool = False) -> list[Part]:
    """The calls of a message; BadContent when there is nothing MAX could be given.

    The plainest form answers no message and sends every file as a document.
    """
    chat = chat_id_of(outgoing.conversation_key)
    groups = list(_together(outgoing.files, plain=fallback))
    texts = cut_text(outgoing.text, MOST_TEXT)
    if not groups and not texts:
        raise BadContent("there is nothing in this message", code="nothing_to_send")
    first = texts.pop(0) if texts else ""
    bodies: list[dict[str, Any]] = [{"text": first, "files": groups[0] if groups else []}]
    bodies += [{"text": text, "files": []} for text in texts]
    bodies += [{"text": "", "files": group} for group in groups[1:]]
    if outgoing.reply_to_key and not fallback:
        bodies[0]["reply_to"] = outgoing.reply_to_key
    if buttons := _buttons(outgoing):
        bodies[-1]["buttons"] = buttons
    plain = ":plain" if fallback else ""
    return [
        Part(f"{outgoing.key}:{number}{plain}", {"chat_id": chat, **body})
        for number, body in enumerate(bodies)
    ]


def chat_id_of(conversation_key: str | None) -> int:
    """The chat that was named; BadContent for a name that is none of ours."""
    try:
        return int(conversation_key or "")
    except ValueError:
        raise BadContent(f"{conversation_key!r} names no chat", code="conversation_unknown") from None


def upload_kind(mime: str) -> Upload:
    """As what a file is shown."""
    if mime in IMAGES:
        return "image"
    if mime in VIDEOS:
        return "video"
    return "audio" if mime in AUDIOS else "file"


def keyboard(buttons: list[list[str]]) -> dict[str, Any]:
    """Buttons below a message, one in a row."""
    rows = [[{"type": "callback", "text": label, "payload": data}] for label, data in buttons]
    return {"type": "inline_keyboard", "payload": {"buttons": rows}}


def _together(files: tuple[OutgoingFile, ...], *, plain: bool) -> Iterator[list[dict[str, Any]]]:
    waiting: list[dict[str, Any]] = []
    for file in files:
        kind: Upload = "file" if plain else upload_kind(file.mime)
        if file.size > MOST_BYTES[kind]:
            kind = "file"
        if file.size > MOST_BYTES[kind]:
            raise BadContent(f"{file.name} is too big", code="media_too_big")
        described = {
            "kind": kind,
            "sha256": file.sha256,
            "name": file.name,
            "mime": file.mime,
            "size": file.size,
        }
        if kind not in ("image", "video"):
            yield [described]
            continue
        waiting.append(described)
        if len(waiting) == MOST_TOGETHER:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _buttons(outgoing: Outgoing) -> list[list[str]]:
    return [
        [label[:MOST_LABEL], data]
        for label, data in outgoing.buttons[:MOST_BUTTONS]
        if label.strip() and data and len(data) <= MOST_DATA
    ]

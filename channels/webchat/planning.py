"""A message of ours cut into lines of a chat. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from channels.adapter import BadContent, Part
from channels.cutting import cut_text
from channels.webchat.marks import chat_html
from core.media import kind_of_file
from inbox.border import Outgoing, OutgoingFile

MOST_TEXT = 10_000
MOST_FILES = 10
MOST_BYTES = 25 * 1024 * 1024


def plan(outgoing: Outgoing, *, author: str, fallback: bool = False) -> Sequence[Part]:
    """One line for the words with up to ten files, and more where they do not fit."""
    if not outgoing.conversation_key:
        raise BadContent("there is no chat to write into", code="conversation_unknown")
    if any(file.size > MOST_BYTES for file in outgoing.files):
        raise BadContent("a file is too big", code="media_too_big")
    texts = cut_text(outgoing.text, MOST_TEXT)
    groups = [outgoing.files[at : at + MOST_FILES] for at in range(0, len(outgoing.files), MOST_FILES)]
    if not texts and not groups:
        raise BadContent("there is nothing in this message", code="nothing_to_send")
    bodies: list[dict[str, Any]] = [{"text": text, "files": []} for text in texts]
    if groups and texts:
        bodies[-1]["files"] = [_file(each) for each in groups.pop(0)]
    bodies += [{"text": "", "files": [_file(each) for each in group]} for group in groups]
    if len(texts) == 1 and not fallback:
        bodies[0]["html"] = chat_html(outgoing.html)
    return [
        Part(
            f"{outgoing.key}:{place}",
            {"chat": outgoing.conversation_key, "author": author, **body},
        )
        for place, body in enumerate(bodies)
    ]


def _file(file: OutgoingFile) -> Mapping[str, Any]:
    kind = kind_of_file(file.name, b"")
    return {
        "sha256": file.sha256,
        "name": file.name,
        "mime": file.mime or kind.mime,
        "size": file.size,
        "is_image": file.mime in ("image/png", "image/jpeg", "image/gif", "image/webp"),
    }

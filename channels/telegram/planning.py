"""A message cut into calls of the Bot API: which method, with which words, files and buttons. Pure.

Files go first, alone, as an album or several; short words stand below the only call with files, long
ones follow as messages of their own. https://core.telegram.org/bots/api#sending-files
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from channels.adapter import BadContent, Part
from channels.telegram.cutting import cut
from channels.telegram.formatting import Marked
from channels.telegram.keys import Place, is_of, message_id_of, place_of
from channels.telegram.markup import marked_from_html
from core.media import safe_download_name
from core.text import plain_line
from inbox.border import Outgoing, OutgoingFile

MOST_TEXT = 4096
MOST_CAPTION = 1024
MOST_ALBUM = 10
MOST_FILE = 50 * 1024 * 1024
MOST_PHOTO = 10 * 1024 * 1024
MOST_BUTTON_DATA = 64
MOST_BUTTONS = 100
PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})
VOICES = frozenset({"audio/ogg", "audio/opus"})
AUDIOS = frozenset({"audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/aac"})
# Which files may lie in one album: pictures with films, and else only their like.
ALBUMS = {"photo": "pictures", "video": "pictures", "document": "documents", "audio": "audios"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call before it is put into words for the store."""

    method: str
    text: Marked
    files: tuple[tuple[str, OutgoingFile], ...] = ()


def plan(outgoing: Outgoing, *, fallback: bool = False) -> list[Part]:
    """The calls of a message; BadContent when there is nothing Telegram could be given.

    The plainest form has no marks, answers nothing and sends every file as a document.
    """
    place = place_of(outgoing.conversation_key or "")
    calls = list(_calls(_words(outgoing, plain=fallback), _files(outgoing, plain=fallback)))
    if not calls:
        raise BadContent("there is nothing in this message", code="empty")
    answered = outgoing.reply_to_key if not fallback else None
    reply_to = message_id_of(answered) if answered and is_of(answered, place) else None
    parts = []
    for index, call in enumerate(calls):
        payload = _payload(call, place)
        if index == 0 and reply_to is not None:
            payload["reply_to"] = reply_to
        if index == len(calls) - 1 and (buttons := _buttons(outgoing, call)):
            payload["buttons"] = buttons
        parts.append(Part(f"{outgoing.key}:{index}{':plain' if fallback else ''}", payload))
    return parts


def _words(outgoing: Outgoing, *, plain: bool) -> Marked:
    if plain or not outgoing.html:
        return Marked(outgoing.text.strip())
    return marked_from_html(outgoing.html)


def _files(outgoing: Outgoing, *, plain: bool) -> list[tuple[str, OutgoingFile]]:
    made = []
    for file in outgoing.files:
        if file.size == 0:
            raise BadContent(f"{file.name} is empty", code="empty_file")
        if file.size > MOST_FILE:
            raise BadContent(f"{file.name} is bigger than 50 MB", code="too_big")
        made.append(("document" if plain else _kind(file), file))
    return made


def _kind(file: OutgoingFile) -> str:
    mime = file.mime.partition(";")[0].strip().lower()
    if mime in PHOTOS and file.size <= MOST_PHOTO:
        return "photo"
    if mime == "image/gif":
        return "animation"
    if mime == "video/mp4":
        return "video"
    if mime in VOICES:
        return "voice"
    return "audio" if mime in AUDIOS else "document"


def _calls(words: Marked, files: Sequence[tuple[str, OutgoingFile]]) -> Iterator[Call]:
    groups = _groups(files)
    below = len(groups) == 1 and words.length <= MOST_CAPTION
    for group in groups:
        method = "sendMediaGroup" if len(group) > 1 else f"send{group[0][0].capitalize()}"
        yield Call(method, _trimmed(words) if below else Marked(""), tuple(group))
    if not below:
        for piece in cut(words, MOST_TEXT):
            yield Call("sendMessage", piece)


def _trimmed(words: Marked) -> Marked:
    return (cut(words, MOST_CAPTION) or [Marked("")])[0]


def _groups(files: Sequence[tuple[str, OutgoingFile]]) -> list[list[tuple[str, OutgoingFile]]]:
    """Files that may travel together, in their order, the last group never a single leftover of ten."""
    groups: list[list[tuple[str, OutgoingFile]]] = []
    for kind, file in files:
        album = ALBUMS.get(kind)
        fits = groups and album and ALBUMS.get(groups[-1][0][0]) == album and len(groups[-1]) < MOST_ALBUM
        if fits:
            groups[-1].append((kind, file))
        else:
            groups.append([(kind, file)])
    return groups


def _payload(call: Call, place: Place) -> dict[str, Any]:
    payload: dict[str, Any] = {"method": call.method, "conversation": place.conversation_key}
    if call.text.text:
        payload["text"] = call.text.text
    if call.text.marks:
        payload["marks"] = [mark.entity() for mark in call.text.marks]
    if call.files:
        payload["files"] = [
            {"as": kind, "sha256": file.sha256, "name": safe_download_name(file.name), "size": file.size}
            for kind, file in call.files
        ]
    if len(call.files) > 1:
        payload["cost"] = len(call.files)
    return payload


def _buttons(outgoing: Outgoing, call: Call) -> list[list[str]]:
    """Below the last message; an album can have none."""
    if call.method == "sendMediaGroup":
        return []
    return [
        [plain_line(label, longest=64), data]
        for label, data in outgoing.buttons[:MOST_BUTTONS]
        if label.strip() and len(data.encode()) <= MOST_BUTTON_DATA
    ]

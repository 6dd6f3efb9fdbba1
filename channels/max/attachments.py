"""What hangs on a message: files by where they lie, and cards for everything else. Pure.

https://dev.max.ru/docs-api/objects/Message — attachments have a type and a payload.
"""

import re
from collections.abc import Iterator
from typing import Any

from channels.json_fields import Json, number, part, parts, words
from core.media import safe_download_name
from core.text import plain_line
from inbox.border import Card, FileReference, MediaKind

# What MAX calls it, what we call it, its usual type and name.
FILES: dict[str, tuple[MediaKind, str, str]] = {
    "image": ("image", "", "photo"),
    "video": ("video", "video/mp4", "video.mp4"),
    "audio": ("voice", "", "voice"),
    "file": ("file", "", "file"),
    "sticker": ("sticker", "", "sticker"),
}
FACTS = ("duration", "width", "height", "transcription")
KEYBOARD = "inline_keyboard"
LONGEST = 500
_PHONE = re.compile(r"(?im)^TEL[^:]*:(?:tel:)?\s*([+\d][\d ()\-.]{4,30})")
_NAME = re.compile(r"(?im)^FN[^:]*:(.+)$")


def files_of(body: Json) -> tuple[FileReference, ...]:
    """The files of a message in their order; each can be found again by message and place."""
    mid = words(body, "mid")
    found = (_file(each, mid, place) for place, each in enumerate(parts(body, "attachments")))
    return tuple(each for each in found if each is not None)


def cards_of(body: Json) -> tuple[Card, ...]:
    """What is neither words nor file; buttons below a message say nothing themselves."""
    return tuple(_cards(parts(body, "attachments")))


def own_phone(body: Json, user_id: int | None) -> str:
    """The phone number of somebody's own contact, which MAX names the person of."""
    for each in parts(body, "attachments"):
        payload = part(each, "payload")
        if words(each, "type") == "contact" and number(part(payload, "max_info"), "user_id") == user_id:
            return _contact(payload)["phone"]
    return ""


def label_of(body: Json, data: str) -> str:
    """What stands on the button that carries some data."""
    for each in parts(body, "attachments"):
        rows = part(each, "payload").get("buttons") if words(each, "type") == KEYBOARD else None
        for row in rows if isinstance(rows, list) else ():
            for button in row if isinstance(row, list) else ():
                if isinstance(button, dict) and words(button, "payload") == data:
                    return plain_line(words(button, "text"), longest=LONGEST)
    return ""


def _file(each: Json, mid: str, place: int) -> FileReference | None:
    kind = words(each, "type")
    if kind not in FILES:
        return None
    media, mime, called = FILES[kind]
    payload = part(each, "payload")
    ref: dict[str, Any] = {"mid": mid, "place": place, "url": words(payload, "url")}
    if kind == "video":
        ref["video"] = words(payload, "token") or words(each, "token")
    name = words(each, "filename")
    facts = {name: each[name] for name in FACTS if isinstance(each.get(name), str | int | float)}
    return FileReference(
        ref=ref,
        kind=media,
        name=safe_download_name(name) if name else called,
        mime=mime,
        size=number(each, "size"),
        facts=facts,
    )


def _cards(found: list[Json]) -> Iterator[Card]:
    for each in found:
        kind, payload = words(each, "type"), part(each, "payload")
        match kind:
            case "location":
                place = {"latitude": each.get("latitude"), "longitude": each.get("longitude"), "live": False}
                yield Card("location", facts=place)
            case "contact":
                person = _contact(payload)
                yield Card("contact", title=person["name"], facts=person)
            case "share":
                yield Card(
                    "link",
                    title=plain_line(words(each, "title"), longest=LONGEST),
                    text=plain_line(words(each, "description"), longest=LONGEST),
                    url=_address(words(payload, "url")),
                )
            case _ if kind not in FILES and kind != KEYBOARD:
                yield Card("unsupported", facts={"type": plain_line(kind, longest=100)})


def _contact(payload: Json) -> dict[str, str]:
    vcard, person = words(payload, "vcf_info")[:10_000], part(payload, "max_info")
    phone, named = _PHONE.search(vcard), _NAME.search(vcard)
    name = f"{words(person, 'first_name')} {words(person, 'last_name')}".strip()
    return {
        "name": plain_line(name or (named[1] if named else ""), longest=LONGEST),
        "phone": plain_line(phone[1], longest=40) if phone else "",
        "username": plain_line(words(person, "username"), longest=64),
    }


def _address(url: str) -> str:
    return url if url.startswith(("https://", "http://")) and len(url) < 2000 else ""

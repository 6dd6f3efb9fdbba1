"""Files that a message brings, by the names Telegram fetches them by. Pure.

https://core.telegram.org/bots/api#message — an animation also fills `document`, so it is looked for first.
"""

from typing import Any

from channels.json_fields import Json, number, part, parts, words
from core.media import safe_download_name
from inbox.border import FileReference, MediaKind

FACTS = ("duration", "width", "height", "length", "emoji", "performer", "title")
STICKERS = {"tgs": "application/x-tgsticker", "webm": "video/webm", "webp": "image/webp"}
# What it is called, what we call it, its usual type and name.
KINDS: tuple[tuple[str, MediaKind, str, str], ...] = (
    ("animation", "animation", "video/mp4", "animation.mp4"),
    ("document", "file", "", "file"),
    ("video", "video", "video/mp4", "video.mp4"),
    ("video_note", "video_note", "video/mp4", "video-message.mp4"),
    ("voice", "voice", "audio/ogg", "voice.ogg"),
    ("audio", "audio", "audio/mpeg", "audio.mp3"),
)
NAMES = frozenset({"photo", "sticker", "paid_media", "live_photo", *(each[0] for each in KINDS)})


def files_of(message: Json) -> tuple[FileReference, ...]:
    """The files of one message; albums come as messages of their own."""
    found = [_photo(parts(message, "photo"))]
    for name, kind, mime, called in KINDS:
        if name == "document" and message.get("animation"):
            continue
        found.append(_file(part(message, name), kind, mime, called))
    found.append(_sticker(part(message, "sticker")))
    found += _live_photo(part(message, "live_photo"))
    for paid in parts(part(message, "paid_media"), "paid_media"):
        found += [_photo(parts(paid, "photo")), _file(part(paid, "video"), "video", "video/mp4", "video.mp4")]
    return tuple(each for each in found if each is not None)


def _photo(sizes: list[Json]) -> FileReference | None:
    """The biggest of the sizes Telegram made, which is the last."""
    known = [each for each in sizes if words(each, "file_id")]
    return _file(known[-1], "image", "image/jpeg", "photo.jpg") if known else None


def _sticker(found: Json) -> FileReference | None:
    form = "tgs" if found.get("is_animated") is True else "webm" if found.get("is_video") is True else "webp"
    return _file(found, "sticker", STICKERS[form], f"sticker.{form}")


def _live_photo(found: Json) -> list[FileReference | None]:
    still = parts(found, "photo")
    return [_photo(still), _file(found, "video", "video/mp4", "live-photo.mp4")]


def _file(found: Json, kind: MediaKind, mime: str, called: str) -> FileReference | None:
    file_id = words(found, "file_id")
    if not file_id:
        return None
    name = words(found, "file_name")
    return FileReference(
        ref={"file_id": file_id, "unique_id": words(found, "file_unique_id")},
        kind=kind,
        name=safe_download_name(name) if name else called,
        mime=words(found, "mime_type") or mime,
        size=number(found, "file_size"),
        facts=_facts(found),
    )


def _facts(found: Json) -> dict[str, Any]:
    plain = {name: found[name] for name in FACTS if isinstance(found.get(name), str | int | float)}
    if "length" in plain:  # a round video is as wide as it is high
        plain["width"] = plain["height"] = plain.pop("length")
    return plain

"""What hangs on messages of VK: files that can be fetched, and cards for everything else."""

import mimetypes
from collections.abc import Callable
from typing import Any

from channels.vk.wire import Json, decimal, inner, items, number, web_address, words
from inbox.border import Card, FileReference

MOST = 50
_LONGEST_TITLE = 200
_LONGEST_TEXT = 4000


def attached(
    attachments: Any, home: Json, *, seen: int = 0
) -> tuple[tuple[FileReference, ...], tuple[Card, ...]]:
    """The files and cards of a list of attachments; `home` is how the message they hang on is found again."""
    files: list[FileReference] = []
    cards: list[Card] = []
    for each in items(attachments)[: MOST - seen]:
        kind = words(each.get("type"))
        body = inner(each, kind)
        file = _FILES[kind](body, {**home, "unique_id": name_of(kind, body)}) if kind in _FILES else None
        if file is not None:
            files.append(file)
        else:
            cards.append(_CARDS.get(kind, _other)(body, kind))
    return tuple(files), tuple(cards)


def name_of(kind: str, body: Json) -> str:
    """What VK calls an attachment, such as photo1_2."""
    return f"{kind}{number(body.get('owner_id'))}_{number(body.get('id', body.get('sticker_id')))}"


def address_of(kind: str, body: Json) -> str:
    """Where the bytes of an attachment lie for now, or nothing."""
    match kind:
        case "photo":
            return _largest(body.get("sizes")) or web_address(inner(body, "orig_photo").get("url"))
        case "audio_message":
            return web_address(body.get("link_ogg")) or web_address(body.get("link_mp3"))
        case "sticker":
            return _largest(body.get("images"))
        case "doc" | "graffiti":
            return web_address(body.get("url"))
    return ""


def place_card(geo: Any) -> Card | None:
    """Where somebody is."""
    where, place = inner(geo, "coordinates"), inner(geo, "place")
    latitude, longitude = decimal(where.get("latitude")), decimal(where.get("longitude"))
    if latitude is None or longitude is None:
        return None
    title = words(place.get("title"), longest=_LONGEST_TITLE)
    facts = {"latitude": latitude, "longitude": longitude}
    url = f"https://maps.yandex.ru/?pt={longitude},{latitude}&z=16"
    return Card("venue" if title else "location", title, url=url, facts=facts)


def _photo(body: Json, ref: Json) -> FileReference | None:
    url = address_of("photo", body)
    name = f"photo{number(body.get('id'))}.jpg"
    return FileReference({**ref, "url": url}, "image", name, "image/jpeg") if url else None


def _document(body: Json, ref: Json) -> FileReference | None:
    url = address_of("doc", body)
    if not url:
        return None
    title, extension = words(body.get("title"), longest=500), words(body.get("ext"), longest=20)
    has_it = not extension or title.lower().endswith(f".{extension.lower()}")
    name = title if has_it else f"{title}.{extension}"
    mime = mimetypes.guess_type(name)[0] or ""
    size = number(body.get("size"))
    kind = "animation" if mime == "image/gif" else "file"
    return FileReference({**ref, "url": url}, kind, name, mime, size if size > 0 else None)  # type: ignore[arg-type]


def _voice(body: Json, ref: Json) -> FileReference | None:
    url = address_of("audio_message", body)
    if not url:
        return None
    mime = "audio/ogg" if web_address(body.get("link_ogg")) else "audio/mpeg"
    name = f"voice{number(body.get('id'))}.{'ogg' if mime == 'audio/ogg' else 'mp3'}"
    facts: dict[str, Any] = {"duration": number(body.get("duration"))}
    if transcript := words(body.get("transcript"), longest=_LONGEST_TEXT):
        facts["transcript"] = transcript
    return FileReference({**ref, "url": url}, "voice", name, mime, facts=facts)


def _sticker(body: Json, ref: Json) -> FileReference | None:
    url = address_of("sticker", body)
    name = f"sticker{number(body.get('sticker_id'))}.png"
    return FileReference({**ref, "url": url}, "sticker", name, "image/png") if url else None


def _graffiti(body: Json, ref: Json) -> FileReference | None:
    url = address_of("graffiti", body)
    name = f"graffiti{number(body.get('id'))}.png"
    return FileReference({**ref, "url": url}, "image", name, "image/png") if url else None


def _post(body: Json, kind: str) -> Card:
    owner = number(body.get("owner_id", body.get("to_id", body.get("from_id"))))
    title = words(inner(body, "from").get("name"), longest=_LONGEST_TITLE)
    return Card("post", title, _text(body), f"https://vk.com/wall{owner}_{number(body.get('id'))}")


def _comment(body: Json, kind: str) -> Card:
    owner, post = number(body.get("owner_id")), number(body.get("post_id"))
    url = f"https://vk.com/wall{owner}_{post}?reply={number(body.get('id'))}"
    return Card("post", "", _text(body), url)


def _product(body: Json, kind: str) -> Card:
    price = words(inner(body, "price").get("text"), longest=_LONGEST_TITLE)
    url = f"https://vk.com/market{number(body.get('owner_id'))}_{number(body.get('id'))}"
    text = words(body.get("description"), longest=_LONGEST_TEXT)
    return Card("product", _title(body), text, url, {"price": price} if price else {})


def _video(body: Json, kind: str) -> Card:
    key = words(body.get("access_key"), longest=100)
    url = f"https://vk.com/video{number(body.get('owner_id'))}_{number(body.get('id'))}"
    facts = {"duration": number(body.get("duration"))}
    return Card("video", _title(body), "", f"{url}_{key}" if key.isalnum() else url, facts)


def _link(body: Json, kind: str) -> Card:
    text = words(body.get("description"), longest=_LONGEST_TEXT)
    return Card("link", _title(body), text, web_address(body.get("url")))


def _story(body: Json, kind: str) -> Card:
    url = f"https://vk.com/story{number(body.get('owner_id'))}_{number(body.get('id'))}"
    return Card("story", _title(body), "", url)


def _poll(body: Json, kind: str) -> Card:
    options = [words(each.get("text"), longest=_LONGEST_TITLE) for each in items(body.get("answers"))[:30]]
    question = words(body.get("question"), longest=_LONGEST_TITLE)
    return Card("poll", question, facts={"options": options})


def _call(body: Json, kind: str) -> Card:
    return Card("call", facts={"seconds": number(body.get("duration"))})


def _gift(body: Json, kind: str) -> Card:
    return Card("gift")


def _song(body: Json, kind: str) -> Card:
    artist = words(body.get("artist"), longest=_LONGEST_TITLE)
    return Card("link", " – ".join(each for each in (artist, _title(body)) if each))


def _other(body: Json, kind: str) -> Card:
    """Something nobody has heard of yet; what it is called, and where it leads if it says so."""
    return Card("unsupported", _title(body), url=web_address(body.get("url")), facts={"type": kind[:100]})


def _title(body: Json) -> str:
    return words(body.get("title"), longest=_LONGEST_TITLE)


def _text(body: Json) -> str:
    return words(body.get("text"), longest=_LONGEST_TEXT)


def _largest(pictures: Any) -> str:
    """The address of the largest of several sizes of a picture."""
    sizes = [each for each in items(pictures) if web_address(each.get("url"))]
    found = max(sizes, key=lambda each: number(each.get("width")) * number(each.get("height")), default=None)
    return web_address(found.get("url")) if found else ""


_FILES: dict[str, Callable[[Json, Json], FileReference | None]] = {
    "photo": _photo,
    "doc": _document,
    "audio_message": _voice,
    "sticker": _sticker,
    "graffiti": _graffiti,
}
_CARDS: dict[str, Callable[[Json, str], Card]] = {
    "wall": _post,
    "wall_reply": _comment,
    "market": _product,
    "video": _video,
    "video_message": _video,
    "link": _link,
    "story": _story,
    "poll": _poll,
    "call": _call,
    "gift": _gift,
    "audio": _song,
}

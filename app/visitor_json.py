"""A chat as its visitor's browser is told of it, and what the widget's script is told of a channel."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask_babel import gettext

from app.answers import iso
from app.languages import speaking
from channels.webchat.appearance import LONGEST_TEXT, TEXTS
from channels.webchat.colours import palettes
from channels.webchat.models import ChatFile, ChatLine, Visitor
from channels.webchat.settings_form import KEY
from channels.webchat.typing_marks import agent_types
from core.clock import now
from core.config import get_settings
from core.secrets import sign
from core.words import N_
from inbox.models import Channel
from people.preferences import LANGUAGES

FILE_LIFE = timedelta(hours=24)
FILE = "webchat file"

_DEFAULT_TEXTS = {
    "title": N_("Write to us"),
    "greeting": N_("Hello! How can we help you?"),
    "button": N_("Open the chat"),
    "offline": N_("Nobody is here right now. Leave a message, and we will answer."),
}


def line_json(key: str, line: ChatLine) -> dict[str, Any]:
    """One line; of one that was taken back nothing but its number."""
    is_gone = line.deleted_at is not None
    return {
        "seq": line.seq,
        "client_id": line.client_id,
        "from": line.origin,
        "author": {"name": line.author} if line.author else None,
        "text": line.text,
        "html": line.html,
        "files": [] if is_gone else [file_json(key, each) for each in line.files],
        "at": iso(line.said_at),
        "edited": line.edited_at is not None,
        "deleted": is_gone,
        "rev": line.rev,
    }


def file_json(key: str, file: ChatFile) -> dict[str, Any]:
    """A file, with an address that is good for a day and needs no header."""
    signed = sign(FILE, str(file.id), expires=now() + FILE_LIFE)
    return {
        "id": file.id,
        "name": file.name,
        "mime": file.mime,
        "size": file.size,
        "is_image": file.is_image,
        "url": f"/w/{key}/files/{signed}",
    }


def visitor_json(visitor: Visitor, needs: list[str]) -> dict[str, Any]:
    """Who the browser is to us."""
    is_known = visitor.user_id is not None
    told = {**visitor.told, **{name: value for name, value in visitor.proven.items() if value}}
    return {
        "id": visitor.key,
        "name": told.get("name") or None,
        "email": told.get("email") or None,
        "verified": is_known,
        "needs": needs,
    }


def typing_json(visitor: Visitor, channel: Channel) -> dict[str, str] | None:
    """Who writes to the visitor just now."""
    return {"name": channel.name} if agent_types(visitor) else None


def public_settings(channel: Channel) -> dict[str, Any]:
    """What stands before the script on the shop's page: nothing that is not meant for everybody."""
    settings = channel.settings
    languages = texts_of(settings)
    default = str(settings.get("default_language") or "")
    return {
        "host": get_settings().base_url,
        "key": settings.get(KEY, ""),
        "colours": palettes(str(settings.get("colour") or "")),
        "side": settings.get("side") if settings.get("side") in ("left", "right") else "right",
        "offset": _number(settings.get("offset"), 20),
        "z": _number(settings.get("z"), 2147483000),
        "theme": settings.get("theme") if settings.get("theme") in ("light", "dark") else "auto",
        "languages": languages,
        "default_language": default if default in languages else next(iter(languages)),
        "require_identity": settings.get("require_identity") is True,
    }


def texts_of(settings: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The words of the widget in each language; where the administrator wrote none, ours."""
    own = settings.get("texts") if isinstance(settings.get("texts"), Mapping) else {}
    found = {}
    for code in LANGUAGES:
        with speaking(code):
            texts = {name: str(gettext(words)) for name, words in _DEFAULT_TEXTS.items()}
        written = own.get(code) if isinstance(own, Mapping) else None
        if isinstance(written, Mapping):
            texts |= {name: str(written[name])[:LONGEST_TEXT] for name in TEXTS if written.get(name)}
        found[code] = texts
    return found


def _number(value: Any, otherwise: int) -> int:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value <= 2147483647 else otherwise

"""A look at a chat before anybody sees it: the real script and frame on a page of ours, answered by nobody.

Its addresses lie beside those of real chats (`/w/look-…`), so that script and frame cannot tell, and no
visitor is made of whoever looks. What is just being set is kept for an hour, where Valkey is; without it
the look shows what was saved.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson
from flask import make_response, render_template
from flask_babel import gettext
from redis.exceptions import RedisError
from werkzeug.wrappers import Response

from app import assets
from app.answers import in_page
from app.guard import nonce
from app.languages import speaking
from app.visitor_json import line_json, public_settings
from channels.webchat.models import ChatLine
from channels.webchat.planning import MOST_BYTES, MOST_FILES, MOST_TEXT
from channels.webchat.prechat import fields_of
from core.clock import now
from core.config import get_settings
from core.secrets import sign, verify
from core.valkey import quick_valkey
from inbox.models import Channel

LOOK = "chat look"
BEGINS = "look-"
KEPT = 3600
LOADER = "src/widget/loader.ts"
A_DAY = timedelta(days=1)


def keep_look(channel_id: int, agent_id: int, settings: Mapping[str, Any]) -> None:
    """Remember what somebody is just setting."""
    if get_settings().redis_url:
        try:
            quick_valkey().set(_place(channel_id, agent_id), orjson.dumps(dict(settings)), ex=KEPT)
        except RedisError:
            return


def forget_look(channel_id: int, agent_id: int) -> None:
    """The look shows what is saved again."""
    if get_settings().redis_url:
        try:
            quick_valkey().delete(_place(channel_id, agent_id))
        except RedisError:
            return


def look_page(channel: Channel, agent_id: int) -> Response:
    """A page like a shop's, with the chat on it."""
    settings = look_settings(looked_at(channel, agent_id), _name(channel.id, agent_id))
    response = make_response(
        render_template(
            "settings/chat_look.html", settings=in_page(settings), loader=assets.text_of(LOADER) or ""
        )
    )
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'nonce-{nonce()}'; style-src 'self'; font-src 'self'; "
        "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def look_settings(shown: Channel, name: str) -> dict[str, Any]:
    """What script and frame are told; whoever looks need not be signed in at the shop."""
    return {**public_settings(shown), "key": name, "require_identity": False}


def looked_at(channel: Channel, agent_id: int) -> Channel:
    """The channel as somebody is just setting it; it is nobody's row."""
    return Channel(
        kind=channel.kind, name=channel.name, settings={**channel.settings, **_kept(channel.id, agent_id)}
    )


def read_name(key: str) -> tuple[int, int] | None:
    """The channel and the one who looks, of a name that stands in an address; None if it is not ours."""
    found = verify(LOOK, key.removeprefix(BEGINS)) if key.startswith(BEGINS) else None
    channel_id, _, agent_id = (found or "").partition(":")
    return (int(channel_id), int(agent_id)) if agent_id else None


def session_of_nobody(settings: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What a browser is told that comes in."""
    fields = fields_of(settings, language)
    return {
        "token": "look",
        "visitor": visitor_of_nobody([each["name"] for each in fields]),
        "seq": 2,
        "rev": 0,
        "read_seq": 2,
        "unread": 0,
        "hours": _hours(settings),
        "challenge": None,
        "limits": {"max_text": MOST_TEXT, "max_file_bytes": MOST_BYTES, "max_files": MOST_FILES},
        "fields": fields,
    }


def visitor_of_nobody(needs: list[str]) -> dict[str, Any]:
    """Whoever looks."""
    return {"id": "look", "name": None, "email": None, "verified": False, "needs": needs}


def lines_of_nobody(channel: Channel, language: str) -> dict[str, Any]:
    """A question and its answer."""
    with speaking(language):
        said = [
            ("visitor", "", gettext("Do you deliver on Sundays?")),
            ("agent", channel.name, gettext("Yes, from ten to six.")),
        ]
    lines = [
        ChatLine(
            seq=seq, rev=0, origin=origin, author=name, text=text, said_at=now() - timedelta(minutes=3 - seq)
        )
        for seq, (origin, name, text) in enumerate(said, 1)
    ]
    return {
        "lines": [line_json(BEGINS, each) for each in lines],
        "changed": [],
        "more": False,
        "seq": 2,
        "rev": 0,
        "read_seq": 2,
        "agent_read_seq": 1,
        "typing": None,
        "hours": _hours(channel.settings),
    }


def _hours(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"open": True, "opens_at": None, "shown": settings.get("reply_time") or None}


def _name(channel_id: int, agent_id: int) -> str:
    """The same all day, so that the browser of whoever looks keeps one thing and not hundreds."""
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    return BEGINS + sign(LOOK, f"{channel_id}:{agent_id}", expires=midnight + 2 * A_DAY)


def _kept(channel_id: int, agent_id: int) -> dict[str, Any]:
    if not get_settings().redis_url:
        return {}
    try:
        found = quick_valkey().get(_place(channel_id, agent_id))
    except RedisError:
        return {}
    kept = orjson.loads(found) if found else {}
    return kept if isinstance(kept, dict) else {}


def _place(channel_id: int, agent_id: int) -> str:
    return f"emptyfeed:look:{channel_id}:{agent_id}"

"""A bell for visitors' browsers: whoever changes a chat rings, whichever web process holds it hears.

A ring says only how far things are, so a lost one costs the next look of the browser and nothing else.
"""

import time
from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from redis.exceptions import RedisError
from sqlalchemy import event
from sqlalchemy.orm import Session

from channels.webchat.models import Visitor
from core.config import get_settings
from core.valkey import quick_valkey

CHANNEL = "emptyfeed:visitors"
HANG_UP = "hang_up"
LEAVE_ALONE = 2.0
_AFTER = "rings"

log = structlog.get_logger()


def ring(visitor_id: int, told: Mapping[str, Any]) -> None:
    """Tell every browser of a visitor; failing is no matter."""
    if not get_settings().redis_url or time.monotonic() < _away["until"]:
        return
    try:
        quick_valkey().publish(CHANNEL, orjson.dumps([visitor_id, dict(told)]))
    except (RedisError, OSError) as error:
        _away["until"] = time.monotonic() + LEAVE_ALONE
        log.warning("bell.mute", error=type(error).__name__)


def ring_after(session: Session, visitor: Visitor, told: Mapping[str, Any] | None = None) -> None:
    """Ring once this is committed; by itself it says how far the chat has come."""
    session.info.setdefault(_AFTER, []).append((visitor, told))


def hang_up_after(session: Session, visitor: Visitor) -> None:
    """Have the sockets of all browsers a visitor has ended once this is committed."""
    ring_after(session, visitor, {HANG_UP: True})


def _how_far(visitor: Visitor) -> dict[str, Any]:
    return {"seq": visitor.last_seq, "rev": visitor.last_rev}


@event.listens_for(Session, "after_commit")
def _ring_all(session: Session) -> None:
    for visitor, told in session.info.pop(_AFTER, ()):
        ring(visitor.id, told if told is not None else _how_far(visitor))


@event.listens_for(Session, "after_rollback")
def _ring_nobody(session: Session) -> None:
    session.info.pop(_AFTER, None)


_away = {"until": 0.0}

"""Whether this process lives, and whether the whole can serve."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from alembic.script import ScriptDirectory
from flask import Blueprint, Response
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.access import Whom, open_to
from app.answers import json_response
from app.migrate import configuration
from core.clock import now
from core.config import get_settings
from core.db import transaction
from core.events import Event
from inbox.models import Delivery, Dialog, Message, State

SLOW = timedelta(seconds=30)

health = Blueprint("health", __name__, url_prefix="/health")


@health.get("/live")
@open_to(Whom.ANYBODY)
def live() -> Response:
    """This process answers."""
    return json_response({"status": "ok"})


@health.get("/ready")
@open_to(Whom.ANYBODY)
def ready() -> Response:
    """Whether requests can be served: 503 without the database or with tables of another release.

    Without Valkey, or with a relay or clock that is behind, the inbox still works; then it says so
    and answers 200, so that no load balancer takes away what still serves.
    """
    checks: dict[str, Any] = {"valkey": _valkey()}
    try:
        with transaction() as session:
            checks |= {
                "database": "ok",
                "tables": _tables(session),
                "relay": _lag(_oldest_unnumbered(session)),
                "clock": _lag(_oldest_overdue(session)),
            }
    except SQLAlchemyError:
        checks["database"] = "away"
    fit = checks["database"] == "ok" and checks["tables"] == "ok"
    status = "unfit" if not fit else "ok" if all(state == "ok" for state in checks.values()) else "degraded"
    return json_response({"status": status, "checks": checks}, 200 if fit else 503)


def _tables(session: Session) -> str:
    """Whether the tables are those of this release, or of a newer one that an older may still serve on."""
    found = session.scalar(text("SELECT version_num FROM alembic_version"))
    head, known = _revisions()
    return "ok" if found == head or found not in known else "old"


@cache
def _revisions() -> tuple[str | None, frozenset[str]]:
    scripts = ScriptDirectory.from_config(configuration())
    return scripts.get_current_head(), frozenset(each.revision for each in scripts.walk_revisions())


def _oldest_unnumbered(session: Session) -> datetime | None:
    return session.scalar(select(Event.created_at).where(Event.seq.is_(None)).order_by(Event.id).limit(1))


def _oldest_overdue(session: Session) -> datetime | None:
    """The earliest of what the clock should have done: wake a dialog, let an answer leave."""
    asleep = session.scalar(
        select(Dialog.snooze_until)
        .where(Dialog.state == State.SNOOZED)
        .order_by(Dialog.snooze_until, Dialog.id)
        .limit(1)
    )
    held = session.scalar(
        select(Message.leave_at)
        .where(Message.delivery == Delivery.HELD)
        .order_by(Message.leave_at, Message.id)
        .limit(1)
    )
    return min((moment for moment in (asleep, held) if moment is not None), default=None)


def _lag(since: datetime | None) -> str:
    return "late" if since is not None and now() - since > SLOW else "ok"


def _valkey() -> str:
    url = get_settings().redis_url
    try:
        return "ok" if url is not None and _quick_client(url).ping() else "away"
    except (RedisError, OSError):
        return "away"


@cache
def _quick_client(url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))

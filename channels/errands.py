"""Small calls to the outside that are no messages: mark as read, change, take back, answer a button.

want_errand() ── row ──▶ channels.errand_runner, drained by a job ──▶ one call ──▶ what follows, row gone
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session

from channels.models import Errand
from core.clock import now
from core.db import tell_after


def want_errand(
    session: Session,
    channel_id: int,
    kind: str,
    key: str,
    payload: Mapping[str, Any],
    *,
    seconds: float | None = None,
) -> None:
    """Have a call made; one that waits under this key already is made with the newer payload instead.

    `seconds` is how long it is worth trying. What is being made is not overtaken: what is wanted
    meanwhile is made after it, unless it is the very same.
    """
    tell_after(session, "wake:errands")
    moment = now()
    values = {
        "channel_id": channel_id,
        "kind": kind,
        "key": key,
        "payload": dict(payload),
        "due_at": moment,
        "until": moment + timedelta(seconds=seconds) if seconds is not None else None,
        "attempts": 0,
        "lease_token": None,
        "lease_until": None,
        "created_at": moment,
    }
    wanted = insert(Errand).values(values)
    session.execute(
        wanted.on_conflict_do_update(
            index_elements=["channel_id", "kind", "key"],
            set_={
                "payload": wanted.excluded.payload,
                "due_at": wanted.excluded.due_at,
                "until": wanted.excluded.until,
                "attempts": _attempts(wanted),
            },
        )
    )


def _attempts(wanted: Insert) -> ColumnElement[int]:
    """Tries count for what was tried, so only the very call that is being made keeps its own."""
    is_being_made = (Errand.lease_until > func.clock_timestamp()) & (
        Errand.payload == wanted.excluded.payload
    )
    return case((is_being_made, Errand.attempts), else_=0)

"""What was read is marked or put away outside, where the channel's settings say so; else nothing is touched.

It happens after a letter is read and that is written down, in rows of its own: whatever goes wrong
here, the letter is ours already and is never taken in twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from channels.access import open_access, shelf
from channels.adapter import Adapter, ChannelAccess, ChannelError, Tidies
from channels.models import Arrival, ArrivalState, Tidying
from core.clock import now
from core.db import transaction
from inbox.border import Incoming
from inbox.models import Channel

log = structlog.get_logger()

FIRST = timedelta(seconds=10)  # so that many go at once
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
AT_ONCE = 100
STAYS = ("imported", "truncated")


@dataclass(frozen=True, slots=True)
class _Claimed:
    access: ChannelAccess
    arrival_ids: Sequence[int]
    letters: Sequence[Mapping[str, Any]]


def want_tidying(session: Session, arrival: Arrival, adapter: Adapter, found: Sequence[Incoming]) -> None:
    """Ask that a letter which was just read be put away, if its channel does that (I35).

    What came before the mailbox was connected stays as it is, as do our own letters, those that are
    whole only there, and those that were parked.
    """
    if not (isinstance(adapter, Tidies) and adapter.tidies):
        return
    is_taken = arrival.state in (ArrivalState.READ, ArrivalState.DUPLICATE)
    is_theirs = all(each.direction == "in" for each in found)
    if is_taken and is_theirs and not any(arrival.payload.get(name) for name in STAYS):
        values = {"arrival_id": arrival.id, "channel_id": arrival.channel_id, "due_at": now() + FIRST}
        session.execute(insert(Tidying).values(**values, attempts=0).on_conflict_do_nothing())


def tidy_due(*, seconds: float = inf) -> int:
    """Put away what is due, a channel's letters together; how many were."""
    done, until = 0, monotonic() + seconds
    while monotonic() < until and (claimed := _claim()) is not None:
        done += _tidy(claimed)
    return done


def due_tidyings(session: Session) -> bool:
    """Whether anything waits to be put away."""
    return bool(session.scalar(select(exists().where(_is_due()))))


def _is_due() -> ColumnElement[bool]:
    switched_on = exists().where(Channel.id == Tidying.channel_id, Channel.enabled)
    return and_(Tidying.due_at <= now(), switched_on)


def _claim() -> _Claimed | None:
    """Letters of one channel; they are due again later, should whoever claims them die."""
    with transaction() as session:
        due = select(Tidying).where(_is_due()).order_by(Tidying.due_at)
        first = session.scalar(due.limit(1))
        if first is None:
            return None
        of_one_channel = due.where(Tidying.channel_id == first.channel_id).limit(AT_ONCE)
        rows = session.scalars(of_one_channel.with_for_update(of=Tidying, skip_locked=True)).all()
        for row in rows:
            row.due_at = now() + PAUSES[min(row.attempts, len(PAUSES) - 1)]
            row.attempts += 1
        ids = [row.arrival_id for row in rows]
        payloads = session.scalars(select(Arrival.payload).where(Arrival.id.in_(ids)).order_by(Arrival.id))
        return _Claimed(open_access(session.get_one(Channel, first.channel_id)), ids, payloads.all())


def _tidy(claimed: _Claimed) -> int:
    adapter = shelf.adapter(claimed.access)
    try:
        if isinstance(adapter, Tidies) and adapter.tidies:
            adapter.tidy(claimed.letters)
    except ChannelError as error:
        log.warning("tidying.failed", channel_id=claimed.access.channel_id, code=error.code)
        _forget(claimed.arrival_ids, only_hopeless=True)
        return 0
    _forget(claimed.arrival_ids)
    return len(claimed.arrival_ids)


def _forget(arrival_ids: Sequence[int], *, only_hopeless: bool = False) -> None:
    done = delete(Tidying).where(Tidying.arrival_id.in_(arrival_ids))
    if only_hopeless:
        done = done.where(Tidying.attempts > len(PAUSES))
    with transaction() as session:
        session.execute(done)

"""Runs the small calls that are due, each with the network to itself and what follows in a transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import inf
from time import monotonic
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import ColumnElement, Update, and_, delete, exists, func, or_, select, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session, joinedload

from channels.access import open_access, shelf
from channels.adapter import ChannelAccess, ChannelError, Temporary
from channels.lease import kept_lease
from channels.models import Errand
from channels.small_calls import KINDS, Kind
from core.clock import now
from core.db import transaction
from inbox.actions.channels import hold_channel
from inbox.models import Channel

log = structlog.get_logger()

LEASE = timedelta(seconds=15)
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (2, 10, 60, 300, 1800))


@dataclass(frozen=True, slots=True)
class _Claimed:
    errand_id: int
    token: str
    kind: str
    payload: dict[str, Any]
    attempts: int
    access: ChannelAccess


def run_errands(*, seconds: float = inf) -> int:
    """Run what is due until nothing is or the time is up; how many calls were made."""
    made, until = 0, monotonic() + seconds
    while monotonic() < until and (claimed := _claim()) is not None:
        _run(claimed)
        made += 1
    return made


def due_errands(session: Session) -> bool:
    """Whether any errand waits to be run."""
    return bool(session.scalar(select(exists().where(_is_due()))))


def _is_due() -> ColumnElement[bool]:
    return and_(
        Errand.due_at <= now(),
        _is_free(),
        exists().where(Channel.id == Errand.channel_id, Channel.enabled),
    )


def _is_free() -> ColumnElement[bool]:
    """Nobody is making it: nobody began, or who did is dead."""
    return or_(Errand.lease_until.is_(None), Errand.lease_until < func.clock_timestamp())


def _claim() -> _Claimed | None:
    with transaction() as session:
        session.execute(delete(Errand).where(Errand.until < now(), _is_free()))
        errand = session.scalar(
            select(Errand)
            .where(_is_due())
            .order_by(Errand.due_at, Errand.id)
            .limit(1)
            .options(joinedload(Errand.channel))
            .with_for_update(of=Errand, skip_locked=True)
        )
        if errand is None:
            return None
        errand.attempts += 1
        errand.lease_token = uuid4().hex
        errand.lease_until = func.clock_timestamp() + LEASE
        access = open_access(errand.channel)
        return _Claimed(errand.id, errand.lease_token, errand.kind, errand.payload, errand.attempts, access)


def _run(claimed: _Claimed) -> None:
    kind = KINDS[claimed.kind]
    try:
        with kept_lease(partial(_renewal, claimed), LEASE):
            answer = kind.call(shelf.adapter(claimed.access), claimed.access, claimed.payload)
    except ChannelError as error:
        _settle(claimed, kind, error, None)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("errand.broke", kind=claimed.kind, channel_id=claimed.access.channel_id)
        _settle(claimed, kind, Temporary(f"{type(error).__name__}: {error}", code="bug"), None)
    else:
        _settle(claimed, kind, None, answer)


def _renewal(claimed: _Claimed) -> Update:
    return (
        update(Errand)
        .where(Errand.id == claimed.errand_id, Errand.lease_token == claimed.token)
        .values(lease_until=func.clock_timestamp() + LEASE)
    )


def _settle(claimed: _Claimed, kind: Kind, error: ChannelError | None, answer: Any) -> None:
    with transaction() as session:
        channel = session.get_one(Channel, claimed.access.channel_id)
        if kind.changes_channel:
            hold_channel(session, channel)  # before the errand: whoever fetches takes them in this order
        errand = session.get(Errand, claimed.errand_id, with_for_update={"of": Errand})
        ours = errand if errand is not None and errand.lease_token == claimed.token else None
        pause = _pause(claimed, errand, error) if error is not None else None
        if pause is None:
            _follow(session, channel, claimed, kind, error, answer)
        if ours is None:
            return
        if pause is None and ours.payload == claimed.payload:
            session.delete(ours)
            return
        ours.lease_until = ours.lease_token = None
        ours.due_at = pause or ours.due_at


def _follow(
    session: Session,
    channel: Channel,
    claimed: _Claimed,
    kind: Kind,
    error: ChannelError | None,
    answer: Any,
) -> None:
    if error is None and kind.done is not None:
        kind.done(session, channel, claimed.payload, answer)
    elif error is not None and kind.failed is not None:
        kind.failed(session, channel, claimed.payload, error)


def _pause(claimed: _Claimed, errand: Errand | None, error: ChannelError) -> datetime | None:
    """When it is tried again; None when that makes no sense any more."""
    if errand is None or claimed.attempts > len(PAUSES):
        return None
    if error.health == "none" and error.retry_after is None and not error.maybe_delivered:
        return None
    waits = timedelta(seconds=error.retry_after) if error.retry_after else PAUSES[claimed.attempts - 1]
    due = now() + waits
    return due if errand.until is None or due < errand.until else None

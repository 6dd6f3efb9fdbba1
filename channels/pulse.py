"""How a door fares: when it last let us in, when something last came, and whether it is silent too long."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from channels.models import Arrival, ArrivalState
from core.clock import now
from inbox.models import Channel, Delivery, Message
from inbox.recording import record_on
from people.notices import tell_administrators

READ_LATELY = 20
LATELY = timedelta(days=7)
WEEK = timedelta(days=7)
WEEKS, LEAST_WEEKS = 4, 2
SHORTEST_SILENCE = timedelta(hours=1)
EXPECTED, LEAST = 6, 2


@dataclass(frozen=True, slots=True)
class Counted:
    """How many arrivals and answers of a channel do not go on."""

    parked: int = 0
    failing: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Pulse:
    """How a channel fares; `lag` is how long it takes from lying outside to being read here.

    `parked` arrivals nobody could read, `failing` ones are tried again by themselves, and `waiting`
    answers have not left yet though their time has come.
    """

    last_login_at: datetime | None
    last_seen_at: datetime | None
    last_arrival_at: datetime | None
    lag: timedelta | None
    parked: int
    is_silent: bool
    failing: int = 0
    waiting: int = 0


def pulse_of(session: Session, channel: Channel) -> Pulse:
    """How a channel fares now (I38)."""
    counted = counts_of(session).get(channel.id, Counted())
    return Pulse(
        channel.last_login_at,
        channel.last_seen_at,
        channel.last_arrival_at,
        _lag(session, channel),
        counted.parked,
        is_silent(session, channel),
        counted.failing,
        counted.waiting,
    )


def glances_at(session: Session, channels: Sequence[Channel]) -> dict[int, Pulse]:
    """How channels fare in a list: two questions however many there are, without what must be worked out.

    Silent is what administrators were told of; how long a letter takes stands on the channel's own page.
    """
    counted = counts_of(session)
    return {
        each.id: Pulse(
            each.last_login_at,
            each.last_seen_at,
            each.last_arrival_at,
            lag=None,
            parked=found.parked,
            is_silent=_was_told_silent(each),
            failing=found.failing,
            waiting=found.waiting,
        )
        for each in channels
        for found in (counted.get(each.id, Counted()),)
    }


def counts_of(session: Session) -> dict[int, Counted]:
    """What piles up at each channel's door, on either side of it."""
    found: dict[int, Counted] = {}
    arrived = session.execute(
        select(Arrival.channel_id, Arrival.state, func.count())
        .where(is_parked() | is_failing())
        .group_by(Arrival.channel_id, Arrival.state)
    )
    for channel_id, state, count in arrived:
        name = "parked" if state == ArrivalState.QUARANTINED else "failing"
        found[channel_id] = replace(found.get(channel_id, Counted()), **{name: count})
    leaving = session.execute(
        select(Message.channel_id, func.count())
        .where(Message.delivery.in_((Delivery.HELD, Delivery.QUEUED)), Message.leave_at <= now())
        .group_by(Message.channel_id)
    )
    for channel_id, count in leaving:
        found[channel_id] = replace(found.get(channel_id, Counted()), waiting=count)
    return found


def is_parked() -> ColumnElement[bool]:
    """Nobody could read it; it waits for a person."""
    return Arrival.state == ArrivalState.QUARANTINED


def is_failing() -> ColumnElement[bool]:
    """It could not be read yet and is tried again by itself."""
    return (Arrival.state == ArrivalState.FETCHED) & (Arrival.reason != "")


def is_silent(session: Session, channel: Channel) -> bool:
    """Whether nothing has come for so long that in earlier weeks something always had.

    The same stretch of the week is compared, so that nights and Sundays are no silence. With six
    expected and two each time at least, a mailbox would be called silent by mere chance once in
    four hundred times.
    """
    last, moment = channel.last_arrival_at, now()
    if not channel.enabled or channel.demo or last is None or moment - last < SHORTEST_SILENCE:
        return False
    begin = max(last, moment - WEEK)
    counts = []
    for week in range(1, WEEKS + 1):
        if begin - week * WEEK < channel.created_at:
            break
        counts.append(_came_between(session, channel, begin - week * WEEK, moment - week * WEEK))
    return len(counts) >= LEAST_WEEKS and min(counts) >= LEAST and sum(counts) >= EXPECTED * len(counts)


def tell_of_silence(session: Session) -> int:
    """Tell administrators, once, of each channel that has fallen silent; how many there were."""
    told = 0
    for channel in session.scalars(select(Channel).where(Channel.enabled, ~Channel.demo)):
        last, was_told = channel.last_arrival_at, channel.silence_told_at
        if last is None or (was_told is not None and was_told > last) or not is_silent(session, channel):
            continue
        channel.silence_told_at = now()
        record_on(session, channel, "channel.fell_silent", last_arrival_at=last.isoformat())
        tell_administrators(session, "channel.fell_silent", channel.topic, last_arrival_at=last.isoformat())
        told += 1
    return told


def _was_told_silent(channel: Channel) -> bool:
    last, told = channel.last_arrival_at, channel.silence_told_at
    return channel.enabled and last is not None and told is not None and told > last


def _lag(session: Session, channel: Channel) -> timedelta | None:
    """As it usually is of late; letters from before the mailbox was connected say nothing about it."""
    rows = session.execute(
        select(Arrival.payload["received_at"].astext, Arrival.read_at)
        .where(
            Arrival.channel_id == channel.id,
            Arrival.arrived_at > now() - LATELY,
            Arrival.state.in_((ArrivalState.READ, ArrivalState.DUPLICATE)),
            Arrival.payload.has_key("received_at"),
            _is_live(),
        )
        .order_by(Arrival.arrived_at.desc())
        .limit(READ_LATELY)
    )
    lags = [read_at - datetime.fromisoformat(lay_there) for lay_there, read_at in rows if read_at is not None]
    return max(median(lags), timedelta(0)) if lags else None


def _came_between(session: Session, channel: Channel, first: datetime, last: datetime) -> int:
    counted = select(func.count()).where(
        Arrival.channel_id == channel.id,
        Arrival.arrived_at > first,
        Arrival.arrived_at <= last,
        _is_live(),
    )
    return session.scalar(counted) or 0


def _is_live() -> ColumnElement[bool]:
    imported: ColumnElement[bool] = Arrival.payload.has_key("imported")
    return ~imported

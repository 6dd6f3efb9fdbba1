"""From the outside into the inbox: store first, read later, once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from math import inf
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Update, bindparam, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from channels.access import open_access, shelf
from channels.adapter import Adapter, BadContent, ChannelAccess, ChannelError, RawEvent, StoredEvent
from channels.hearing import Ending
from channels.lease import kept_lease
from channels.models import Arrival, ArrivalState
from channels.pulse import is_failing, is_parked
from channels.taking import take_in
from channels.tidying import want_tidying
from core.clock import now
from core.db import is_away, is_deadlock, take_in_order, transaction
from core.events import record
from core.failpoints import failpoint
from core.files import file_store
from inbox.border import Incoming
from inbox.models import Channel
from people.models import Agent
from people.notices import tell_administrators

log = structlog.get_logger()

CLAIMED_AT_ONCE = 10
LEASE = timedelta(seconds=15)
TRIES = 3
ALBUM_PAUSE = timedelta(seconds=1.5)
_WHOLE = (joinedload(Arrival.channel),)
_HELD = select(Arrival).where(Arrival.id == bindparam("arrival")).options(*_WHOLE).with_for_update(of=Arrival)
_ACCEPT = (
    insert(Arrival)
    .on_conflict_do_nothing(index_elements=["channel_id", "event_key"])
    .returning(Arrival.event_key)
)
_BEGIN = (
    update(Arrival)
    .where(Arrival.id == bindparam("arrival"), Arrival.state == ArrivalState.FETCHED)
    .values(attempts=Arrival.attempts + 1, lease_until=func.clock_timestamp() + LEASE)
    .returning(
        Arrival.event_key,
        Arrival.payload,
        Arrival.raw_sha256,
        # Nobody waits for the disk here: all that a power cut can take back is one count.
        func.set_config("synchronous_commit", "off", True),
    )
    .execution_options(synchronize_session=False)
)
PAUSES = (timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30))


def accept(
    session: Session, channel: Channel, events: Sequence[RawEvent], *, cursor: Mapping[str, Any] | None = None
) -> int:
    """Store deliveries as they came, together with the cursor behind them; how many were new.

    Only when this is committed may the outside be told that we have them. Bytes are on the disk
    before the row that names them.
    """
    rows = [_stored_row(channel, event) for event in events]
    made = set(session.execute(_ACCEPT, rows).scalars()) if rows else set()
    for row in rows:
        if row["group_key"] and row["event_key"] in made:
            _wait_for_album(session, channel, row["group_key"], row["due_at"])
    values: dict[str, Any] = {"last_seen_at": now()}
    if cursor is not None:
        values["cursor"] = dict(cursor)
    if made:
        values["last_arrival_at"] = now()
    session.execute(update(Channel).where(Channel.id == channel.id).values(**values))
    return len(made)


def read_arrivals(*, seconds: float = inf) -> int:
    """Read what was stored until nothing is due or the time is up; how many arrivals came to an end.

    Arrivals of one conversation are read in order; one that cannot be read holds up neither its
    neighbours nor, after its first failure, its own conversation.
    """
    ended, until = 0, monotonic() + seconds
    while monotonic() < until and (claimed := _claim()):
        failpoint("read.claimed")
        for arrival_id, access in claimed:
            ended += _read(arrival_id, access)
    return ended


def replay(session: Session, arrival: Arrival, *, agent: Agent | None) -> None:
    """Read a parked arrival once more."""
    arrival.state = ArrivalState.FETCHED
    arrival.attempts = 0
    arrival.reason = ""
    arrival.due_at = now()
    arrival.lease_until = None
    record(
        session,
        "arrival.replayed",
        f"channel:{arrival.channel_id}",
        audience=None,
        actor=agent.ref if agent else None,
        arrival_id=arrival.id,
    )


def replay_all(session: Session, chosen: ColumnElement[bool], *, agent: Agent | None) -> int:
    """Read all chosen arrivals once more that do not go on by themselves, or not yet; how many there are."""
    replayed = session.scalars(
        update(Arrival)
        .where(chosen, or_(is_parked(), is_failing()))
        .values(state=ArrivalState.FETCHED, attempts=0, reason="", due_at=now(), lease_until=None)
        .returning(Arrival.channel_id)
        .execution_options(synchronize_session=False)
    ).all()
    for channel_id, count in sorted(Counter(replayed).items()):
        record(
            session,
            "arrival.replayed",
            f"channel:{channel_id}",
            audience=None,
            actor=agent.ref if agent else None,
            count=count,
        )
    return len(replayed)


def due_arrivals(session: Session) -> bool:
    """Whether anything waits to be read."""
    return bool(session.scalar(select(exists().where(_is_due(Arrival)))))


def _stored_row(channel: Channel, event: RawEvent) -> dict[str, Any]:
    """The row of a delivery whose bytes are on the disk when this returns."""
    stored = file_store().put_bytes(event.raw) if event.raw is not None else None
    failpoint("fetch.file_stored")
    return {
        "channel_id": channel.id,
        "event_key": event.event_key,
        "order_key": event.order_key,
        "payload": dict(event.payload),
        "raw_sha256": stored.sha256 if stored else None,
        "raw_size": stored.size if stored else None,
        "state": ArrivalState.FETCHED,
        "reason": "",
        "attempts": 0,
        "due_at": now() + ALBUM_PAUSE if event.group_key else now(),
        "arrived_at": now(),
        "group_key": event.group_key,
    }


def _wait_for_album(session: Session, channel: Channel, group_key: str, due_at: datetime) -> None:
    """Every part that comes lets those before it wait a little longer."""
    session.execute(
        update(Arrival)
        .where(
            Arrival.channel_id == channel.id,
            Arrival.group_key == group_key,
            Arrival.state == ArrivalState.FETCHED,
            Arrival.attempts == 0,
        )
        .values(due_at=due_at)
        .execution_options(synchronize_session=False)
    )


def _is_due(arrival: type[Arrival]) -> ColumnElement[bool]:
    return (
        (arrival.state == ArrivalState.FETCHED)
        & (arrival.due_at <= now())
        & or_(arrival.lease_until.is_(None), arrival.lease_until < func.clock_timestamp())
    )


def _claim() -> list[tuple[int, ChannelAccess]]:
    """Arrivals that are ours to read for a while, each with its channel as it is set now."""
    earlier = aliased(Arrival)
    with transaction() as session:
        take_in_order(session)
        arrivals = session.scalars(
            select(Arrival)
            .where(
                _is_due(Arrival),
                ~exists().where(
                    earlier.channel_id == Arrival.channel_id,
                    earlier.order_key == Arrival.order_key,
                    earlier.id < Arrival.id,
                    earlier.state == ArrivalState.FETCHED,
                    or_(earlier.attempts == 0, earlier.lease_until > func.clock_timestamp()),
                ),
            )
            .order_by(Arrival.due_at, Arrival.id)
            .limit(CLAIMED_AT_ONCE)
            .options(selectinload(Arrival.channel))
            .with_for_update(of=Arrival, skip_locked=True)
        ).all()
        if not arrivals:
            return []
        session.execute(
            update(Arrival)
            .where(Arrival.id.in_([each.id for each in arrivals]))
            .values(lease_until=func.clock_timestamp() + LEASE)
            .execution_options(synchronize_session=False)
        )
        accesses = {each.channel_id: open_access(each.channel) for each in arrivals}
        return [(each.id, accesses[each.channel_id]) for each in arrivals]


def _read(arrival_id: int, access: ChannelAccess) -> bool:
    try:
        event = _begin(arrival_id)
        if event is None:
            return False
        adapter = shelf.adapter(access)
        with kept_lease(partial(_renewal, arrival_id), LEASE):
            found = adapter.normalize(event)
        failpoint("read.understood")
        ended = _take(arrival_id, adapter, found)
        failpoint("read.committed")
        return ended
    except Exception as error:
        if is_away(error):
            raise
        log.exception("arrival.unreadable", arrival_id=arrival_id)
        with transaction() as session:
            _put_off(session, arrival_id, error)
        return False


def _take(arrival_id: int, adapter: Adapter, found: Sequence[Incoming], *, tries: int = TRIES) -> bool:
    """All that an arrival brings in one transaction; begun again where it lost a deadlock."""
    try:
        with transaction() as session:
            arrival = session.scalars(_HELD, {"arrival": arrival_id}).one()
            if arrival.state != ArrivalState.FETCHED:
                return False
            _take_in_all(session, arrival, found)
            want_tidying(session, arrival, adapter, found)
            _read_album(session, arrival, adapter)
            failpoint("read.before_commit")
        return True
    except OperationalError as error:
        if tries == 1 or not is_deadlock(error):
            raise
    return _take(arrival_id, adapter, found, tries=tries - 1)


def _take_in_all(session: Session, arrival: Arrival, found: Sequence[Incoming]) -> None:
    endings = [take_in(session, arrival.channel, arrival, each) for each in found]
    _end(arrival, endings[0] if endings else Ending(ArrivalState.IGNORED, "nothing in it"))


def _read_album(session: Session, arrival: Arrival, adapter: Adapter) -> None:
    """The other parts of an album join in the same transaction; one that cannot be read has its own turn."""
    if arrival.group_key is None:
        return
    siblings = session.scalars(
        select(Arrival)
        .where(
            Arrival.channel_id == arrival.channel_id,
            Arrival.group_key == arrival.group_key,
            Arrival.state == ArrivalState.FETCHED,
        )
        .order_by(Arrival.id)
        .options(*_WHOLE)
        .with_for_update(of=Arrival, skip_locked=True)
    ).all()
    for sibling in siblings:
        try:
            found = adapter.normalize(_stored(sibling.event_key, sibling.payload, sibling.raw_sha256))
        except Exception as error:
            log.warning("album.part_unreadable", arrival_id=sibling.id, error=type(error).__name__)
            continue
        _take_in_all(session, sibling, found)


def _stored(event_key: str, payload: Mapping[str, Any], sha256: str | None) -> StoredEvent:
    path = file_store().path_of(sha256) if sha256 else None
    return StoredEvent(event_key, payload, str(path) if path else None)


def _renewal(arrival_id: int) -> Update:
    return (
        update(Arrival)
        .where(Arrival.id == arrival_id, Arrival.state == ArrivalState.FETCHED)
        .values(lease_until=func.clock_timestamp() + LEASE)
    )


def _begin(arrival_id: int) -> StoredEvent | None:
    """What is to be read, or None when somebody has read it; counted first, for a reader may die of it."""
    with transaction() as session:
        begun = session.execute(_BEGIN, {"arrival": arrival_id}).one_or_none()
    if begun is None:
        return None
    return _stored(begun.event_key, begun.payload, begun.raw_sha256)


def _end(arrival: Arrival, ending: Ending) -> None:
    arrival.state = ending.state
    arrival.reason = ending.reason[:1000]
    arrival.message_id = ending.message_id
    arrival.content_hash = ending.content_hash
    arrival.lease_until = None
    arrival.read_at = now()


def _put_off(session: Session, arrival_id: int, error: Exception) -> None:
    arrival = session.get(Arrival, arrival_id, with_for_update={"of": Arrival})
    if arrival is None or arrival.state != ArrivalState.FETCHED:
        return
    arrival.lease_until = None
    spoken = f"{error.code}: {error.detail}" if isinstance(error, ChannelError) else None
    arrival.reason = (spoken or f"{type(error).__name__}: {error}")[:1000]
    if arrival.attempts > len(PAUSES) or isinstance(error, BadContent):
        arrival.state = ArrivalState.QUARANTINED
        arrival.read_at = now()
        record(
            session,
            "arrival.quarantined",
            f"channel:{arrival.channel_id}",
            audience=None,
            arrival_id=arrival.id,
            reason=arrival.reason[:200],
        )
        tell_administrators(session, "arrival.quarantined", f"channel:{arrival.channel_id}")
        return
    arrival.due_at = now() + PAUSES[max(arrival.attempts, 1) - 1]

"""Passes committed events on: numbers them, wakes those who react, tells browsers.

    commit ── NOTIFY ──▶ number (one relay, by advisory lock) ──▶ kick jobs (app.reactions)
                                                            └──▶ one frame per audience

A browser that missed a frame sees it by `after` and asks for the rest; a relay that dies between
numbering and telling has lost nothing but a second.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Any

import psycopg
import structlog
from psycopg.rows import namedtuple_row
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.fanout import Publisher
from app.jobs import kick
from app.reactions import REACTIONS
from core.clock import now
from core.config import get_settings
from core.db import NOTIFY_CHANNEL, connect, transaction
from core.events import EVERYONE
from inbox.feed import rows_of

log = structlog.get_logger()

BATCH = 500
POLL = 1.0
GATHER = 0.02  # what happens so shortly after something else goes on together
HEARTBEAT = 10.0
LOCK = 0x656D7074796665  # "emptyfe"

_NUMBER = f"""
WITH batch AS (
    SELECT id, created_at, row_number() OVER (ORDER BY id) AS place FROM (
        SELECT id, created_at FROM events WHERE seq IS NULL ORDER BY id LIMIT {BATCH}
    ) AS unnumbered
), counter AS (
    UPDATE event_counter SET last_seq = last_seq + (SELECT count(*) FROM batch)
    WHERE EXISTS (SELECT 1 FROM batch) RETURNING last_seq
)
UPDATE events SET seq = counter.last_seq - (SELECT count(*) FROM batch) + batch.place
FROM batch, counter WHERE events.id = batch.id AND events.created_at = batch.created_at
RETURNING events.seq, events.kind, events.topic, events.audience, events.actor, events.cause,
    events.details, events.created_at
"""


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event with its number."""

    seq: int
    kind: str
    topic: str
    audience: str | None
    actor: str | None
    cause: str | None
    details: dict[str, Any]
    created_at: datetime


class Announcer:
    """Turns numbered events into frames; remembers what each audience was told last."""

    def __init__(self, publisher: Publisher, upto: int) -> None:
        self._publisher = publisher
        self._told: dict[str, int] = {}
        self._start = upto
        self._upto = upto
        self._last_beat = monotonic()

    def announce(self, events: Sequence[Numbered]) -> None:
        """Kick the jobs that follow, then send each audience concerned one frame."""
        for key in dict.fromkeys(job for event in events for job in REACTIONS.get(event.kind, ())):
            kick(key)
        self._upto = events[-1].seq
        rows = rows_for(events)
        by_audience: dict[str, list[Numbered]] = {}
        for event in events:
            if event.audience is not None:
                by_audience.setdefault(event.audience, []).append(event)
        for audience, concerned in by_audience.items():
            seen = {number: row for number, row in rows.items() if row["audience"] == audience}
            self._emit(audience, [item(event, seen) for event in concerned])

    def beat(self) -> None:
        """Tell everyone how far things are, so that a lost last frame is noticed."""
        if monotonic() - self._last_beat < HEARTBEAT:
            return
        self._last_beat = monotonic()
        for audience in {EVERYONE, *self._told}:
            self._emit(audience, [])

    def _emit(self, audience: str, items: list[dict[str, Any]]) -> None:
        frame = {
            "audience": audience,
            "after": self._told.get(audience, self._start),
            "upto": self._upto,
            "items": items,
            "server_time": now().astimezone(UTC).isoformat().replace("+00:00", "Z"),
        }
        try:
            self._publisher.emit("frame", frame, room=audience)
        except (RedisError, OSError) as error:
            # `after` stays: the next frame shows the gap and the browser asks for what it missed.
            log.warning("relay.mute", audience=audience, error=str(error))
            return
        self._told[audience] = self._upto


def rows_for(events: Iterable[Numbered]) -> dict[int, dict[str, Any]]:
    """The feed rows of every dialog that events are about, each loaded once."""
    ids = {dialog for event in events if (dialog := dialog_of(event.topic)) is not None}
    if not ids:
        return {}
    with transaction() as session:
        return rows_of(session, ids)


def item(event: Numbered, rows: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """An event as frames and catch-up show it."""
    dialog = dialog_of(event.topic)
    kind, _, number = (event.actor or "").partition(":")
    return {
        "seq": event.seq,
        "kind": event.kind,
        "topic": event.topic,
        "at": event.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "actor_id": int(number) if kind == "agent" else None,
        "cause": event.cause,
        "details": event.details,
        "row": rows.get(dialog) if dialog is not None else None,
    }


def dialog_of(topic: str) -> int | None:
    """The dialog a topic names, if it names one."""
    kind, _, number = topic.partition(":")
    return int(number) if kind == "dialog" else None


def number_events(connection: psycopg.Connection[Any]) -> list[Numbered]:
    """Give the next numbers to committed events, in one statement; they are contiguous."""
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        found = cursor.execute(_NUMBER).fetchall()
    return sorted((Numbered(*row) for row in found), key=lambda event: event.seq)


def number_in(session: Session) -> list[Numbered]:
    """The same within a session, for tests and tools that run without a relay."""
    found = session.connection().exec_driver_sql(_NUMBER).all()
    return sorted((Numbered(*row) for row in found), key=lambda event: event.seq)


def main() -> None:
    """Relay for ever; after any trouble with the database begin again from the lock."""
    settings = get_settings()
    connect(str(settings.database_url), pool_size=2)
    address = str(settings.database_direct_url or settings.database_url).replace("+psycopg", "")
    publisher = Publisher(str(settings.redis_url))
    while True:
        try:
            with psycopg.connect(address, autocommit=True, connect_timeout=10) as connection:
                _relay(connection, publisher)
        except (psycopg.Error, SQLAlchemyError) as error:
            log.warning("relay.interrupted", error=str(error))
            sleep(0.5)


def _relay(connection: psycopg.Connection[Any], publisher: Publisher) -> None:
    _wait_for_turn(connection)
    connection.execute(f"LISTEN {NOTIFY_CHANNEL}")
    row = connection.execute("SELECT last_seq FROM event_counter").fetchone()
    announcer = Announcer(publisher, row[0] if row else 0)
    log.info("relay.active")
    while True:
        events = number_events(connection)
        if events:
            announcer.announce(events)
            sleep(GATHER)
        announcer.beat()
        if len(events) < BATCH:
            for told in connection.notifies(timeout=POLL, stop_after=1):
                pass_on(told.payload, publisher)


def pass_on(notice: str, publisher: Publisher) -> None:
    """Do what a hint that came with a commit says: wake a job, or show that a customer writes."""
    kind, _, rest = notice.partition(":")
    if kind == "wake":
        kick(rest)
    elif kind == "typing":
        number, _, audience = rest.partition(":")
        try:
            publisher.emit("customer_typing", {"dialog_id": int(number)}, room=audience)
        except (RedisError, OSError) as error:
            log.warning("relay.mute", audience=audience, error=str(error))


def _wait_for_turn(connection: psycopg.Connection[Any]) -> None:
    while True:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
        if row is not None and row[0]:
            return
        sleep(POLL)

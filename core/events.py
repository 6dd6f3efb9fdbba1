"""What happened: the one record behind history, live screens, reactions and reports."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.clock import now
from core.db import Base

EVERYONE = "everyone"


class Event(Base):
    """One fact, written in the transaction that made it true.

    `kind` is noun.verb in the past tense, `topic` the thing it belongs to ("dialog:17"),
    `actor` who did it ("agent:3", "customer:9"; None is the product itself) and `cause` the
    rule, policy or timer behind an automatic change. `audience` says who may learn of it at
    once (None: history only). `seq` is given by the relay after the commit: contiguous,
    strictly increasing.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_unnumbered", "id", postgresql_where=text("seq IS NULL")),
        Index("ix_events_seq", "seq"),
        Index("ix_events_topic", "topic", "id"),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, insert_sentinel=True)
    created_at: Mapped[datetime] = mapped_column(primary_key=True, default=now)
    seq: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str]
    topic: Mapped[str]
    audience: Mapped[str | None]
    actor: Mapped[str | None]
    cause: Mapped[str | None]
    details: Mapped[dict[str, Any]]


class EventCounter(Base):
    """The last number given to an event; one row, moved only by the relay."""

    __tablename__ = "event_counter"

    id: Mapped[int] = mapped_column(primary_key=True)
    last_seq: Mapped[int] = mapped_column(BigInteger, default=0)


def record(
    session: Session,
    kind: str,
    topic: str,
    *,
    audience: str | None,
    actor: str | None = None,
    cause: str | None = None,
    **details: Any,
) -> Event:
    """Write down that something happened, in the transaction in which it happens.

    Only verbs call it. `details` hold ids and small facts, never message text or secrets.
    """
    event = Event(
        kind=kind, topic=topic, audience=audience, actor=actor, cause=cause, details=details, created_at=now()
    )
    session.add(event)
    session.info["events_recorded"] = True
    return event


def last_seq(session: Session) -> int:
    """The number of the newest numbered event, 0 before the first."""
    return session.scalar(text("SELECT last_seq FROM event_counter")) or 0


def ensure_partitions(session: Session, *, months_ahead: int = 2) -> None:
    """Make the monthly partitions from this month on; repeating it is harmless.

    Rows of a month that nobody made a partition for land in the default partition. Those of the
    months made here move into theirs, or PostgreSQL would refuse to make it from then on.
    """
    month = now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(months_ahead + 1):
        following = (month + timedelta(days=32)).replace(day=1)
        name = f"events_{month:%Y_%m}"
        if session.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is None:
            _make_partition(session, name, f"{month:%Y-%m-%d}+00", f"{following:%Y-%m-%d}+00")
        month = following


def _make_partition(session: Session, name: str, start: str, end: str) -> None:
    for statement in (
        "LOCK TABLE events_default IN ACCESS EXCLUSIVE MODE",
        f"CREATE TABLE {name} (LIKE events)",
        f"WITH moved AS (DELETE FROM events_default WHERE created_at >= '{start}' AND created_at < '{end}'"
        f" RETURNING *) INSERT INTO {name} SELECT * FROM moved",
        f"ALTER TABLE events ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{end}')",
    ):
        session.execute(text(statement))

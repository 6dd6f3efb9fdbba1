"""The database: the base of all tables and the one place that commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, DateTime, Engine, MetaData, Text, create_engine, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
NOTIFY_CHANNEL = "emptyfeed_events"


class Base(DeclarativeBase):
    """Base of every table; a time is always stored with its zone, text has no length."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        str: Text,
        int: BigInteger,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[str]: ARRAY(Text),
        list[int]: ARRAY(BigInteger),
    }


_sessions: sessionmaker[Session] = sessionmaker(expire_on_commit=False)
_engine: Engine | None = None


def connect(url: str, *, pool_size: int = 10) -> Engine:
    """Open the pool that `transaction()` uses in this process.

    A broken connection is replaced before it is handed out, so a restart of PostgreSQL
    costs one failed transaction at the most.
    """
    global _engine
    if _engine is not None:
        _engine.dispose()
    _engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_timeout=10,
        json_serializer=lambda value: orjson.dumps(value, default=str).decode(),
        json_deserializer=orjson.loads,
        connect_args={"connect_timeout": 10},
    )
    bind_sessions(_engine)
    return _engine


def engine() -> Engine:
    """The engine of this process; a RuntimeError before `connect()`."""
    if _engine is None:
        raise RuntimeError("core.db.connect() has not been called")
    return _engine


def forget_connections() -> None:
    """Drop the pool without touching its sockets; for a child that was forked."""
    if _engine is not None:
        _engine.dispose(close=False)


def bind_sessions(bind: Any, **options: Any) -> None:
    """Say what new sessions talk to; tests bind them to one connection."""
    _sessions.configure(bind=bind, **options)


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work: commits at the end, rolls back on any error.

    If events were recorded, the relay is told after the commit, in a statement of its own:
    NOTIFY inside the transaction would serialise all commits. A lost one costs the relay's
    one-second poll.
    """
    with _sessions() as session:
        with session.begin():
            yield session
        if session.info.pop("events_recorded", False):
            announce(session)


def announce(session: Session) -> None:
    """Tell the relay that there is something to look at."""
    with session.begin():
        session.execute(text(f"NOTIFY {NOTIFY_CHANNEL}"))

"""The database: the base of all tables and the one place that commits."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from time import monotonic
from typing import Any

import orjson
import psycopg
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Engine,
    MetaData,
    Text,
    TextClause,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
NOTIFY_CHANNEL = "emptyfeed_events"
TRUSTED_FOR = 1.0
_NOTIFY = f"NOTIFY {NOTIFY_CHANNEL}"
_NOTICE = text(f"SELECT pg_notify('{NOTIFY_CHANNEL}', :notice)")
_WALK = text("SET LOCAL enable_sort = off")
_AWAY = ("08", "57P0", "53300")  # no connection, a server that stops or starts, none left to be had


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
_glance: Engine | Connection | None = None


def connect(url: str, *, pool_size: int = 10) -> Engine:
    """Open the pool that `transaction()` uses in this process.

    A connection that lay idle is tried before it is handed out, and a broken one takes the others
    with it, so a restart of PostgreSQL costs one failed transaction at the most.
    """
    global _engine
    if _engine is not None:
        _engine.dispose()
    _engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        json_serializer=lambda value: orjson.dumps(value, default=str).decode(),
        json_deserializer=orjson.loads,
        connect_args={"connect_timeout": 10},
    )
    event.listen(_engine, "checkin", _note_rest)
    event.listen(_engine, "checkout", _try_after_rest)
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
    global _glance
    _sessions.configure(bind=bind, **options)
    _glance = bind.execution_options(isolation_level="AUTOCOMMIT") if isinstance(bind, Engine) else bind


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
        notices = session.info.pop("notices", ())
        if session.info.pop("events_recorded", False) or notices:
            announce(session, *dict.fromkeys(notices))


@contextmanager
def reading() -> Iterator[Session]:
    """A look at the database: each statement sees what is committed by then, as it would in a transaction.

    Nothing is begun and nothing committed, which spares two of every three messages of a short request.
    What is changed here is kept statement by statement, so change only what stands alone.
    """
    with _sessions(bind=_glance) as session, session.begin():
        yield session


def is_away(error: Exception) -> bool:
    """Whether the connection is gone or none was to be had: that says nothing about what was asked.

    A server that answers and refuses is there, whatever it refuses for (too long for an index, say).
    """
    if isinstance(error, PoolExhausted):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    unspoken = state is None and isinstance(error, OperationalError | InterfaceError)
    return error.connection_invalidated or unspoken or (state or "").startswith(_AWAY)


def is_deadlock(error: DBAPIError) -> bool:
    """Whether a transaction ended only because it and another waited for each other: it may try again."""
    return isinstance(error.orig, psycopg.errors.DeadlockDetected)


def take_in_order(session: Session) -> None:
    """Let queries of this transaction walk an index instead of sorting what they find.

    Statistics say that a queue is short, because it mostly is. Believing them, the planner reads and
    sorts all of a long one to give us its first row, and again for the second.
    """
    session.execute(_WALK)


def tell_after(session: Session, notice: str) -> None:
    """Have the relay told something once this is committed: a job to wake, a customer who writes.

    It is a hint and may be lost.
    """
    session.info.setdefault("notices", []).append(notice)


def draw_ids(session: Session, *models: type[Base]) -> tuple[int, ...]:
    """A number for a new row of each of these tables, so that rows which name each other are written once."""
    return tuple(session.execute(_drawing(models)).one())


def announce(session: Session, *notices: str) -> None:
    """Tell the relay that there is something to look at; what is committed stays so, told or not."""
    bind = session.get_bind()
    if isinstance(bind, Connection):
        _notify(bind, notices)
        return
    with suppress(DBAPIError), bind.connect() as connection:
        _notify(connection.execution_options(isolation_level="AUTOCOMMIT"), notices)


def _notify(connection: Connection, notices: Sequence[str]) -> None:
    connection.exec_driver_sql(_NOTIFY)
    for notice in notices:
        connection.execute(_NOTICE, {"notice": notice})


@cache
def _drawing(models: tuple[type[Base], ...]) -> TextClause:
    drawn = (f"nextval(pg_get_serial_sequence('{each.__tablename__}', 'id'))" for each in models)
    return text(f"SELECT {', '.join(drawn)}")


def _note_rest(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = monotonic()


def _try_after_rest(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """Ask a connection for a sign of life unless it worked a moment ago: asking every time costs a tenth."""
    since = record.info.get("rests_since")
    if since is None or monotonic() - since < TRUSTED_FOR:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise InvalidatePoolError from error

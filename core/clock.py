"""What time it is; the only place that asks the machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path

_shift_file = os.environ.get("EMPTYFEED_CLOCK")
_frozen: datetime | None = None
_visited: ContextVar[datetime | None] = ContextVar("visited", default=None)


def now() -> datetime:
    """The present moment, always aware and in UTC.

    Tests move it: in one process by `freeze()`, for running processes by a file named in
    EMPTYFEED_CLOCK that holds the seconds to add.
    """
    visited = _visited.get()
    if visited is not None:
        return visited
    if _frozen is not None:
        return _frozen
    return datetime.now(UTC) + _shift()


@contextmanager
def visiting(moment: datetime) -> Iterator[None]:
    """Let it be another moment for what is done inside, and for no other thread or greenlet."""
    if moment.tzinfo is None:
        raise ValueError("a visited moment needs a time zone")
    token = _visited.set(moment)
    try:
        yield
    finally:
        _visited.reset(token)


def freeze(moment: datetime | None) -> None:
    """Hold the clock of this process at a moment, or let it run again with None."""
    global _frozen
    if moment is not None and moment.tzinfo is None:
        raise ValueError("a frozen moment needs a time zone")
    _frozen = moment


def _shift() -> timedelta:
    if _shift_file is None:
        return timedelta()
    try:
        return timedelta(seconds=float(Path(_shift_file).read_text() or 0))
    except (OSError, ValueError):
        return timedelta()

"""What time it is; the only place that asks the machine."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

_shift_file = os.environ.get("EMPTYFEED_CLOCK")
_frozen: datetime | None = None


def now() -> datetime:
    """The present moment, always aware and in UTC.

    Tests move it: in one process by `freeze()`, for running processes by a file named in
    EMPTYFEED_CLOCK that holds the seconds to add.
    """
    if _frozen is not None:
        return _frozen
    return datetime.now(UTC) + _shift()


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

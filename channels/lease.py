"""Keeping hold of a row while the outside takes its time."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Condition, Thread
from time import monotonic, sleep

import structlog
from sqlalchemy import Update
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from core.db import transaction

log = structlog.get_logger()


@contextmanager
def kept_lease(renewal: Callable[[], Update], lease: timedelta) -> Iterator[None]:
    """Run what `renewal` makes three times per lease while the block runs.

    A short lease makes a dead worker known within seconds; renewing lets a slow server be slow.
    """
    pause = lease.total_seconds() / 3
    held = _Held(renewal, pause, monotonic() + pause)
    keeper = _keeper()
    keeper.hold(held)
    try:
        yield
    finally:
        keeper.let_go(held)


def write_down(work: Callable[[], None], *, seconds: float) -> None:
    """Write down how a call outside went, also when the database is away for a moment.

    What is known must not become uncertain because PostgreSQL was started anew. `work` makes a
    transaction of its own and writes nothing when the lease has ended meanwhile.
    """
    until = monotonic() + seconds
    while True:
        try:
            work()
        except (OperationalError, InterfaceError):
            if monotonic() > until:
                raise
            sleep(0.3)
        else:
            return


@dataclass(eq=False, slots=True)
class _Held:
    renewal: Callable[[], Update]
    pause: float
    due: float


class _Keeper:
    """One thread for all leases of a process: most are over long before they are to be renewed."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._held: set[_Held] = set()
        self._changed = Condition()
        self._wakes_at: float | None = None
        Thread(target=self._run, name="leases", daemon=True).start()

    def hold(self, held: _Held) -> None:
        """Renew it from now on."""
        with self._changed:
            self._held.add(held)
            if self._wakes_at is None or held.due < self._wakes_at:
                self._changed.notify()

    def let_go(self, held: _Held) -> None:
        """Renew it no more."""
        with self._changed:
            self._held.discard(held)

    def _run(self) -> None:
        while True:
            for held in self._wait():
                _renew(held.renewal())

    def _wait(self) -> list[_Held]:
        """Those whose time has come, once there are any."""
        with self._changed:
            while not (due := [each for each in self._held if each.due <= monotonic()]):
                self._wakes_at = min((each.due for each in self._held), default=None)
                self._changed.wait(None if self._wakes_at is None else max(0.0, self._wakes_at - monotonic()))
            for each in due:
                each.due = monotonic() + each.pause
            return due


_kept: list[_Keeper] = []


def _keeper() -> _Keeper:
    """That of this process: a thread does not live on in a fork."""
    if not _kept or _kept[0].process != os.getpid():
        _kept[:] = [_Keeper()]
    return _kept[0]


def _renew(renewal: Update) -> None:
    try:
        with transaction() as session:
            session.execute(renewal)
    except SQLAlchemyError:
        log.warning("lease.not_renewed", table=renewal.table.description)

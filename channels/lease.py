"""Keeping hold of a row while the outside takes its time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

import structlog
from sqlalchemy import Update
from sqlalchemy.exc import SQLAlchemyError

from core.db import transaction

log = structlog.get_logger()


@contextmanager
def kept_lease(renewal: Update, lease: timedelta) -> Iterator[None]:
    """Run `renewal` three times per lease while the block runs.

    A short lease makes a dead worker known within seconds; renewing lets a slow server be slow.
    """
    done = Event()
    keeper = Thread(target=_renew, args=(renewal, lease, done), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()


def _renew(renewal: Update, lease: timedelta, done: Event) -> None:
    while not done.wait(lease.total_seconds() / 3):
        try:
            with transaction() as session:
                session.execute(renewal)
        except SQLAlchemyError:
            log.warning("lease.not_renewed", table=renewal.table.description)

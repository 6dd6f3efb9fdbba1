"""Keeping hold of a message while the outside takes its time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

import structlog
from sqlalchemy import func, update
from sqlalchemy.exc import SQLAlchemyError

from core.db import transaction
from inbox.models import Message

log = structlog.get_logger()


@contextmanager
def kept_lease(message_id: int, token: str, lease: timedelta) -> Iterator[None]:
    """Renew a message's lease three times per lease while the block runs.

    A short lease makes a dead worker known within seconds; renewing lets a slow server be slow.
    """
    done = Event()
    keeper = Thread(target=_renew, args=(message_id, token, lease, done), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()


def _renew(message_id: int, token: str, lease: timedelta, done: Event) -> None:
    while not done.wait(lease.total_seconds() / 3):
        try:
            with transaction() as session:
                session.execute(
                    update(Message)
                    .where(Message.id == message_id, Message.lease_token == token)
                    .values(lease_until=func.clock_timestamp() + lease)
                )
        except SQLAlchemyError:
            log.warning("lease.not_renewed", message_id=message_id)

"""What left is also filed among the sent messages outside, for those who look there; as well as may be.

It happens after a message is sent and is written down, in rows of its own, so that nothing that goes
wrong here can ever send anything again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from time import monotonic

import structlog
from sqlalchemy import ColumnElement, and_, delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from channels.access import open_access, shelf
from channels.adapter import ChannelAccess, ChannelError, Copy, FilesCopies
from channels.models import SentCopy
from core.clock import now
from core.db import transaction
from core.files import file_store
from inbox.models import Channel, Message

log = structlog.get_logger()

FIRST = timedelta(minutes=1)  # servers that file by themselves have done it by then
PAUSES = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class _Claimed:
    access: ChannelAccess
    message_ids: Sequence[int]
    copies: Sequence[Copy]


def want_copy(session: Session, message: Message) -> None:
    """Ask for a copy of a message that has just left."""
    values = {
        "message_id": message.id,
        "channel_id": message.channel_id,
        "due_at": now() + FIRST,
        "attempts": 0,
    }
    session.execute(insert(SentCopy).values(values).on_conflict_do_nothing())


def file_due_copies(*, seconds: float = inf) -> int:
    """File what is due, a channel's copies together; how many were filed."""
    filed, until = 0, monotonic() + seconds
    while monotonic() < until and (claimed := _claim()) is not None:
        filed += _file(claimed)
    return filed


def due_copies(session: Session) -> bool:
    """Whether any copy waits to be filed."""
    return bool(session.scalar(select(exists().where(_is_due()))))


def _is_due() -> ColumnElement[bool]:
    switched_on = exists().where(Channel.id == SentCopy.channel_id, Channel.enabled)
    return and_(SentCopy.due_at <= now(), switched_on)


def _claim() -> _Claimed | None:
    """Copies of one channel; they are due again later, should whoever claims them die."""
    with transaction() as session:
        due = select(SentCopy).where(_is_due()).order_by(SentCopy.due_at)
        first = session.scalar(due.limit(1))
        if first is None:
            return None
        of_one_channel = due.where(SentCopy.channel_id == first.channel_id).limit(AT_ONCE)
        rows = session.scalars(of_one_channel.with_for_update(of=SentCopy, skip_locked=True)).all()
        for row in rows:
            row.due_at = now() + PAUSES[min(row.attempts, len(PAUSES) - 1)]
            row.attempts += 1
        ids = [row.message_id for row in rows]
        messages = session.scalars(select(Message).where(Message.id.in_(ids)).order_by(Message.id)).all()
        copies = [
            Copy(message.key, str(file_store().path_of(message.raw_sha256)))
            for message in messages
            if message.key and message.raw_sha256
        ]
        return _Claimed(open_access(session.get_one(Channel, first.channel_id)), ids, copies)


def _file(claimed: _Claimed) -> int:
    adapter = shelf.adapter(claimed.access)
    try:
        if isinstance(adapter, FilesCopies) and adapter.files_copies:
            adapter.file_copies(claimed.copies)
    except (ChannelError, OSError) as error:
        log.warning("copies.not_filed", channel_id=claimed.access.channel_id, error=type(error).__name__)
        _forget(claimed.message_ids, only_hopeless=True)
        return 0
    _forget(claimed.message_ids)
    return len(claimed.copies)


def _forget(message_ids: Sequence[int], *, only_hopeless: bool = False) -> None:
    done = delete(SentCopy).where(SentCopy.message_id.in_(message_ids))
    if only_hopeless:
        done = done.where(SentCopy.attempts > len(PAUSES))
    with transaction() as session:
        session.execute(done)

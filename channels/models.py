"""Tables of what crosses the border."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.clock import now
from core.db import Base
from inbox.models import Channel
from people.models import CustomerIdentity


class ArrivalState(StrEnum):
    """What became of an arrival; every end but `read` has a reason."""

    FETCHED = "fetched"
    READ = "read"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"
    BLOCKED = "blocked"


class Arrival(Base):
    """One delivery from outside, stored before anything tries to read it.

    A parser bug therefore costs a retry, not a letter. `event_key` is the outside's own name for
    the delivery; arrivals with one `order_key` are read one after another. Letters keep their bytes
    as a file (`raw_sha256`), other kinds their `payload`. Those with one `group_key` make one message
    and are read together. One that is `let_in` is read although its sender is blocked.
    """

    __tablename__ = "arrivals"
    __table_args__ = (
        UniqueConstraint("channel_id", "event_key"),
        CheckConstraint(
            "state IN ('fetched', 'read', 'duplicate', 'ignored', 'quarantined', 'blocked')", name="state"
        ),
        Index("ix_arrivals_due", "due_at", "id", postgresql_where=text("state = 'fetched'")),
        Index(
            "ix_arrivals_order", "channel_id", "order_key", "id", postgresql_where=text("state = 'fetched'")
        ),
        Index(
            "ix_arrivals_group",
            "channel_id",
            "group_key",
            postgresql_where=text("state = 'fetched' AND group_key IS NOT NULL"),
        ),
        Index("ix_arrivals_content", "channel_id", "content_hash"),
        Index("ix_arrivals_parked", "channel_id", "id", postgresql_where=text("state = 'quarantined'")),
        Index("ix_arrivals_message", "message_id"),
        Index("ix_arrivals_arrived", "channel_id", "arrived_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    event_key: Mapped[str]
    order_key: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    raw_sha256: Mapped[str | None]
    raw_size: Mapped[int | None] = mapped_column(BigInteger)
    content_hash: Mapped[str | None]
    group_key: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=ArrivalState.FETCHED)
    reason: Mapped[str] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=0)
    let_in: Mapped[bool] = mapped_column(default=False)
    due_at: Mapped[datetime] = mapped_column(default=now)
    lease_until: Mapped[datetime | None]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    arrived_at: Mapped[datetime] = mapped_column(default=now)
    read_at: Mapped[datetime | None]

    channel: Mapped[Channel] = relationship()


class BlockedMessage(Base):
    """What is set apart, as far as one must see to decide; the whole lies with its arrival.

    It came from a blocked sender, `identity`, or it is suspected of coming from a robot by its `signs`; then
    nobody is believed to have written it, and `sender` is only what was typed.
    """

    __tablename__ = "blocked_messages"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    arrival_id: Mapped[int] = mapped_column(ForeignKey("arrivals.id"), index=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("identities.id"), index=True)
    sender: Mapped[str] = mapped_column(default="", server_default="")
    signs: Mapped[list[str]] = mapped_column(default=list, server_default="{}")
    subject: Mapped[str]
    text: Mapped[str]
    files: Mapped[int] = mapped_column(default=0)
    said_at: Mapped[datetime]
    restored_at: Mapped[datetime | None]
    restored_by: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

    channel: Mapped[Channel] = relationship()
    identity: Mapped[CustomerIdentity | None] = relationship(lazy="joined")


class ThreadReference(Base):
    """That a name from outside (a Message-ID) belongs to a dialog.

    `own` marks names we gave; the others came with letters or were only seen in References, so
    that a sibling of a letter we never got still finds its dialog.
    """

    __tablename__ = "thread_references"
    __table_args__ = (Index("ix_thread_references_dialog", "dialog_id"),)

    key_hash: Mapped[str] = mapped_column(primary_key=True)
    dialog_id: Mapped[int] = mapped_column(ForeignKey("dialogs.id"), primary_key=True)
    own: Mapped[bool] = mapped_column(default=False)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class MessagePart(Base):
    """One call to the outside that a message was cut into; planned once, sent as it was planned.

    `client_key` is what an echo of it carries, where the outside sends echoes.
    """

    __tablename__ = "message_parts"
    __table_args__ = (
        UniqueConstraint("message_id", "number"),
        Index(
            "ix_message_parts_client_key",
            "client_key",
            postgresql_where=text("client_key IS NOT NULL"),
        ),
        CheckConstraint("state IN ('queued', 'sending', 'sent', 'failed', 'uncertain')", name="state"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    number: Mapped[int]
    key: Mapped[str] = mapped_column(unique=True)
    client_key: Mapped[str | None]
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    raw_sha256: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="queued")
    keys: Mapped[list[str]] = mapped_column(default=list)
    changed_at: Mapped[datetime] = mapped_column(default=now)


class ChannelCheck(Base):
    """A test of a channel that an administrator asked for; a worker makes it, step by step."""

    __tablename__ = "channel_checks"
    __table_args__ = (
        Index("ix_channel_checks_channel", "channel_id", "id"),
        Index("ix_channel_checks_due", "id", postgresql_where=text("done_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    lease_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default="")
    code: Mapped[str] = mapped_column(default="")
    detail: Mapped[str] = mapped_column(default="")
    steps: Mapped[list[Any]] = mapped_column(default=list)
    warnings: Mapped[list[str]] = mapped_column(default=list)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)

    channel: Mapped[Channel] = relationship()


class SentCopy(Base):
    """That a message which left should also lie among the sent ones of its channel, outside.

    The row goes when the copy is filed, or when filing it was tried often enough.
    """

    __tablename__ = "sent_copies"
    __table_args__ = (Index("ix_sent_copies_due", "due_at"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)


class Tidying(Base):
    """That a letter which was read is to be marked or put away outside, as its channel says.

    The row goes when that is done, or when it was tried often enough.
    """

    __tablename__ = "tidyings"
    __table_args__ = (Index("ix_tidyings_due", "due_at"),)

    arrival_id: Mapped[int] = mapped_column(ForeignKey("arrivals.id"), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)


class Errand(Base):
    """A small call to the outside that is no message: to mark as read, to change, to take back.

    At most one of a kind waits under one `key`. After `until` it is not worth making any more. The row
    goes when the call was made or when it was tried often enough.
    """

    __tablename__ = "errands"
    __table_args__ = (
        UniqueConstraint("channel_id", "kind", "key"),
        Index("ix_errands_due", "due_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    kind: Mapped[str]
    key: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    due_at: Mapped[datetime] = mapped_column(default=now)
    until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    channel: Mapped[Channel] = relationship()


class RateMark(Base):
    """One call that counts against a rate, kept only while Valkey cannot count, and refusals that hold."""

    __tablename__ = "rate_marks"
    __table_args__ = (Index("ix_rate_marks_key", "key", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    key: Mapped[str]
    at: Mapped[datetime]


class SpentChallenge(Base):
    """That a proof of work was used, kept until it is over; written only while Valkey is away."""

    __tablename__ = "spent_challenges"

    key: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]

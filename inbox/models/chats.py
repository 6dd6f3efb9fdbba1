"""What messengers know besides messages: earlier versions, names of parts, files that still lie outside."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.clock import now
from core.db import Base
from inbox.models.messages import Attachment
from people.models import Customer


class MessageRevision(Base):
    """How a message was before it was changed; what it says now stands in the message itself."""

    __tablename__ = "message_revisions"
    __table_args__ = (Index("ix_message_revisions_message", "message_id", "said_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    text: Mapped[str] = mapped_column(default="")
    html: Mapped[str | None]
    cards: Mapped[list[Any]] = mapped_column(default=list)
    said_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(default=now)


class MessageName(Base):
    """One more name that the outside has for a message: a picture of its album, a part it was cut into."""

    __tablename__ = "message_names"
    __table_args__ = (Index("ix_message_names_message", "message_id"),)

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))


class FileState(StrEnum):
    """What became of a file that lay outside."""

    WAITING = "waiting"
    FETCHED = "fetched"
    TOO_LARGE = "too_large"
    GONE = "gone"
    FAILED = "failed"


class RemoteFile(Base):
    """A file of a message that is fetched after the message is shown; until then, or for ever, its place.

    `ref` is what the adapter needs to fetch it, `place` its number in the message.
    """

    __tablename__ = "remote_files"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'fetched', 'too_large', 'gone', 'failed')", name="state"),
        Index("ix_remote_files_message", "message_id"),
        Index("ix_remote_files_due", "due_at", "id", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    ref: Mapped[dict[str, Any]]
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    mime: Mapped[str] = mapped_column(default="")
    size: Mapped[int | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    place: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default=FileState.WAITING)
    error_code: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=now)
    lease_until: Mapped[datetime | None]
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachments.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

    attachment: Mapped[Attachment | None] = relationship()


class StartLink(Base):
    """A link by which a known customer comes to a channel; works once, its token is kept as a hash."""

    __tablename__ = "start_links"
    __table_args__ = (UniqueConstraint("token_hash"), Index("ix_start_links_customer", "customer_id"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    token_hash: Mapped[str]
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("identities.id"))

    customer: Mapped[Customer] = relationship()

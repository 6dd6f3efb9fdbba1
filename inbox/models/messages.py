"""What is said: messages, their recipients, comments, files."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.clock import now
from core.db import Base
from inbox.models.dialogs import Dialog, Episode
from people.models import Agent, CustomerIdentity

if TYPE_CHECKING:
    from inbox.models.chats import RemoteFile

SEARCHED_CHARACTERS = 100_000
# A letter that carries answers out of a chat to somebody who left it: a machine sends what people wrote.
CARRIED = "chat_letter"
# A copy of a conversation that whoever is in it has asked for.
COPIED = "chat_copy"


class Delivery(StrEnum):
    """How far an answer has come."""

    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    UNDONE = "undone"


class Message(Base):
    """Something the customer said or will read.

    `key` is the outside's own name for it, unique in its channel. `envelope` is frozen when the
    agent presses send: from, to, cc, bcc, subject and what the channel needs to thread it.
    A machine may answer what is `answerable`; what a machine wrote names its `cause` and no agent.
    `warnings` and `defects` are codes; the screen has their sentences.

    In messengers: `said_at` is when it was first said and `edited_at` when it was last changed outside,
    `deleted_at` when it was taken back there (here it stays). Messages of one album are one message with
    their `group_key`. `reactions` are [{"key", "name", "reactions"}] by whom, `cards` and `forwards` as
    the border names their fields; `via` is who of us wrote it elsewhere.
    """

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("direction IN ('in', 'out')", name="direction"),
        CheckConstraint("(direction = 'out') = (delivery IS NOT NULL)", name="out_has_delivery"),
        UniqueConstraint("channel_id", "key"),
        Index("ix_messages_dialog", "dialog_id", "id"),
        Index("ix_messages_origin", "origin_dialog_id", "id"),
        Index(
            "ix_messages_leaving",
            "leave_at",
            "id",
            postgresql_where=text("delivery IN ('held', 'queued')"),
        ),
        Index(
            "ix_messages_pending",
            "dialog_id",
            "id",
            postgresql_where=text("delivery IN ('held', 'queued', 'sending')"),
        ),
        Index("ix_messages_sending", "lease_until", postgresql_where=text("delivery = 'sending'")),
        Index("ix_messages_search", "search", postgresql_using="gin"),
        Index(
            "ix_messages_group",
            "channel_id",
            "group_key",
            postgresql_where=text("group_key IS NOT NULL"),
        ),
    )
    # Nothing reads the search vector back: without this every INSERT would return it.
    __mapper_args__ = {"eager_defaults": False}

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    dialog_id: Mapped[int] = mapped_column(ForeignKey("dialogs.id"))
    origin_dialog_id: Mapped[int] = mapped_column(ForeignKey("dialogs.id"))
    episode_id: Mapped[int | None] = mapped_column(ForeignKey("episodes.id"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    direction: Mapped[str]
    klass: Mapped[str] = mapped_column(default="human")
    answerable: Mapped[bool] = mapped_column(default=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("identities.id"))
    key: Mapped[str | None]
    client_uuid: Mapped[str | None] = mapped_column(unique=True)
    subject: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    visible_text: Mapped[str | None]
    html: Mapped[str | None]
    has_remote: Mapped[bool] = mapped_column(default=False)
    envelope: Mapped[dict[str, Any]] = mapped_column(default=dict)
    warnings: Mapped[list[str]] = mapped_column(default=list)
    defects: Mapped[list[str]] = mapped_column(default=list)
    raw_sha256: Mapped[str | None]
    said_at: Mapped[datetime] = mapped_column(default=now)
    created_at: Mapped[datetime] = mapped_column(default=now)
    cause: Mapped[str | None]
    demo: Mapped[bool] = mapped_column(default=False)
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    group_key: Mapped[str | None]
    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    quote: Mapped[str] = mapped_column(default="")
    cards: Mapped[list[Any]] = mapped_column(default=list)
    forwards: Mapped[list[Any]] = mapped_column(default=list)
    reactions: Mapped[list[Any]] = mapped_column(default=list)
    via: Mapped[str | None]

    delivery: Mapped[str | None]
    leave_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[str | None]
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    sent_at: Mapped[datetime | None]

    search: Mapped[Any] = mapped_column(
        TSVECTOR,
        Computed(
            f"to_tsvector('russian', left(subject || ' ' || text, {SEARCHED_CHARACTERS}))"
            f" || to_tsvector('simple', left(subject || ' ' || text, {SEARCHED_CHARACTERS}))",
            persisted=True,
        ),
        deferred=True,
    )

    dialog: Mapped[Dialog] = relationship(foreign_keys=[dialog_id])
    episode: Mapped[Episode | None] = relationship()
    agent: Mapped[Agent | None] = relationship()
    identity: Mapped[CustomerIdentity | None] = relationship()
    recipients: Mapped[list["Recipient"]] = relationship(order_by="Recipient.id", back_populates="message")
    reply_to: Mapped["Message | None"] = relationship(remote_side="Message.id")
    remote_files: Mapped[list["RemoteFile"]] = relationship(order_by="RemoteFile.place")
    attachments: Mapped[list["Attachment"]] = relationship(
        order_by="(Attachment.place, Attachment.id)", foreign_keys="Attachment.message_id"
    )

    @property
    def is_automatic(self) -> bool:
        """Whether a machine of ours wrote it."""
        is_nobodys = self.direction == "out" and self.agent_id is None and self.cause is not None
        return is_nobodys and self.klass not in (CARRIED, COPIED)


class Recipient(Base):
    """One address a message goes to, and how it fares there."""

    __tablename__ = "recipients"
    __table_args__ = (
        CheckConstraint("role IN ('to', 'cc', 'bcc')", name="role"),
        Index("ix_recipients_message", "message_id"),
        Index("ix_recipients_address", text("lower(address)"), "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    role: Mapped[str]
    address: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    delivery: Mapped[str] = mapped_column(default=Delivery.QUEUED)
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    changed_at: Mapped[datetime] = mapped_column(default=now)

    message: Mapped[Message] = relationship(back_populates="recipients")


class Comment(Base):
    """A note agents leave each other; a table of its own, so that no adapter can ever be given one."""

    __tablename__ = "comments"
    __table_args__ = (Index("ix_comments_dialog", "dialog_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    dialog_id: Mapped[int] = mapped_column(ForeignKey("dialogs.id"))
    origin_dialog_id: Mapped[int] = mapped_column(ForeignKey("dialogs.id"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    client_uuid: Mapped[str | None] = mapped_column(unique=True)
    text: Mapped[str]
    mentions: Mapped[list[int]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=now)

    agent: Mapped[Agent | None] = relationship()
    attachments: Mapped[list["Attachment"]] = relationship(
        order_by="Attachment.id", foreign_keys="Attachment.comment_id"
    )


class Attachment(Base):
    """A file that came or goes with a message or a comment; without either it is an upload in waiting.

    `kind` is what a messenger shows it as (voice, sticker …), "" where its bytes alone say it; `facts`
    are what the outside tells of it (duration, width, height).
    """

    __tablename__ = "attachments"
    __table_args__ = (
        Index("ix_attachments_message", "message_id"),
        Index("ix_attachments_comment", "comment_id"),
        Index("ix_attachments_sha256", "sha256"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id"))
    uploaded_by: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    sha256: Mapped[str]
    name: Mapped[str]
    mime: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    inline: Mapped[bool] = mapped_column(default=False)
    cid: Mapped[str | None]
    kind: Mapped[str] = mapped_column(default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    place: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)

"""Tables of the inbox, and the rules about one row of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.clock import now
from core.db import Base
from core.events import EVERYONE
from people.models import Agent, Customer, CustomerIdentity

SEARCHED_CHARACTERS = 100_000


class State(StrEnum):
    """Where a dialog is: in the feed, away until a time, or done."""

    OPEN = "open"
    SNOOZED = "snoozed"
    COMPLETED = "completed"


class SnoozeMode(StrEnum):
    """What ends a snooze: its time or an answer, an answer with its time as the limit, or its time alone."""

    EITHER = "either"
    UNTIL_REPLY = "until_reply"
    STAY = "stay"


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


class Channel(Base):
    """A door customers come in by: a mailbox, a bot.

    `settings` are plain, `secrets` sealed. `cursor` says how far the outside has been read,
    `lease_until` which receiver holds the channel.
    """

    __tablename__ = "channels"
    __table_args__ = (CheckConstraint("health IN ('ok', 'degraded', 'broken')", name="health"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    enabled: Mapped[bool] = mapped_column(default=True)
    audience: Mapped[str] = mapped_column(default=EVERYONE)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secrets: Mapped[bytes | None] = mapped_column(LargeBinary)
    undo_seconds: Mapped[int] = mapped_column(default=10)
    outbound_confirmed: Mapped[bool] = mapped_column(default=False)
    health: Mapped[str] = mapped_column(default="ok")
    health_code: Mapped[str] = mapped_column(default="")
    health_detail: Mapped[str] = mapped_column(default="")
    health_since: Mapped[datetime | None]
    errors_in_row: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]
    cursor: Mapped[dict[str, Any]] = mapped_column(default=dict)
    lease_holder: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    last_arrival_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    demo: Mapped[bool] = mapped_column(default=False)


class Dialog(Base):
    """All that is said with one customer (or group) in one thread of one channel.

    The columns below `subject` are kept by the verbs so that a list is one index scan.
    `waiting_since` is when the customer began to wait for us, empty when it is the customer's turn.
    Until `automation_off_until` no machine answers here.
    """

    __tablename__ = "dialogs"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'snoozed', 'completed')", name="state"),
        CheckConstraint("(state = 'snoozed') = (snooze_until IS NOT NULL)", name="snoozed_has_time"),
        CheckConstraint("(state = 'completed') = (completed_at IS NOT NULL)", name="completed_has_time"),
        CheckConstraint("tag_weight >= 0", name="tag_weight"),
        UniqueConstraint("channel_id", "thread_key"),
        Index("ix_dialogs_feed", "feed_rank", "feed_at", "id", postgresql_where=text("state = 'open'")),
        Index(
            "ix_dialogs_feed_assignee",
            "assignee_id",
            "feed_rank",
            "feed_at",
            "id",
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_dialogs_feed_channel",
            "channel_id",
            "feed_rank",
            "feed_at",
            "id",
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_dialogs_snoozed", "snooze_until", "id", postgresql_where=text("state = 'snoozed'")),
        Index("ix_dialogs_completed", "completed_at", "id", postgresql_where=text("state = 'completed'")),
        Index(
            "ix_dialogs_completed_assignee",
            "assignee_id",
            "completed_at",
            "id",
            postgresql_where=text("state = 'completed'"),
        ),
        Index(
            "ix_dialogs_completed_channel",
            "channel_id",
            "completed_at",
            "id",
            postgresql_where=text("state = 'completed'"),
        ),
        Index("ix_dialogs_customer", "customer_id", "last_message_at"),
        Index("ix_dialogs_tag_ids", "tag_ids", postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    thread_key: Mapped[str | None]
    audience: Mapped[str] = mapped_column(default=EVERYONE)
    is_group: Mapped[bool] = mapped_column(default=False)
    subject: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=State.OPEN)
    snooze_until: Mapped[datetime | None]
    snooze_mode: Mapped[str | None]
    snoozed_by: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    waiting_since: Mapped[datetime | None]
    last_message_at: Mapped[datetime] = mapped_column(default=now)
    last_message_id: Mapped[int | None] = mapped_column(BigInteger)
    last_received_id: Mapped[int | None] = mapped_column(BigInteger)
    last_direction: Mapped[str] = mapped_column(default="in")
    last_author: Mapped[str] = mapped_column(default="")
    preview: Mapped[str] = mapped_column(default="")
    tag_ids: Mapped[list[int]] = mapped_column(default=list)
    tag_weight: Mapped[int] = mapped_column(default=0)
    failed_count: Mapped[int] = mapped_column(default=0)
    open_tasks: Mapped[int] = mapped_column(default=0)
    spam: Mapped[bool] = mapped_column(default=False)
    sla_due_at: Mapped[datetime | None]
    reopen_count: Mapped[int] = mapped_column(default=0)
    episode_id: Mapped[int | None] = mapped_column(BigInteger)
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("dialogs.id"))
    automation_off_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    demo: Mapped[bool] = mapped_column(default=False)

    feed_rank: Mapped[int] = mapped_column(
        Computed("CASE WHEN waiting_since IS NULL THEN 1 ELSE -tag_weight END", persisted=True)
    )
    feed_at: Mapped[datetime] = mapped_column(
        Computed("coalesce(waiting_since, last_message_at)", persisted=True)
    )

    channel: Mapped[Channel] = relationship(lazy="joined")
    customer: Mapped[Customer] = relationship(lazy="joined")
    assignee: Mapped[Agent | None] = relationship(foreign_keys=[assignee_id])

    @property
    def topic(self) -> str:
        """This dialog as the topic of an event."""
        return f"dialog:{self.id}"


class Episode(Base):
    """One stretch of a dialog from opened to completed; SLA, first answer and reports belong to it."""

    __tablename__ = "episodes"
    __table_args__ = (
        UniqueConstraint("dialog_id", "number"),
        Index("ix_episodes_completed", "completed_at", postgresql_where=text("completed_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    dialog_id: Mapped[int] = mapped_column(ForeignKey("dialogs.id"))
    number: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(default=now)
    first_received_at: Mapped[datetime | None]
    first_answered_at: Mapped[datetime | None]
    first_answered_by: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))


class DialogMerge(Base):
    """A recorded edge: `merged_id` continues in `into_id`; messages keep their origin, so undoing works."""

    __tablename__ = "dialog_merges"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("dialogs.id"), index=True)
    into_id: Mapped[int] = mapped_column(ForeignKey("dialogs.id"), index=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    undone_at: Mapped[datetime | None]


class Message(Base):
    """Something the customer said or will read.

    `key` is the outside's own name for it, unique in its channel. `envelope` is frozen when the
    agent presses send: from, to, cc, bcc, subject and what the channel needs to thread it.
    A machine may answer what is `answerable`; what a machine wrote names its `cause` and no agent.
    `warnings` and `defects` are codes; the screen has their sentences.
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
    )

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
    agent: Mapped[Agent | None] = relationship()
    identity: Mapped[CustomerIdentity | None] = relationship()
    recipients: Mapped[list["Recipient"]] = relationship(order_by="Recipient.id", back_populates="message")
    attachments: Mapped[list["Attachment"]] = relationship(
        order_by="Attachment.id", foreign_keys="Attachment.message_id"
    )

    @property
    def is_automatic(self) -> bool:
        """Whether a machine of ours wrote it."""
        return self.direction == "out" and self.agent_id is None and self.cause is not None


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
    """A file that came or goes with a message or a comment; without either it is an upload in waiting."""

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
    created_at: Mapped[datetime] = mapped_column(default=now)


class Draft(Base):
    """What one agent has begun to write in one dialog, a reply and a comment apart."""

    __tablename__ = "drafts"
    __table_args__ = (CheckConstraint("mode IN ('reply', 'comment')", name="mode"),)

    dialog_id: Mapped[int] = mapped_column(ForeignKey("dialogs.id"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), primary_key=True)
    mode: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(default=1)
    text: Mapped[str] = mapped_column(default="")
    html: Mapped[str | None]
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    saved_at: Mapped[datetime] = mapped_column(default=now)


class ReadMark(Base):
    """How far one agent has read one dialog; it never moves back."""

    __tablename__ = "read_marks"

    dialog_id: Mapped[int] = mapped_column(ForeignKey("dialogs.id"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"), primary_key=True)
    message_id: Mapped[int] = mapped_column(BigInteger)


class Command(Base):
    """The answer to a command a client named with its own uuid; asked again, it is given again."""

    __tablename__ = "commands"

    id: Mapped[str] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    answer: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)

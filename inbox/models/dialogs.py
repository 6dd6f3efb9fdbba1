"""Channels and dialogs, and the rules about one row of them."""

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
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.clock import now
from core.db import Base
from core.events import EVERYONE
from people.models import Agent, Customer


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


class Channel(Base):
    """A door customers come in by: a mailbox, a bot.

    `settings` are plain, `secrets` sealed. `cursor` says how far the outside has been read,
    `lease_until` which receiver holds the channel. It was signed in at `last_login_at` and looked
    into at `last_seen_at`; `silence_told_at` is when somebody was told that nothing comes any more.
    Without `undo_seconds` of its own its answers are held as long as the workspace says.
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
    undo_seconds: Mapped[int | None]
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
    last_login_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    last_arrival_at: Mapped[datetime | None]
    silence_told_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    demo: Mapped[bool] = mapped_column(default=False)

    @property
    def topic(self) -> str:
        """This channel as the topic of an event."""
        return f"channel:{self.id}"


class Dialog(Base):
    """All that is said with one customer (or group) in one thread of one channel.

    The columns below `subject` are kept by the verbs so that a list is one index scan.
    `waiting_since` is when the customer began to wait for us, empty when it is the customer's turn.
    Until `automation_off_until` no machine answers here. Where the outside ends the time in which one
    may answer, it is `reply_until`; since `unreachable_since` nothing of ours gets there at all.
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
    reply_until: Mapped[datetime | None]
    unreachable_since: Mapped[datetime | None]
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

    dialog: Mapped[Dialog] = relationship()


class DialogMerge(Base):
    """A recorded edge: `merged_id` continues in `into_id`; messages keep their origin, so undoing works."""

    __tablename__ = "dialog_merges"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("dialogs.id"), index=True)
    into_id: Mapped[int] = mapped_column(ForeignKey("dialogs.id"), index=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    undone_at: Mapped[datetime | None]

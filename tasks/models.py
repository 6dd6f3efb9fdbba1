"""The table of tasks."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.clock import now
from core.db import Base
from people.models import Agent


class TaskState(StrEnum):
    """Whether a task is still to do."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class Task(Base):
    """Something one agent is to do by a moment, usually born from a customer's message.

    `wakes_dialog` says that finishing it brings its dialog back from a snooze;
    `overdue_told_for` is the deadline whose passing was told already.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'done', 'cancelled')", name="state"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_has_time"),
        Index("ix_tasks_due", "due_at", "id", postgresql_where=text("state = 'open'")),
        Index("ix_tasks_assignee", "assignee_id", "due_at", "id", postgresql_where=text("state = 'open'")),
        Index("ix_tasks_dialog", "dialog_id"),
        Index("ix_tasks_customer", "customer_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=TaskState.OPEN)
    assignee_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    creator_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    due_at: Mapped[datetime]
    dialog_id: Mapped[int | None] = mapped_column(ForeignKey("dialogs.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    wakes_dialog: Mapped[bool] = mapped_column(default=False)
    result: Mapped[str | None]
    overdue_told_for: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))

    assignee: Mapped[Agent] = relationship(foreign_keys=[assignee_id])

    @property
    def topic(self) -> str:
        """This task as the topic of an event."""
        return f"task:{self.id}"

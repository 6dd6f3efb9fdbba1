"""What one agent has begun, read and asked for."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.db import Base


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
    """The answer to a command a client named with its own uuid; asked again, it is given again.

    `told` is a digest of what was asked, so that other words under the same name are noticed.
    """

    __tablename__ = "commands"

    id: Mapped[str] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    answer: Mapped[dict[str, Any]]
    told: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)

"""Tables of labels."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.db import Base


class Tag(Base):
    """A label; its weight lifts the dialogs that wait under it."""

    __tablename__ = "tags"
    __table_args__ = (
        Index("uq_tags_name", text("lower(name)"), unique=True),
        CheckConstraint("weight BETWEEN 0 AND 1000", name="weight"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    weight: Mapped[int] = mapped_column(default=0)
    colour: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Tagging(Base):
    """That a dialog carries a label."""

    __tablename__ = "taggings"

    dialog_id: Mapped[int] = mapped_column(ForeignKey("dialogs.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), primary_key=True, index=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

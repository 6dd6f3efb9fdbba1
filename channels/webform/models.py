"""Tables of forms: what is being built, and every version that people have filled in."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.clock import now
from core.db import Base
from inbox.models import Channel


class WebForm(Base):
    """The form of one channel: `draft` is what its builder works on.

    `key` stands in its addresses. `version` is the number that people see, None while nobody can fill it in.
    """

    __tablename__ = "web_forms"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"), unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    draft: Mapped[dict[str, Any]]
    version: Mapped[int | None]
    changed_at: Mapped[datetime] = mapped_column(default=now)
    created_at: Mapped[datetime] = mapped_column(default=now)

    channel: Mapped[Channel] = relationship(lazy="joined")


class WebFormVersion(Base):
    """A form as it was published once: it never changes, so that one can say what somebody agreed to."""

    __tablename__ = "web_form_versions"
    __table_args__ = (UniqueConstraint("form_id", "number"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("web_forms.id"))
    number: Mapped[int]
    definition: Mapped[dict[str, Any]]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    published_at: Mapped[datetime] = mapped_column(default=now)

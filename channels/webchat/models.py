"""Tables of the chat widget: who visits, and what lies in each visitor's chat as the visitor sees it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.clock import now
from core.db import Base
from inbox.models import Channel


class Visitor(Base):
    """Somebody in the widget of one channel: a browser nobody knows, or a user whom the shop has signed.

    `key` names the chat. `proven` is what a signed identity says ({"name", "email", "phone", "attrs"}),
    `told` what was typed and proves nothing. Lines are numbered 1 … `last_seq` without gaps under the
    lock of this row; `last_rev` counts what was changed in them. `unread_since` is when the oldest
    answer came that the visitor has not read, `unlettered_since` when the oldest of those came that no
    letter has carried to a visitor who is gone.
    """

    __tablename__ = "webchat_visitors"
    __table_args__ = (
        UniqueConstraint("channel_id", "user_id"),
        Index(
            "ix_webchat_visitors_unread",
            "unread_since",
            "id",
            postgresql_where=text("unread_since IS NOT NULL"),
        ),
        Index(
            "ix_webchat_visitors_unlettered",
            "unlettered_since",
            "id",
            postgresql_where=text("unlettered_since IS NOT NULL"),
        ),
        Index("ix_webchat_visitors_silent", "last_seen_at", postgresql_where=text("last_seq = 0")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    key: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[str | None]
    proven: Mapped[dict[str, Any]] = mapped_column(default=dict)
    told: Mapped[dict[str, Any]] = mapped_column(default=dict)
    consent_at: Mapped[datetime | None]
    worked_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(default="")
    page: Mapped[dict[str, Any]] = mapped_column(default=dict)
    touches: Mapped[dict[str, Any]] = mapped_column(default=dict)
    last_seq: Mapped[int] = mapped_column(default=0)
    last_rev: Mapped[int] = mapped_column(default=0)
    read_seq: Mapped[int] = mapped_column(default=0)
    agent_read_seq: Mapped[int] = mapped_column(default=0)
    unread_since: Mapped[datetime | None]
    unlettered_since: Mapped[datetime | None]
    typing_until: Mapped[datetime | None]
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    created_at: Mapped[datetime] = mapped_column(default=now)
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("webchat_visitors.id"))

    channel: Mapped[Channel] = relationship()


class VisitorToken(Base):
    """One browser of a visitor; what it holds is stored as a hash only."""

    __tablename__ = "webchat_tokens"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    visitor_id: Mapped[int] = mapped_column(ForeignKey("webchat_visitors.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]

    visitor: Mapped[Visitor] = relationship(lazy="joined")


class ChatLine(Base):
    """One line of a visitor's chat; `key` is what the inbox calls the message or the part of one.

    `rev` is the visitor's `last_rev` when the line was last changed, 0 for one that never was; `letter_id`
    is the letter that carries it to a visitor who is gone.
    """

    __tablename__ = "webchat_lines"
    __table_args__ = (
        UniqueConstraint("visitor_id", "seq"),
        UniqueConstraint("visitor_id", "client_id"),
        CheckConstraint("origin IN ('visitor', 'agent')", name="origin"),
        Index("ix_webchat_lines_letter", "letter_id", postgresql_where=text("letter_id IS NOT NULL")),
        Index("ix_webchat_lines_changed", "visitor_id", "rev", postgresql_where=text("rev > 0")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    visitor_id: Mapped[int] = mapped_column(ForeignKey("webchat_visitors.id"))
    seq: Mapped[int]
    rev: Mapped[int] = mapped_column(default=0)
    client_id: Mapped[str | None]
    key: Mapped[str] = mapped_column(unique=True)
    origin: Mapped[str]
    author: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    html: Mapped[str | None]
    said_at: Mapped[datetime] = mapped_column(default=now)
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))

    files: Mapped[list["ChatFile"]] = relationship(order_by="ChatFile.place", lazy="selectin")


class ChatFile(Base):
    """A file in a chat; a visitor's is there before the line it belongs to."""

    __tablename__ = "webchat_files"
    __table_args__ = (UniqueConstraint("visitor_id", "client_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    visitor_id: Mapped[int] = mapped_column(ForeignKey("webchat_visitors.id"))
    client_id: Mapped[str | None]
    line_id: Mapped[int | None] = mapped_column(ForeignKey("webchat_lines.id"), index=True)
    place: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str]
    name: Mapped[str]
    mime: Mapped[str]
    size: Mapped[int]
    is_image: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)

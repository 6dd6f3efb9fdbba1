"""Visitors who left before they read what was answered; whoever writes to them by other ways begins here."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.webchat.models import ChatLine, Visitor
from core.clock import now

AWAY_AFTER = timedelta(minutes=2)


class Gone(NamedTuple):
    """A visitor who is away, and since when an answer waits to be read."""

    visitor_id: int
    unread_since: datetime


def is_here(visitor: Visitor) -> bool:
    """Whether a browser of this visitor was there a moment ago."""
    return now() - visitor.last_seen_at < AWAY_AFTER


def gone_with_unread(session: Session, *, waited: timedelta, limit: int = 100) -> list[Gone]:
    """Who is away and has had an unread answer for so long, those who wait longest first."""
    wanted = (
        select(Visitor.id, Visitor.unread_since)
        .where(Visitor.unread_since <= now() - waited, Visitor.last_seen_at < now() - AWAY_AFTER)
        .order_by(Visitor.unread_since, Visitor.id)
        .limit(limit)
    )
    return [Gone(visitor_id, since) for visitor_id, since in session.execute(wanted) if since is not None]


def unread_lines(session: Session, visitor: Visitor) -> list[ChatLine]:
    """What the visitor has not read of ours, oldest first."""
    wanted = select(ChatLine).where(
        ChatLine.visitor_id == visitor.id,
        ChatLine.origin != "visitor",
        ChatLine.seq > visitor.read_seq,
        ChatLine.deleted_at.is_(None),
    )
    return list(session.scalars(wanted.order_by(ChatLine.seq)))

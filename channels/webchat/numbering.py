"""The next line of a visitor's chat, numbered without gaps; whoever calls this holds the visitor."""

from typing import Any

from sqlalchemy.orm import Session

from channels.webchat.models import ChatLine, Visitor
from core.clock import now


def add_line(session: Session, visitor: Visitor, *, key: str, origin: str, **given: Any) -> ChatLine:
    """Put a line behind all others."""
    visitor.last_seq += 1
    values = {"author": "", "text": "", "rev": 0, "said_at": now(), **given}
    line = ChatLine(visitor_id=visitor.id, seq=visitor.last_seq, key=key, origin=origin, **values)
    session.add(line)
    session.flush()
    return line

"""Letters to visitors that have not left yet are taken back when what they carry was read or is no more."""

from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from channels.webchat.models import ChatLine, Visitor
from inbox.actions.carrying import take_letter_back
from inbox.models import Delivery, Message


def take_letters_back(
    session: Session, visitor: Visitor, *, upto: int, changed: ChatLine | None = None
) -> None:
    """Take back what waits to leave with lines that were read up to a number, or with one that changed.

    The unread ones among its lines wait for a letter again, which carries them as they are by then.
    Whoever calls this holds the visitor; what is on its way is left alone.
    """
    session.flush()
    carried = select(ChatLine.letter_id).where(
        ChatLine.visitor_id == visitor.id, ChatLine.letter_id.is_not(None)
    )
    about = carried.where(ChatLine.id == changed.id if changed is not None else ChatLine.seq <= upto)
    waiting = session.scalars(
        select(Message)
        .where(Message.id.in_(about), Message.delivery == Delivery.QUEUED)
        .with_for_update(of=Message, skip_locked=True)
    ).all()
    for letter in waiting:
        take_letter_back(session, letter)
        session.execute(update(ChatLine).where(ChatLine.letter_id == letter.id).values(letter_id=None))
    visitor.unlettered_since = _oldest(session, visitor)


def unlettered(visitor: Visitor) -> Select[ChatLine]:
    """What of ours the visitor has neither read nor been sent, oldest first."""
    return (
        select(ChatLine)
        .where(
            ChatLine.visitor_id == visitor.id,
            ChatLine.origin == "agent",
            ChatLine.seq > visitor.read_seq,
            ChatLine.letter_id.is_(None),
            ChatLine.deleted_at.is_(None),
        )
        .order_by(ChatLine.seq)
    )


def _oldest(session: Session, visitor: Visitor) -> datetime | None:
    oldest = session.scalar(unlettered(visitor).limit(1))
    return oldest.said_at if oldest is not None else None

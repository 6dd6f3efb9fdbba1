"""A copy of the conversation for the visitor: by a letter to an address that is surely theirs, or as text."""

from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from channels.email.addresses import is_address
from channels.webchat.carried_words import copy_as_text, copy_words
from channels.webchat.letters import dialog_of, mailbox_of
from channels.webchat.models import ChatFile, ChatLine, Visitor
from core.errors import Forbidden
from core.words import N_
from inbox.actions.carrying import NewLetter, carry
from inbox.models import COPIED, Channel
from inbox.recipients import Address, own_addresses
from people.queries import workspace_of

MOST_LINES = 2000
MOST_CHARACTERS = 300_000


def send_copy(session: Session, channel: Channel, visitor: Visitor) -> None:
    """Have a letter with the whole conversation leave.

    Only the dialog is held: whoever calls this must not hold the visitor, as letters hold the dialog first.

    Forbidden (not_proven) where no address is certainly the visitor's: what was typed may be anybody's.
    """
    dialog, mailbox = dialog_of(session, visitor), mailbox_of(session, channel)
    address = certain_address(session, visitor)
    if dialog is None or mailbox is None or not address or dialog.spam or dialog.demo:
        raise Forbidden(
            N_("We do not know for certain that this address is yours. Save the conversation instead."),
            code="not_proven",
        )
    words = copy_words(channel, visitor, lines_of(session, visitor), _zone(session))
    new = NewLetter(Address(address), channel.name, words.subject, words.text, words.html)
    carry(session, dialog, mailbox, new=new, cause=f"channel:{channel.id}", klass=COPIED)


def copy_text(session: Session, channel: Channel, visitor: Visitor) -> str:
    """The conversation as plain text, to be saved."""
    return copy_as_text(channel, visitor, lines_of(session, visitor), _zone(session)) + "\n"


def certain_address(session: Session, visitor: Visitor) -> str:
    """The address that the shop has signed; empty for none.

    One that stands on the card may have come there by somebody else's word, or belong to whoever the
    visitor only seems to be.
    """
    found = str(visitor.proven.get("email") or "").strip()
    return found if is_address(found) and found.lower() not in own_addresses(session) else ""


def lines_of(session: Session, visitor: Visitor) -> list[ChatLine]:
    """What stands in the chat, oldest first; of a very long one the newest that a copy holds.

    The database counts the characters, so nobody can have more of it brought here than that.
    """
    names = (
        select(func.coalesce(func.sum(func.length(ChatFile.name)), 0))
        .where(ChatFile.line_id == ChatLine.id)
        .scalar_subquery()
    )
    size = func.length(ChatLine.author) + func.length(ChatLine.text) + names
    counted = (
        select(ChatLine.id, func.sum(size).over(order_by=ChatLine.seq.desc()).label("size"))
        .where(ChatLine.visitor_id == visitor.id, ChatLine.deleted_at.is_(None))
        .order_by(ChatLine.seq.desc())
        .limit(MOST_LINES)
        .subquery()
    )
    wanted = (
        select(ChatLine)
        .join(counted, counted.c.id == ChatLine.id)
        .where(counted.c.size <= MOST_CHARACTERS)
        .order_by(ChatLine.seq)
        .options(defer(ChatLine.html))
    )
    return list(session.scalars(wanted))


def _zone(session: Session) -> ZoneInfo:
    return ZoneInfo(workspace_of(session).zone)

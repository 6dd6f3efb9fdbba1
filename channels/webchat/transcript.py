"""A copy of the conversation for the visitor: by a letter to an address that is surely theirs, or as text."""

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.email.addresses import is_address
from channels.webchat.carried_words import copy_words
from channels.webchat.letters import dialog_of, mailbox_of
from channels.webchat.models import ChatLine, Visitor
from core.errors import Forbidden
from core.words import N_
from inbox.actions.carrying import NewLetter, carry
from inbox.models import COPIED, Channel
from inbox.recipients import Address, own_addresses
from people.models import CustomerIdentity
from people.queries import workspace_of

MOST_LINES = 2000


def send_copy(session: Session, channel: Channel, visitor: Visitor) -> str:
    """Have a letter with the whole conversation leave; the address it goes to. Whoever calls this holds both.

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
    return address


def copy_text(session: Session, channel: Channel, visitor: Visitor) -> str:
    """The conversation as plain text, to be saved."""
    return copy_words(channel, visitor, lines_of(session, visitor), _zone(session)).text + "\n"


def certain_address(session: Session, visitor: Visitor) -> str:
    """An address that the shop has signed, or that is proven on the card the team keeps; empty for none."""
    signed = str(visitor.proven.get("email") or "").strip()
    found = signed if is_address(signed) else _on_card(session, visitor)
    return "" if found.lower() in own_addresses(session) else found


def lines_of(session: Session, visitor: Visitor) -> list[ChatLine]:
    """All that stands in the chat, oldest first; of a very long one the newest."""
    wanted = select(ChatLine).where(ChatLine.visitor_id == visitor.id, ChatLine.deleted_at.is_(None))
    newest = session.scalars(wanted.order_by(ChatLine.seq.desc()).limit(MOST_LINES)).all()
    return list(reversed(newest))


def _on_card(session: Session, visitor: Visitor) -> str:
    dialog = dialog_of(session, visitor)
    if dialog is None:
        return ""
    theirs = select(CustomerIdentity).where(
        CustomerIdentity.customer_id == dialog.customer_id,
        CustomerIdentity.kind == "email",
        CustomerIdentity.verified,
        CustomerIdentity.reachable,
        CustomerIdentity.blocked_at.is_(None),
    )
    known = session.scalar(theirs.order_by(CustomerIdentity.id.desc()).limit(1))
    return known.shown if known is not None and is_address(known.shown) else ""


def _zone(session: Session) -> ZoneInfo:
    return ZoneInfo(workspace_of(session).zone)

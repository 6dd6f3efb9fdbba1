"""What was answered to a visitor who is gone leaves as one letter, each line once.

The letter goes by the mailbox that the chat's settings name and belongs to the chat's own dialog, so
that what the customer answers comes back into it. One doubt is enough to write none: the answer still
waits in the chat.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from channels.email.addresses import is_address
from channels.webchat.carried_words import letter_words
from channels.webchat.models import Visitor
from channels.webchat.visitors import hold
from channels.webchat.withdrawing import unlettered
from core.clock import now
from inbox.actions.carrying import NewLetter, carry
from inbox.actions.states import hold as hold_dialog
from inbox.models import CARRIED, Channel, Delivery, Dialog, Message, Recipient
from inbox.recipients import Address, own_addresses
from people.models import CustomerIdentity, Workspace

LETTERS_BY = "letters_by"
AWAY_AFTER = timedelta(minutes=2)
WAITS = timedelta(minutes=5)
MOST_LINES = 50
A_DAY = timedelta(hours=24)
LATELY = timedelta(days=7)
# An address that was only typed may be anybody's: as many letters as a machine may write by itself.
MOST_A_DAY_TYPED, MOST_A_DAY = 3, 20
LONGEST_CHAIN = 20

log = structlog.get_logger()


def write_next_letter(session: Session) -> bool:
    """Write to whoever has been gone longest with something unread for five minutes; False for nobody.

    Whoever is not written to is passed over until something new is answered or read.
    """
    found = session.scalar(_due().limit(1))
    if found is None:
        return False
    dialog = dialog_of(session, found)
    if dialog is not None:
        hold_dialog(session, dialog)
    visitor = hold(session, found)
    if visitor.unlettered_since is not None and visitor.unlettered_since <= now() - WAITS:
        visitor.unlettered_since = None
        _write(session, visitor, dialog)
    return True


def mailbox_of(session: Session, channel: Channel) -> Channel | None:
    """The mailbox that a chat's letters leave by; None where none is chosen or it may not write."""
    number = channel.settings.get(LETTERS_BY)
    mailbox = session.get(Channel, number) if isinstance(number, int) else None
    if mailbox is None or mailbox.kind != "email" or session.scalar(select(Workspace.outbound_stopped)):
        return None
    return mailbox if mailbox.enabled and mailbox.outbound_confirmed and channel.enabled else None


def dialog_of(session: Session, visitor: Visitor) -> Dialog | None:
    """The dialog of a visitor's chat, or the one it was merged into."""
    dialog = session.scalar(
        select(Dialog).where(Dialog.channel_id == visitor.channel_id, Dialog.thread_key == visitor.key)
    )
    for _ in range(LONGEST_CHAIN):
        if dialog is None or dialog.merged_into is None:
            return dialog
        dialog = session.get(Dialog, dialog.merged_into)
    return None


def address_of(visitor: Visitor) -> str:
    """Where a visitor can be written to: what the shop has signed, else what was typed; empty for nowhere."""
    found = str(visitor.proven.get("email") or visitor.told.get("email") or "").strip()
    return found if is_address(found) else ""


def _due() -> Select[Visitor]:
    return (
        select(Visitor)
        .where(Visitor.unlettered_since <= now() - WAITS, Visitor.last_seen_at < now() - AWAY_AFTER)
        .order_by(Visitor.unlettered_since, Visitor.id)
    )


def _write(session: Session, visitor: Visitor, dialog: Dialog | None) -> None:
    lines = session.scalars(unlettered(visitor).limit(MOST_LINES)).all()
    if not lines:
        return
    channel, address = session.get_one(Channel, visitor.channel_id), address_of(visitor)
    mailbox = mailbox_of(session, channel)
    reason = _reason_for_silence(session, dialog, mailbox, address, visitor)
    if reason or dialog is None or mailbox is None:
        log.info("chat_letter.silent", visitor_id=visitor.id, reason=reason)
        return
    free_at = _free_at(session, dialog, visitor, address)
    if free_at is not None:
        visitor.unlettered_since = free_at - WAITS
        return
    new = letter_words(channel, visitor, lines)
    to = Address(address, str(visitor.proven.get("name") or ""))
    letter = carry(
        session,
        dialog,
        mailbox,
        new=NewLetter(to, channel.name, new.subject, new.text, new.html, new.files),
        cause=f"channel:{channel.id}",
    )
    for line in lines:
        line.letter_id = letter.id
    session.flush()
    more = session.scalar(unlettered(visitor).limit(1))
    visitor.unlettered_since = more.said_at if more is not None else None


def _reason_for_silence(
    session: Session, dialog: Dialog | None, mailbox: Channel | None, address: str, visitor: Visitor
) -> str:
    if dialog is None or mailbox is None:
        return "no dialog" if dialog is None else "no mailbox writes"
    if not address:
        return "no address"
    if address.lower() in own_addresses(session):
        return "an address of ours"
    if dialog.spam or dialog.demo:
        return "spam" if dialog.spam else "for show"
    known = _identity(session, "email", address.lower())
    chatting = _identity(session, "webchat", visitor.key)
    if any(each is not None and each.blocked_at is not None for each in (known, chatting)):
        return "blocked"
    if known is not None and not known.reachable:
        return "no such address"
    return "came back lately" if _came_back(session, address) else ""


def _came_back(session: Session, address: str) -> bool:
    """Whether the last letter to this address failed, and nothing has come from it since."""
    last = session.execute(
        select(Recipient.delivery, Recipient.changed_at)
        .where(func.lower(Recipient.address) == address.lower(), Recipient.delivery != Delivery.UNDONE)
        .order_by(Recipient.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.delivery != Delivery.FAILED or last.changed_at < now() - LATELY:
        return False
    since = _written_from(address).where(Message.created_at > last.changed_at)
    return session.scalar(since.limit(1)) is None


def _free_at(session: Session, dialog: Dialog, visitor: Visitor, address: str) -> datetime | None:
    """When one more letter may go to an address that has had as many as it may in a day; None for now."""
    # Two chats of one address must not both count before either has written.
    session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"automatic:{address.lower()}", 0)))
    )
    is_theirs = str(visitor.proven.get("email") or "").lower() == address.lower() or (
        session.scalar(_written_from(address).where(Message.dialog_id == dialog.id).limit(1)) is not None
    )
    most = MOST_A_DAY if is_theirs else MOST_A_DAY_TYPED
    lately = session.scalars(
        select(Message.created_at)
        .join(Recipient)
        .where(
            func.lower(Recipient.address) == address.lower(),
            Message.klass == CARRIED,
            Message.delivery != Delivery.UNDONE,
            Message.created_at > now() - A_DAY,
        )
        .order_by(Message.created_at.desc())
        .limit(most)
    ).all()
    return lately[-1] + A_DAY if len(lately) == most else None


def _written_from(address: str) -> Select[int]:
    return (
        select(Message.id)
        .join(CustomerIdentity, CustomerIdentity.id == Message.identity_id)
        .where(
            CustomerIdentity.kind == "email",
            CustomerIdentity.key == address.lower(),
            Message.direction == "in",
            Message.klass == "human",
        )
    )


def _identity(session: Session, kind: str, key: str) -> CustomerIdentity | None:
    return session.scalar(
        select(CustomerIdentity).where(CustomerIdentity.kind == kind, CustomerIdentity.key == key)
    )

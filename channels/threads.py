"""Which dialog something belongs to.

Channels with names for their threads say so (`conversation_key`). Letters are threaded by our own
signed token, then by the Message-IDs they refer to, and every match by reference must pass the
guard: names are guessable and forgeable, so the sender has to be one who takes part already.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from channels.adapter import Part
from channels.domains import PUBLIC_DOMAINS
from channels.models import ThreadReference
from core.clock import now
from inbox.border import Incoming
from inbox.models import Channel, Dialog, Message, Recipient
from inbox.recipients import own_addresses
from people.models import CustomerIdentity

LONGEST_CHAIN = 20
MOST_REFERENCES = 100
MOST_LOCKS = 20


@dataclass(frozen=True, slots=True)
class Found:
    """The dialog something belongs to, and how it was found; `related` only may have to do with it."""

    dialog: Dialog | None = None
    how: str = ""
    related: Dialog | None = None


def find_dialog(session: Session, channel: Channel, incoming: Incoming) -> Found:
    """Where something that came belongs; a dialog that was merged away leads to the one it became.

    Letters of one thread must have waited for each other before (`wait_for_siblings`), so that two
    of them cannot open two dialogs.
    """
    if incoming.conversation_key is not None:
        return _by_name(session, channel, incoming.conversation_key)
    if incoming.dialog_hint is not None:
        dialog = _followed(session, session.get(Dialog, incoming.dialog_hint))
        if dialog is not None:
            return Found(dialog, "token")
    return _by_reference(session, channel, incoming)


def wait_for_siblings(session: Session, incoming: Incoming) -> None:
    """Until the transaction ends, nobody else takes in a letter that shares a name with this one.

    Siblings may share any of their names, so each is locked, in one order for everybody.
    """
    own = incoming.envelope.get("message_id")
    names = [*([own] if own else []), *incoming.references[: MOST_LOCKS - 2], *incoming.references[-1:]]
    for key in sorted({key_hash(name) for name in names}):
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


def remember_incoming(session: Session, dialog: Dialog, message: Message, incoming: Incoming) -> None:
    """Write down what a message is called and what it refers to, for those that will refer to it."""
    name = incoming.envelope.get("message_id")
    if name:
        _remember(session, dialog, [name], message_id=message.id)
    _remember(session, dialog, incoming.references[:MOST_REFERENCES])


def remember_outgoing(session: Session, dialog: Dialog, message: Message, parts: Iterable[Part]) -> None:
    """Write down what we call an answer, before it leaves."""
    named = [(part.payload.get("message_id"), *part.payload.get("also_named", ())) for part in parts]
    remember_names(session, dialog, message, [name for names in named for name in names if name])


def remember_names(session: Session, dialog: Dialog, message: Message, names: Sequence[str]) -> None:
    """Write down more names of an answer, such as the one a relay gave it."""
    _remember(session, dialog, names, message_id=message.id, own=True)


def message_named(session: Session, name: str) -> Message | None:
    """The message with this name from outside, ours or theirs."""
    return session.scalar(
        select(Message)
        .join(ThreadReference, ThreadReference.message_id == Message.id)
        .where(ThreadReference.key_hash == key_hash(name))
        .order_by(Message.id.desc())
        .limit(1)
    )


def takes_part(session: Session, dialog: Dialog, incoming: Incoming) -> bool:
    """Whether the sender was in this dialog before, or is proven to be a colleague of the customer (I20)."""
    if incoming.direction == "out":
        return True
    sender = incoming.author.key.lower()
    if sender in own_addresses(session) or sender in _participants(session, dialog):
        return True
    domain = sender.rpartition("@")[2]
    if incoming.author.verified is not True or not domain or domain in PUBLIC_DOMAINS:
        return False
    return domain in {each.key.rpartition("@")[2] for each in _identities(session, dialog)}


def key_hash(name: str) -> str:
    """A Message-ID in the form that is looked up, whatever its length and brackets."""
    return hashlib.sha256(name.strip().strip("<>").strip().encode()).hexdigest()


def _by_name(session: Session, channel: Channel, conversation_key: str) -> Found:
    dialog = session.scalar(
        select(Dialog).where(Dialog.channel_id == channel.id, Dialog.thread_key == conversation_key)
    )
    return Found(_followed(session, dialog), "conversation")


def _by_reference(session: Session, channel: Channel, incoming: Incoming) -> Found:
    """The newest ancestor counts most; last, whether others referred to this very letter before it came."""
    own = incoming.envelope.get("message_id")
    related = None
    for name in [*incoming.references[:MOST_REFERENCES], *([own] if own else [])]:
        for dialog in _dialogs_named(session, name):
            if not incoming.is_forward and _may_join(session, channel, dialog, incoming):
                return Found(dialog, "reference")
            related = related or dialog
    named = _followed(session, session.get(Dialog, incoming.dialog_named)) if incoming.dialog_named else None
    if named is not None and not incoming.is_forward and _may_join(session, channel, named, incoming):
        return Found(named, "subject")
    return Found(None, "", related or named)


def _may_join(session: Session, channel: Channel, dialog: Dialog, incoming: Incoming) -> bool:
    """Whether a reference is enough: among the same people of ours, and from somebody who takes part.

    A sender who was proven false needs our own signature (I15); other teams have their own dialog (I29).
    """
    if incoming.author.verified is False:
        return False
    home = dialog.channel
    if home.id != channel.id and (home.audience, home.team_id) != (channel.audience, channel.team_id):
        return False
    return takes_part(session, dialog, incoming)


def _dialogs_named(session: Session, name: str) -> list[Dialog]:
    rows = session.scalars(
        select(Dialog)
        .join(ThreadReference, ThreadReference.dialog_id == Dialog.id)
        .where(ThreadReference.key_hash == key_hash(name))
        .order_by(ThreadReference.message_id.is_(None), Dialog.id.desc())
    ).all()
    return [dialog for row in rows if (dialog := _followed(session, row)) is not None]


def _participants(session: Session, dialog: Dialog) -> set[str]:
    found = {each.key.lower() for each in _identities(session, dialog)}
    found |= {
        address.lower()
        for address in session.scalars(
            select(Recipient.address).join(Message).where(Message.dialog_id == dialog.id)
        )
    }
    envelopes = session.scalars(
        select(Message.envelope).where(Message.dialog_id == dialog.id, Message.direction == "in")
    )
    for envelope in envelopes:
        found |= _addresses(envelope)
    return found


def _addresses(envelope: dict[str, Any]) -> set[str]:
    named: Sequence[Any] = [envelope.get("from"), *(envelope.get("to") or ()), *(envelope.get("cc") or ())]
    return {each["address"].lower() for each in named if each and each.get("address")}


def _identities(session: Session, dialog: Dialog) -> Sequence[CustomerIdentity]:
    return session.scalars(
        select(CustomerIdentity).where(
            CustomerIdentity.kind == "email",
            (CustomerIdentity.customer_id == dialog.customer_id)
            | CustomerIdentity.id.in_(
                select(Message.identity_id).where(
                    Message.dialog_id == dialog.id, Message.identity_id.is_not(None)
                )
            ),
        )
    ).all()


def _followed(session: Session, dialog: Dialog | None) -> Dialog | None:
    for _ in range(LONGEST_CHAIN):
        if dialog is None or dialog.merged_into is None:
            return dialog
        dialog = session.get(Dialog, dialog.merged_into)
    return dialog


# One text for any number of names, so that it is compiled once and prepared by the server.
_REMEMBER = text("""
    INSERT INTO thread_references (key_hash, dialog_id, own, message_id, created_at)
    SELECT key, CAST(:dialog AS bigint), :own, CAST(:message AS bigint), CAST(:now AS timestamptz)
    FROM unnest(CAST(:keys AS text[])) AS key
    ON CONFLICT (key_hash, dialog_id) DO UPDATE SET message_id = excluded.message_id, own = excluded.own
        WHERE thread_references.message_id IS NULL AND excluded.message_id IS NOT NULL
""")


def _remember(
    session: Session,
    dialog: Dialog,
    names: Sequence[str],
    *,
    message_id: int | None = None,
    own: bool = False,
) -> None:
    keys = sorted({key_hash(name) for name in names if name.strip()})
    if keys:
        values = {"dialog": dialog.id, "own": own, "message": message_id, "now": now(), "keys": keys}
        session.execute(_REMEMBER, values)

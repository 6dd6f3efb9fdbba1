"""Which dialog something belongs to.

Channels with names for their threads say so (`conversation_key`). Letters are threaded by our own
signed token, then by the Message-IDs they refer to, and every match by reference must pass the
guard: names are guessable and forgeable, so the sender has to be one who takes part already.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from channels.adapter import Part
from channels.domains import PUBLIC_DOMAINS
from channels.models import ThreadReference
from core.clock import now
from inbox.answering import ANSWERS_BY
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


class Named(NamedTuple):
    """What a name from outside leads to: a message, or only a dialog in which it was seen."""

    dialog_id: int
    message_id: int | None
    delivery: str | None


Names = Mapping[str, Sequence[Named]]


def look_up(session: Session, incoming: Incoming) -> Names:
    """What the names in a letter lead to, by their hashes: messages first, newer dialogs first.

    All are asked for at once, after `wait_for_siblings`; most letters have none that is known.
    """
    given = (incoming.envelope.get("message_id"), incoming.own_reference, *_references(incoming))
    keys = {key_hash(name) for name in given if name}
    found: dict[str, list[Named]] = {}
    for key, *named in session.execute(_LOOK_UP, {"keys": sorted(keys)}) if keys else ():
        found.setdefault(key, []).append(Named(*named))
    return found


def find_dialog(session: Session, channel: Channel, incoming: Incoming, names: Names | None = None) -> Found:
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
    known = look_up(session, incoming) if names is None else names
    return _by_reference(session, channel, incoming, known)


def is_taken(session: Session, channel: Channel, conversation_key: str) -> bool:
    """Whether a dialog goes by this name already."""
    named = select(Dialog.id).where(Dialog.channel_id == channel.id, Dialog.thread_key == conversation_key)
    return session.scalar(named) is not None


def wait_for_siblings(session: Session, incoming: Incoming) -> None:
    """Until the transaction ends, nobody else takes in a letter that shares a name with this one.

    Siblings may share any of their names, so each is locked, in one order for everybody.
    """
    own = incoming.envelope.get("message_id")
    names = [*([own] if own else []), *incoming.references[: MOST_LOCKS - 2], *incoming.references[-1:]]
    if names:
        session.execute(_WAIT, {"keys": sorted({key_hash(name) for name in names})})


def remember_incoming(session: Session, dialog: Dialog, message: Message, incoming: Incoming) -> None:
    """Write down what a message is called and what it refers to, for those that will refer to it."""
    name = incoming.envelope.get("message_id")
    _remember(session, dialog, message, [name] if name else [], seen=_references(incoming))


def remember_outgoing(session: Session, dialog: Dialog, message: Message, parts: Iterable[Part]) -> None:
    """Write down what we call an answer, before it leaves."""
    named = [(part.payload.get("message_id"), *part.payload.get("also_named", ())) for part in parts]
    remember_names(session, dialog, message, [name for names in named for name in names if name])


def remember_names(session: Session, dialog: Dialog, message: Message, names: Sequence[str]) -> None:
    """Write down more names of an answer, such as the one a relay gave it."""
    _remember(session, dialog, message, names, own=True)


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
    known = {each.lower() for each in session.scalars(_identities(dialog))}
    if sender in known or sender in own_addresses(session) or sender in _participants(session, dialog):
        return True
    domain = sender.rpartition("@")[2]
    if incoming.author.verified is not True or not domain or domain in PUBLIC_DOMAINS:
        return False
    return domain in {each.rpartition("@")[2] for each in known}


def correspondent(session: Session, dialog: Dialog) -> CustomerIdentity | None:
    """Whom we talk to in a private chat; nobody in a group."""
    if dialog.is_group:
        return None
    return session.scalar(
        select(CustomerIdentity)
        .join(Message, Message.identity_id == CustomerIdentity.id)
        .where(Message.dialog_id == dialog.id, Message.direction == "in")
        .order_by(Message.id.desc())
        .limit(1)
    )


def key_hash(name: str) -> str:
    """A Message-ID in the form that is looked up, whatever its length and brackets."""
    return hashlib.sha256(name.strip().strip("<>").strip().encode()).hexdigest()


def _by_name(session: Session, channel: Channel, conversation_key: str) -> Found:
    dialog = session.scalar(
        select(Dialog).where(Dialog.channel_id == channel.id, Dialog.thread_key == conversation_key)
    )
    return Found(_followed(session, dialog), "conversation")


def _by_reference(session: Session, channel: Channel, incoming: Incoming, names: Names) -> Found:
    """The newest ancestor counts most; last, whether others referred to this very letter before it came."""
    own = incoming.envelope.get("message_id")
    related = None
    for name in [*_references(incoming), *([own] if own else [])]:
        for each in names.get(key_hash(name), ()):
            dialog = _followed(session, session.get_one(Dialog, each.dialog_id))
            if dialog is None:
                continue
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
    if home.settings.get(ANSWERS_BY) == channel.id:
        return takes_part(session, dialog, incoming)
    if home.id != channel.id and (home.audience, home.team_id) != (channel.audience, channel.team_id):
        return False
    return takes_part(session, dialog, incoming)


def _references(incoming: Incoming) -> Sequence[str]:
    return incoming.references[:MOST_REFERENCES]


def _participants(session: Session, dialog: Dialog) -> set[str]:
    found = {
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


def _identities(dialog: Dialog) -> Select[str]:
    return select(CustomerIdentity.key).where(
        CustomerIdentity.kind == "email",
        (CustomerIdentity.customer_id == dialog.customer_id)
        | CustomerIdentity.id.in_(
            select(Message.identity_id).where(
                Message.dialog_id == dialog.id, Message.identity_id.is_not(None)
            )
        ),
    )


def _followed(session: Session, dialog: Dialog | None) -> Dialog | None:
    for _ in range(LONGEST_CHAIN):
        if dialog is None or dialog.merged_into is None:
            return dialog
        dialog = session.get(Dialog, dialog.merged_into)
    return dialog


# Each is one text for any number of names, so that it is compiled once and prepared by the server.
_WAIT = text("""
    SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(CAST(:keys AS text[])) AS key
""")
_LOOK_UP = text("""
    SELECT named.key_hash, named.dialog_id, named.message_id, messages.delivery
    FROM thread_references AS named LEFT JOIN messages ON messages.id = named.message_id
    WHERE named.key_hash = ANY(CAST(:keys AS text[]))
    ORDER BY named.message_id IS NULL, named.dialog_id DESC
""")
_REMEMBER = text("""
    INSERT INTO thread_references (key_hash, dialog_id, own, message_id, created_at)
    SELECT key, CAST(:dialog AS bigint), :own,
        CASE WHEN key = ANY(CAST(:named AS text[])) THEN CAST(:message AS bigint) END,
        CAST(:now AS timestamptz)
    FROM unnest(CAST(:keys AS text[])) AS key
    ON CONFLICT (key_hash, dialog_id) DO UPDATE SET message_id = excluded.message_id, own = excluded.own
        WHERE thread_references.message_id IS NULL AND excluded.message_id IS NOT NULL
""")


def _remember(
    session: Session,
    dialog: Dialog,
    message: Message,
    names: Sequence[str],
    *,
    seen: Sequence[str] = (),
    own: bool = False,
) -> None:
    named, keys = (
        sorted({key_hash(name) for name in some if name.strip()}) for some in (names, [*names, *seen])
    )
    if keys:
        values = {"dialog": dialog.id, "own": own, "message": message.id, "named": named, "keys": keys}
        session.execute(_REMEMBER, {**values, "now": now()})

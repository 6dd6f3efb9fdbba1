"""What came before: the same thing by another way, one of ours coming back, a copy through a list."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from channels import threads
from channels.models import Arrival, ArrivalState, MessagePart
from core.clock import now
from inbox.actions import Outcome, finish_sending, note_other_door
from inbox.border import Incoming, RecipientResult
from inbox.models import Channel, Delivery, Dialog, Message
from inbox.recipients import own_addresses

NEAREST = 3
_TWINS = (
    select(Arrival.id, Arrival.message_id, Channel.id, Channel.audience, Channel.team_id)
    .join(Channel, Channel.id == Arrival.channel_id)
    .where(
        Arrival.channel_id.in_(select(Channel.id).where(Channel.kind == bindparam("kind"))),
        Arrival.content_hash == bindparam("hash"),
        Arrival.state == ArrivalState.READ,
        Arrival.id != bindparam("arrival"),
    )
    .order_by(Arrival.id)
)


@dataclass(frozen=True, slots=True)
class Copy:
    """The message that is here already, and why what came is the same."""

    message_id: int | None
    reason: str
    content_hash: str | None = None


class Twin(NamedTuple):
    """A letter that came before and says the same, at whatever door."""

    id: int
    message_id: int | None
    channel_id: int
    audience: str
    team_id: int | None


def twins_of(session: Session, channel: Channel, arrival: Arrival, incoming: Incoming) -> Sequence[Twin]:
    """The same letter, come before, by this channel or another of its kind, oldest first (I28, I29)."""
    if incoming.content_hash is None:
        return ()
    asked = {"hash": incoming.content_hash, "kind": channel.kind, "arrival": arrival.id}
    return [Twin(*row) for row in session.execute(_TWINS, asked)]


def find_copy(
    session: Session, channel: Channel, incoming: Incoming, names: threads.Names, twins: Sequence[Twin]
) -> Copy | None:
    """Whether this is here already; if it came by another door first, the message remembers this one too."""
    ours = (channel.audience, channel.team_id)
    twin = next((each for each in twins if (each.audience, each.team_id) == ours), None)
    if twin is not None:
        _remember_door(session, twin.message_id, channel)
        return Copy(twin.message_id, f"same as arrival {twin.id}")
    name = incoming.own_reference or incoming.envelope.get("message_id")
    named = _message_named(session, name, names) if name else None
    echo = _echo(session, incoming, named)
    if echo is not None:
        _settle(session, echo)
        return Copy(echo.id, "our own", incoming.content_hash)
    if named is not None and _is_nearly_the_same(session, channel, incoming, named):
        _remember_door(session, named.id, channel)
        return Copy(named.id, f"copy of message {named.id}")
    return None


def found_elsewhere(session: Session, channel: Channel, twins: Sequence[Twin]) -> Dialog | None:
    """The dialog that other people of ours have about the very same letter (I29)."""
    twin = next((each for each in twins if each.channel_id != channel.id), None)
    message = session.get(Message, twin.message_id) if twin is not None and twin.message_id else None
    return message.dialog if message is not None else None


def settle_answered(session: Session, incoming: Incoming, names: threads.Names) -> None:
    """Who answers a message has it: that settles one that may or may not have gone out."""
    for name in incoming.references[:NEAREST]:
        found = names.get(threads.key_hash(name), ())
        if any(each.delivery == Delivery.UNCERTAIN for each in found):
            message = _message_named(session, name, names)
            if message is not None:
                _settle(session, message)


def _message_named(session: Session, name: str, names: threads.Names) -> Message | None:
    """The newest message with this name from outside, ours or theirs."""
    known = [each.message_id or 0 for each in names.get(threads.key_hash(name), ())]
    return session.get(Message, max(known)) if any(known) else None


def _echo(session: Session, incoming: Incoming, named: Message | None) -> Message | None:
    """The message of ours that came back to us, under our own key or the name the outside gave it (I25).

    A stranger's letter that bears the name of one of ours and says something else is no echo.
    """
    message = named
    if incoming.client_key is not None:
        part = session.scalar(select(MessagePart).where(MessagePart.key == incoming.client_key))
        message = session.get_one(Message, part.message_id) if part is not None else named
    if message is None or message.direction != "out":
        return None
    is_ours = _is_from_us(session, incoming) or _is_within(incoming.text, message.text)
    return message if is_ours else None


def _is_from_us(session: Session, incoming: Incoming) -> bool:
    if incoming.conversation_key is not None or incoming.direction == "out":
        return True
    return bool(incoming.envelope.get("list_id")) or incoming.author.key in own_addresses(session)


def _is_nearly_the_same(session: Session, channel: Channel, incoming: Incoming, named: Message) -> bool:
    """A copy that differs by a list's footer alone: same name, sender and time, one text within the other.

    The Message-ID alone says little: some senders use theirs twice (I28).
    """
    if named.direction != "in" or named.identity is None:
        return False
    home = session.get_one(Channel, named.channel_id)
    if (home.audience, home.team_id) != (channel.audience, channel.team_id):
        return False
    if (named.identity.key, named.said_at) != (incoming.author.key, incoming.sent_at):
        return False
    is_held = _is_within(named.text, incoming.text) or _is_within(incoming.text, named.text)
    return is_held and len(incoming.files) <= len(named.attachments)


def _is_within(part: str, whole: str) -> bool:
    """Whether a text stands in another, however its lines are broken."""
    words, others = (re.sub(r"[\W_]+", "", text) for text in (part, whole))
    return bool(words) and words in others


def _remember_door(session: Session, message_id: int | None, channel: Channel) -> None:
    message = session.get(Message, message_id) if message_id is not None else None
    if message is not None:
        note_other_door(session, message, channel)


def _settle(session: Session, message: Message) -> None:
    if message.delivery != Delivery.UNCERTAIN:
        return
    failed = [each for each in message.recipients if each.delivery == Delivery.FAILED]
    kept = [RecipientResult(e.address, "failed", e.error_code or "", e.error_detail or "") for e in failed]
    finish_sending(session, message, Outcome("sent", recipients=kept))
    session.execute(
        update(MessagePart)
        .where(MessagePart.message_id == message.id, MessagePart.state == "uncertain")
        .values(state="sent", changed_at=now())
    )

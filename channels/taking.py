"""What becomes of something that was read: a message, news about one of ours, or nothing new."""

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from channels import threads
from channels.models import Arrival, ArrivalState, MessagePart
from core.clock import now
from inbox.actions import Outcome, finish_sending, hear_news, receive
from inbox.border import Incoming, RecipientResult
from inbox.models import Channel, Delivery, Message

NEAREST = 3


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of an arrival, and why."""

    state: ArrivalState
    reason: str = ""
    message_id: int | None = None
    content_hash: str | None = None


def take_in(session: Session, channel: Channel, arrival: Arrival, incoming: Incoming) -> Ending:
    """Bring one thing that happened outside into the inbox, once, whichever way it comes again."""
    if incoming.kind == "unsupported":
        return Ending(ArrivalState.IGNORED, incoming.text or "unsupported")
    if incoming.news:
        about = _news_about(session, channel, incoming)
        if about is not None:
            hear_news(session, about, incoming.news)
            return Ending(ArrivalState.READ, "news", about.id, incoming.content_hash)
    threads.wait_for_siblings(session, incoming)
    twin = _twin(session, channel, arrival, incoming)
    if twin is not None:
        return Ending(ArrivalState.DUPLICATE, f"same as arrival {twin.id}", twin.message_id)
    echo = _echo(session, channel, incoming)
    if echo is not None:
        _settle(session, echo)
        return Ending(ArrivalState.DUPLICATE, "our own", echo.id, incoming.content_hash)
    _settle_answered(session, incoming)
    found = threads.find_dialog(session, channel, incoming)
    received = receive(session, channel, incoming, dialog=found.dialog, related=found.related)
    threads.remember_incoming(session, received.dialog, received.message, incoming)
    return Ending(
        ArrivalState.READ if received.new else ArrivalState.DUPLICATE,
        "" if received.new else "came before",
        received.message.id,
        incoming.content_hash,
    )


def _twin(session: Session, channel: Channel, arrival: Arrival, incoming: Incoming) -> Arrival | None:
    """The same letter, come before: by this channel, or by another one of the same people (I28, I29)."""
    if incoming.content_hash is None:
        return None
    among = select(Channel.id).where(
        Channel.kind == channel.kind,
        Channel.audience == channel.audience,
        Channel.team_id.is_not_distinct_from(channel.team_id),
    )
    return session.scalar(
        select(Arrival)
        .where(
            Arrival.channel_id.in_(among),
            Arrival.content_hash == incoming.content_hash,
            Arrival.state == ArrivalState.READ,
            Arrival.id != arrival.id,
        )
        .order_by(Arrival.id)
        .limit(1)
    )


def _echo(session: Session, channel: Channel, incoming: Incoming) -> Message | None:
    """The message of ours that came back to us, under our own key or the name the outside gave it."""
    if incoming.client_key is not None:
        part = session.scalar(select(MessagePart).where(MessagePart.key == incoming.client_key))
        if part is not None:
            return session.get_one(Message, part.message_id)
    if incoming.own_reference is not None:
        return threads.message_named(session, incoming.own_reference)
    return None


def _settle_answered(session: Session, incoming: Incoming) -> None:
    """Who answers a message has it: that settles one that may or may not have gone out."""
    for name in incoming.references[:NEAREST]:
        message = threads.message_named(session, name)
        if message is not None:
            _settle(session, message)


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


def _news_about(session: Session, channel: Channel, incoming: Incoming) -> Message | None:
    for name in incoming.news_about:
        message = threads.message_named(session, name)
        if message is not None and message.direction == "out":
            return message
    return None

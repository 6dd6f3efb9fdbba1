"""Our own messages coming back to us, and those of colleagues who write past us."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.models import MessagePart
from channels.outcomes import settle_parts
from channels.planning import parts_of
from core.clock import now
from inbox.actions import Outcome, finish_sending
from inbox.border import Incoming
from inbox.models import Channel, Delivery, Message
from inbox.names import message_called, name_message
from inbox.summary import recall


def own_echo(session: Session, channel: Channel, incoming: Incoming) -> Message | None:
    """The message of ours that this is an echo of, by our key or by the name the outside gave it.

    What was uncertain is known then, and what is still being sent will not be sent again, whatever
    becomes of its answer.
    """
    if incoming.direction != "out":
        return None
    part = _part_with(session, channel, incoming.client_key)
    if part is None:
        message = message_called(session, channel.id, incoming.message_key)
        return message if message is not None and message.direction == "out" else None
    message = session.get_one(Message, part.message_id, with_for_update={"of": Message})
    session.refresh(part)
    if part.state != "sent":
        confirm_part(session, message, part, incoming.message_key)
    return message


def confirm_part(session: Session, message: Message, part: MessagePart, key: str | None) -> None:
    """A part surely lies outside, under this name."""
    part.state, part.changed_at = "sent", now()
    part.keys = list(dict.fromkeys([*part.keys, *([key] if key else [])]))
    name_message(session, message, part.keys)
    session.flush()
    if message.delivery != Delivery.UNCERTAIN:
        return  # whoever is sending it goes on with what is left of it
    if not settle_parts(session, message, parts_of(session, message)):
        finish_sending(session, message, Outcome("retry", "confirmed", "", now()))


def absorb_mirror(session: Session, message: Message, keys: list[str]) -> None:
    """An echo that came before we knew its name was taken for a colleague's message: it is this one."""
    for key in keys:
        mirror = message_called(session, message.channel_id, key)
        if mirror is None or mirror.id == message.id or mirror.via is None:
            continue
        mirror.key = None
        mirror.delivery = Delivery.UNDONE
        session.flush()
        recall(session, mirror.dialog)


def _part_with(session: Session, channel: Channel, client_key: str | None) -> MessagePart | None:
    if client_key is None:
        return None
    return session.scalar(
        select(MessagePart)
        .join(Message, Message.id == MessagePart.message_id)
        .where(Message.channel_id == channel.id, MessagePart.client_key == client_key)
        .order_by(MessagePart.id.desc())
        .limit(1)
    )

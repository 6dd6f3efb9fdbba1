"""What is noted about a message besides itself: by which other door it came, who handed it on."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from inbox.actions.receiving import Received
from inbox.actions.writing import NewComment, comment
from inbox.models import Channel, Message
from inbox.recording import record_on
from people.models import Agent


def note_other_door(session: Session, message: Message, channel: Channel) -> None:
    """The same message came to another channel of ours too; it stays one message."""
    doors = message.envelope.get("also_came_to") or []
    if channel.id == message.channel_id or channel.id in doors:
        return
    message.envelope = {**message.envelope, "also_came_to": [*doors, channel.id]}
    record_on(session, message.dialog, "message.also_came", message_id=message.id, channel_id=channel.id)


def is_answered(session: Session, message: Message) -> bool:
    """Whether an answer of ours, written here or seen coming from elsewhere, follows this message."""
    later = select(Message.id).where(
        Message.dialog_id == message.dialog_id,
        Message.direction == "out",
        Message.id > message.id,
        Message.cause.is_(None),
    )
    return bool(session.scalar(select(later.exists())))


def note_answered_elsewhere(session: Session, message: Message) -> None:
    """Somebody answered a customer's message in another program; what they said may not have come here."""
    record_on(session, message.dialog, "message.answered_elsewhere", message_id=message.id)


def note_handed_on(session: Session, received: Received, *, agent: Agent, comment_text: str) -> None:
    """A colleague passed a customer's message on to us; what the colleague wrote above it stays among us."""
    if not received.new:
        return
    record_on(session, received.dialog, "dialog.handed_on", actor=agent.ref, message_id=received.message.id)
    if comment_text.strip():
        name = f"handed-on-{received.message.id}"
        comment(session, received.dialog, agent=agent, new=NewComment(comment_text.strip(), client_uuid=name))

"""Words in which stories of messengers are told."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from inbox.actions import NewReply, confirm_outbound, connect_channel, reply
from inbox.models import Channel, Delivery, Dialog, Message
from people.models import Agent

Look = Callable[[], list[Dialog]]


def connected(
    session: Session, ann: Agent, kind: str, settings: dict[str, Any], secrets: dict[str, str]
) -> Channel:
    """A channel that is asked for news and may write, at once."""
    channel = connect_channel(
        session, agent=ann, kind=kind, name="Shop", settings={**settings, "mode": "poll"}, secrets=secrets
    )
    channel.undo_seconds = 0
    confirm_outbound(session, channel, agent=ann)
    session.commit()
    return channel


def answer(session: Session, dialog: Dialog, ann: Agent, text: str, **given: Any) -> Message:
    """Ann answers."""
    message = reply(session, dialog, agent=ann, new=NewReply(str(uuid4()), text, force=True, **given))
    session.commit()
    return message


def messages(session: Session, dialog: Dialog) -> list[Message]:
    """What stands in a dialog."""
    found = select(Message).where(Message.dialog_id == dialog.id).order_by(Message.id)
    return [each for each in session.scalars(found) if each.delivery != Delivery.UNDONE]

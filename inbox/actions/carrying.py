"""Letters that carry answers out of a chat to somebody who left it: people wrote them, a machine sends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from inbox.actions.states import hold
from inbox.models import CARRIED, Attachment, Channel, Delivery, Dialog, Message, Recipient
from inbox.recipients import Address, answers_of
from inbox.recording import record_on


@dataclass(frozen=True, slots=True)
class NewLetter:
    """What a letter says to whom; `files` are in the store already."""

    to: Address
    brand: str
    subject: str
    text: str
    html: str
    files: Sequence[Mapping[str, Any]] = ()


def carry(
    session: Session, dialog: Dialog, mailbox: Channel, *, new: NewLetter, cause: str, klass: str = CARRIED
) -> Message:
    """Have a letter leave by a mailbox that belongs to a dialog of another channel.

    The dialog's row stays as it is: it says what people said, and they have said this already. Other
    machines are told that one of ours sends it (RFC 3834), so that none answers.
    """
    hold(session, dialog)
    message = Message(
        dialog_id=dialog.id,
        origin_dialog_id=dialog.id,
        episode_id=dialog.episode_id,
        channel_id=mailbox.id,
        direction="out",
        klass=klass,
        delivery=Delivery.QUEUED,
        leave_at=now(),
        cause=cause,
        client_uuid=f"carried-{uuid4()}",
        subject=new.subject,
        text=new.text,
        html=new.html,
        envelope={
            "from": {"name": "", "brand": new.brand, "address": mailbox.address},
            "to": [new.to.as_json()],
            "cc": [],
            "bcc": [],
            "subject": new.subject,
            "answers": answers_of(_letter_before(session, dialog, mailbox)),
            "automatic": "auto-generated",
        },
        demo=dialog.demo,
    )
    session.add(message)
    session.flush()
    session.add(Recipient(message_id=message.id, role="to", address=new.to.address, name=new.to.name))
    session.add_all(
        Attachment(message_id=message.id, place=place, **file) for place, file in enumerate(new.files)
    )
    session.flush()
    _tell(session, message, "message.queued")
    return message


def take_letter_back(session: Session, message: Message) -> None:
    """A letter that waits to leave has become needless. Whoever calls this holds it."""
    message.delivery = Delivery.UNDONE
    for recipient in message.recipients:
        recipient.delivery = Delivery.UNDONE
    _tell(session, message, "message.undone")


def _letter_before(session: Session, dialog: Dialog, mailbox: Channel) -> Message | None:
    """The newest letter of this dialog, ours or theirs, below which this one is to stand."""
    wanted = select(Message).where(
        Message.dialog_id == dialog.id,
        Message.channel_id == mailbox.id,
        Message.delivery.is_distinct_from(Delivery.UNDONE),
    )
    return session.scalar(wanted.order_by(Message.id.desc()).limit(1))


def _tell(session: Session, message: Message, kind: str) -> None:
    dialog = message.dialog
    record_on(session, dialog, kind, cause=message.cause, message_id=message.id)

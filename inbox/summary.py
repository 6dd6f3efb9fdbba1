"""What a dialog's row says about its messages, worked out from the messages themselves."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from inbox.models import Delivery, Dialog, Message

PREVIEW_CHARACTERS = 160
PROBLEMS = (Delivery.FAILED, Delivery.UNCERTAIN)
WAKING = ("human", "auto_generated", "list")


def preview_of(text: str) -> str:
    """The first words of a text on one line."""
    return re.sub(r"\s+", " ", text[: PREVIEW_CHARACTERS * 4]).strip()[:PREVIEW_CHARACTERS]


def preview_of_message(message: Message) -> str:
    """The first words of a message, or a sketch of what it holds instead of words."""
    return preview_of(message.visible_text or message.text) or str(message.envelope.get("sketch", ""))


def show_received(dialog: Dialog, message: Message, *, author: str) -> None:
    """Put a message that came at the front of the dialog's row."""
    dialog.last_message_at = message.created_at
    dialog.last_message_id = message.id
    dialog.last_received_id = message.id
    dialog.last_direction = "in"
    dialog.last_author = author
    dialog.preview = preview_of_message(message)


def show_answer(dialog: Dialog, message: Message, *, author: str) -> None:
    """Put an answer at the front of the dialog's row; the customer no longer waits."""
    dialog.last_message_at = message.created_at
    dialog.last_message_id = message.id
    dialog.last_direction = "out"
    dialog.last_author = author
    dialog.preview = preview_of_message(message)
    dialog.waiting_since = None


def count_problems(session: Session, dialog: Dialog) -> None:
    """Write down how many answers of people failed or are uncertain."""
    session.flush()
    dialog.failed_count = len(
        session.scalars(
            select(Message.id).where(
                Message.dialog_id == dialog.id, Message.delivery.in_(PROBLEMS), Message.cause.is_(None)
            )
        ).all()
    )


def recall(session: Session, dialog: Dialog) -> None:
    """Work the whole row out anew, as when an answer was taken back; what a machine wrote does not count.

    The customer waits since the first message of theirs that no answer of ours follows.
    """
    session.flush()
    said = select(Message).where(
        Message.dialog_id == dialog.id,
        Message.delivery.is_distinct_from(Delivery.UNDONE),
        Message.cause.is_(None),
    )
    counted = said.where((Message.direction == "out") | Message.klass.in_(WAKING))
    last = session.scalar(counted.order_by(Message.id.desc()).limit(1))
    if last is None:
        return
    author = last.identity.customer.name if last.identity else last.agent.name if last.agent else ""
    (show_received if last.direction == "in" else show_answer)(dialog, last, author=author)
    answer = session.scalar(said.where(Message.direction == "out").order_by(Message.id.desc()).limit(1))
    unanswered = session.scalar(
        said.where(
            Message.direction == "in",
            Message.klass.in_(WAKING),
            Message.id > (answer.id if answer else 0),
        )
        .order_by(Message.id)
        .limit(1)
    )
    dialog.waiting_since = unanswered.created_at if unanswered else None
    count_problems(session, dialog)

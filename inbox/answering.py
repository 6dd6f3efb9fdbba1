"""By which channel an answer leaves: its dialog's own, the one set for it, or that of what it answers."""

from sqlalchemy.orm import Session

from inbox.models import Channel, Dialog, Message

ANSWERS_BY = "answers_by"
NOT_IN_CHAT = "chat_unproven"


def answering_channel(session: Session, channel: Channel) -> Channel:
    """The channel that answers leave by: for a form that is the mailbox its settings name."""
    number = channel.settings.get(ANSWERS_BY)
    other = session.get(Channel, number) if isinstance(number, int) else None
    return other if other is not None else channel


def way_back(session: Session, dialog: Dialog, answered: Message | None) -> Channel:
    """The channel by which an answer to this very message leaves."""
    if answered is not None and leaves_by_letter(dialog, answered):
        return session.get_one(Channel, answered.channel_id)
    return answering_channel(session, dialog.channel or session.get_one(Channel, dialog.channel_id))


def leaves_by_letter(dialog: Dialog, answered: Message | None) -> bool:
    """Whether the message is a letter that came into a chat whose visitor is not proven to have written it.

    The visitor must read neither it nor its answer, which goes to the letter's sender alone.
    """
    return (
        answered is not None
        and NOT_IN_CHAT in (answered.warnings or ())
        and dialog.thread_key is not None
        and dialog.channel_id != answered.channel_id
    )


def subject_of_answer(dialog: Dialog, answered: Message | None) -> str:
    """What an answer is about where its writer does not say: a letter in a chat has its own subject."""
    if answered is not None and leaves_by_letter(dialog, answered):
        return answered.subject or dialog.subject
    return dialog.subject

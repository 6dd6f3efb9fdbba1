"""By which channel an answer leaves: its dialog's own, or the one that is set for it."""

from sqlalchemy.orm import Session

from inbox.models import Channel

ANSWERS_BY = "answers_by"


def answering_channel(session: Session, channel: Channel) -> Channel:
    """The channel that answers leave by: for a form that is the mailbox its settings name."""
    number = channel.settings.get(ANSWERS_BY)
    other = session.get(Channel, number) if isinstance(number, int) else None
    return other if other is not None else channel

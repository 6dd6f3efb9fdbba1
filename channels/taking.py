"""What becomes of something that was read: a message, news about one of ours, or nothing new."""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from channels import senders, threads
from channels.acknowledgement import acknowledge
from channels.copies import find_copy, found_elsewhere, settle_answered
from channels.models import Arrival, ArrivalState
from channels.reports import hear_report
from core.events import EVERYONE
from inbox.actions import Received, note_handed_on, receive, watch_for_flood
from inbox.border import Incoming
from inbox.models import Channel


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
    about = hear_report(session, channel, incoming) if incoming.news else None
    if about is not None:
        return Ending(ArrivalState.READ, "news", about.id, incoming.content_hash)
    threads.wait_for_siblings(session, incoming)
    names = threads.look_up(session, incoming)
    copy = find_copy(session, channel, arrival, incoming, names)
    if copy is not None:
        return Ending(ArrivalState.DUPLICATE, copy.reason, copy.message_id, copy.content_hash)
    settle_answered(session, incoming, names)
    received = _receive(session, channel, arrival, senders.as_ours(session, incoming), names)
    return Ending(
        ArrivalState.READ if received.new else ArrivalState.DUPLICATE,
        "" if received.new else "came before",
        received.message.id,
        incoming.content_hash,
    )


def _receive(
    session: Session,
    channel: Channel,
    arrival: Arrival,
    incoming: Incoming,
    names: threads.Names | None = None,
) -> Received:
    found = threads.find_dialog(session, channel, incoming, names)
    related = found.related
    if found.dialog is None:
        related = related or found_elsewhere(session, channel, arrival, incoming)
        if related is not None and related.audience not in (EVERYONE, channel.audience):
            related = None  # its very number is none of these people's business
        if incoming.direction == "out":
            incoming = senders.without_thread(session, incoming)
    elif found.how == "token" and not threads.takes_part(session, found.dialog, incoming):
        incoming = replace(incoming, warnings=(*incoming.warnings, "new_participant"))
    theirs = senders.for_its_author(session, incoming) if found.dialog is None else incoming
    said = theirs.incoming if isinstance(theirs, senders.HandedOver) else theirs
    with session.no_autoflush:  # or every look at something else writes the dialog's row once more
        received = receive(session, channel, said, dialog=found.dialog, related=related)
    threads.remember_incoming(session, received.dialog, received.message, incoming)
    if isinstance(theirs, senders.HandedOver):
        note_handed_on(session, received, agent=theirs.agent, comment_text=theirs.comment)
    if received.new and received.message.direction == "in":
        if found.dialog is None:
            acknowledge(session, channel, received)
        else:
            watch_for_flood(session, received.dialog, received.message)
    return received

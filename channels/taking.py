"""What becomes of something that was read: a message, news about one of ours, or nothing new."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import hearing, senders, threads
from channels.acknowledgement import acknowledge
from channels.blocking import blocked_under, put_apart
from channels.copies import Twin, find_copy, found_elsewhere, settle_answered, twins_of
from channels.echoes import own_echo
from channels.hearing import Ending
from channels.models import Arrival, ArrivalState
from channels.reports import hear_report, is_backscatter
from channels.routing import route
from channels.webchat.mirroring import show_in_chat
from core.events import EVERYONE
from inbox.actions import (
    Received,
    SenderBlocked,
    join_album,
    learn_original,
    note_handed_on,
    receive,
    take_note_of_group,
    watch_for_flood,
)
from inbox.border import Incoming
from inbox.models import Channel, Dialog, Message


def take_in(session: Session, channel: Channel, arrival: Arrival, incoming: Incoming) -> Ending:
    """Bring one thing that happened outside into the inbox, once, whichever way it comes again.

    What a blocked sender says, and what is suspected, is kept apart unless somebody chose to let it in.
    """
    if incoming.suspected and not arrival.let_in:
        return put_apart(session, channel, arrival, incoming, None)
    blocked_before = None if arrival.let_in else blocked_under(session, channel, incoming)
    if blocked_before is not None:
        return put_apart(session, channel, arrival, incoming, blocked_before)
    try:
        return _take_in(session, channel, arrival, incoming)
    except SenderBlocked as blocked:
        return put_apart(session, channel, arrival, incoming, blocked.identity)


def _take_in(session: Session, channel: Channel, arrival: Arrival, incoming: Incoming) -> Ending:
    heard = hearing.hear(session, channel, incoming)
    if heard is not None:
        return heard
    if incoming.conversation_key is not None and incoming.content_hash is None and not incoming.news:
        return _take_from_chat(session, channel, hearing.as_message(incoming), let_in=arrival.let_in)
    about = hear_report(session, channel, incoming) if incoming.news else None
    if about is not None:
        return Ending(ArrivalState.READ, "news", about.id, incoming.content_hash)
    threads.wait_for_siblings(session, incoming)
    names = threads.look_up(session, incoming)
    twins = twins_of(session, channel, arrival, incoming)
    copy = find_copy(session, channel, incoming, names, twins)
    if copy is not None:
        return Ending(ArrivalState.DUPLICATE, copy.reason, copy.message_id, copy.content_hash)
    if not names and incoming.dialog_hint is None and is_backscatter(session, incoming):
        return Ending(ArrivalState.IGNORED, "about a letter we did not send", None, incoming.content_hash)
    settle_answered(session, incoming, names)
    ours = senders.as_ours(session, incoming)
    received = _receive(session, channel, ours, names, twins, let_in=arrival.let_in)
    return Ending(
        ArrivalState.READ if received.new else ArrivalState.DUPLICATE,
        "" if received.new else "came before",
        received.message.id,
        incoming.content_hash,
    )


def _take_from_chat(session: Session, channel: Channel, incoming: Incoming, *, let_in: bool) -> Ending:
    """A message of a chat that has a name, where nothing must be guessed."""
    echo = own_echo(session, channel, incoming)
    if echo is not None:
        return Ending(ArrivalState.DUPLICATE, "our own", echo.id)
    album = _album(session, channel, incoming)
    if album is not None:
        joined = join_album(session, album, incoming)
        state = ArrivalState.READ if joined else ArrivalState.DUPLICATE
        return Ending(state, "" if joined else "came before", album.id)
    received = _receive(session, channel, incoming, let_in=let_in)
    if not received.new:
        learn_original(session, received.message, incoming)
        return Ending(ArrivalState.DUPLICATE, "came before", received.message.id)
    take_note_of_group(session, received.dialog, name=incoming.conversation_name)
    hearing.follow_up(session, channel, incoming, received.message)
    return Ending(ArrivalState.READ, "", received.message.id)


def _album(session: Session, channel: Channel, incoming: Incoming) -> Message | None:
    """The message that an album's further part belongs to."""
    if incoming.group_key is None or incoming.kind != "message":
        return None
    return session.scalar(
        select(Message)
        .join(Dialog, Dialog.id == Message.dialog_id)
        .where(
            Message.channel_id == channel.id,
            Message.group_key == incoming.group_key,
            Message.direction == incoming.direction,
            Dialog.thread_key == incoming.conversation_key,
        )
    )


def _receive(
    session: Session,
    channel: Channel,
    incoming: Incoming,
    names: threads.Names | None = None,
    twins: Sequence[Twin] = (),
    *,
    let_in: bool,
) -> Received:
    found = threads.find_dialog(session, channel, incoming, names)
    related = found.related
    if found.dialog is None:
        related = related or found_elsewhere(session, channel, twins)
        if related is not None and related.audience not in (EVERYONE, channel.audience):
            related = None  # its very number is none of these people's business
        if incoming.direction == "out":
            incoming = senders.without_thread(session, incoming)
    elif found.how == "token" and not threads.takes_part(session, found.dialog, incoming):
        incoming = replace(incoming, warnings=(*incoming.warnings, "new_participant"))
    theirs = senders.for_its_author(session, incoming) if found.dialog is None else incoming
    said = theirs.incoming if isinstance(theirs, senders.HandedOver) else theirs
    with session.no_autoflush:  # or every look at something else writes the dialog's row once more
        received = receive(session, channel, said, dialog=found.dialog, related=related, let_in=let_in)
    threads.remember_incoming(session, received.dialog, received.message, incoming)
    if isinstance(theirs, senders.HandedOver):
        note_handed_on(session, received, agent=theirs.agent, comment_text=theirs.comment)
    if received.new and received.message.direction == "in":
        if found.dialog is None:
            route(session, channel, received.dialog)
            acknowledge(session, channel, received)
        else:
            watch_for_flood(session, received.dialog, received.message)
            show_in_chat(session, channel, received.dialog, received.message)
    return received

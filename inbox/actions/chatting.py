"""What happens to messages after they were said: changed, taken back, joined by others, reacted to, read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from inbox.actions.parts import add_remote_files, cards_json, learn_of_files
from inbox.actions.reachability import note_alive, note_out_of_reach
from inbox.actions.receiving import settle_delivery
from inbox.actions.states import hold
from inbox.border import Incoming
from inbox.models import Attachment, Delivery, Dialog, Message, MessageRevision, RemoteFile
from inbox.names import name_message
from inbox.recording import record_on
from inbox.summary import preview_of_message
from people.models import CustomerIdentity
from people.notices import notify


def revise(session: Session, message: Message, incoming: Incoming) -> bool:
    """Let a message say what it says now outside; how it was is kept. False when nothing is different.

    An older change that comes late only joins the history, and a place on a map that moves on is no
    new version.
    """
    dialog = hold(session, message.dialog)
    said = (incoming.text, incoming.html)
    if incoming.group_key is not None and not incoming.text and incoming.message_key != message.key:
        return False
    if message.edited_at is not None and incoming.sent_at < message.edited_at:
        return _keep_late(session, message, incoming)
    cards = cards_json(incoming.cards)
    learnt = learn_of_files(session, message, incoming.remote_files)
    if said == (message.text, message.html):
        if cards == message.cards and not learnt:
            return False
        message.cards = cards
        _record(session, dialog, message, "message.card_changed")
        return True
    rewrite(session, message, text=incoming.text, html=incoming.html, at=incoming.sent_at)
    message.visible_text, message.cards = incoming.visible_text, cards
    add_remote_files(session, message, incoming.remote_files)
    return True


def rewrite(
    session: Session, message: Message, *, text: str, html: str | None, at: datetime, actor: str | None = None
) -> None:
    """A message says something else from now on; how it was joins its history."""
    dialog = hold(session, message.dialog)
    session.add(_revision(message))
    message.text, message.html, message.visible_text = text, html, None
    message.edited_at = at
    _show_again(dialog, message)
    _record(session, dialog, message, "message.edited", actor=actor)


def note_unchanged(session: Session, message: Message, kind: str, *, code: str, detail: str) -> None:
    """The outside would not change or take back a message of ours: it is there as it was."""
    dialog = hold(session, message.dialog)
    _record(session, dialog, message, kind, code=code, detail=detail[:500])
    if message.agent_id is not None:
        notify(session, message.agent_id, kind, dialog.topic)


def learn_original(session: Session, message: Message, incoming: Incoming) -> None:
    """The message itself comes after its change: now we know what it said first."""
    if message.edited_at is None or incoming.sent_at >= message.said_at:
        return
    message.said_at = incoming.sent_at
    if _keep_late(session, message, incoming):
        _record(session, hold(session, message.dialog), message, "message.edited")


def take_back_outside(session: Session, message: Message, *, at: datetime, actor: str | None = None) -> None:
    """Who wrote a message took it back; here it stays, and is marked."""
    dialog = hold(session, message.dialog)
    if message.deleted_at is not None:
        return
    message.deleted_at = at
    _record(session, dialog, message, "message.deleted", actor=actor)


def react(session: Session, message: Message, *, key: str, name: str, reactions: Sequence[str]) -> None:
    """Somebody has put exactly these reactions on a message now."""
    dialog = hold(session, message.dialog)
    others = [each for each in message.reactions if each["key"] != key]
    own = [{"key": key, "name": name, "reactions": list(reactions)}] if reactions else []
    if [*others, *own] == message.reactions:
        return
    message.reactions = [*others, *own]
    _record(session, dialog, message, "message.reacted", reactions=list(reactions))


def join_album(session: Session, message: Message, incoming: Incoming) -> bool:
    """One more part of an album: its files and words join the message; False if it had joined before."""
    dialog = hold(session, message.dialog)
    before = message.text
    name_message(session, message, [incoming.message_key] if incoming.message_key else [])
    if incoming.text and incoming.text not in message.text:
        message.text = "\n".join(filter(None, (message.text, incoming.text)))
        message.html = "<br>".join(filter(None, (message.html, incoming.html))) or None
    added = add_remote_files(session, message, incoming.remote_files)
    if not added and before == message.text:
        return False
    _show_again(dialog, message)
    _record(session, dialog, message, "message.joined", files=added)
    return True


def hear_read(session: Session, dialog: Dialog, *, upto: Message | None, at: datetime) -> int:
    """The customer has read ours up to a message, or up to a time; how many are read by that."""
    hold(session, dialog)
    unread = select(Message).where(
        Message.dialog_id == dialog.id, Message.delivery.in_((Delivery.SENT, Delivery.DELIVERED))
    )
    limit = Message.id <= upto.id if upto is not None else Message.sent_at <= at
    read = session.scalars(unread.where(limit).order_by(Message.id)).all()
    for message in read:
        settle_delivery(session, dialog, message, state=Delivery.READ)
    return len(read)


def hear_reachable(
    session: Session, dialog: Dialog, identity: CustomerIdentity | None, *, reachable: bool
) -> None:
    """Whether we may still write in this conversation: the customer said so, or the outside did.

    In a group it says nothing about any one of those who are in it.
    """
    hold(session, dialog)
    if reachable is (dialog.unreachable_since is None):
        return
    dialog.unreachable_since = None if reachable else now()
    kind = "dialog.reachable" if reachable else "dialog.unreachable"
    record_on(session, dialog, kind)
    if identity is not None and not dialog.is_group:
        (note_alive(session, dialog, identity) if reachable else note_out_of_reach(session, dialog, identity))


def take_note_of_group(session: Session, dialog: Dialog, *, name: str) -> None:
    """A group is called by the name it has outside, also when it changes."""
    name = name.strip()[:500]
    if not name or not dialog.is_group or dialog.subject == name:
        return
    dialog.subject = name
    record_on(session, dialog, "dialog.renamed", name=name)


def move_dialog(session: Session, dialog: Dialog, *, to: str) -> None:
    """The conversation goes on under another name outside; it stays the same dialog."""
    hold(session, dialog)
    if dialog.thread_key == to:
        return
    taken = session.scalar(
        select(Dialog).where(Dialog.channel_id == dialog.channel_id, Dialog.thread_key == to)
    )
    if taken is not None:
        taken.merged_into = dialog.id  # what came under the new name before we knew
        taken.thread_key = None
        session.flush()
    was, dialog.thread_key = dialog.thread_key, to
    record_on(session, dialog, "dialog.moved", was=was, to=to)


def finish_file(
    session: Session, file: RemoteFile, *, state: str, attachment: Attachment | None = None, code: str = ""
) -> None:
    """A file was fetched and lies beside its message, or never will be, and its place says why."""
    message = session.get_one(Message, file.message_id)
    dialog = hold(session, message.dialog)
    file.state, file.error_code, file.lease_until = state, code or None, None
    if attachment is not None:
        session.add(attachment)
        session.flush()
        file.attachment_id = attachment.id
    _record(session, dialog, message, f"message.file_{state}", file_id=file.id)


def _keep_late(session: Session, message: Message, incoming: Incoming) -> bool:
    """A version older than the one shown takes its place in the history, once."""
    known = session.scalar(
        select(MessageRevision.id).where(
            MessageRevision.message_id == message.id, MessageRevision.said_at == incoming.sent_at
        )
    )
    if known is not None or incoming.text == message.text:
        return False
    session.add(
        MessageRevision(
            message_id=message.id,
            text=incoming.text,
            html=incoming.html,
            cards=cards_json(incoming.cards),
            said_at=incoming.sent_at,
        )
    )
    return True


def _revision(message: Message) -> MessageRevision:
    return MessageRevision(
        message_id=message.id,
        text=message.text,
        html=message.html,
        cards=message.cards,
        said_at=message.edited_at or message.said_at,
        created_at=now(),
    )


def _show_again(dialog: Dialog, message: Message) -> None:
    """The row shows its newest message as it is now."""
    if dialog.last_message_id == message.id:
        dialog.preview = preview_of_message(message)


def _record(
    session: Session, dialog: Dialog, message: Message, kind: str, *, actor: str | None = None, **details: Any
) -> None:
    record_on(
        session,
        dialog,
        kind,
        actor=actor or (f"customer:{dialog.customer_id}" if message.direction == "in" else None),
        message_id=message.id,
        **details,
    )

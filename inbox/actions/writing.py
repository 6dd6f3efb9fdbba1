"""What agents write: replies, comments, new dialogs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, Forbidden, Invalid
from core.events import Event
from core.words import N_
from inbox.actions.drafting import LONGEST_TEXT, forget_draft
from inbox.actions.states import begin_episode, complete, hold, reopen, snooze
from inbox.answering import subject_of_answer, way_back
from inbox.models import (
    Attachment,
    Channel,
    Comment,
    Delivery,
    Dialog,
    Episode,
    Message,
    ReadMark,
    Recipient,
    SnoozeMode,
    State,
)
from inbox.recipients import Address, answered_message, answers_of, default_recipients, own_addresses
from inbox.recording import record_on
from inbox.summary import show_answer
from people.meeting import meet, present_card
from people.models import Agent
from people.notices import notify, read_notifications
from people.queries import workspace_of
from people.signatures import signatures_of

FARTHEST_SEND = timedelta(days=366)
CHANGED = N_("This arrived already, as it was first written. What you changed since is not in it.")
NEWS_KINDS = ("message.received", "message.held", "message.queued", "message.mirrored", "comment.added")


Written = TypeVar("Written", Message, Comment)


@dataclass(frozen=True, slots=True)
class NewReply:
    """A reply as an agent presses send.

    `seen_upto` is the number of the newest event the writer's screen had, `seen_messages` are shown there
    whether or not their events had a number by then; `to`, `cc` and `bcc` are
    addresses, None asks for those the dialog suggests. `then` is what follows in the same
    transaction: stay, complete or snooze_until_reply. A `signed` one has its writer's signature below.
    """

    client_uuid: str
    text: str
    html: str | None = None
    attachments: Sequence[int] = ()
    to: Sequence[Address] | None = None
    cc: Sequence[Address] | None = None
    bcc: Sequence[Address] = ()
    subject: str | None = None
    reply_to_message_id: int | None = None
    seen_upto: int | None = None
    seen_messages: Sequence[int] = ()
    force: bool = False
    then: str = "stay"
    send_after: datetime | None = None
    quote: bool = False
    signed: bool = False


@dataclass(frozen=True, slots=True)
class NewComment:
    """A note for the team; `mentions` are agent ids."""

    text: str
    client_uuid: str = field(default_factory=lambda: str(uuid4()))
    mentions: Sequence[int] = ()
    attachments: Sequence[int] = ()


def reply(session: Session, dialog: Dialog, *, agent: Agent, new: NewReply) -> Message:
    """Answer the customer: held for the undo time, then it leaves by itself.

    The envelope is frozen now. The same `client_uuid` again gives the first message, or
    Conflict (command_changed) if it has other words now. If something came since `seen_upto`,
    Conflict (dialog_moved_on) carries the ids of what came and nothing is stored, unless `force`.
    """
    known = session.scalar(select(Message).where(Message.client_uuid == new.client_uuid))
    if known is not None:
        return _same(known, new)
    if not agent.may_reply:
        raise Forbidden(N_("You may comment here, but not answer customers."), code="may_not_reply")
    _check_text(new.text, new.attachments)
    hold(session, dialog)
    if not new.force:
        _refuse_when_moved_on(session, dialog, agent, new)
    if dialog.state == State.COMPLETED:
        reopen(session, dialog, agent=agent)
    message = _add_answer(session, dialog, agent, new)
    _note_first_answer(session, dialog, agent)
    show_answer(dialog, message, author=agent.name)
    forget_draft(session, dialog, agent=agent, mode="reply")
    record_on(session, dialog, f"message.{message.delivery}", actor=agent.ref, message_id=message.id)
    if new.then == "complete":
        complete(session, dialog, agent=agent)
    elif new.then == "snooze_until_reply":
        snooze(session, dialog, agent=agent, until=None, mode=SnoozeMode.UNTIL_REPLY)
    return message


def start_dialog(
    session: Session, channel: Channel, *, agent: Agent, new: NewReply, kind: str, key: str, name: str = ""
) -> Message:
    """Write to a customer first: a new dialog with its first message going out.

    `kind` and `key` say whom; the same `client_uuid` again gives the first message, or
    Conflict (command_changed) if it has other words now.
    """
    known = session.scalar(select(Message).where(Message.client_uuid == new.client_uuid))
    if known is not None:
        return _same(known, new)
    if not agent.may_reply:
        raise Forbidden(N_("You may comment here, but not answer customers."), code="may_not_reply")
    _check_text(new.text, new.attachments)
    identity = meet(session, kind, key, shown=key, name=name, demo=channel.demo)
    dialog = Dialog(
        channel_id=channel.id,
        customer_id=present_card(session, identity.customer).id,
        audience=channel.audience,
        team_id=channel.team_id,
        subject=(new.subject or "")[:500],
        state=State.OPEN,
        assignee_id=agent.id,
        reopen_count=0,
        tag_ids=[],
        tag_weight=0,
        demo=channel.demo,
    )
    session.add(dialog)
    session.flush()
    begin_episode(session, dialog)
    record_on(session, dialog, "dialog.opened", actor=agent.ref, channel_id=channel.id)
    message = _add_answer(session, dialog, agent, new)
    show_answer(dialog, message, author=agent.name)
    record_on(session, dialog, f"message.{message.delivery}", actor=agent.ref, message_id=message.id)
    return message


def comment(session: Session, dialog: Dialog, *, agent: Agent, new: NewComment) -> Comment:
    """Leave a note for the team; the customer never learns of it and the state stays as it is."""
    known = session.scalar(select(Comment).where(Comment.client_uuid == new.client_uuid))
    if known is not None:
        return _same(known, new)
    _check_text(new.text, new.attachments)
    note = Comment(
        dialog_id=dialog.id,
        origin_dialog_id=dialog.id,
        agent_id=agent.id,
        client_uuid=new.client_uuid,
        text=new.text,
        mentions=sorted(set(new.mentions)),
    )
    session.add(note)
    session.flush()
    for upload in _uploads(session, agent, new.attachments):
        upload.comment_id = note.id
    forget_draft(session, dialog, agent=agent, mode="comment")
    record_on(session, dialog, "comment.added", actor=agent.ref, comment_id=note.id, mentions=note.mentions)
    told = set(note.mentions) | ({dialog.assignee_id} if dialog.assignee_id else set())
    for agent_id in sorted(told - {agent.id}):
        kind = "comment.mentioned" if agent_id in note.mentions else "comment.added"
        notify(session, agent_id, kind, dialog.topic, by=agent.id, preview=new.text[:80])
    return note


def mark_read(session: Session, dialog: Dialog, *, agent: Agent, message_id: int) -> None:
    """Remember how far an agent has read; the mark never moves back."""
    statement = insert(ReadMark).values(dialog_id=dialog.id, agent_id=agent.id, message_id=message_id)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["dialog_id", "agent_id"],
            set_={"message_id": statement.excluded.message_id},
            where=ReadMark.message_id < statement.excluded.message_id,
        )
    )
    read_notifications(session, agent.id, topic=dialog.topic)


def _check_text(text: str, attachments: Sequence[int]) -> None:
    if not text.strip() and not attachments:
        raise Invalid(N_("Write something first."), code="empty", field="text")
    if len(text) > LONGEST_TEXT:
        raise Invalid(N_("This text is too long to be sent."), code="too_long", field="text")


def _refuse_when_moved_on(session: Session, dialog: Dialog, agent: Agent, new: NewReply) -> None:
    if new.seen_upto is None:
        return
    seen = {new.reply_to_message_id, *new.seen_messages} - {None}
    found = session.scalars(
        select(Event)
        .where(
            Event.topic == dialog.topic,
            Event.kind.in_(NEWS_KINDS),
            Event.actor.is_distinct_from(agent.ref),
            Event.seq.is_(None) | (Event.seq > new.seen_upto),
        )
        .order_by(Event.id)
        .limit(50)
    ).all()
    came = [each for each in found if each.details.get("message_id") not in seen]
    if came:
        raise Conflict(
            N_("Something new came while you were writing."),
            code="dialog_moved_on",
            details={
                "message_ids": [each.details["message_id"] for each in came if "message_id" in each.details],
                "comment_ids": [each.details["comment_id"] for each in came if "comment_id" in each.details],
            },
        )


def _same(known: Written, new: NewReply | NewComment) -> Written:
    """What stands under this name already, unless the writer has changed the words since."""
    was_touched = isinstance(known, Message) and (known.edited_at or known.deleted_at)
    if known.text != new.text and not was_touched:
        raise Conflict(CHANGED, code="command_changed", field="client_uuid")
    return known


def _add_answer(session: Session, dialog: Dialog, agent: Agent, new: NewReply) -> Message:
    answered = answered_message(session, dialog, new.reply_to_message_id)
    channel = way_back(session, dialog, answered)
    to, cc = default_recipients(dialog, answered, own=own_addresses(session))
    to = list(new.to) if new.to is not None else to
    cc = list(new.cc) if new.cc is not None else cc
    subject = new.subject if new.subject is not None else subject_of_answer(dialog, answered)
    leave_at = _leave_at(session, channel, new.send_after)
    message = Message(
        dialog_id=dialog.id,
        origin_dialog_id=dialog.id,
        episode_id=dialog.episode_id,
        channel_id=channel.id,
        direction="out",
        delivery=Delivery.HELD if leave_at > now() else Delivery.QUEUED,
        leave_at=leave_at,
        agent_id=agent.id,
        client_uuid=new.client_uuid,
        subject=subject,
        text=new.text,
        html=new.html,
        reply_to_id=_chosen(dialog, answered, new),
        envelope={
            "from": {"name": agent.name, "brand": channel.name, "address": channel.address},
            "to": [each.as_json() for each in to],
            "cc": [each.as_json() for each in cc],
            "bcc": [each.as_json() for each in new.bcc],
            "subject": subject,
            "answers": answers_of(answered),
            "quote": new.quote,
            "signature": signatures_of(session, agent).in_team(dialog.team_id) if new.signed else "",
            "then": new.then,
        },
        demo=dialog.demo,
    )
    session.add(message)
    session.flush()
    for upload in _uploads(session, agent, new.attachments):
        upload.message_id = message.id
    for role, addresses in (("to", to), ("cc", cc), ("bcc", new.bcc)):
        session.add_all(
            Recipient(message_id=message.id, role=role, address=each.address, name=each.name)
            for each in addresses
        )
    return message


def _chosen(dialog: Dialog, answered: Message | None, new: NewReply) -> int | None:
    """The message an agent points at, in chats; a letter says in its fields what it answers."""
    if dialog.thread_key is None or new.reply_to_message_id is None or answered is None:
        return None
    return answered.id


def _leave_at(session: Session, channel: Channel, send_after: datetime | None) -> datetime:
    own = channel.undo_seconds
    held = now() + timedelta(seconds=workspace_of(session).undo_seconds if own is None else own)
    if send_after is None:
        return held
    if send_after > now() + FARTHEST_SEND:
        raise Invalid(N_("A reply can wait for a year at most."), code="send_too_late", field="send_after")
    return max(held, send_after)


def _uploads(session: Session, agent: Agent, ids: Sequence[int]) -> list[Attachment]:
    if not ids:
        return []
    found = session.scalars(
        select(Attachment).where(
            Attachment.id.in_(ids),
            Attachment.uploaded_by == agent.id,
            Attachment.message_id.is_(None),
            Attachment.comment_id.is_(None),
        )
    ).all()
    if len(found) != len(set(ids)):
        raise Invalid(
            N_("One of the files is no longer here. Attach it again."), code="file_gone", field="attachments"
        )
    return list(found)


def _note_first_answer(session: Session, dialog: Dialog, agent: Agent) -> None:
    episode = session.get(Episode, dialog.episode_id) if dialog.episode_id else None
    if episode is not None and episode.first_answered_at is None:
        episode.first_answered_at = now()
        episode.first_answered_by = agent.id

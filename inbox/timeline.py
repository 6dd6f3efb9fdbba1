"""What is said and done in one dialog, in one line of time."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import orjson
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import (
    InstrumentedAttribute,
    Session,
    defer,
    joinedload,
    lazyload,
    load_only,
    selectinload,
)

from core.errors import Invalid
from core.events import Event
from core.words import N_
from inbox.belongings import has_belongings, put_belongings
from inbox.models import Comment, Delivery, Dialog, Message, MessageRevision
from people.models import Agent, CustomerIdentity

PAGE = 50
SHOWN_EVENTS = (
    "dialog.opened",
    "dialog.reopened",
    "dialog.woken",
    "dialog.completed",
    "dialog.snoozed",
    "dialog.assigned",
    "dialog.tagged",
    "dialog.untagged",
    "dialog.merged",
    "dialog.marked_spam",
    "dialog.task_created",
    "dialog.task_done",
    "dialog.automation_stopped",
    "dialog.handed_on",
    "dialog.address_gone",
    "dialog.address_failing",
    "dialog.address_back",
    "dialog.renamed",
    "dialog.unreachable",
    "dialog.reachable",
    "message.delayed",
    "message.also_came",
    "message.answered_elsewhere",
)

# Of those who write a list shows the names, of what they answer the first words.
_WRITERS = (
    joinedload(Message.agent).load_only(Agent.name),
    joinedload(Message.identity).options(
        load_only(CustomerIdentity.customer_id, CustomerIdentity.name, CustomerIdentity.shown),
        lazyload(CustomerIdentity.customer),
    ),
)
_ANSWERED = (
    Message.direction,
    Message.agent_id,
    Message.identity_id,
    Message.via,
    Message.text,
    Message.visible_text,
    Message.envelope,
)

Entry = Message | Comment | Event
E = TypeVar("E", Message, Comment, Event)


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Entries from old to new, the cursor of the page before them, and which of them are formatted."""

    entries: Sequence[Entry]
    before: str | None
    formatted: frozenset[int]


def timeline_page(
    session: Session, dialog: Dialog, *, before: str | None = None, limit: int = PAGE
) -> TimelinePage:
    """The newest entries of a dialog, or those before a cursor; answers taken back are left out.

    Formatted bodies of letters stay in the database: a list shows none, and fifty of them weigh megabytes.
    """
    cursor = _read_cursor(before) if before else None
    messages = session.execute(_page(_listed_messages(dialog), Message, 0, cursor, limit)).all()
    comments = session.scalars(_page(_listed_comments(dialog), Comment, 1, cursor, limit)).all()
    events = session.scalars(_page(events_of(dialog), Event, 2, cursor, limit)).all()
    put_belongings(session, messages, comments)
    found: list[Entry] = [*(row[0] for row in messages), *comments, *events]
    found.sort(key=_place, reverse=True)
    entries = found[:limit]
    return TimelinePage(
        entries=entries[::-1],
        before=_cursor(entries[-1]) if len(found) > limit and entries else None,
        formatted=frozenset(row[0].id for row in messages if row.is_formatted),
    )


def messages_of(dialog: Dialog) -> Select[Message]:
    """Messages of a dialog with all that a screen shows of them."""
    return (
        select(Message)
        .where(Message.dialog_id == dialog.id, Message.delivery.is_distinct_from(Delivery.UNDONE))
        .options(
            selectinload(Message.recipients),
            selectinload(Message.attachments),
            selectinload(Message.agent),
            selectinload(Message.identity),
            selectinload(Message.remote_files),
            selectinload(Message.reply_to).options(joinedload(Message.agent), joinedload(Message.identity)),
        )
    )


def versions_of(message: Message) -> Select[MessageRevision]:
    """How a message was before it was changed, the oldest first."""
    return (
        select(MessageRevision)
        .where(MessageRevision.message_id == message.id)
        .order_by(MessageRevision.said_at, MessageRevision.id)
    )


def comments_of(dialog: Dialog) -> Select[Comment]:
    """Comments of a dialog with their files and authors."""
    return (
        select(Comment)
        .where(Comment.dialog_id == dialog.id)
        .options(selectinload(Comment.attachments), selectinload(Comment.agent))
    )


def events_of(dialog: Dialog) -> Select[Event]:
    """What happened to a dialog that is worth a line between the messages."""
    return select(Event).where(Event.topic == dialog.topic, Event.kind.in_(SHOWN_EVENTS))


def _listed_messages(dialog: Dialog) -> Select[Any, *tuple[Any, ...]]:
    """Messages with the names of their writers, and what has to be looked up for each."""
    return (
        select(Message, Message.html.is_not(None).label("is_formatted"), *has_belongings())
        .where(Message.dialog_id == dialog.id, Message.delivery.is_distinct_from(Delivery.UNDONE))
        .options(
            *([defer(Message.html, raiseload=True)] if dialog.thread_key is None else []),
            *_WRITERS,
            selectinload(Message.reply_to).options(load_only(*_ANSWERED, raiseload=True), *_WRITERS),
        )
    )


def _listed_comments(dialog: Dialog) -> Select[Comment]:
    writer = joinedload(Comment.agent).load_only(Agent.name)
    return select(Comment).where(Comment.dialog_id == dialog.id).options(writer)


def _page(
    statement: Select[E],
    model: type[E],
    rank: int,
    cursor: tuple[datetime, int, int] | None,
    limit: int,
) -> Select[E]:
    number: InstrumentedAttribute[int] = model.id
    at: InstrumentedAttribute[datetime] = model.created_at
    if cursor is not None:
        moment, other_rank, other_id = cursor
        same = number < other_id if rank == other_rank else (at == moment if rank < other_rank else None)
        earlier = at < moment
        statement = statement.where(or_(earlier, and_(at == moment, same)) if same is not None else earlier)
    return statement.order_by(number.desc()).limit(limit + 1)


def _rank(entry: Entry) -> int:
    return 0 if isinstance(entry, Message) else 1 if isinstance(entry, Comment) else 2


def _place(entry: Entry) -> tuple[datetime, int, int]:
    return entry.created_at, _rank(entry), entry.id


def _cursor(entry: Entry) -> str:
    moment, rank, number = _place(entry)
    return base64.urlsafe_b64encode(orjson.dumps([moment.isoformat(), rank, number])).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, int, int]:
    try:
        moment, rank, number = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return datetime.fromisoformat(moment), int(rank), int(number)
    except (ValueError, TypeError, binascii.Error) as error:
        raise Invalid(
            N_("This part of the dialog is no longer there."), code="bad_cursor", field="before"
        ) from error

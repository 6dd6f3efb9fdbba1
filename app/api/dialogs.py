"""A dialog with all that is said in it, and what came since."""

from typing import Any

from sqlalchemy import exists, select

from app.access import message_for
from app.api.backdrop import dialog_before_backdrop
from app.api.commands import AfterQuery, BeforeQuery, NoQuery
from app.api.dialog_shapes import DialogShape, EventsShape, MessageShape, VersionsShape
from app.api.drafts import with_files
from app.api.endpoints import Work, reads
from app.api.entries import addresses_named, message_json, timeline_json
from app.api.people_json import card_json
from app.presence import viewers
from app.relay import Numbered, dialog_of, item
from core.clock import now
from core.events import Event, last_seq
from inbox.feed import rows_of
from inbox.recipients import addresses_among, answered_among, answered_message, default_recipients
from inbox.timeline import timeline_page, versions_of

MOST_EVENTS = 500


@reads("/dialogs/<int:dialog_id>", answer=DialogShape, query=BeforeQuery)
def read_dialog(work: Work, asked: BeforeQuery, dialog_id: int) -> dict[str, Any]:
    """A dialog with its newest entries, or those before a cursor."""
    session, agent = work.session, work.agent
    dialog, around = dialog_before_backdrop(session, agent, dialog_id)
    page = timeline_page(session, dialog, before=asked.before)
    drafts = {mode: with_files(session, each, agent_id=agent.id) for mode, each in around.drafts.items()}
    newest = () if asked.before else page.entries
    answered = answered_among(newest) or answered_message(session, dialog, None)
    own = addresses_among(around.own)
    to, cc = default_recipients(dialog, answered, own=own)
    return {
        "dialog": around.row,
        "customer": card_json(dialog.customer, around.identities, around.dialogs, around.sources),
        "timeline": timeline_json(page, around.names),
        "before": page.before,
        "drafts": {"reply": drafts.get("reply"), "comment": drafts.get("comment")},
        "participants": [each.as_json() for each in [*to, *cc]],
        "ours": sorted(own & addresses_named(page)),
        "reply_until": dialog.reply_until,
        "unreachable_since": dialog.unreachable_since,
        "viewers": viewers(dialog.id, but=agent.id),
        "upto": around.upto,
    }


@reads("/messages/<int:message_id>", answer=MessageShape)
def read_message(work: Work, asked: NoQuery, message_id: int) -> dict[str, Any]:
    """One message."""
    return message_json(message_for(work.session, work.agent, message_id))


@reads("/messages/<int:message_id>/versions", answer=VersionsShape)
def read_versions(work: Work, asked: NoQuery, message_id: int) -> dict[str, Any]:
    """What a message said before it was changed."""
    message = message_for(work.session, work.agent, message_id)
    return {
        "versions": [
            {"text": each.text, "said_at": each.said_at}
            for each in work.session.scalars(versions_of(message))
        ]
    }


@reads("/events", answer=EventsShape, query=AfterQuery)
def read_events(work: Work, asked: AfterQuery) -> dict[str, Any]:
    """What the reader may know of that came after a number, or `reset` when it is too much."""
    session = work.session
    upto = last_seq(session)
    found = session.scalars(
        select(Event)
        .where(Event.seq > asked.after, Event.seq <= upto, Event.audience.in_(work.audiences))
        .order_by(Event.seq)
        .limit(MOST_EVENTS + 1)
    ).all()
    if asked.after > upto or len(found) > MOST_EVENTS or _is_forgotten(work, asked.after, upto):
        return {"reset": True, "upto": upto}
    rows = rows_of(session, {number for each in found if (number := dialog_of(each.topic)) is not None})
    visible = {number: row for number, row in rows.items() if row["audience"] in work.audiences}
    return {
        "after": asked.after,
        "upto": upto,
        "items": [item(_numbered(each), visible) for each in found],
        "server_time": now(),
        "reset": False,
    }


def _is_forgotten(work: Work, after: int, upto: int) -> bool:
    """Whether the log no longer reaches back so far: numbers are contiguous, so the next must be there."""
    return after < upto and not work.session.scalar(select(exists().where(Event.seq == after + 1)))


def _numbered(event: Event) -> Numbered:
    return Numbered(
        seq=event.seq or 0,
        kind=event.kind,
        topic=event.topic,
        audience=event.audience,
        actor=event.actor,
        cause=event.cause,
        details=event.details,
        created_at=event.created_at,
    )

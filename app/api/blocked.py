"""Senders nobody listens to, and what they wrote."""

from typing import Any

from app.access import Whom, blocked_for, identity_for, visible_blocked
from app.api.commands import BlockBody, Body, OlderQuery
from app.api.dialog_shapes import CustomerShape
from app.api.endpoints import Work, reads, writes
from app.api.people_json import customer_json
from app.api.shapes import BlockedPageShape, Nothing
from channels.models import BlockedMessage
from channels.restoring import restore_blocked
from people import actions as people

PAGE = 50


@reads("/blocked", answer=BlockedPageShape, query=OlderQuery)
def read_blocked(work: Work, asked: OlderQuery) -> dict[str, Any]:
    """What blocked senders wrote, the newest first; `after` is the last id of the page before."""
    wanted = visible_blocked(work.session, work.agent)
    older = wanted.where(BlockedMessage.id < asked.after) if asked.after else wanted
    found = work.session.scalars(older.limit(PAGE + 1)).all()
    return {
        "messages": [_blocked_json(each) for each in found[:PAGE]],
        "next": found[PAGE - 1].id if len(found) > PAGE else None,
    }


@writes("POST", "/blocked/<int:blocked_id>/restore", answer=Nothing, body=Body, whom=Whom.WRITERS)
def restore(work: Work, told: Body, blocked_id: int) -> dict[str, Any]:
    """Let in what a blocked sender wrote; it opens or joins a dialog in a moment."""
    restore_blocked(work.session, blocked_for(work.session, work.agent, blocked_id), agent=work.agent)
    return {}


@writes(
    "POST", "/identities/<int:identity_id>/block", answer=CustomerShape, body=BlockBody, whom=Whom.WRITERS
)
def block(work: Work, told: BlockBody, identity_id: int) -> dict[str, Any]:
    """Stop listening to an address, or listen again."""
    identity = identity_for(work.session, work.agent, identity_id)
    act = people.block_identity if told.blocked else people.unblock_identity
    act(work.session, identity, agent=work.agent)
    return customer_json(work.session, identity.customer, agent=work.agent)


def _blocked_json(message: BlockedMessage) -> dict[str, Any]:
    known = message.identity
    return {
        "id": message.id,
        "identity_id": message.identity_id,
        "customer_id": known.customer_id if known else None,
        "signs": message.signs,
        "channel_id": message.channel_id,
        "address": known.shown if known else message.sender,
        "name": known.customer.name if known else "",
        "subject": message.subject,
        "text": message.text,
        "files": message.files,
        "said_at": message.said_at,
        "still_blocked": known is not None and known.blocked_at is not None,
    }

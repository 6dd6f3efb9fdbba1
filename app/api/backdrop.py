"""What stands around one dialog (its row, its customer's card, the reader's drafts), in one column."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Text, text, type_coerce
from sqlalchemy.orm import Session

from app.access import dialog_with, seen_by
from app.api.people_json import MOST_DIALOGS
from inbox.feed import FROM, READ_UPTO, ROW, UNREAD, utc
from inbox.models import Dialog
from people.models import Agent

# Beside a row of `dialogs`. The number of the newest event is as old as the rest, so what comes between is
# asked for again and not missed.
_BACKDROP = f"""(SELECT json_build_object(
    'upto', coalesce((SELECT last_seq FROM event_counter), 0),
    'row', (SELECT {ROW}, 'read_upto', {READ_UPTO}{UNREAD} {FROM} WHERE d.id = dialogs.id),
    'names', (SELECT json_agg(json_build_array(a.id, a.name)) FROM agents a),
    'own', (SELECT json_agg(json_build_array(o.address, o.settings -> 'aliases')) FROM channels o),
    'identities', (SELECT coalesce(json_agg(json_build_object(
        'id', i.id, 'kind', i.kind, 'address', i.shown, 'verified', i.verified, 'reachable', i.reachable,
        'blocked', i.blocked_at IS NOT NULL,
        'picture', '/pictures/' || i.id || '/' || left(i.picture_sha256, 12))
        ORDER BY i.kind, i.id), '[]') FROM identities i WHERE i.customer_id = dialogs.customer_id),
    'dialogs', (SELECT coalesce(json_agg(json_build_object(
        'id', t.id, 'subject', t.subject, 'state', t.state, 'last_message_at', {utc("t.last_message_at")})
        ORDER BY t.last_message_at DESC), '[]') FROM (
            SELECT * FROM dialogs s WHERE s.customer_id = dialogs.customer_id
            AND s.audience = ANY(:audiences) ORDER BY s.last_message_at DESC LIMIT {MOST_DIALOGS}) t),
    'sources', (SELECT json_build_object(
        'first', (array_agg(p.first ORDER BY p.first_at))[1], 'first_at', {utc("min(p.first_at)")},
        'last', (array_agg(p.last ORDER BY p.last_at DESC))[1], 'last_at', {utc("max(p.last_at)")})
        FROM customer_touches p WHERE p.customer_id = dialogs.customer_id HAVING count(*) > 0),
    'drafts', (SELECT coalesce(json_object_agg(f.mode, json_build_object(
        'text', f.text, 'html', f.html, 'revision', f.revision, 'extra', f.extra)), '{{}}')
        FROM drafts f WHERE f.dialog_id = dialogs.id AND f.agent_id = :agent_id))::text)"""


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What was found around a dialog: pieces of JSON, and what they are made with."""

    upto: int
    row: dict[str, Any]
    names: dict[int, str]
    own: list[tuple[str, Any]]
    identities: list[dict[str, Any]]
    dialogs: list[dict[str, Any]]
    sources: dict[str, Any] | None
    drafts: dict[str, dict[str, Any]]


def dialog_before_backdrop(session: Session, agent: Agent, dialog_id: int) -> tuple[Dialog, Backdrop]:
    """A dialog this person may see, and what stands around it."""
    beside = _backdrop(agent.id, seen_by(session, agent))
    dialog, found = dialog_with(session, agent, dialog_id, beside)
    pieces = orjson.loads(found)
    return dialog, Backdrop(**{**pieces, "names": dict(pieces["names"])})


def _backdrop(agent_id: int, audiences: Collection[str]) -> ColumnElement[str]:
    column = text(_BACKDROP).bindparams(agent_id=agent_id, audiences=list(audiences))
    return type_coerce(column, Text).label("backdrop")

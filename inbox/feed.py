"""The lists of dialogs: one index scan, paged by key, rows made into JSON by PostgreSQL."""

import base64
import binascii
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from core.errors import Invalid
from core.words import N_
from inbox.models import State
from people.models import KINDS

PAGE = 100


def utc(column: str) -> str:
    """SQL for a time as ISO 8601 in UTC, whatever zone the connection speaks."""
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


ROW = f"""json_build_object(
    'id', d.id, 'state', d.state, 'channel_id', d.channel_id, 'channel_kind', ch.kind,
    'customer', json_build_object('id', c.id, 'name', c.name, 'kind', c.kind), 'subject', d.subject,
    'preview', d.preview,
    'last_direction', d.last_direction, 'last_author', d.last_author,
    'waiting_since', {utc("d.waiting_since")}, 'last_message_at', {utc("d.last_message_at")},
    'last_message_id', d.last_message_id, 'assignee_id', d.assignee_id, 'team_id', d.team_id,
    'tags', d.tag_ids, 'snooze_until', {utc("d.snooze_until")}, 'snooze_mode', d.snooze_mode,
    'snoozed_by', d.snoozed_by, 'completed_at', {utc("d.completed_at")}, 'reopen_count', d.reopen_count,
    'sla_due_at', {utc("d.sla_due_at")}, 'failed', d.failed_count > 0, 'open_tasks', d.open_tasks,
    'urgency', -d.feed_rank, 'feed_at', {utc("d.feed_at")}, 'is_group', d.is_group, 'spam', d.spam,
    'audience', d.audience, 'demo', d.demo"""
BESIDE = "JOIN channels ch ON ch.id = d.channel_id JOIN customers c ON c.id = d.customer_id"
FROM = f"FROM dialogs d {BESIDE}"
READ_UPTO = """coalesce((
    SELECT r.message_id FROM read_marks r WHERE r.dialog_id = d.id AND r.agent_id = :agent_id), 0)"""
UNREAD = f""", 'unread', coalesce(d.last_received_id, 0) > {READ_UPTO})"""

# state → (columns of its order, their direction)
ORDERS: dict[str, tuple[tuple[str, ...], str]] = {
    State.OPEN: (("d.feed_rank", "d.feed_at", "d.id"), "ASC"),
    State.SNOOZED: (("d.snooze_until", "d.id"), "ASC"),
    State.COMPLETED: (("d.completed_at", "d.id"), "DESC"),
}


@dataclass(frozen=True, slots=True)
class View:
    """Which dialogs a list shows. `assignee_id` 0 means nobody's, None anybody's."""

    state: str = State.OPEN
    assignee_id: int | None = None
    channel_id: int | None = None
    tag_id: int | None = None
    kind: str | None = None
    spam: bool = False


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Rows as JSON texts, the cursor of the next page, and the newest event the rows know of."""

    rows: Sequence[str]
    next: str | None
    upto: int


def feed_page(
    session: Session,
    view: View,
    *,
    agent_id: int,
    audiences: Collection[str],
    after: str | None = None,
    limit: int = PAGE,
) -> FeedPage:
    """One page of a list, as this agent may see it; `after` is the cursor of the page before."""
    if view.state not in ORDERS:
        raise Invalid(N_("There is no such list."), code="unknown_view", field="state")
    columns, direction = ORDERS[view.state]
    conditions, values = _conditions(view, audiences)
    if after is not None:
        keys = _cursor_values(after, len(columns))
        sign = ">" if direction == "ASC" else "<"
        conditions.append(f"({', '.join(columns)}) {sign} ({', '.join(f':k{i}' for i in range(len(keys)))})")
        values |= {f"k{i}": key for i, key in enumerate(keys)}
    order = ", ".join(f"{column} {direction}" for column in columns)
    # The chosen dialogs first, then what goes with them: a sort of many must not look up all their customers.
    chosen = f"SELECT * FROM dialogs d WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT {limit + 1}"
    found = session.execute(
        text(
            f"SELECT coalesce((SELECT last_seq FROM event_counter), 0), page.* FROM (SELECT 1) AS always"
            f" LEFT JOIN (SELECT {ROW}{UNREAD}::text, {', '.join(columns)} FROM ({chosen}) d {BESIDE}"
            f" ORDER BY {order}) page ON true"
        ),
        {**values, "agent_id": agent_id},
    ).all()
    rows = [row[1:] for row in found if row[1] is not None]
    more = len(rows) > limit
    return FeedPage(
        rows=[row[0] for row in rows[:limit]],
        next=_cursor(rows[limit - 1][1:]) if more else None,
        upto=found[0][0],
    )


def rows_of(session: Session, dialog_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The rows of some dialogs as they are now, without what is one agent's own."""
    ids = list(dialog_ids)
    if not ids:
        return {}
    found = session.execute(
        text(f"SELECT d.id, {ROW})::text {FROM} WHERE d.id IN :ids").bindparams(
            bindparam("ids", expanding=True)
        ),
        {"ids": ids},
    )
    return {dialog_id: orjson.loads(row) for dialog_id, row in found}


def row_and_seq(session: Session, dialog_id: int, *, agent_id: int) -> tuple[dict[str, Any], int]:
    """The row of one dialog as one agent sees it, and the number of the newest event it knows of."""
    row, upto = session.execute(
        text(
            f"SELECT {ROW}{UNREAD}::text, coalesce((SELECT last_seq FROM event_counter), 0)"
            f" {FROM} WHERE d.id = :id"
        ),
        {"id": dialog_id, "agent_id": agent_id},
    ).one()
    return orjson.loads(row), upto


def _conditions(view: View, audiences: Collection[str]) -> tuple[list[str], dict[str, Any]]:
    conditions = [f"d.state = '{State(view.state).value}'", "d.spam = :spam", "d.audience = ANY(:audiences)"]
    values: dict[str, Any] = {"spam": view.spam, "audiences": list(audiences)}
    if view.assignee_id is not None:
        conditions.append("d.assignee_id = :assignee" if view.assignee_id else "d.assignee_id IS NULL")
        values |= {"assignee": view.assignee_id} if view.assignee_id else {}
    if view.channel_id is not None:
        conditions.append("d.channel_id = :channel")
        values["channel"] = view.channel_id
    if view.tag_id is not None:
        # The number itself and no parameter: one plan for all labels is wrong for the frequent and the rare.
        conditions.append(f"d.tag_ids @> ARRAY[{int(view.tag_id)}]::bigint[]")
    if view.kind is not None:
        if view.kind not in KINDS:
            raise Invalid(N_("Choose a kind of customer."), code="bad_kind", field="kind")
        # The word itself: how many there are of a kind decides the plan.
        conditions.append(
            f"EXISTS (SELECT FROM customers k WHERE k.id = d.customer_id AND k.kind = '{view.kind}')"
        )
    return conditions, values


def _cursor(values: Iterable[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(orjson.dumps(plain)).decode().rstrip("=")


def _cursor_values(cursor: str, length: int) -> list[Any]:
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        keys = [datetime.fromisoformat(value) if isinstance(value, str) else int(value) for value in values]
    except (ValueError, TypeError, binascii.Error):
        keys = []
    if len(keys) != length:
        raise Invalid(N_("This page of the list is no longer there."), code="bad_cursor", field="after")
    return keys

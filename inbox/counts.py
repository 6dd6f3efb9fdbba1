"""How much waits in each list; counted only as far as a person reads."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from inbox.feed import utc

CAP = 100

_SEEN = "NOT d.spam AND d.audience = ANY(:audiences)"


def _capped(condition: str) -> str:
    return (
        f"(SELECT count(*) FROM (SELECT 1 FROM dialogs d WHERE {condition} AND {_SEEN} LIMIT {CAP}) capped)"
    )


def _returning(condition: str) -> str:
    return f"""(SELECT json_build_object(
        'count', count(*),
        'next_at', {utc("min(next.snooze_until)")}, 'last_at', {utc("max(next.snooze_until)")})
        FROM (SELECT d.snooze_until FROM dialogs d WHERE {condition} AND {_SEEN}
            ORDER BY d.snooze_until, d.id LIMIT {CAP}) next)"""


_COUNTS = f"""SELECT json_build_object(
    'open', json_build_object(
        'all', {_capped("d.state = 'open'")},
        'mine', {_capped("d.state = 'open' AND d.assignee_id = :agent_id")},
        'unassigned', {_capped("d.state = 'open' AND d.assignee_id IS NULL")}),
    'snoozed', json_build_object(
        'all', {_capped("d.state = 'snoozed'")},
        'mine', {_capped("d.state = 'snoozed' AND d.assignee_id = :agent_id")}),
    'channels', (SELECT coalesce(json_object_agg(
        ch.id, {_capped("d.state = 'open' AND d.channel_id = ch.id")}), '{{}}') FROM channels ch),
    'tags', (SELECT coalesce(json_object_agg(tag, least(number, {CAP})), '{{}}') FROM (
        SELECT tag, count(*) AS number FROM dialogs d, unnest(d.tag_ids) AS tag
        WHERE d.state = 'open' AND d.tag_ids <> '{{}}' AND {_SEEN} GROUP BY tag) tagged),
    'today', (SELECT json_build_object(
        'completed', count(*),
        'first_answer_minutes', round(avg(extract(epoch FROM e.first_answered_at - e.opened_at)) / 60))
        FROM episodes e WHERE e.completed_at >= :today AND e.completed_by = :agent_id),
    'returning', json_build_object(
        'all', {_returning("d.state = 'snoozed'")},
        'mine', {_returning("d.state = 'snoozed' AND d.assignee_id = :agent_id")})
)"""


def counts(session: Session, *, agent_id: int, audiences: Collection[str], today: datetime) -> dict[str, Any]:
    """Numbers beside the lists, each at most 100 (read: more than 99), in one query.

    `today` is midnight in the agent's zone; what was completed since is the agent's own work. What
    returns is counted as the lists are, with the first and the last time of what was counted.
    """
    found: dict[str, Any] = session.execute(
        text(_COUNTS), {"agent_id": agent_id, "audiences": list(audiences), "today": today}
    ).scalar_one()
    return found

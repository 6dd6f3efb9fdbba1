"""What stands still around the lists (team, channels, labels, workspace), in one query."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

_STAGE = text("""SELECT json_build_object(
    'upto', coalesce((SELECT last_seq FROM event_counter), 0),
    'agents', (SELECT coalesce(json_agg(json_build_object(
        'id', a.id, 'name', a.name, 'email', a.email, 'role', a.role, 'availability', a.availability,
        'active', a.active, 'avatar', NULL) ORDER BY a.active DESC, a.name, a.id), '[]') FROM agents a),
    'teams', (SELECT coalesce(json_agg(json_build_object('id', t.id, 'name', t.name) ORDER BY t.name), '[]')
        FROM teams t),
    'tags', (SELECT coalesce(json_agg(json_build_object(
        'id', g.id, 'name', g.name, 'weight', g.weight, 'colour', g.colour)
        ORDER BY g.weight DESC, lower(g.name)), '[]') FROM tags g),
    'channels', (SELECT coalesce(json_agg(json_build_object(
        'id', c.id, 'kind', c.kind, 'name', c.name, 'address', c.address, 'enabled', c.enabled,
        'health', c.health, 'health_code', c.health_code, 'health_detail', c.health_detail,
        'answers_kind', o.kind,
        'undo_seconds', coalesce(o.undo_seconds, (SELECT w.undo_seconds FROM workspace w), 10),
        'team_id', c.team_id, 'quotes', o.settings -> 'quotes',
        'answers_settings', o.settings,
        'held_because', CASE WHEN c.demo THEN 'demo' WHEN NOT o.enabled THEN 'switched_off'
            WHEN (SELECT w.outbound_stopped FROM workspace w) THEN 'all_stopped'
            WHEN NOT o.outbound_confirmed THEN 'not_confirmed' END) ORDER BY c.id), '[]')
        FROM channels c JOIN channels o ON o.id = coalesce((SELECT a.id FROM channels a
            WHERE to_jsonb(a.id) = c.settings -> 'answers_by'), c.id) WHERE c.audience = ANY(:audiences)),
    'workspace', (SELECT json_build_object('name', w.name, 'languages', w.languages, 'zone', w.zone)
        FROM workspace w),
    'signed_teams', (SELECT coalesce(json_agg(json_build_array(t.id, t.signature, EXISTS (
        SELECT 1 FROM team_members m WHERE m.team_id = t.id AND m.agent_id = :agent_id))
        ORDER BY t.name, t.id), '[]') FROM teams t WHERE t.signature <> ''),
    'drafts', (SELECT coalesce(json_agg(d.dialog_id || ':' || d.mode ORDER BY d.dialog_id, d.mode), '[]')
        FROM drafts d WHERE d.agent_id = :agent_id
            AND (d.text <> '' OR coalesce(d.extra ->> 'attachments', '[]') <> '[]')),
    'is_empty', NOT EXISTS (SELECT 1 FROM dialogs)
)""")


def stage(session: Session, *, agent_id: int, audiences: Collection[str]) -> dict[str, Any]:
    """Everything at once, with the number of the newest event as it was before."""
    found: dict[str, Any] = session.execute(
        _STAGE, {"agent_id": agent_id, "audiences": list(audiences)}
    ).scalar_one()
    return found

"""Signing in and out: one row for each browser, which can be listed and ended."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import NotFound
from core.events import record
from core.secrets import new_token, token_hash
from core.text import plain_line
from core.words import N_
from people.models import Agent, AgentSession
from people.rules import LONGEST_SESSION, SEEN_AGAIN


def start_session(session: Session, agent: Agent, *, address: str, user_agent: str) -> str:
    """Sign a person in in one browser; returns the cookie's value, which is never stored.

    Each sign-in makes a new one, so a value planted before it is worth nothing after it.
    """
    token = new_token()
    row = AgentSession(
        agent_id=agent.id,
        token_hash=token_hash(token),
        address=address,
        user_agent=plain_line(user_agent, longest=300),
        expires_at=now() + LONGEST_SESSION,
    )
    session.add(row)
    session.flush()
    record(session, "session.started", agent.ref, audience=None, actor=agent.ref, session_id=row.id)
    return token


def note_seen(session: Session, row: AgentSession) -> None:
    """Remember that a browser is in use, every few minutes at the most."""
    if now() - row.last_seen_at > SEEN_AGAIN:
        row.last_seen_at = now()


def end_session(session: Session, agent: Agent, *, session_id: int, by: Agent) -> None:
    """Sign a person out in one browser; its sockets close within a second."""
    row = session.scalar(
        select(AgentSession).where(AgentSession.id == session_id, AgentSession.agent_id == agent.id)
    )
    if row is None:
        raise NotFound(N_("This session is not there any more."))
    if row.ended_at is None:
        row.ended_at = now()
        record(session, "session.ended", agent.ref, audience=None, actor=by.ref, session_ids=[row.id])


def end_all_sessions(session: Session, agent: Agent, *, by: Agent | None, but: int | None = None) -> int:
    """Sign a person out everywhere, or everywhere but here; returns in how many browsers."""
    rows = session.scalars(
        select(AgentSession).where(
            AgentSession.agent_id == agent.id,
            AgentSession.ended_at.is_(None),
            AgentSession.id.is_distinct_from(but),
        )
    ).all()
    for row in rows:
        row.ended_at = now()
    if rows:
        record(
            session,
            "session.ended",
            agent.ref,
            audience=None,
            actor=by.ref if by else None,
            session_ids=[row.id for row in rows],
        )
    return len(rows)

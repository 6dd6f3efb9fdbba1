"""Telling one agent about something, once, until it is opened."""

from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.events import record
from people.models import Agent, Notification
from people.queries import administrators


def notify(session: Session, agent_id: int, kind: str, topic: str, **details: Any) -> Notification:
    """Add a notification to an agent's list and tell that agent's browsers."""
    notification = Notification(agent_id=agent_id, kind=kind, topic=topic, details=details)
    session.add(notification)
    session.flush()
    record(
        session,
        "notification.added",
        f"notification:{notification.id}",
        audience=f"agent:{agent_id}",
        about=topic,
        notice=kind,
    )
    return notification


def tell_administrators(session: Session, kind: str, topic: str, **details: Any) -> None:
    """Tell every administrator about something; who was told and has not looked yet is not told again."""
    waiting = select(Notification.agent_id).where(
        Notification.kind == kind, Notification.topic == topic, Notification.read_at.is_(None)
    )
    for agent_id in session.scalars(
        administrators().with_only_columns(Agent.id).where(Agent.id.not_in(waiting))
    ):
        notify(session, agent_id, kind, topic, **details)


def read_notifications(session: Session, agent_id: int, *, topic: str) -> int:
    """Mark all that an agent was told about a thing as read; how many there were."""
    result = session.execute(
        update(Notification)
        .where(Notification.agent_id == agent_id, Notification.topic == topic, Notification.read_at.is_(None))
        .values(read_at=now())
    )
    count = result.rowcount if isinstance(result, CursorResult) else 0
    if count:
        record(session, "notification.read", topic, audience=f"agent:{agent_id}")
    return count

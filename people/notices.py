"""Telling one agent about something, once, until it is opened."""

from typing import Any

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from core.clock import now
from core.events import record
from people.models import Notification


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

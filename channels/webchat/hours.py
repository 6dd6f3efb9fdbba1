"""When a visitor may expect an answer: the hours of the workspace, of the chat itself, or always."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Invalid
from people.actions.workspace import STANDARD_HOURS
from people.calendar import BadCalendar, Calendar, always
from people.hours import read_day
from people.models import WorkingHours

DAYS = 7


def calendar_of(session: Session, settings: Mapping[str, Any]) -> Calendar:
    """The hours that hold for a channel; always, where nobody has set any or they make no sense."""
    chosen = settings.get("hours") or "workspace"
    try:
        if chosen == "own":
            zone = str(settings.get("hours_zone") or "UTC")
            return Calendar.read(zone, read_week(str(settings.get("hours_week") or "")))
        if chosen == "workspace":
            stored = session.scalar(select(WorkingHours).where(WorkingHours.name == STANDARD_HOURS))
            if stored is not None and any(stored.weekly):
                return Calendar.read(stored.zone, stored.weekly, stored.exceptions)
    except (BadCalendar, Invalid):
        pass
    return always()


def read_week(lines: str) -> list[list[list[int]]]:
    """Seven lines, Monday first, as they are kept; Invalid for what is no hours."""
    days = (lines.splitlines() + [""] * DAYS)[:DAYS]
    return [[interval.as_json() for interval in read_day(day)] for day in days]


def hours_told(session: Session, settings: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Whether somebody is there now, and when there will be."""
    calendar = calendar_of(session, settings)
    is_open = calendar.is_working(at)
    opens = None if is_open else calendar.next_opening(at)
    return {
        "open": is_open,
        "opens_at": opens.isoformat() if opens is not None else None,
        "shown": str(settings.get("reply_time") or "") or None,
    }

"""Calendar parts: what is asked, told or answered, as a card; nobody's answer is given for them."""

from datetime import date, datetime
from typing import Any

from icalendar import Calendar

from channels.email.charsets import valid_text
from channels.email.letters import Invitation

MAX_BYTES = 300_000
MAX_EVENTS = 10
KINDS = ("VEVENT", "VTODO", "VFREEBUSY")


def read_invitations(data: str, method: str = "") -> tuple[Invitation, ...]:
    """The events of a calendar part (RFC 5545, RFC 5546); empty for what is no calendar."""
    try:
        calendar = Calendar.from_ical(data[:MAX_BYTES])
        told = str(calendar.get("METHOD", method) or "").upper()
        events = [event for kind in KINDS for event in calendar.walk(kind)]
        return tuple(_invitation(event, told) for event in events[:MAX_EVENTS])
    except Exception:
        return ()


def _invitation(event: Any, method: str) -> Invitation:
    organizer = event.get("ORGANIZER")
    return Invitation(
        method=method,
        uid=_text(event.get("UID")),
        summary=_text(event.get("SUMMARY")),
        start=_moment(event.get("DTSTART")),
        end=_moment(event.get("DTEND") or event.get("DUE")),
        organizer=_text(organizer).removeprefix("mailto:").removeprefix("MAILTO:") or None,
        location=_text(event.get("LOCATION")),
        sequence=_number(event.get("SEQUENCE")),
    )


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return valid_text(str(value or ""))[:1_000]


def _moment(value: Any) -> str | None:
    moment = getattr(value, "dt", None)
    return moment.isoformat() if isinstance(moment, date | datetime) else None


def _number(value: Any) -> int:
    try:
        return int(value or 0)
    except (TypeError, ValueError):
        return 0

"""What people decide about themselves: name, language, zone, password, preferences."""

from zoneinfo import available_timezones

from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Forbidden, Invalid
from core.events import EVERYONE, record
from core.words import N_
from people.actions.sessions import end_all_sessions
from people.models import Agent, Notification
from people.preferences import LANGUAGES, Preferences
from people.rules import check_name

AVAILABILITIES = ("online", "break", "away")


def change_profile(
    session: Session,
    agent: Agent,
    *,
    name: str | None = None,
    language: str | None = None,
    zone: str | None = None,
    availability: str | None = None,
) -> None:
    """Change what is given and leave the rest; colleagues see the new name at once."""
    before = (agent.name, agent.language, agent.zone, agent.availability)
    if name is not None:
        agent.name = check_name(name)
    if language is not None:
        agent.language = check_language(language)
    if zone is not None:
        agent.zone = check_zone(zone)
    if availability is not None:
        if availability not in AVAILABILITIES:
            raise Invalid(N_("Choose online, break or away."), code="bad_availability", field="availability")
        agent.availability = availability
    if (agent.name, agent.language, agent.zone, agent.availability) != before:
        record(
            session,
            "agent.changed",
            agent.ref,
            audience=EVERYONE,
            actor=agent.ref,
            availability=agent.availability,
        )


def change_preferences(session: Session, agent: Agent, *, preferences: Preferences) -> None:
    """Keep how a person likes the screen; the person's other windows follow."""
    agent.settings = {**agent.settings, **preferences.model_dump(mode="json", exclude_unset=True)}
    record(session, "preferences.changed", agent.ref, audience=agent.ref, actor=agent.ref)


def change_password(session: Session, agent: Agent, *, password_hash: str, here: int | None) -> None:
    """Keep a new password; every session but this one ends."""
    agent.password_hash = password_hash
    record(session, "agent.password_changed", agent.ref, audience=None, actor=agent.ref)
    end_all_sessions(session, agent, by=agent, but=here)


def renew_hash(agent: Agent, *, password_hash: str) -> None:
    """Keep the same password under today's settings."""
    agent.password_hash = password_hash


def read_one_notification(session: Session, notification: Notification, *, agent: Agent) -> None:
    """Mark something a person was told as read."""
    if notification.agent_id != agent.id:
        raise Forbidden(N_("This is somebody else's."))
    if notification.read_at is None:
        notification.read_at = now()
        record(session, "notification.read", f"notification:{notification.id}", audience=agent.ref)


def check_language(language: str) -> str:
    """One of the languages the product speaks."""
    if language not in LANGUAGES:
        raise Invalid(N_("Choose one of our languages."), code="bad_language", field="language")
    return language


def check_zone(zone: str) -> str:
    """A zone of the IANA time zone database."""
    if zone not in available_timezones():
        raise Invalid(N_("Choose a time zone from the list."), code="bad_zone", field="zone")
    return zone

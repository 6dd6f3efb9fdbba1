"""What the workspace is called, speaks, and when it works."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Forbidden, Invalid
from core.events import EVERYONE, record
from core.words import N_
from people.actions.profile import check_language, check_zone
from people.hours import Interval
from people.models import Agent, WorkingHours, Workspace
from people.queries import workspace_of
from people.rules import check_name, check_undo_seconds

STANDARD_HOURS = "standard"


def name_workspace(session: Session, *, agent: Agent, name: str, zone: str) -> None:
    """Say what the company is called and whose clock its hours go by."""
    if not agent.may_administer:
        raise Forbidden(N_("Only administrators can do this."))
    workspace = session.merge(workspace_of(session))
    workspace.name, workspace.zone = check_name(name, field="workspace"), check_zone(zone)
    hours = session.scalar(select(WorkingHours).where(WorkingHours.name == STANDARD_HOURS))
    if hours is not None:
        hours.zone = workspace.zone
    record(session, "settings.changed", "workspace", audience=EVERYONE, actor=agent.ref)


def stop_outbound(session: Session, *, agent: Agent, stopped: bool) -> None:
    """Stop everything that leaves for customers, or let it go again; what waits meanwhile is kept."""
    if not agent.may_administer:
        raise Forbidden(N_("Only administrators can do this."))
    workspace = session.merge(workspace_of(session))
    if workspace.outbound_stopped is not stopped:
        workspace.outbound_stopped = stopped
        record(
            session,
            "settings.changed",
            "workspace",
            audience=EVERYONE,
            actor=agent.ref,
            outbound_stopped=stopped,
        )


def change_workspace(
    session: Session,
    *,
    agent: Agent,
    name: str,
    languages: Iterable[str],
    zone: str,
    weekly: Sequence[Sequence[Interval]],
    undo_seconds: int | None = None,
) -> Workspace:
    """Change name, languages, zone, the weekly hours of work and how long answers can be taken back."""
    if not agent.may_administer:
        raise Forbidden(N_("Only administrators can do this."))
    workspace = session.merge(workspace_of(session))
    workspace.name = check_name(name)
    workspace.languages = [check_language(language) for language in languages]
    if not workspace.languages:
        raise Invalid(N_("Choose one of our languages."), code="bad_language", field="languages")
    workspace.zone = check_zone(zone)
    if undo_seconds is not None:
        workspace.undo_seconds = check_undo_seconds(undo_seconds)
    hours = session.scalar(select(WorkingHours).where(WorkingHours.name == STANDARD_HOURS))
    if hours is None:
        hours = WorkingHours(name=STANDARD_HOURS, exceptions=[])
        session.add(hours)
    hours.zone = workspace.zone
    hours.weekly = [[interval.as_json() for interval in day] for day in weekly]
    record(session, "settings.changed", "workspace", audience=EVERYONE, actor=agent.ref)
    return workspace

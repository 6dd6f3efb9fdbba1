"""What the workspace is called, speaks, and when it works."""

from typing import Annotated

from flask import url_for
from flask_babel import gettext
from pydantic import Field
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.access import Whom, open_to
from app.demo import actions as demo
from app.forms import Filled, Form, filled
from app.identity import me
from app.pages import done, page
from app.views.settings.blueprint import Line, settings
from core.db import transaction
from people import actions as people
from people.actions.workspace import STANDARD_HOURS
from people.hours import Interval, read_day, week_of
from people.models import WorkingHours
from people.queries import workspace_of
from people.rules import LONGEST_UNDO

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class WorkspaceForm(Form):
    """Name, languages, zone, how long answers are held, and a line of hours for each day."""

    name: Line
    languages: list[Line] = []
    zone: Line
    undo_seconds: Annotated[int, Field(ge=0, le=LONGEST_UNDO)] = 10
    monday: Line = ""
    tuesday: Line = ""
    wednesday: Line = ""
    thursday: Line = ""
    friday: Line = ""
    saturday: Line = ""
    sunday: Line = ""

    def week(self) -> list[list[Interval]]:
        """The hours of the week."""
        return [read_day(getattr(self, day), field=day) for day in DAYS]


@settings.get("/workspace")
@open_to(Whom.ADMINISTRATORS)
def workspace() -> Response:
    """Show the workspace."""
    with transaction() as session:
        found = workspace_of(session)
        hours = session.scalar(select(WorkingHours).where(WorkingHours.name == STANDARD_HOURS))
        week = week_of(hours.weekly if hours else [])
        lines = {day: ", ".join(map(str, intervals)) for day, intervals in zip(DAYS, week, strict=True)}
        values = {
            "name": found.name,
            "languages": found.languages,
            "zone": found.zone,
            "undo_seconds": found.undo_seconds,
            **lines,
        }
    return _page(Filled(WorkspaceForm, values))


@settings.post("/workspace")
@open_to(Whom.ADMINISTRATORS)
def change_workspace() -> Response:
    """Change the workspace."""
    form = filled(WorkspaceForm)

    def act(told: WorkspaceForm) -> Response:
        with transaction() as session:
            people.change_workspace(
                session,
                agent=me(session),
                name=told.name,
                languages=told.languages,
                zone=told.zone,
                weekly=told.week(),
                undo_seconds=told.undo_seconds,
            )
        return done(url_for("settings.workspace"), gettext("Saved."))

    return form.attempt(act) or _page(form)


@settings.post("/workspace/outbound/stop")
@open_to(Whom.ADMINISTRATORS)
def stop_outbound() -> Response:
    """Stop everything that leaves for customers."""
    with transaction() as session:
        people.stop_outbound(session, agent=me(session), stopped=True)
    return done(url_for("settings.workspace"))


@settings.post("/workspace/outbound/go")
@open_to(Whom.ADMINISTRATORS)
def let_outbound_go() -> Response:
    """Let it go again, with all that waited."""
    with transaction() as session:
        people.stop_outbound(session, agent=me(session), stopped=False)
    return done(url_for("settings.workspace"))


@settings.post("/workspace/demo/remove")
@open_to(Whom.ADMINISTRATORS)
def remove_demo() -> Response:
    """Take the demonstration out."""
    with transaction() as session:
        demo.remove(session, agent=me(session))
    return done(url_for("settings.workspace"), gettext("The example has been removed."))


def _page(form: Filled[WorkspaceForm]) -> Response:
    with transaction() as session:
        has_demo = demo.is_filled(session)
        is_stopped = workspace_of(session).outbound_stopped
    return page(
        "settings/workspace.html",
        form.status,
        form=form,
        days=DAYS,
        has_demo=has_demo,
        is_stopped=is_stopped,
    )

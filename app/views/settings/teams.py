"""Teams: who shares a kind of work."""

from typing import Annotated

from flask import request, url_for
from flask_babel import gettext
from pydantic import Field, StringConstraints
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Whom, open_to, team_for
from app.forms import Filled, Form, filled
from app.identity import me
from app.pages import done, page
from app.views.settings.blueprint import Line, settings
from core.db import transaction
from people import actions as people
from people import queries
from people.models import Agent, Team, TeamMember
from people.preferences import LONGEST_SIGNATURE


class TeamForm(Form):
    """A team's name, members, and what stands below their letters."""

    name: Line
    members: list[Annotated[int, Field(ge=1, lt=2**63)]] = []
    signature: Annotated[str, StringConstraints(max_length=LONGEST_SIGNATURE)] = ""


@settings.get("/teams/new")
@open_to(Whom.ADMINISTRATORS)
def new_team() -> Response:
    """Ask for a team's name."""
    return _page(Filled(TeamForm, {"members": []}), None)


@settings.post("/teams/new")
@open_to(Whom.ADMINISTRATORS)
def make_team() -> Response:
    """Make a team."""
    form = filled(TeamForm)

    def act(told: TeamForm) -> Response:
        with transaction() as session:
            agent = me(session)
            made = people.make_team(session, agent=agent, name=told.name)
            _change(session, made, agent, told)
        return done(url_for("settings.team"), gettext("Saved."))

    return form.attempt(act) or _page(form, None)


@settings.get("/teams/<int:team_id>")
@open_to(Whom.ADMINISTRATORS)
def show_team(team_id: int) -> Response:
    """Show a team."""
    with transaction() as session:
        found = team_for(session, me(session), team_id)
        members = session.scalars(select(TeamMember.agent_id).where(TeamMember.team_id == team_id)).all()
        values = {"name": found.name, "members": list(members), "signature": found.signature}
        return _page(Filled(TeamForm, values), team_id)


@settings.post("/teams/<int:team_id>")
@open_to(Whom.ADMINISTRATORS)
def change_team(team_id: int) -> Response:
    """Rename a team and say who belongs to it."""
    form = filled(TeamForm)

    def act(told: TeamForm) -> Response:
        with transaction() as session:
            agent = me(session)
            found = team_for(session, agent, team_id)
            _change(session, found, agent, told)
        return done(url_for("settings.team"), gettext("Saved."))

    return form.attempt(act) or _page(form, team_id)


def _change(session: Session, team: Team, agent: Agent, told: TeamForm) -> None:
    people.change_team(
        session, team, agent=agent, name=told.name, member_ids=told.members, signature=told.signature
    )


def _page(form: Filled[TeamForm], team_id: int | None) -> Response:
    with transaction() as session:
        people_here = [each for each in session.scalars(queries.team()) if each.active]
    chosen = {int(each) for each in form.values.get("members", ()) if str(each).isdecimal()}
    return page(
        "settings/one_team.html",
        form.status,
        form=form,
        people=people_here,
        chosen=chosen,
        address=request.path,
        is_new=team_id is None,
    )

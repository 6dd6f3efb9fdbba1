"""Who works here: inviting, roles, letting go."""

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.access import Whom, agent_for, open_to
from app.forms import Filled, Form, filled
from app.identity import me
from app.languages import language
from app.mailing import mail_works, send_link
from app.pages import done, page
from app.views.settings.blueprint import Line, settings
from core.db import transaction
from people import actions as people
from people import queries
from people.preferences import LANGUAGES
from people.rules import GIVEN_ROLES


class InviteForm(Form):
    """Whom to invite, as what, in which language."""

    email: Line
    role: Line = "agent"
    language: Line = "ru"


@settings.get("/team")
@open_to(Whom.ADMINISTRATORS)
def team() -> Response:
    """Show the team."""
    return _page(_empty())


@settings.post("/team/invite")
@open_to(Whom.ADMINISTRATORS)
def invite() -> Response:
    """Invite a colleague: by our own mail when there is one, and the link is shown either way."""
    form = filled(InviteForm)

    def act(told: InviteForm) -> Response:
        spoken = told.language if told.language in LANGUAGES else language()
        with transaction() as session:
            agent = me(session)
            link = people.invite(session, agent=agent, email=told.email, role=told.role, language=spoken)
            workspace, name, number = queries.workspace_of(session).name, agent.name, agent.id
        send_link(
            "invitation", told.email, link, language=spoken, workspace=workspace, name=name, sender_id=number
        )
        return _page(_empty(), link=link, link_for=told.email)

    return form.attempt(act) or _page(form)


@settings.post("/invitations/<int:link_id>/withdraw")
@open_to(Whom.ADMINISTRATORS)
def withdraw_invitation(link_id: int) -> Response:
    """Take an invitation back."""
    with transaction() as session:
        people.withdraw_invitation(session, agent=me(session), link_id=link_id)
    return done(url_for("settings.team"), gettext("The invitation is withdrawn."))


@settings.post("/team/<int:agent_id>/role")
@open_to(Whom.ADMINISTRATORS)
def change_role(agent_id: int) -> Response:
    """Give a person another role."""
    with transaction() as session:
        agent = me(session)
        person = agent_for(session, agent, agent_id)
        people.change_role(session, person, agent=agent, role=request.form.get("role", ""))
        name = person.name
    return done(url_for("settings.team"), gettext("%(name)s has another role now.", name=name))


@settings.post("/team/<int:agent_id>/deactivate")
@open_to(Whom.ADMINISTRATORS)
def deactivate(agent_id: int) -> Response:
    """Let a person go; everything they are signed in with ends now."""
    with transaction() as session:
        agent = me(session)
        person = agent_for(session, agent, agent_id)
        people.deactivate(session, person, agent=agent)
        name = person.name
    return done(url_for("settings.team"), gettext("%(name)s can no longer sign in.", name=name))


@settings.post("/team/<int:agent_id>/reactivate")
@open_to(Whom.ADMINISTRATORS)
def reactivate(agent_id: int) -> Response:
    """Let a person come back."""
    with transaction() as session:
        agent = me(session)
        person = agent_for(session, agent, agent_id)
        people.reactivate(session, person, agent=agent)
        name = person.name
    return done(url_for("settings.team"), gettext("%(name)s can sign in again.", name=name))


@settings.post("/team/<int:agent_id>/reset-link")
@open_to(Whom.ADMINISTRATORS)
def make_reset_link(agent_id: int) -> Response:
    """Make a link to a new password, to be passed on."""
    with transaction() as session:
        agent = me(session)
        person = agent_for(session, agent, agent_id)
        link = people.make_reset_link(session, person, agent=agent)
        name = person.name
    return _page(_empty(), link=link, link_for=name)


@settings.post("/team/<int:agent_id>/hand-over")
@open_to(Whom.ADMINISTRATORS)
def hand_over(agent_id: int) -> Response:
    """Make somebody else the owner."""
    with transaction() as session:
        agent = me(session)
        person = agent_for(session, agent, agent_id)
        people.hand_over(session, person, agent=agent)
        name = person.name
    return done(url_for("settings.team"), gettext("%(name)s is the owner now.", name=name))


def _page(form: Filled[InviteForm], *, link: str | None = None, link_for: str = "") -> Response:
    with transaction() as session:
        members: dict[int, set[int]] = {}
        for each in session.scalars(queries.team_memberships()):
            members.setdefault(each.team_id, set()).add(each.agent_id)
        return page(
            "settings/team.html",
            form.status,
            form=form,
            team=session.scalars(queries.team()).all(),
            teams=session.scalars(queries.teams()).all(),
            members=members,
            invitations=session.scalars(queries.open_invitations()).all(),
            roles=GIVEN_ROLES,
            link=link,
            link_for=link_for,
            mail_works=mail_works(),
        )


def _empty() -> Filled[InviteForm]:
    return Filled(InviteForm, {"role": "agent", "language": language()})

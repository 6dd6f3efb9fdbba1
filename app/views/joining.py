"""Joining: the first owner by the link that the server printed, colleagues by invitation."""

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from app.access import Whom, open_to
from app.entering import client_address, come_in, user_agent
from app.forms import Filled, Form, filled
from app.languages import language
from app.pages import page
from app.passwords import hash_aside
from app.views.entrance import Line, Password
from core.db import transaction
from people import actions as people
from people.passwords import check_password
from people.preferences import LANGUAGES
from people.queries import workspace_of

ZONES = {"ru": "Europe/Moscow", "es": "Europe/Madrid", "en": "UTC"}

joining = Blueprint("joining", __name__)


class JoinForm(Form):
    """A new member of the team, and the link that allows it."""

    token: Line
    name: Line
    password: Password
    language: Line
    zone: Line


class WelcomeForm(JoinForm):
    """The first owner."""

    email: Line


@joining.get("/invitation")
@open_to(Whom.ANYBODY)
def invitation() -> Response:
    """Show an invitation."""
    token = request.args.get("token", "")
    with transaction() as session:
        invited = people.open_link(session, "invitation", token)
        workspace = workspace_of(session)
        email, role = invited.email, invited.role
    wanted = request.args.get("language", "")
    chosen = wanted if wanted in LANGUAGES else language()
    form = Filled(JoinForm, {"token": token, "language": chosen, "zone": workspace.zone})
    return page("entrance/invitation.html", form=form, email=email, role=role, workspace=workspace.name)


@joining.post("/invitation")
@open_to(Whom.ANYBODY)
def accept_invitation() -> Response:
    """Join the team and come in."""
    form = filled(JoinForm)
    with transaction() as session:
        invited = people.open_link(session, "invitation", form.values.get("token", ""))
        email, role, workspace = invited.email, invited.role, workspace_of(session).name

    def act(told: JoinForm) -> Response:
        check_password(told.password, email=email or "")
        hashed = hash_aside(told.password)
        with transaction() as session:
            agent = people.accept_invitation(
                session,
                token=told.token,
                name=told.name,
                password_hash=hashed,
                language=_language(told.language),
                zone=told.zone,
            )
            return come_in(
                people.start_session(session, agent, address=client_address(), user_agent=user_agent())
            )

    return form.attempt(act) or page(
        "entrance/invitation.html", form.status, form=form, email=email, role=role, workspace=workspace
    )


@joining.get("/welcome")
@open_to(Whom.ANYBODY)
def welcome() -> Response:
    """Welcome the first owner, who has the link that the server printed."""
    token = request.args.get("token", "")
    with transaction() as session:
        people.open_link(session, "first_owner", token)
    values = {"token": token, "language": language(), "zone": ZONES.get(language(), "UTC")}
    return page("entrance/welcome.html", form=Filled(WelcomeForm, values))


@joining.post("/welcome")
@open_to(Whom.ANYBODY)
def register_owner() -> Response:
    """Make the owner; of many who try at once, one succeeds."""
    form = filled(WelcomeForm)

    def act(told: WelcomeForm) -> Response:
        with transaction() as session:
            people.open_link(session, "first_owner", told.token)
        check_password(told.password, email=told.email)
        hashed = hash_aside(told.password)
        with transaction() as session:
            owner = people.register_first_owner(
                session,
                token=told.token,
                email=told.email,
                name=told.name,
                password_hash=hashed,
                language=_language(told.language),
                zone=told.zone,
            )
            token = people.start_session(session, owner, address=client_address(), user_agent=user_agent())
        return come_in(token, url_for("start.first_steps"))

    return form.attempt(act) or page("entrance/welcome.html", form.status, form=form)


def _language(wanted: str) -> str:
    return wanted if wanted in LANGUAGES else language()

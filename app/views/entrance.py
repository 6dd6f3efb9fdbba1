"""The front door: signing in and out."""

from typing import Annotated

from flask import Blueprint, redirect, request, url_for
from flask import session as browser
from pydantic import StringConstraints
from sqlalchemy import exists, select
from werkzeug.wrappers import Response

from app.access import Whom, open_to
from app.entering import PER_ACCOUNT, PER_ADDRESS, client_address, come_in, count_attempt, user_agent
from app.forms import Filled, Form, filled
from app.guard import local_path
from app.identity import my_session_id, sign_out_cookie, visitor
from app.languages import COOKIE
from app.pages import page
from app.passwords import compare_aside, hash_aside
from core.db import transaction
from core.errors import Invalid
from core.throttle import house_throttle
from core.words import N_
from people import actions as people
from people.models import Agent, Role
from people.passwords import LONGEST, wants_rehash
from people.preferences import LANGUAGES
from people.queries import agent_with_email

Line = Annotated[str, StringConstraints(max_length=320)]
Password = Annotated[str, StringConstraints(max_length=LONGEST, strip_whitespace=False)]

entrance = Blueprint("entrance", __name__)


class LoginForm(Form):
    """An address and its password."""

    email: Line
    password: Password
    next: Line = ""


@entrance.get("/")
@open_to(Whom.ANYBODY)
def start() -> Response:
    """Go where there is something to do."""
    return redirect(url_for("inbox.feed" if visitor() else "entrance.login"))


@entrance.get("/login")
@open_to(Whom.ANYBODY)
def login() -> Response:
    """Ask who it is."""
    if visitor() is not None:
        return redirect(local_path(request.args.get("next")))
    form = Filled(LoginForm, {"next": local_path(request.args.get("next"), "")})
    return page("entrance/login.html", form=form, has_owner=_has_owner())


@entrance.post("/login")
@open_to(Whom.ANYBODY)
def sign_in() -> Response:
    """Sign in; unknown address and wrong password look alike and take the same time."""
    form = filled(LoginForm)
    return form.attempt(_sign_in) or page(
        "entrance/login.html", form.status, form=form, has_owner=_has_owner()
    )


@entrance.post("/logout")
@open_to(Whom.TEAM)
def sign_out() -> Response:
    """End this browser's session."""
    number = my_session_id()
    who = visitor()
    assert number is not None
    assert who is not None
    with transaction() as session:
        agent = session.merge(who.agent, load=False)
        people.end_session(session, agent, session_id=number, by=agent)
    browser.clear()
    return sign_out_cookie(redirect(url_for("entrance.login"), 303))  # type: ignore[arg-type]


@entrance.post("/language")
@open_to(Whom.ANYBODY)
def choose_language() -> Response:
    """Speak another language on the public pages of this browser."""
    chosen = request.form.get("language", "")
    response = redirect(local_path(request.form.get("next"), url_for("entrance.login")), 303)
    if chosen in LANGUAGES:
        response.set_cookie(COOKIE, chosen, max_age=31536000, samesite="Lax", httponly=True)
    return response


def _sign_in(told: LoginForm) -> Response:
    count_attempt("login-address", client_address(), PER_ADDRESS)
    count_attempt("login-account", told.email.lower(), PER_ACCOUNT)
    with transaction() as session:
        agent = session.scalar(agent_with_email(told.email))
        stored = agent.password_hash if agent is not None and agent.active else None
    if not compare_aside(stored, told.password) or agent is None or stored is None:
        raise Invalid(N_("The address or the password is not right."), code="wrong_password")
    renewed = hash_aside(told.password) if wants_rehash(stored) else None
    with transaction() as session:
        agent = session.get_one(Agent, agent.id)
        if renewed is not None:
            people.renew_hash(agent, password_hash=renewed)
        token = people.start_session(session, agent, address=client_address(), user_agent=user_agent())
    house_throttle().forget("login-account", told.email.lower(), PER_ACCOUNT)
    return come_in(token, local_path(told.next))


def _has_owner() -> bool:
    with transaction() as session:
        return bool(session.scalar(select(exists().where(Agent.role == Role.OWNER))))

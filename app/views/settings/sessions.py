"""The reader's password, and the browsers in which it was used."""

from flask import url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.access import Whom, open_to
from app.entering import PER_ACCOUNT, count_attempt
from app.forms import Filled, Form, filled
from app.identity import me, my_session_id
from app.pages import done, page
from app.passwords import compare_aside, hash_aside
from app.views.settings.blueprint import Password, settings
from core.db import transaction
from core.errors import Invalid
from core.words import N_
from people import actions as people
from people.passwords import check_password
from people.queries import sessions_of


class PasswordForm(Form):
    """The password so far, and the new one."""

    current_password: Password
    password: Password


@settings.get("/sessions")
@open_to(Whom.TEAM)
def sessions() -> Response:
    """Show where the reader is signed in."""
    return _page(Filled(PasswordForm))


@settings.post("/password")
@open_to(Whom.TEAM)
def change_password() -> Response:
    """Change the password; every other session ends."""
    form = filled(PasswordForm)

    def act(told: PasswordForm) -> Response:
        with transaction() as session:
            agent = me(session)
            stored, email, number = agent.password_hash, agent.email, agent.id
        count_attempt("password", str(number), PER_ACCOUNT)
        if not compare_aside(stored, told.current_password):
            raise Invalid(N_("This is not your password."), code="wrong_password", field="current_password")
        check_password(told.password, email=email)
        hashed = hash_aside(told.password)
        with transaction() as session:
            people.change_password(session, me(session), password_hash=hashed, here=my_session_id())
        return done(
            url_for("settings.sessions"),
            gettext("Your password has been changed. You are signed out everywhere else."),
        )

    return form.attempt(act) or _page(form)


@settings.post("/sessions/<int:session_id>/end")
@open_to(Whom.TEAM)
def end_session(session_id: int) -> Response:
    """Sign the reader out in one browser."""
    with transaction() as session:
        agent = me(session)
        people.end_session(session, agent, session_id=session_id, by=agent)
    return done(url_for("settings.sessions"), gettext("Signed out on that device."))


@settings.post("/sessions/end-others")
@open_to(Whom.TEAM)
def end_other_sessions() -> Response:
    """Sign the reader out everywhere but here."""
    with transaction() as session:
        agent = me(session)
        people.end_all_sessions(session, agent, by=agent, but=my_session_id())
    return done(url_for("settings.sessions"), gettext("Signed out everywhere else."))


def _page(form: Filled[PasswordForm]) -> Response:
    with transaction() as session:
        found = session.scalars(sessions_of(me(session))).all()
        return page("settings/sessions.html", form.status, form=form, sessions=found, here=my_session_id())

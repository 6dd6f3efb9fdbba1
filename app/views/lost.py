"""A lost password: asking for a link, and using it."""

from flask import Blueprint, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.access import Whom, open_to
from app.entering import PER_ACCOUNT, PER_ADDRESS, client_address, count_attempt
from app.forms import Filled, Form, filled
from app.mailing import mail_works, send_link
from app.pages import done, page
from app.passwords import hash_aside
from app.views.entrance import Line, Password
from core.db import transaction
from people import actions as people
from people.passwords import check_password
from people.queries import workspace_of

lost = Blueprint("lost", __name__)


class ForgotForm(Form):
    """Whose password is lost."""

    email: Line


class ResetForm(Form):
    """A new password, and the link that allows it."""

    token: Line
    password: Password


@lost.get("/forgot")
@open_to(Whom.ANYBODY)
def forgot() -> Response:
    """Ask whose password is lost."""
    return page("entrance/forgot.html", form=Filled(ForgotForm), asked=False, mail_works=mail_works())


@lost.post("/forgot")
@open_to(Whom.ANYBODY)
def ask_reset() -> Response:
    """Send a link, if there is somebody to send it to; the answer is the same either way."""
    form = filled(ForgotForm)

    def act(told: ForgotForm) -> Response:
        count_attempt("forgot-address", client_address(), PER_ADDRESS)
        count_attempt("forgot-account", told.email.lower(), PER_ACCOUNT)
        with transaction() as session:
            made = people.ask_reset(session, email=told.email, mail_works=mail_works())
            workspace = workspace_of(session).name
        if made is not None:
            agent, link = made
            send_link(
                "reset", agent.email, link, language=agent.language, workspace=workspace, sender_id=None
            )
        return page("entrance/forgot.html", form=form, asked=True, mail_works=mail_works())

    return form.attempt(act) or page(
        "entrance/forgot.html", form.status, form=form, asked=False, mail_works=mail_works()
    )


@lost.get("/reset")
@open_to(Whom.ANYBODY)
def reset() -> Response:
    """Ask for a new password."""
    token = request.args.get("token", "")
    with transaction() as session:
        people.open_link(session, "reset", token)
    return page("entrance/reset.html", form=Filled(ResetForm, {"token": token}))


@lost.post("/reset")
@open_to(Whom.ANYBODY)
def reset_password() -> Response:
    """Set a new password; every session of the person ends."""
    form = filled(ResetForm)

    def act(told: ResetForm) -> Response:
        with transaction() as session:
            people.open_link(session, "reset", told.token)
        check_password(told.password)
        hashed = hash_aside(told.password)
        with transaction() as session:
            people.reset_password(session, token=told.token, password_hash=hashed)
        return done(url_for("entrance.login"), gettext("Your password has been changed. Sign in with it."))

    return form.attempt(act) or page("entrance/reset.html", form.status, form=form)

"""Keys for programs."""

from datetime import timedelta
from typing import Literal

from flask import url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.access import Whom, open_to
from app.forms import Filled, Form, filled
from app.identity import me
from app.pages import done, page
from app.views.settings.blueprint import Line, settings
from core.clock import now
from core.db import transaction
from people import actions as people
from people.queries import tokens_of


class KeyForm(Form):
    """What a key is for, what it may do, and how long."""

    name: Line
    scopes: list[Literal["read", "write", "admin"]] = []
    days: Literal["30", "90", "365", "never"] = "90"


@settings.get("/keys")
@open_to(Whom.TEAM)
def keys() -> Response:
    """Show the keys the reader gave out."""
    return _page(Filled(KeyForm, {"scopes": ["read"], "days": "90"}))


@settings.post("/keys")
@open_to(Whom.TEAM)
def issue_key() -> Response:
    """Give out a key; it is shown once."""
    form = filled(KeyForm)

    def act(told: KeyForm) -> Response:
        ends = None if told.days == "never" else now() + timedelta(days=int(told.days))
        with transaction() as session:
            key = people.issue_token(
                session, agent=me(session), name=told.name, scopes=told.scopes, expires_at=ends
            )
        return _page(Filled(KeyForm, {"scopes": ["read"], "days": "90"}), key=key)

    return form.attempt(act) or _page(form)


@settings.post("/keys/<int:key_id>/revoke")
@open_to(Whom.TEAM)
def revoke_key(key_id: int) -> Response:
    """Make a key worthless."""
    with transaction() as session:
        people.revoke_token(session, agent=me(session), token_id=key_id)
    return done(url_for("settings.keys"), gettext("The key no longer works."))


def _page(form: Filled[KeyForm], key: str | None = None) -> Response:
    with transaction() as session:
        return page(
            "settings/keys.html",
            form.status,
            form=form,
            key=key,
            keys=session.scalars(tokens_of(me(session))).all(),
        )

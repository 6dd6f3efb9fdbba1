"""Fields that a team adds to its customers' cards."""

from typing import Annotated

from flask import url_for
from flask_babel import gettext
from pydantic import StringConstraints
from werkzeug.wrappers import Response

from app.access import Whom, field_for, open_to
from app.forms import Filled, Form, filled
from app.identity import me
from app.pages import done, page
from app.views.settings.blueprint import Line, settings
from core.db import transaction
from people import actions as people
from people.queries import all_custom_fields

Choices = Annotated[str, StringConstraints(max_length=20_000)]


class NewFieldForm(Form):
    """A field that is to be added."""

    name: Line
    type: Line = "text"
    choices: Choices = ""


class FieldForm(Form):
    """What of a field can be changed."""

    name: Line
    choices: Choices = ""
    retired: bool = False


@settings.get("/fields")
@open_to(Whom.ADMINISTRATORS)
def fields() -> Response:
    """List the fields of customers' cards, and offer another."""
    return _list(Filled(NewFieldForm, {"type": "text"}))


@settings.post("/fields")
@open_to(Whom.ADMINISTRATORS)
def make_field() -> Response:
    """Add a field."""
    form = filled(NewFieldForm)

    def act(told: NewFieldForm) -> Response:
        with transaction() as session:
            people.make_field(
                session,
                agent=me(session),
                name=told.name,
                type_=told.type,
                choices=told.choices.splitlines(),
            )
        return done(url_for("settings.fields"), gettext("Saved."))

    return form.attempt(act) or _list(form)


@settings.get("/fields/<int:field_id>")
@open_to(Whom.ADMINISTRATORS)
def show_field(field_id: int) -> Response:
    """Show a field."""
    with transaction() as session:
        field = field_for(session, me(session), field_id)
        values = {
            "name": field.name,
            "choices": "\n".join(field.choices),
            "retired": field.retired_at is not None,
        }
    return _page(field_id, Filled(FieldForm, values))


@settings.post("/fields/<int:field_id>")
@open_to(Whom.ADMINISTRATORS)
def change_field(field_id: int) -> Response:
    """Rename a field, change what can be chosen, retire it or use it again."""
    form = filled(FieldForm)

    def act(told: FieldForm) -> Response:
        with transaction() as session:
            agent = me(session)
            people.change_field(
                session,
                field_for(session, agent, field_id),
                agent=agent,
                name=told.name,
                choices=told.choices.splitlines(),
                retired=told.retired,
            )
        return done(url_for("settings.fields"), gettext("Saved."))

    return form.attempt(act) or _page(field_id, form)


def _list(form: Filled[NewFieldForm]) -> Response:
    with transaction() as session:
        found = session.scalars(all_custom_fields()).all()
        return page("settings/fields.html", form.status, form=form, fields=found)


def _page(field_id: int, form: Filled[FieldForm]) -> Response:
    with transaction() as session:
        field = field_for(session, me(session), field_id)
        return page("settings/one_field.html", form.status, form=form, field=field)

"""The team's own fields on a customer's card."""

from typing import Annotated, Any

from flask import url_for
from flask_babel import gettext
from pydantic import StringConstraints, create_model
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Whom, customer_to_change, open_to
from app.forms import Form, filled
from app.identity import me
from app.pages import done
from app.views.customers import card_page, customers
from core.db import transaction
from people import actions as people
from people.queries import custom_fields

Words = Annotated[str, StringConstraints(max_length=1000)]


@customers.post("/<int:customer_id>/fields")
@open_to(Whom.TEAM)
def change_fields(customer_id: int) -> Response:
    """Write into the team's own fields of a card."""
    with transaction() as session:
        me(session)
        form = filled(_form(session))

    def act(told: Form) -> Response:
        values = {int(name.removeprefix("field_")): words for name, words in told.model_dump().items()}
        with transaction() as session:
            agent = me(session)
            customer = customer_to_change(session, agent, customer_id)
            people.set_fields(session, customer, values, agent=agent)
            card = url_for("customers.card", customer_id=customer.id)
        return done(card, gettext("Saved."))

    return form.attempt(act) or card_page(customer_id, own=form)


def _form(session: Session) -> type[Form]:
    fields: dict[str, Any] = {f"field_{each.id}": (Words, "") for each in session.scalars(custom_fields())}
    return create_model("OwnFieldsForm", __base__=Form, **fields)

"""Making one card of two, and two of one again."""

from flask import url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.access import Whom, customer_for, merge_for, open_to
from app.identity import me
from app.pages import done
from app.views.customers import customers
from core.db import transaction
from inbox import actions as inbox
from people import actions as people


@customers.post("/<int:customer_id>/merge/<int:other_id>")
@open_to(Whom.WRITERS)
def merge(customer_id: int, other_id: int) -> Response:
    """Let another card go on as this one."""
    with transaction() as session:
        agent = me(session)
        into = customer_for(session, agent, customer_id)
        inbox.merge_customers(session, customer_for(session, agent, other_id), into, agent=agent)
        card = url_for("customers.card", customer_id=into.id)
    return done(card, gettext("Merged into this card."))


@customers.post("/<int:customer_id>/refuse/<int:other_id>")
@open_to(Whom.WRITERS)
def refuse(customer_id: int, other_id: int) -> Response:
    """Say that two cards are two people's."""
    with transaction() as session:
        agent = me(session)
        customer = customer_for(session, agent, customer_id)
        people.refuse_match(session, customer, customer_for(session, agent, other_id), agent=agent)
        card = url_for("customers.card", customer_id=customer.id)
    return done(card, gettext("These are two people. This will not be suggested again."))


@customers.post("/merges/<int:merge_id>/undo")
@open_to(Whom.WRITERS)
def unmerge(merge_id: int) -> Response:
    """Take a merge back."""
    with transaction() as session:
        agent = me(session)
        apart = inbox.unmerge_customers(session, merge_for(session, agent, merge_id), agent=agent)
        card = url_for("customers.card", customer_id=apart.id)
    return done(card, gettext("This is a card of its own again."))

"""Customers: finding them, and their cards."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from pydantic import StringConstraints
from sqlalchemy import ColumnElement, tuple_
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import (
    Whom,
    customer_for,
    customer_to_change,
    open_to,
    visible_customers,
    visible_dialogs,
    visible_merges,
)
from app.forms import Filled, Form, filled
from app.identity import me
from app.pages import done, page
from core.db import transaction
from inbox.models import Dialog
from people import actions as people
from people.actions.customers import LONGEST_NOTES
from people.matching import matches_of
from people.models import Agent, Customer, CustomerIdentity, CustomField
from people.queries import custom_fields, customers_named, home_region, identities_of
from people.touches import sources_of

PAGE = 50
MOST_DIALOGS = 50
MOST_OTHERS = 10

Known = tuple[str, str]

customers = Blueprint("customers", __name__, url_prefix="/customers")


class CustomerForm(Form):
    """What agents write on a card."""

    name: Annotated[str, StringConstraints(max_length=1000)]
    notes: Annotated[str, StringConstraints(max_length=LONGEST_NOTES)] = ""
    kind: str = "client"
    zone: str = ""
    phone: Annotated[str, StringConstraints(max_length=1000)] = ""
    email: Annotated[str, StringConstraints(max_length=1000)] = ""
    company: Annotated[str, StringConstraints(max_length=1000)] = ""
    search_query: Annotated[str, StringConstraints(max_length=1000)] = ""


_WRITTEN = ("name", "notes", "kind", "phone", "email", "company", "search_query")


@customers.get("/")
@open_to(Whom.TEAM)
def index() -> Response:
    """List customers by name, or those who fit some words."""
    words = request.args.get("query", "").replace("\0", "").strip()[:200]
    after = (request.args.get("after_name", "").replace("\0", ""), request.args.get("after", ""))
    with transaction() as session:
        wanted = visible_customers(session, me(session))
        if words:
            wanted = wanted.where(_is_named(session, words))
        if after[1].isdecimal() and len(after[1]) < 19:
            wanted = wanted.where(tuple_(Customer.name, Customer.id) > (after[0], int(after[1])))
        found = session.scalars(wanted.order_by(Customer.name, Customer.id).limit(PAGE + 1)).all()
        return page(
            "customers/index.html",
            customers=found[:PAGE],
            known=_whereabouts(session, found[:PAGE]),
            has_more=len(found) > PAGE,
            words=words,
        )


@customers.get("/<int:customer_id>")
@open_to(Whom.TEAM)
def card(customer_id: int) -> Response:
    """Show a card."""
    with transaction() as session:
        found = customer_for(session, me(session), customer_id)
        if found.id != customer_id:
            return redirect(url_for("customers.card", customer_id=found.id))
        form = _as_it_is(found)
    return card_page(customer_id, form)


@customers.post("/<int:customer_id>")
@open_to(Whom.TEAM)
def change_card(customer_id: int) -> Response:
    """Change a card."""
    form = filled(CustomerForm)

    def act(told: CustomerForm) -> Response:
        with transaction() as session:
            agent = me(session)
            people.change_customer(
                session,
                customer_to_change(session, agent, customer_id),
                agent=agent,
                **told.model_dump(),
            )
        return done(url_for("customers.card", customer_id=customer_id), gettext("Saved."))

    return form.attempt(act) or card_page(customer_id, form)


def merging(
    session: Session, agent: Agent, customer: Customer, identities: Sequence[CustomerIdentity]
) -> dict[str, Any]:
    """What was merged into a card, and those that fit what was looked for to merge them too."""
    words = request.args.get("other", "").replace("\0", "").strip()[:200]
    others = visible_customers(session, agent).where(Customer.id != customer.id, _is_named(session, words))
    found = (
        session.scalars(others.order_by(Customer.name, Customer.id).limit(MOST_OTHERS)).all() if words else ()
    )
    merges = session.execute(visible_merges(session, agent, customer)).all()
    matches = matches_of(session, customer, among=visible_customers(session, agent))
    return {
        "merges": merges,
        "matches": matches,
        "other": words,
        "others": found,
        "known": _whereabouts(session, [*found, *(each.customer for each in matches)])
        | {merged.id: _known(merged, _brought(edge.moved, identities)) for edge, merged in merges},
    }


def _whereabouts(session: Session, cards: Sequence[Customer]) -> dict[int, list[Known]]:
    """By what each of these is known beside the name, which others may have too."""
    found: dict[int, list[CustomerIdentity]] = {each.id: [] for each in cards}
    for identity in session.scalars(identities_of(*cards)) if cards else ():
        found[identity.customer_id].append(identity)
    return {each.id: _known(each, found[each.id]) for each in cards}


def _brought(
    moved: Mapping[str, Sequence[int]], identities: Sequence[CustomerIdentity]
) -> list[CustomerIdentity]:
    theirs = moved.get(CustomerIdentity.__tablename__, ())
    return [each for each in identities if each.id in theirs]


def _known(card: Customer, identities: Sequence[CustomerIdentity]) -> list[Known]:
    proven = [(each.kind, each.shown) for each in identities]
    said = {each.key for each in identities} | {each.shown for each in identities}
    written = [("phone", card.phone), ("email", card.email)]
    return proven + [(kind, words) for kind, words in written if words and words not in said]


def _as_it_is(customer: Customer) -> Filled[CustomerForm]:
    values = {each: getattr(customer, each) for each in _WRITTEN} | {"zone": customer.zone or ""}
    return Filled(CustomerForm, values)


def _offers(field: CustomField, value: str) -> list[tuple[str, str]]:
    """What can be chosen in a field, with what was chosen once and cannot be any more."""
    gone = [value] if value and value not in field.choices else []
    return [("", "\u2014"), *((each, each) for each in (*field.choices, *gone))]


def _typed(value: Any) -> str:
    """A value of a field of the team's own, as its form has it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def card_page(
    customer_id: int, form: Filled[CustomerForm] | None = None, *, own: Filled[Form] | None = None
) -> Response:
    """A card as it is, or with a form that was not filled in well."""
    with transaction() as session:
        agent = me(session)
        found = customer_for(session, agent, customer_id)
        status = max(each.status for each in (form, own) if each is not None)
        fields = session.scalars(custom_fields()).all()
        identities = session.scalars(identities_of(found)).all()
        dialogs = session.scalars(
            visible_dialogs(session, agent)
            .where(Dialog.customer_id == found.id)
            .order_by(Dialog.last_message_at.desc())
            .limit(MOST_DIALOGS)
        ).all()
        return page(
            "customers/card.html",
            status,
            form=form or _as_it_is(found),
            own=own
            or Filled(Form, {f"field_{each.id}": _typed(found.fields.get(str(each.id))) for each in fields}),
            own_fields=fields,
            offers=_offers,
            customer=found,
            sources=sources_of(session, found),
            number=customer_id,
            may_act=agent.may_reply,
            **merging(session, agent, found, identities),
            identities=identities,
            dialogs=dialogs,
        )


def _is_named(session: Session, words: str) -> ColumnElement[bool]:
    named = customers_named(words, home_region(session))
    return Customer.id.in_(named.with_only_columns(Customer.id))

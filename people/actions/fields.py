"""Fields that a team adds to its customers' cards, and what is written in them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.events import EVERYONE, record
from core.text import plain_line
from core.words import N_
from people.fields import MOST_CHOICES, MOST_FIELDS, TYPES, value_of
from people.models import Agent, Customer, CustomField
from people.queries import custom_fields
from people.rules import check_name


def make_field(
    session: Session, *, agent: Agent, name: str, type_: str, choices: Sequence[str]
) -> CustomField:
    """Add a field to every card; its type stays what it is."""
    _check(agent)
    if type_ not in TYPES:
        raise Invalid(N_("Choose what is written in the field."), code="bad_type", field="type")
    if (session.scalar(select(func.count()).select_from(CustomField)) or 0) >= MOST_FIELDS:
        raise Conflict(N_("There are as many fields as there can be."), code="too_many_fields")
    field = CustomField(name=_free_name(session, name), type=type_, choices=_choices(type_, choices))
    session.add(field)
    session.flush()
    _record(session, field, agent)
    return field


def change_field(
    session: Session, field: CustomField, *, agent: Agent, name: str, choices: Sequence[str], retired: bool
) -> None:
    """Rename a field, change what can be chosen, retire it or use it again.

    What is written on cards stays, under a retired field as well.
    """
    _check(agent)
    field.name = _free_name(session, name, but=field)
    field.choices = _choices(field.type, choices)
    field.retired_at = (field.retired_at or now()) if retired else None
    _record(session, field, agent)


def set_fields(session: Session, customer: Customer, values: Mapping[int, Any], *, agent: Agent) -> None:
    """Write into the fields that are given and leave the others; an empty value is taken away."""
    known = {each.id: each for each in session.scalars(custom_fields())}
    changed = dict(customer.fields)
    for number, given in values.items():
        field = known.get(number)
        if field is None:
            raise NotFound(N_("There is no such field."), code="unknown_field", field=f"field_{number}")
        # What was chosen when it could be may stay.
        choices = [*field.choices, changed.get(str(number))]
        value = value_of(field.type, given, choices=choices, field=f"field_{number}")
        changed.pop(str(number), None)
        if value is not None:
            changed[str(number)] = value
    if changed != customer.fields:
        customer.fields = changed
        record(session, "customer.changed", f"customer:{customer.id}", audience=EVERYONE, actor=agent.ref)


def tell_fields(session: Session, customer: Customer, told: Mapping[str, Any]) -> bool:
    """Write what somebody said of themselves into fields that are empty; what does not fit is left out."""
    known = {str(each.id): each for each in session.scalars(custom_fields())}
    new = {}
    for number in told.keys() & known.keys() - customer.fields.keys():
        field, given = known[number], told[number]
        if field.type == "yes_no" and isinstance(given, bool):
            given = "yes" if given else "no"
        try:
            value = value_of(field.type, given, choices=field.choices, field=number)
        except Invalid:
            continue
        if value is not None:
            new[number] = value
    if new:
        customer.fields = {**customer.fields, **new}
        record(session, "customer.changed", f"customer:{customer.id}", audience=EVERYONE)
    return bool(new)


def _check(agent: Agent) -> None:
    if not agent.may_administer:
        raise Forbidden(N_("Only administrators can do this."))


def _free_name(session: Session, name: str, *, but: CustomField | None = None) -> str:
    line = check_name(name)
    taken = session.scalar(select(CustomField.id).where(func.lower(CustomField.name) == line.lower()))
    if taken is not None and (but is None or taken != but.id):
        raise Conflict(N_("There is a field of this name already."), code="name_taken", field="name")
    return line


def _choices(type_: str, choices: Sequence[str]) -> list[str]:
    lines = list(dict.fromkeys(line for each in choices if (line := plain_line(each, longest=200))))
    if type_ != "choice":
        return []
    if not 1 <= len(lines) <= MOST_CHOICES:
        raise Invalid(N_("Enter the choices, one per line."), code="no_choices", field="choices")
    return lines


def _record(session: Session, field: CustomField, agent: Agent) -> None:
    record(session, "settings.changed", f"field:{field.id}", audience=EVERYONE, actor=agent.ref)

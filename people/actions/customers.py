"""What agents write on a customer's card."""

from collections.abc import Callable
from typing import TypedDict, Unpack

from sqlalchemy.orm import Session

from core.errors import Invalid
from core.events import EVERYONE, record
from core.outside.mail import is_address
from core.text import plain_line
from core.words import N_
from people.actions.profile import check_zone
from people.meeting import call_card
from people.models import KINDS, Agent, Customer
from people.names import clean_name
from people.phones import normal_phone
from people.queries import home_region, identities_of
from people.rules import check_email, check_name

LONGEST_NOTES = 20_000
LONGEST_LINE = 200


class CardWords(TypedDict, total=False):
    """What of a card is to change; None, like nothing at all, leaves it."""

    name: str | None
    notes: str | None
    kind: str | None
    zone: str | None
    phone: str | None
    email: str | None
    company: str | None
    search_query: str | None


def change_customer(
    session: Session, customer: Customer, *, agent: Agent, **words: Unpack[CardWords]
) -> None:
    """Change what is given and leave the rest; an empty zone, phone or address is forgotten.

    What is written down here proves nothing: it links the card to nobody.
    """
    for field, given in words.items():
        if isinstance(given, str):
            setattr(customer, field, _CHECKS[field](session, given))
    record(session, "customer.changed", f"customer:{customer.id}", audience=EVERYONE, actor=agent.ref)


def tell_of_customer(
    session: Session,
    customer: Customer,
    *,
    name: str = "",
    phone: str = "",
    email: str = "",
    company: str = "",
    search_query: str = "",
) -> bool:
    """Write down what somebody says about themselves, in a form say, where the card says nothing yet.

    Nothing that is known is overwritten, and nothing is refused: a phone that is none and an address
    that is none are left out. Whether the card changed.
    """
    told = {
        "phone": normal_phone(phone, home_region(session)) or "",
        "email": email.strip() if is_address(email.strip()) else "",
        "company": plain_line(company, longest=LONGEST_LINE),
        "search_query": plain_line(search_query, longest=LONGEST_LINE),
    }
    new = {field: words for field, words in told.items() if words and not getattr(customer, field)}
    named = call_card(customer, clean_name(name), session.scalars(identities_of(customer)))
    for field, words in new.items():
        setattr(customer, field, words)
    if new or named:
        record(session, "customer.changed", f"customer:{customer.id}", audience=EVERYONE)
    return bool(new or named)


def _check_notes(session: Session, notes: str) -> str:
    if len(notes) > LONGEST_NOTES:
        raise Invalid(N_("This text is too long to be kept."), code="too_long", field="notes")
    return notes


def _check_kind(session: Session, kind: str) -> str:
    if kind not in KINDS:
        raise Invalid(N_("Choose a kind of customer."), code="bad_kind", field="kind")
    return kind


def _check_phone(session: Session, phone: str) -> str:
    if not phone.strip():
        return ""
    number = normal_phone(phone, home_region(session))
    if number is None:
        raise Invalid(N_("This is not a telephone number."), code="not_phone", field="phone")
    return number


def _line(session: Session, words: str) -> str:
    return plain_line(words, longest=LONGEST_LINE)


_CHECKS: dict[str, Callable[[Session, str], str | None]] = {
    "name": lambda _, name: check_name(name),
    "notes": _check_notes,
    "kind": _check_kind,
    "zone": lambda _, zone: check_zone(zone) if zone else None,
    "phone": _check_phone,
    "email": lambda _, email: check_email(email) if email.strip() else "",
    "company": _line,
    "search_query": _line,
}

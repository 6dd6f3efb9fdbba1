"""Cards that may be one person's: what nobody proved is only suggested, and once refused not again."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, false, func, or_, select
from sqlalchemy.orm import Session

from people.models import Customer, CustomerIdentity, RefusedMatch
from people.queries import identities_of, identity_of

MOST_MATCHES = 10


@dataclass(frozen=True, slots=True)
class Match:
    """Another card, and what it has in common: "phone", "email", "name"."""

    customer: Customer
    reasons: tuple[str, ...]


def matches_of(session: Session, customer: Customer, *, among: Select[Customer]) -> Sequence[Match]:
    """Cards of `among` that may be the same person's, those with most in common first.

    A written phone or address counts when the other card has it in any way, a name when it has at
    least two words: there are too many people called Anna.
    """
    identities = session.scalars(identities_of(customer)).all()
    same = {
        "phone": _shares(session, "phone", Customer.phone, customer.phone, identities),
        "email": _shares(session, "email", func.lower(Customer.email), customer.email.lower(), identities),
        "name": _is_called(customer.name),
    }
    refused = select(RefusedMatch).where(
        RefusedMatch.first_id == func.least(Customer.id, customer.id),
        RefusedMatch.second_id == func.greatest(Customer.id, customer.id),
    )
    found = session.execute(
        among.where(Customer.id != customer.id, or_(*same.values()), ~refused.exists())
        .order_by(Customer.id)
        .limit(MOST_MATCHES)
        .add_columns(*same.values())
    ).all()
    matches = [
        Match(row[0], tuple(r for r, fits in zip(same, row[1:], strict=True) if fits)) for row in found
    ]
    return sorted(matches, key=lambda each: -len(each.reasons))


def _shares(
    session: Session,
    kind: str,
    column: SQLColumnExpression[str],
    written: str,
    identities: Sequence[CustomerIdentity],
) -> ColumnElement[bool]:
    """Whether another card's words are among ours, or our written ones among its addresses."""
    own = {each.key for each in identities if each.kind == kind} | ({written} if written else set())
    if not own:
        return false()
    shares = (column != "") & column.in_(sorted(own))
    # Looked up first: a query inside an OR would read all customers.
    theirs = session.scalar(identity_of(kind, written)) if written else None
    return or_(shares, Customer.id == theirs.customer_id) if theirs is not None else shares


def _is_called(name: str) -> ColumnElement[bool]:
    return func.lower(Customer.name) == name.lower() if len(name.split()) > 1 else false()

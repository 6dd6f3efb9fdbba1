"""What agents write on a customer's card."""

from sqlalchemy.orm import Session

from core.errors import Invalid
from core.events import EVERYONE, record
from core.words import N_
from people.actions.profile import check_zone
from people.models import Agent, Customer
from people.rules import check_name

KINDS = ("client", "partner", "visitor")
LONGEST_NOTES = 20_000


def change_customer(
    session: Session,
    customer: Customer,
    *,
    agent: Agent,
    name: str | None = None,
    notes: str | None = None,
    kind: str | None = None,
    zone: str | None = None,
) -> None:
    """Change what is given and leave the rest; an empty zone is forgotten."""
    if name is not None:
        customer.name = check_name(name)
    if notes is not None:
        if len(notes) > LONGEST_NOTES:
            raise Invalid(N_("This text is too long to be kept."), code="too_long", field="notes")
        customer.notes = notes
    if kind is not None:
        if kind not in KINDS:
            raise Invalid(N_("Choose a kind of customer."), code="bad_kind", field="kind")
        customer.kind = kind
    if zone is not None:
        customer.zone = check_zone(zone) if zone else None
    record(session, "customer.changed", f"customer:{customer.id}", audience=EVERYONE, actor=agent.ref)

"""Cards that may be one person's: offered, and refused."""

from typing import Any

from app.access import Whom, customer_for, visible_customers
from app.api.commands import Body, NoQuery
from app.api.endpoints import Work, reads, writes
from app.api.shapes import MatchesShape, Nothing
from people import actions as people
from people.matching import matches_of


@reads("/customers/<int:customer_id>/matches", answer=MatchesShape)
def read_matches(work: Work, asked: NoQuery, customer_id: int) -> dict[str, Any]:
    """Other cards that may be this person's; to accept one, merge it."""
    customer = customer_for(work.session, work.agent, customer_id)
    found = matches_of(work.session, customer, among=visible_customers(work.session, work.agent))
    return {
        "matches": [
            {
                "customer": {"id": each.customer.id, "name": each.customer.name, "kind": each.customer.kind},
                "reasons": each.reasons,
            }
            for each in found
        ]
    }


@writes(
    "POST",
    "/customers/<int:customer_id>/matches/<int:other_id>/refuse",
    answer=Nothing,
    body=Body,
    whom=Whom.WRITERS,
)
def refuse_match(work: Work, told: Body, customer_id: int, other_id: int) -> dict[str, Any]:
    """Say that two cards are two people's; neither offers the other any more."""
    customer = customer_for(work.session, work.agent, customer_id)
    other = customer_for(work.session, work.agent, other_id)
    people.refuse_match(work.session, customer, other, agent=work.agent)
    return {}

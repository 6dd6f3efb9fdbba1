"""Saying of two cards that they are not one person's."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, Forbidden
from core.events import EVERYONE, record
from core.words import N_
from people.models import Agent, Customer, RefusedMatch


def refuse_match(session: Session, customer: Customer, other: Customer, *, agent: Agent) -> None:
    """These two are different people: neither card offers the other any more."""
    if not agent.may_reply:
        raise Forbidden(N_("Your role does not allow this."))
    if customer.id == other.id:
        raise Conflict(N_("These are one card already."), code="same_customer")
    first, second = sorted((customer.id, other.id))
    made = session.scalar(
        insert(RefusedMatch)
        .values(first_id=first, second_id=second, agent_id=agent.id, created_at=now())
        .on_conflict_do_nothing()
        .returning(RefusedMatch.first_id)
    )
    if made is not None:
        topic = f"customer:{customer.id}"
        record(
            session, "customer.match_refused", topic, audience=EVERYONE, actor=agent.ref, other_id=other.id
        )

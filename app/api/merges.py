"""Customers who turn out to be one person, or not to be."""

from typing import Any

from app.access import Whom, customer_for, merge_for, visible_merges
from app.api.commands import Body, MergeBody, NoQuery
from app.api.dialog_shapes import CustomerShape
from app.api.endpoints import Work, reads, writes
from app.api.people_json import customer_json
from app.api.shapes import MergesShape
from inbox import actions as inbox


@reads("/customers/<int:customer_id>/merges", answer=MergesShape)
def read_merges(work: Work, asked: NoQuery, customer_id: int) -> dict[str, Any]:
    """The cards that became part of this one, the latest first."""
    customer = customer_for(work.session, work.agent, customer_id)
    found = work.session.execute(visible_merges(work.session, work.agent, customer))
    return {
        "customer_id": customer.id,
        "merges": [
            {
                "id": edge.id,
                "customer_id": merged.id,
                "name": merged.name,
                "by": edge.agent_id,
                "at": edge.created_at,
            }
            for edge, merged in found
        ],
    }


@writes("POST", "/customers/<int:customer_id>/merge", answer=CustomerShape, body=MergeBody, whom=Whom.WRITERS)
def merge_customers(work: Work, told: MergeBody, customer_id: int) -> dict[str, Any]:
    """Let a card go on as another; the answer is the other, to which its number leads from now on."""
    merged = customer_for(work.session, work.agent, customer_id)
    into = customer_for(work.session, work.agent, told.into)
    inbox.merge_customers(work.session, merged, into, agent=work.agent)
    return customer_json(work.session, into, agent=work.agent)


@writes("POST", "/merges/<int:merge_id>/undo", answer=CustomerShape, body=Body, whom=Whom.WRITERS)
def unmerge_customers(work: Work, told: Body, merge_id: int) -> dict[str, Any]:
    """Take a merge back; the answer is the card that is one of its own again."""
    edge = merge_for(work.session, work.agent, merge_id)
    return customer_json(
        work.session, inbox.unmerge_customers(work.session, edge, agent=work.agent), agent=work.agent
    )

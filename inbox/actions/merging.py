"""Customers who turn out to be one person, or not to be: their dialogs follow in the same transaction."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Conflict, Forbidden
from core.events import EVERYONE, record
from core.words import N_
from inbox.models import Dialog
from people.meeting import present_card
from people.merging import hold_cards, merge_cards, part_cards
from people.models import Agent, Customer, CustomerMerge


def merge_customers(
    session: Session, merged: Customer, into: Customer, *, agent: Agent | None, cause: str | None = None
) -> CustomerMerge:
    """Let one customer go on as another, by a recorded edge that can be taken back.

    Cards that were merged before stand for what they became. `cause` is what proved it, where no
    agent decided.
    """
    _check(agent)
    merged, into = _hold(session, present_card(session, merged), present_card(session, into))
    edge = merge_cards(session, merged, into, agent=agent)
    _record(session, "customer.merged", edge, agent, cause)
    tell_dialogs(session, edge.moved.get(Dialog.__tablename__, ()), agent, cause, into)
    return edge


def unmerge_customers(session: Session, edge: CustomerMerge, *, agent: Agent) -> Customer:
    """Take a merge back; the card that is one of its own again."""
    _check(agent)
    session.refresh(edge, with_for_update=True)
    if edge.undone_at is not None:
        raise Conflict(N_("This merge has already been undone."), code="undone")
    holder = present_card(session, session.get_one(Customer, edge.into_id))
    merged = session.get_one(Customer, edge.merged_id)
    hold_cards(session, holder, merged)
    if holder.merged_into is not None:
        raise Conflict(N_("Somebody merged one of these cards just now."), code="merged_meanwhile")
    back = part_cards(session, edge)
    _record(session, "customer.unmerged", edge, agent, None)
    tell_dialogs(session, back.get(Dialog.__tablename__, ()), agent, None, merged)
    return merged


def tell_dialogs(
    session: Session, ids: Iterable[int], agent: Agent | None, cause: str | None, customer: Customer
) -> None:
    """Each dialog's own audience learns whose it is now."""
    found = session.execute(select(Dialog.id, Dialog.audience).where(Dialog.id.in_(ids)).order_by(Dialog.id))
    for dialog_id, audience in found.all():
        record(
            session,
            "dialog.customer_changed",
            f"dialog:{dialog_id}",
            audience=audience,
            actor=agent.ref if agent else None,
            cause=cause,
            customer_id=customer.id,
        )


def _check(agent: Agent | None) -> None:
    if agent is not None and not agent.may_reply:
        raise Forbidden(N_("Your role does not allow this."))


def _hold(session: Session, merged: Customer, into: Customer) -> tuple[Customer, Customer]:
    """Both cards, locked in one order for everybody; who writes meanwhile waits and finds the survivor."""
    if merged.id == into.id:
        raise Conflict(N_("These are one card already."), code="same_customer")
    hold_cards(session, merged, into)
    if merged.merged_into is not None or into.merged_into is not None:
        raise Conflict(N_("Somebody merged one of these cards just now."), code="merged_meanwhile")
    return merged, into


def _record(session: Session, kind: str, edge: CustomerMerge, agent: Agent | None, cause: str | None) -> None:
    for customer_id in (edge.into_id, edge.merged_id):
        record(
            session,
            kind,
            f"customer:{customer_id}",
            audience=EVERYONE,
            actor=agent.ref if agent else None,
            cause=cause,
            merge_id=edge.id,
            merged_id=edge.merged_id,
            into_id=edge.into_id,
        )

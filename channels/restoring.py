"""Letting in what a blocked sender wrote."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from channels.intake import replay
from channels.models import Arrival, ArrivalState, BlockedMessage
from core.clock import now
from core.errors import Forbidden
from core.words import N_
from people.models import Agent


def restore_blocked(session: Session, message: BlockedMessage, *, agent: Agent) -> None:
    """Read once more, as if its sender were not blocked; whoever else is blocked stays so.

    Everything that came with the same arrival goes with it. Doing it twice changes nothing.
    """
    if not agent.may_reply:
        raise Forbidden(N_("Your role does not allow this."))
    arrival = session.scalars(
        select(Arrival).where(Arrival.id == message.arrival_id).with_for_update(of=Arrival)
    ).one()
    session.execute(
        update(BlockedMessage)
        .where(BlockedMessage.arrival_id == arrival.id, BlockedMessage.restored_at.is_(None))
        .values(restored_at=now(), restored_by=agent.id)
    )
    if arrival.state == ArrivalState.BLOCKED:
        arrival.let_in = True
        replay(session, arrival, agent=agent)

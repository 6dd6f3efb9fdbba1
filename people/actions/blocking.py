"""Not listening to an address any more, and listening again."""

from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Forbidden
from core.events import EVERYONE, record
from core.words import N_
from people.models import Agent, CustomerIdentity


def block_identity(session: Session, identity: CustomerIdentity, *, agent: Agent) -> None:
    """From now on what comes from this address is kept apart; what was said before stays where it is."""
    _check(agent)
    if identity.blocked_at is None:
        identity.blocked_at, identity.blocked_by = now(), agent.id
        _record(session, "customer.blocked", identity, agent)


def unblock_identity(session: Session, identity: CustomerIdentity, *, agent: Agent) -> None:
    """Later messages from this address open dialogs again; those kept apart wait to be restored."""
    _check(agent)
    if identity.blocked_at is not None:
        identity.blocked_at = identity.blocked_by = None
        _record(session, "customer.unblocked", identity, agent)


def _check(agent: Agent) -> None:
    if not agent.may_reply:
        raise Forbidden(N_("Your role does not allow this."))


def _record(session: Session, kind: str, identity: CustomerIdentity, agent: Agent) -> None:
    topic = f"customer:{identity.customer_id}"
    record(session, kind, topic, audience=EVERYONE, actor=agent.ref, identity_id=identity.id)

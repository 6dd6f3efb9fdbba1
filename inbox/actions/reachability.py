"""Which addresses of customers our messages reach."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import now
from core.events import EVERYONE, record
from inbox.models import Delivery, Dialog, Message, Recipient
from inbox.recording import record_on
from people.models import CustomerIdentity

MANY = 3
LATELY = timedelta(days=7)


def note_gone(session: Session, dialog: Dialog, address: str) -> None:
    """An address does not exist: its card says so from now on."""
    identity = _identity(session, dialog, address)
    if identity is not None:
        note_out_of_reach(session, dialog, identity)


def note_out_of_reach(session: Session, dialog: Dialog, identity: CustomerIdentity) -> None:
    """Nothing of ours reaches somebody by this way any more."""
    if identity.reachable:
        identity.reachable = False
        _record(session, dialog, identity, "dialog.address_gone")


def note_failing(session: Session, dialog: Dialog, address: str) -> None:
    """A message did not arrive although its address may exist; three times in a week are worth a warning."""
    identity = _identity(session, dialog, address)
    failed = session.scalar(
        select(func.count())
        .select_from(Recipient)
        .join(Message)
        .where(
            func.lower(Recipient.address) == address.lower(),
            Recipient.delivery == Delivery.FAILED,
            Recipient.changed_at > now() - LATELY,
            Message.channel_id == dialog.channel_id,
        )
    )
    if identity is not None and identity.reachable and (failed or 0) >= MANY:
        _record(session, dialog, identity, "dialog.address_failing", times=failed)


def note_alive(session: Session, dialog: Dialog, identity: CustomerIdentity) -> None:
    """Whoever writes from an address can be reached there."""
    if not identity.reachable:
        identity.reachable = True
        _record(session, dialog, identity, "dialog.address_back")


def _identity(session: Session, dialog: Dialog, address: str) -> CustomerIdentity | None:
    return session.scalar(
        select(CustomerIdentity).where(
            CustomerIdentity.kind == dialog.channel.kind, CustomerIdentity.key == address.lower()
        )
    )


def _record(
    session: Session, dialog: Dialog, identity: CustomerIdentity, kind: str, *, times: int | None = None
) -> None:
    record_on(session, dialog, kind, identity_id=identity.id, address=identity.shown, times=times)
    record(
        session, "customer.changed", f"customer:{identity.customer_id}", audience=EVERYONE, cause=dialog.topic
    )

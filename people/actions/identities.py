"""What becomes known of an address after it was met: a name, a proven phone, whose it is."""

from sqlalchemy.orm import Session

from core.events import EVERYONE, record
from people.meeting import call_card, present_card
from people.models import Customer, CustomerIdentity
from people.names import clean_name
from people.phones import proven_phone
from people.queries import identity_of


def name_identity(session: Session, identity: CustomerIdentity, *, name: str, shown: str = "") -> bool:
    """Give a name to an address that had none, and to its card if that was called by its address."""
    name = clean_name(name)
    if not name or identity.name:
        return False
    identity.name = name
    call_card(identity.customer, name, [identity])
    if shown and identity.shown == identity.key:
        identity.shown = shown
    _record(session, identity.customer)
    return True


def picture_identity(session: Session, identity: CustomerIdentity, sha256: str | None) -> None:
    """Show whoever has this address by a file of the store, or by none."""
    if identity.picture_sha256 != sha256:
        identity.picture_sha256 = sha256
        _record(session, identity.customer)


def note_proven_phone(session: Session, identity: CustomerIdentity, phone: str) -> Customer | None:
    """A number the outside proves to be this person's own joins the card; see `note_proven`."""
    number = proven_phone(phone)
    return note_proven(session, identity, "phone", number) if number is not None else None


def note_proven(session: Session, identity: CustomerIdentity, kind: str, key: str) -> Customer | None:
    """An address that is proven to be this person's own joins the card.

    Where another card has it, proven as well, both are one person: that card is returned, to be
    merged. One that has it unproven keeps it, for anybody may have typed it there.
    """
    card = present_card(session, identity.customer)
    known = session.scalar(identity_of(kind, key))
    if known is None:
        session.add(CustomerIdentity(customer_id=card.id, kind=kind, key=key, shown=key, verified=True))
        _record(session, card)
        return None
    other = present_card(session, known.customer)
    if other.id == card.id:
        if not known.verified:
            known.verified = True
            _record(session, card)
        return None
    return other if known.verified else None


def join_identity(session: Session, identity: CustomerIdentity, customer: Customer, *, cause: str) -> None:
    """An address turned out to be a known customer's: it leaves a card that has others for theirs.

    Whoever decides so holds both cards. A card without another address is merged instead.
    """
    was = identity.customer
    identity.customer_id = customer.id
    identity.customer = customer
    session.flush()
    for card in (was, customer):
        _record(session, card, cause)


def _record(session: Session, customer: Customer, cause: str | None = None) -> None:
    record(session, "customer.changed", f"customer:{customer.id}", audience=EVERYONE, cause=cause)

"""Recognising who writes: an address leads to one customer, whose card is made by the first message."""

from collections.abc import Iterable

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, contains_eager
from sqlalchemy.orm.attributes import set_committed_value

from core.clock import now
from core.events import EVERYONE, record
from people.models import Customer, CustomerIdentity
from people.names import clean_name, is_nameless, pick_name

LONGEST_CHAIN = 20
# Their card is held until the transaction ends, or it could be merged while something is put on it.
_FIND = (
    select(CustomerIdentity)
    .join(CustomerIdentity.customer)
    .options(contains_eager(CustomerIdentity.customer))
    .where(CustomerIdentity.kind == bindparam("kind"), CustomerIdentity.key == bindparam("key"))
    .with_for_update(read=True, key_share=True, of=Customer)
)


def meet(
    session: Session,
    kind: str,
    key: str,
    *,
    shown: str = "",
    name: str = "",
    verified: bool = False,
    channel: str = "",
    demo: bool = False,
) -> CustomerIdentity:
    """The identity with this address, met now or long ago, with its customer.

    `channel` is the kind of channel by which they contact us now, "" where they do not.

    Two first messages at once make one card: the loser of the race reads the winner's row.
    A name that we knew is never overwritten by what a message claims.
    """
    name = clean_name(name)
    known = _find(session, kind, key)
    if known is None:
        known = _make(session, kind, key, shown=shown or key, name=name, channel=channel, demo=demo)
    if channel and known.customer.first_contact_at is None:
        known.customer.first_channel, known.customer.first_contact_at = channel, now()
    if verified and not known.verified:
        known.verified = True
    if name and not known.name:
        known.name = name
        call_card(known.customer, name, [known])
    return known


def call_card(customer: Customer, name: str, addresses: Iterable[CustomerIdentity]) -> bool:
    """Call a card by a name it was told, if nothing better than these addresses of it called it until now."""
    handles = {clean_name(handle) for each in addresses for handle in (each.shown, each.key)}
    if not name or not (is_nameless(customer.name) or customer.name in handles):
        return False
    customer.name = name
    return True


def _find(session: Session, kind: str, key: str) -> CustomerIdentity | None:
    return session.scalar(_FIND, {"kind": kind, "key": key})


def _make(
    session: Session, kind: str, key: str, *, shown: str, name: str, channel: str, demo: bool
) -> CustomerIdentity:
    customer = Customer(
        name=pick_name(name, handle=shown),
        first_channel=channel,
        first_contact_at=now() if channel else None,
        demo=demo,
    )
    session.add(customer)
    session.flush()
    made: CustomerIdentity | None = session.scalar(
        insert(CustomerIdentity)
        .values(
            customer_id=customer.id,
            kind=kind,
            key=key,
            shown=shown,
            name=name,
            verified=False,
            reachable=True,
            created_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["kind", "key"])
        .returning(CustomerIdentity)
    )
    if made is not None:
        set_committed_value(made, "customer", customer)
        record(session, "customer.met", f"customer:{customer.id}", audience=EVERYONE, identity_id=made.id)
        return made
    session.delete(customer)
    session.flush()
    found = _find(session, kind, key)
    assert found is not None
    return found


def present_card(session: Session, customer: Customer) -> Customer:
    """The card a customer lives on today: merges are followed to their end."""
    for _ in range(LONGEST_CHAIN):
        if customer.merged_into is None:
            break
        following = session.get(Customer, customer.merged_into)
        if following is None:
            break
        customer = following
    return customer

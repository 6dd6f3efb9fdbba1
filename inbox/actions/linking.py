"""What proves that whoever writes is a customer we know: a link made for them, a number of their own."""

import secrets
from datetime import timedelta

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.events import record
from core.secrets import token_hash
from inbox.actions.merging import merge_customers, tell_dialogs
from inbox.border import Incoming
from inbox.models import Channel, Dialog, Message, StartLink
from people.actions.identities import join_identity, note_proven, note_proven_phone
from people.meeting import present_card
from people.merging import hold_present
from people.models import Agent, Customer, CustomerIdentity
from people.phones import proven_phone
from people.queries import addresses_beside, has_address

LIFETIME = timedelta(minutes=30)


def make_start_link(session: Session, channel: Channel, customer: Customer, *, agent: Agent | None) -> str:
    """A token that ties whoever starts a chat with it to this customer: once, within half an hour.

    192 bits of chance; only its hash is kept, and it says nothing about the customer.
    """
    token = secrets.token_urlsafe(24)
    session.add(
        StartLink(
            token_hash=token_hash(token),
            channel_id=channel.id,
            customer_id=customer.id,
            made_by=agent.id if agent else None,
            expires_at=now() + LIFETIME,
        )
    )
    record(
        session,
        "customer.link_made",
        f"customer:{customer.id}",
        audience=None,
        actor=agent.ref if agent else None,
        channel_id=channel.id,
    )
    return token


def find_start_link(session: Session, channel: Channel, token: str) -> StartLink | None:
    """The link with this token, used and old ones too."""
    return session.scalar(
        select(StartLink).where(StartLink.token_hash == token_hash(token), StartLink.channel_id == channel.id)
    )


def hold_proven(session: Session, channel: Channel, incoming: Incoming) -> None:
    """Hold the cards that something new may prove to be one person's, before it is put on any of them.

    Else two proofs at once, in two chats, would each keep what the other one waits for.
    """
    author, token = incoming.author, incoming.start_ref
    number = proven_phone(author.phone) if author.phone else None
    same_as = incoming.new_conversation_key if incoming.kind == "known" else None
    if not token and number is None and not author.email and same_as is None:
        return
    theirs = has_address(author.kind, author.key)
    if number is not None:
        theirs = or_(theirs, has_address("phone", number))
    if author.email:
        theirs = or_(theirs, has_address("email", author.email.lower()))
    if same_as is not None:
        theirs = or_(theirs, has_address(author.kind, same_as))
    ids = set(session.scalars(select(CustomerIdentity.customer_id).where(theirs)))
    link = find_start_link(session, channel, token) if token else None
    if link is not None:
        ids.add(link.customer_id)
    hold_present(session, *session.scalars(select(Customer).where(Customer.id.in_(ids))))


def follow_proven_phone(session: Session, identity: CustomerIdentity, phone: str, *, cause: str) -> None:
    """A number that the outside proves to be this person's own joins their card.

    Where another card has it, proven as well, both become one, by an edge that can be taken back.
    """
    hold_present(session, identity.customer)
    session.refresh(identity)
    same = note_proven_phone(session, identity, phone)
    if same is not None:
        merge_customers(session, identity.customer, same, agent=None, cause=cause)


def follow_proven_email(session: Session, identity: CustomerIdentity, email: str, *, cause: str) -> None:
    """An address of e-mail that the outside proves to be this person's own joins their card, likewise."""
    hold_present(session, identity.customer)
    session.refresh(identity)
    same = note_proven(session, identity, "email", email.lower())
    if same is not None:
        merge_customers(session, identity.customer, same, agent=None, cause=cause)


def follow_same_person(
    session: Session, identity: CustomerIdentity, other: CustomerIdentity, *, cause: str
) -> None:
    """Two addresses are proven to be in one hand: the card of the first goes on as that of the other."""
    was, card = hold_present(session, identity.customer, other.customer)
    for each in (identity, other):
        session.refresh(each)
    if was.id != card.id:
        merge_customers(session, was, card, agent=None, cause=cause)


def follow_start_link(
    session: Session, channel: Channel, identity: CustomerIdentity, token: str
) -> Customer | None:
    """Tie an address to the customer its link was made for; None for a token that is used, old or unknown.

    A card that has no other address is merged into the customer's, by an edge that can be taken back.
    """
    link = find_start_link(session, channel, token)
    if link is None:
        return None
    card, was = _hold(session, link, identity)
    if link.used_at is not None or link.expires_at < now():
        return None
    link.used_at, link.identity_id = now(), identity.id
    if card.id != was.id:
        _tie(session, link, identity, was, card)
    record(
        session,
        "customer.linked",
        f"customer:{card.id}",
        audience=None,
        channel_id=channel.id,
        identity_id=identity.id,
        link_id=link.id,
    )
    return card


def _hold(session: Session, link: StartLink, identity: CustomerIdentity) -> tuple[Customer, Customer]:
    """The link's card and the address's, held, as they are once nobody else can merge them."""
    while True:
        card, was = hold_present(session, link.customer, identity.customer)
        for each in (link, identity):
            session.refresh(each)
        if card is present_card(session, link.customer) and was is present_card(session, identity.customer):
            return card, was


def _tie(
    session: Session, link: StartLink, identity: CustomerIdentity, was: Customer, card: Customer
) -> None:
    cause = f"start_link:{link.id}"
    if session.scalar(addresses_beside(identity).limit(1)) is None:
        merge_customers(session, was, card, agent=None, cause=cause)
        return
    join_identity(session, identity, card, cause=cause)
    another = exists().where(
        Message.dialog_id == Dialog.id, Message.direction == "in", Message.identity_id != identity.id
    )
    moved = session.scalars(
        update(Dialog)
        .where(Dialog.customer_id == was.id, Dialog.channel_id == link.channel_id, ~Dialog.is_group, ~another)
        .values(customer_id=card.id)
        .returning(Dialog.id)
    ).all()
    tell_dialogs(session, moved, None, cause, card)

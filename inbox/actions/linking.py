"""Links by which a customer we know comes to a messenger, so that both are one card from the start."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.events import record
from inbox.models import Channel, Dialog, StartLink
from people.actions.identities import join_identity
from people.meeting import present_card
from people.models import Agent, Customer, CustomerIdentity

LIFETIME = timedelta(minutes=30)


def make_start_link(session: Session, channel: Channel, customer: Customer, *, agent: Agent | None) -> str:
    """A token that ties whoever starts a chat with it to this customer: once, within half an hour.

    192 bits of chance; only its hash is kept, and it says nothing about the customer.
    """
    token = secrets.token_urlsafe(24)
    session.add(
        StartLink(
            token_hash=_hash(token),
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


def follow_start_link(
    session: Session, channel: Channel, identity: CustomerIdentity, token: str
) -> Customer | None:
    """Tie an address to the customer its link was made for; None for a token that is used, old or unknown."""
    link = session.scalar(
        select(StartLink)
        .where(StartLink.token_hash == _hash(token), StartLink.channel_id == channel.id)
        .with_for_update(of=StartLink)
    )
    if link is None or link.used_at is not None or link.expires_at < now():
        return None
    link.used_at, link.identity_id = now(), identity.id
    was = join_identity(session, identity, link.customer)
    card = present_card(session, link.customer)
    if was is not None:
        session.execute(
            update(Dialog)
            .where(Dialog.customer_id == was.id, Dialog.channel_id == channel.id, ~Dialog.is_group)
            .values(customer_id=card.id)
        )
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


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

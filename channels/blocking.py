"""What blocked senders write: kept apart with its arrival until somebody restores it."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from channels.hearing import Ending
from channels.models import Arrival, ArrivalState, BlockedMessage
from channels.webform.wire import KIND
from inbox.border import Incoming
from inbox.models import Channel
from inbox.names import message_called
from people.models import CustomerIdentity

LONGEST_TEXT = 2000
LONGEST_SENDER = 300


def put_apart(
    session: Session,
    channel: Channel,
    arrival: Arrival,
    incoming: Incoming,
    identity: CustomerIdentity | None,
) -> Ending:
    """Keep what a blocked sender says where it can be seen and restored; no dialog learns of it.

    Without an identity it is what was suspected. An arrival that is read once more by hand does not lie
    there twice.
    """
    kept = BlockedMessage(
        arrival_id=arrival.id,
        channel_id=channel.id,
        identity_id=identity.id if identity is not None else None,
        sender=(f"{incoming.author.name} {incoming.author.shown}".strip())[:LONGEST_SENDER],
        signs=list(incoming.suspected),
        subject=incoming.subject[:500],
        text=(incoming.visible_text or incoming.text)[:LONGEST_TEXT],
        files=len(incoming.files) + len(incoming.remote_files),
        said_at=incoming.sent_at,
    )
    same = select(BlockedMessage.id).where(
        BlockedMessage.arrival_id == kept.arrival_id,
        BlockedMessage.said_at == kept.said_at,
        BlockedMessage.text == kept.text,
        BlockedMessage.restored_at.is_(None),
    )
    if session.scalar(same.limit(1)) is None:
        session.add(kept)
    reason = "blocked sender" if identity is not None else f"suspected: {', '.join(incoming.suspected)}"
    return Ending(ArrivalState.BLOCKED, reason, None, incoming.content_hash)


def blocked_under(session: Session, channel: Channel, incoming: Incoming) -> CustomerIdentity | None:
    """Whoever was blocked and is typed into a form again, by the address or else the number that was typed.

    That nobody proved it is no matter here: it keeps apart, and tells nobody anything.
    """
    told = incoming.extra.get("told") or {}
    typed = told.get("email") or told.get("phone")
    if incoming.author.kind != KIND or not typed:
        return None
    if message_called(session, channel.id, incoming.message_key, parts=True) is not None:
        return None
    return session.scalar(
        select(CustomerIdentity)
        .where(
            CustomerIdentity.blocked_at.is_not(None),
            CustomerIdentity.kind == KIND,
            func.lower(CustomerIdentity.shown) == typed.lower(),
        )
        .order_by(CustomerIdentity.id)
        .limit(1)
    )


def blocked_messages() -> Select[BlockedMessage]:
    """What is kept apart, the newest first."""
    return (
        select(BlockedMessage)
        .join(BlockedMessage.channel)
        .where(BlockedMessage.restored_at.is_(None))
        .order_by(BlockedMessage.id.desc())
    )

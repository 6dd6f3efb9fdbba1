"""A message that is to leave, cut into calls to the outside: once, before the first of them, and kept."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from channels import threads
from channels.adapter import Adapter, ChannelError, Part
from channels.models import MessagePart
from core.files import file_store
from core.language import likely_language
from inbox.border import Answered, Outgoing, OutgoingFile
from inbox.models import Delivery, Dialog, Message
from people.queries import workspace_of

FALLBACK = "en"
_PARTS = (
    select(MessagePart).where(MessagePart.message_id == bindparam("message")).order_by(MessagePart.number)
)


def parts_of(session: Session, message: Message) -> list[MessagePart]:
    """The calls a message was cut into, in their order; none before it was planned."""
    return list(session.scalars(_PARTS, {"message": message.id}))


def plan(
    session: Session,
    message: Message,
    adapter: Adapter,
    *,
    fallback: bool = False,
    but: frozenset[str] = frozenset(),
) -> list[MessagePart]:
    """Cut a message into calls and keep them with their bytes; raises ChannelError for what cannot be sent.

    Under the names it gets here it is found again before it has left. Calls `but` those named so.
    """
    planned = adapter.plan(outgoing_of(session, message), fallback=fallback)
    parts = []
    for number, part in enumerate(planned):
        if part.key in but:
            continue
        stored = file_store().put_bytes(part.raw) if part.raw is not None else None
        parts.append(
            MessagePart(
                message_id=message.id,
                number=number,
                key=part.key,
                client_key=part.payload.get("client_key"),
                payload=dict(part.payload),
                raw_sha256=stored.sha256 if stored else None,
                state="queued",
                keys=[],
            )
        )
    session.add_all(parts)
    if parts and parts[0].raw_sha256 is not None:
        message.raw_sha256 = parts[0].raw_sha256
    threads.remember_outgoing(session, session.get_one(Dialog, message.dialog_id), message, planned)
    return parts


def plan_rest(session: Session, message: Message, adapter: Adapter) -> list[MessagePart]:
    """Plan the calls that were not made anew, as into a conversation that has another name now."""
    drop_unsent(session, message)
    sent = frozenset(each.key for each in parts_of(session, message))
    return plan(session, message, adapter, but=sent)


def plan_plainer(session: Session, message: Message, adapter: Adapter) -> bool:
    """Plan once more in the plainest form; False if there is none, or if the customer has a piece already."""
    if any(each.state == "sent" for each in parts_of(session, message)):
        return False
    try:
        drop_unsent(session, message)
        planned = plan(session, message, adapter, fallback=True)
    except ChannelError:
        return False
    for each in planned:
        each.payload = {**each.payload, "fallback": True}
    return bool(planned)


def drop_unsent(session: Session, message: Message) -> None:
    """Forget the calls that were not made, so that they are planned anew."""
    for each in parts_of(session, message):
        if each.state != "sent":
            session.delete(each)
    session.flush()


def as_planned(part: MessagePart, message: Message) -> Part:
    """The part as it was planned, for those recipients that do not have it yet."""
    payload = dict(part.payload)
    if message.recipients:
        done = (Delivery.SENT, Delivery.DELIVERED, Delivery.READ, Delivery.FAILED)
        payload["recipients"] = [each.address for each in message.recipients if each.delivery not in done]
    path = file_store().path_of(part.raw_sha256) if part.raw_sha256 else None
    return Part(part.key, payload, raw_path=str(path) if path else None)


def outgoing_of(session: Session, message: Message) -> Outgoing:
    """The message as adapters are told of it, with what it answers."""
    dialog = session.get_one(Dialog, message.dialog_id)
    return Outgoing(
        key=message.client_uuid or f"message-{message.id}",
        dialog_id=message.dialog_id,
        message_id=message.id,
        conversation_key=dialog.thread_key,
        text=message.text,
        html=message.html,
        files=tuple(
            OutgoingFile(each.name, each.mime, each.size, each.sha256, each.inline, each.cid)
            for each in message.attachments
        ),
        envelope=message.envelope,
        reply_to_key=_reply_to_key(session, message),
        said_at=message.said_at,
        answered=_answered(session, message),
        is_group=dialog.is_group,
        buttons=tuple((each["label"], each["data"]) for each in message.envelope.get("buttons") or ()),
        author=message.agent.name if message.agent is not None else "",
    )


def _reply_to_key(session: Session, message: Message) -> str | None:
    """What the agent chose to answer, as the outside knows it."""
    chosen = session.get(Message, message.reply_to_id) if message.reply_to_id is not None else None
    return chosen.key if chosen is not None else None


def _answered(session: Session, message: Message) -> Answered | None:
    """What the message answers, asked for only where it is to be carried along."""
    number = (message.envelope.get("answers") or {}).get("id") if message.envelope.get("quote") else None
    found = session.get(Message, number) if number is not None else None
    if found is None:
        return None
    workspace = workspace_of(session)
    said = f"{found.subject}\n{found.visible_text or found.text}"
    author = _author(found)
    return Answered(
        name=author.get("name") or "",
        address=author.get("address") or "",
        to=tuple(each["address"] for each in found.envelope.get("to") or ()),
        said_at=found.said_at,
        subject=found.subject,
        text=found.text,
        html=found.html,
        language=likely_language(said, workspace.languages) or FALLBACK,
        zone=workspace.zone,
    )


def _author(message: Message) -> Mapping[str, Any]:
    """Who wrote, as the letter says; where messages carry no addresses, as we know them."""
    if message.envelope.get("from"):
        author: Mapping[str, Any] = message.envelope["from"]
        return author
    identity = message.identity
    return {"name": identity.name, "address": identity.shown} if identity is not None else {}

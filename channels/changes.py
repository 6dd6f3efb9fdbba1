"""Changing and taking back what we sent, where the outside lets us; and small courtesies of a chat."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from channels.access import open_access, shelf
from channels.adapter import Adapter, ChannelError, Deletes, Edits, LinksCustomers
from channels.errands import want_errand
from channels.models import MessagePart
from channels.planning import outgoing_of, parts_of
from channels.registry import capabilities_of
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid
from core.throttle import house_throttle
from core.words import N_
from inbox.actions import make_start_link
from inbox.models import Channel, Delivery, Dialog, Message
from inbox.names import names_of
from inbox.recording import record_on
from people.models import Agent, Customer

LEFT = (Delivery.SENT, Delivery.DELIVERED, Delivery.READ)
TYPING_PAUSE = 4.0


def may_change(message: Message, window: int | None) -> bool:
    """Whether a message of ours lies outside and its time for being changed is not over (0: never ends)."""
    if window is None or message.delivery not in LEFT or message.deleted_at is not None:
        return False
    sent = message.sent_at or message.said_at
    return window == 0 or now() < sent + timedelta(seconds=window)


def ask_edit(session: Session, message: Message, *, agent: Agent, text: str, html: str | None) -> None:
    """Have a message of ours say something else outside; here it does so once it does there."""
    adapter = _adapter(session, message, agent)
    if not isinstance(adapter, Edits) or not may_change(message, adapter.capabilities.edit_window):
        raise Conflict(N_("This message can no longer be changed."), code="not_editable")
    if not text.strip():
        raise Invalid(N_("Write something first."), code="empty", field="text")
    parts = parts_of(session, message)
    outgoing = replace(outgoing_of(session, message), text=text, html=html)
    try:
        planned = adapter.plan(outgoing)
    except ChannelError:
        planned = ()
    if len(planned) != len(parts) or not all(each.keys for each in parts):
        raise Conflict(
            N_("This message would become longer or shorter by a whole message."), code="other_length"
        )
    changed = [
        {"key": new.key, "payload": dict(new.payload), "message": old.keys[0]}
        for old, new in zip(parts, planned, strict=True)
        if _without_names(old) != dict(new.payload)
    ]
    if changed:
        payload = {"parts": changed, "text": text, "html": html, "actor": agent.ref}
        _want(session, message, "edit", payload, agent)


def ask_delete(session: Session, message: Message, *, agent: Agent) -> None:
    """Have a message of ours taken back for everybody; here it stays and is marked."""
    adapter = _adapter(session, message, agent)
    if not isinstance(adapter, Deletes) or not may_change(message, adapter.capabilities.delete_window):
        raise Conflict(N_("This message can no longer be deleted."), code="not_deletable")
    payload = {"messages": names_of(session, message), "actor": agent.ref}
    _want(session, message, "delete", payload, agent)


def show_typing(session: Session, dialog: Dialog) -> bool:
    """Let the customer see that we write, where that can be seen; one call in four seconds at the most."""
    able = capabilities_of(dialog.channel.kind)
    if able is None or not able.typing or dialog.thread_key is None or not dialog.channel.enabled:
        return False
    if not house_throttle().hit("typing_out", str(dialog.id), "1/4second"):
        return False
    want_errand(
        session,
        dialog.channel_id,
        "typing",
        dialog.thread_key,
        {"conversation": dialog.thread_key},
        seconds=TYPING_PAUSE,
    )
    return True


def tell_read(session: Session, dialog: Dialog, message_id: int) -> None:
    """Let the customer see that we have read up to a message, where that can be seen."""
    able = capabilities_of(dialog.channel.kind)
    if able is None or not able.marks_read or dialog.thread_key is None or not dialog.channel.enabled:
        return
    message = session.get(Message, message_id)
    if message is None or message.dialog_id != dialog.id or message.direction != "in" or not message.key:
        return
    payload = {"conversation": dialog.thread_key, "message": message.key}
    want_errand(session, dialog.channel_id, "read", dialog.thread_key, payload, seconds=3600)


def start_link_for(session: Session, channel: Channel, customer: Customer, *, agent: Agent) -> str:
    """A link that brings this customer to this channel as the one we know: once, within half an hour."""
    adapter = shelf.adapter(open_access(channel))
    token = make_start_link(session, channel, customer, agent=agent)
    link = adapter.start_link(token) if isinstance(adapter, LinksCustomers) else None
    if link is None:
        raise Conflict(N_("This channel has no links of that kind."), code="no_start_links")
    return link


def _adapter(session: Session, message: Message, agent: Agent) -> Adapter:
    if not agent.may_reply:
        raise Forbidden(N_("You may comment here, but not answer customers."), code="may_not_reply")
    return shelf.adapter(open_access(session.get_one(Channel, message.channel_id)))


def _want(session: Session, message: Message, kind: str, payload: dict[str, Any], agent: Agent) -> None:
    dialog = message.dialog
    named = {"message_id": message.id, "conversation": dialog.thread_key, **payload}
    want_errand(session, message.channel_id, kind, str(message.id), named, seconds=3600)
    record_on(session, dialog, f"message.{kind}_asked", actor=agent.ref, message_id=message.id)


def _without_names(part: MessagePart) -> dict[str, Any]:
    return {name: value for name, value in part.payload.items() if name not in ("fallback", "tried_at")}

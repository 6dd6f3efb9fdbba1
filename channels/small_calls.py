"""The kinds of small calls: which ability of an adapter each needs, and what follows from it here.

An adapter without the ability makes none, and nothing follows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from channels.adapter import (
    Adapter,
    AnswersButtons,
    Backfills,
    ChannelAccess,
    ChannelError,
    Deletes,
    Edits,
    Health,
    MarksRead,
    Part,
    ShowsTyping,
    Subscribes,
)
from channels.checks import note_found
from channels.hooks import (
    PREPARE,
    SECRET,
    SUBSCRIBE,
    UNSUBSCRIBE,
    ask_step,
    hook_url,
    is_wanted,
    note_impossible,
    note_subscribed,
    note_unsubscribed,
    prepare,
)
from channels.intake import accept
from channels.pictures import fetch_picture, keep_picture
from core.clock import now
from inbox import actions
from inbox.actions.health import RECEIVING, note_failure, note_success
from inbox.models import Channel, Message
from people.actions.identities import name_identity
from people.queries import identity_of

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of call is made: `call` has the network to itself, the others a transaction.

    With `changes_channel` they have the channel's row to themselves too.
    """

    call: Callable[[Adapter, ChannelAccess, Payload], Any]
    done: Callable[[Session, Channel, Payload, Any], None] | None = None
    failed: Callable[[Session, Channel, Payload, ChannelError], None] | None = None
    changes_channel: bool = False


def _mark_read(adapter: Adapter, _: ChannelAccess, payload: Payload) -> None:
    if isinstance(adapter, MarksRead) and adapter.capabilities.marks_read:
        adapter.mark_read(payload["conversation"], payload["message"])


def _type(adapter: Adapter, _: ChannelAccess, payload: Payload) -> None:
    if isinstance(adapter, ShowsTyping) and adapter.capabilities.typing:
        adapter.typing(payload["conversation"])


def _answer_button(adapter: Adapter, _: ChannelAccess, payload: Payload) -> None:
    if isinstance(adapter, AnswersButtons):
        adapter.answer_button(payload["answer"])


def _ask_profile(adapter: Adapter, _: ChannelAccess, payload: Payload) -> Any:
    return adapter.profile(payload["key"])


def _learn_profile(session: Session, channel: Channel, payload: Payload, author: Any) -> None:
    identity = session.scalar(identity_of(payload["kind"], payload["key"]))
    if author is not None and identity is not None:
        name_identity(session, identity, name=author.name, shown=author.shown)


def _edit(adapter: Adapter, _: ChannelAccess, payload: Payload) -> None:
    if isinstance(adapter, Edits):
        for each in payload["parts"]:
            part = Part(each["key"], each["payload"])
            adapter.edit(payload["conversation"], each["message"], part)


def _note_edited(session: Session, channel: Channel, payload: Payload, _: Any) -> None:
    message = session.get_one(Message, payload["message_id"])
    actions.rewrite(
        session, message, text=payload["text"], html=payload["html"], at=now(), actor=payload["actor"]
    )


def _note_not_edited(session: Session, channel: Channel, payload: Payload, error: ChannelError) -> None:
    message = session.get_one(Message, payload["message_id"])
    actions.note_unchanged(session, message, "message.edit_failed", code=error.code, detail=error.detail)


def _delete(adapter: Adapter, _: ChannelAccess, payload: Payload) -> None:
    if isinstance(adapter, Deletes):
        adapter.delete(payload["conversation"], payload["messages"])


def _note_deleted(session: Session, channel: Channel, payload: Payload, _: Any) -> None:
    message = session.get_one(Message, payload["message_id"])
    actions.take_back_outside(session, message, at=now(), actor=payload["actor"])


def _note_not_deleted(session: Session, channel: Channel, payload: Payload, error: ChannelError) -> None:
    message = session.get_one(Message, payload["message_id"])
    actions.note_unchanged(session, message, "message.delete_failed", code=error.code, detail=error.detail)


def _backfill(adapter: Adapter, _: ChannelAccess, payload: Payload) -> Any:
    if isinstance(adapter, Backfills):
        return adapter.backfill(datetime.fromisoformat(payload["since"]))
    return ()


def _take_backfilled(session: Session, channel: Channel, payload: Payload, events: Any) -> None:
    accept(session, channel, events)


def _prepare_hook(adapter: Adapter, _: ChannelAccess, payload: Payload) -> Any:
    return adapter.before_subscribing() if isinstance(adapter, Subscribes) else None


def _note_prepared(session: Session, channel: Channel, payload: Payload, told: Any) -> None:
    if told is not None and is_wanted(channel, PREPARE, payload):
        prepare(session, channel, dict(told))
        ask_step(session, channel, SUBSCRIBE, url=hook_url(channel))


def _subscribe(adapter: Adapter, access: ChannelAccess, payload: Payload) -> Any:
    if not isinstance(adapter, Subscribes):
        return {}
    return adapter.subscribe(payload["url"], access.secrets[SECRET])


def _note_subscribed(session: Session, channel: Channel, payload: Payload, told: Any) -> None:
    note_subscribed(session, channel, payload, told)
    note_success(session, channel, receiving=True)


def _unsubscribe(adapter: Adapter, _: ChannelAccess, payload: Payload) -> None:
    if isinstance(adapter, Subscribes):
        adapter.unsubscribe()


def _note_unsubscribed(session: Session, channel: Channel, payload: Payload, _: Any) -> None:
    note_unsubscribed(session, channel)


def _note_no_hook(session: Session, channel: Channel, payload: Payload, error: ChannelError) -> None:
    broken = error.health == "broken"
    if error.health == "none":
        note_impossible(session, channel, payload)
        note_found(session, channel, Health("degraded", RECEIVING + error.code, error.detail))
    note_failure(session, channel, code=error.code, detail=error.detail, broken=broken, receiving=True)


def _note_not_unsubscribed(session: Session, channel: Channel, payload: Payload, error: ChannelError) -> None:
    """What will never be taken back is not asked for every second; we ask for messages all the same."""
    if error.health == "none":
        note_unsubscribed(session, channel)
    _note_no_hook(session, channel, payload, error)


KINDS: dict[str, Kind] = {
    "read": Kind(_mark_read),
    "typing": Kind(_type),
    "button": Kind(_answer_button),
    "profile": Kind(_ask_profile, _learn_profile),
    "picture": Kind(fetch_picture, keep_picture),
    "edit": Kind(_edit, _note_edited, _note_not_edited),
    "delete": Kind(_delete, _note_deleted, _note_not_deleted),
    "backfill": Kind(_backfill, _take_backfilled, changes_channel=True),
    PREPARE: Kind(_prepare_hook, _note_prepared, _note_no_hook, changes_channel=True),
    SUBSCRIBE: Kind(_subscribe, _note_subscribed, _note_no_hook, changes_channel=True),
    UNSUBSCRIBE: Kind(_unsubscribe, _note_unsubscribed, _note_not_unsubscribed, changes_channel=True),
}

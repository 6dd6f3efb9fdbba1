"""Events of Bots Long Poll and Callback API in the inbox's own words: the same event, the same words."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

from channels.vk.keys import is_chat, message_key
from channels.vk.messages import author_of, read_message
from channels.vk.wire import Json, Unreadable, inner, number, words
from inbox.border import Author, Incoming

# https://dev.vk.com/ru/method/messages.sendReaction numbers them; one that is newer shows as its number.
REACTIONS = "❤ 🔥 😂 👍 💩 ❓ 😭 😡 👎 👌 😃 🤔 🙏 😘 😍 🎉".split()
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_NOBODY = Author("vk", "0", role="system")


def read_event(event: Json) -> list[Incoming]:
    """What happened; `received_at` in it is when we heard, for events that do not say when they were,
    and `names` are those of everybody in it, as far as they are known.

    Unreadable for an event that says too little.
    """
    kind = words(event.get("type"))
    reader = _READERS.get(kind)
    if reader is None:
        return [_unsupported(event, kind or "an event without a type")]
    return [reader(event, inner(event, "object"))]


def event_name(event: Json) -> str | None:
    """VK's own name for an event; the same event comes again under it."""
    return words(event.get("event_id"), longest=200) or None


def order_of(event: Json) -> str:
    """The conversation an event belongs to, or the community where it is of none."""
    content = inner(event, "object")
    message = inner(content, "message") or content
    for name in ("peer_id", "user_id", "from_id"):
        if number(message.get(name)):
            return str(number(message.get(name)))
    return "community"


def _new(event: Json, content: Json) -> Incoming:
    message = inner(content, "message") or content  # before 5.103 the object was the message
    action = words(inner(message, "action").get("type"))
    return _acted(event, message, action) if action else read_message(event, message)


def _reply(event: Json, content: Json) -> Incoming:
    return read_message(event, content)


def _edit(event: Json, content: Json) -> Incoming:
    return read_message(event, content, edited=True)


def _acted(event: Json, message: Json, action: str) -> Incoming:
    """Something done to a chat: whether we are still in it is all that matters."""
    told = inner(message, "action")
    is_us = number(told.get("member_id")) == -number(event.get("group_id"))
    if action in ("chat_kick_user", "chat_invite_user") and is_us:
        return _contact(
            event, message, number(message.get("peer_id")), reachable=action == "chat_invite_user"
        )
    return _unsupported(event, action)


def _read(event: Json, content: Json) -> Incoming:
    peer_id, at = number(content.get("peer_id")), number(content.get("conversation_message_id"))
    if not peer_id or at <= 0:
        raise Unreadable("something was read, nobody says what")
    person = number(content.get("from_id")) or peer_id
    return _happened("read", event, peer_id, author_of(event, person), message_key=message_key(peer_id, at))


def _typing(event: Json, content: Json) -> Incoming:
    person = number(content.get("from_id"))
    if not person:
        raise Unreadable("somebody writes, nobody says who")
    return _happened("typing", event, person, author_of(event, person))


def _allow(event: Json, content: Json) -> Incoming:
    return _contact(event, content, number(content.get("user_id")), reachable=True)


def _deny(event: Json, content: Json) -> Incoming:
    return _contact(event, content, number(content.get("user_id")), reachable=False)


def _contact(event: Json, content: Json, peer_id: int, *, reachable: bool) -> Incoming:
    if not peer_id:
        raise Unreadable("a permission, nobody says whose")
    person = peer_id if not is_chat(peer_id) else number(content.get("from_id"))
    token = words(content.get("key"), longest=256) or None
    return _happened(
        "contact_state", event, peer_id, author_of(event, person), reachable=reachable, start_ref=token
    )


def _reaction(event: Json, content: Json) -> Incoming:
    peer_id, at = number(content.get("peer_id")), number(content.get("cmid"))
    if not peer_id or at <= 0:
        raise Unreadable("a reaction, nobody says to what")
    which = number(content.get("reaction_id"))
    put = () if which <= 0 else (REACTIONS[which - 1] if which <= len(REACTIONS) else f"#{which}",)
    author = author_of(event, number(content.get("reacted_id")))
    return _happened("reaction", event, peer_id, author, message_key=message_key(peer_id, at), reactions=put)


def _press(event: Json, content: Json) -> Incoming:
    """A callback button was pressed; what it carries is ours, or that of whoever made the keyboard."""
    peer_id, person = number(content.get("peer_id")), number(content.get("user_id"))
    name = words(content.get("event_id"), longest=200)
    if not peer_id or not person or not name:
        raise Unreadable("a button was pressed, nobody says by whom")
    at = number(content.get("conversation_message_id"))
    label, data = _pressed(content.get("payload"))
    return _happened(
        "button",
        event,
        peer_id,
        author_of(event, person),
        message_key=message_key(peer_id, at) if at > 0 else None,
        text=label,
        button=data,
        extra={"answer": {"event_id": name, "user_id": person, "peer_id": peer_id}},
    )


def _pressed(payload: Any) -> tuple[str, str]:
    told = inner(payload)
    if "button" in told:
        return words(told.get("label"), longest=100), words(told.get("button"), longest=1000)
    data = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    return "", data[:1000]


def _happened(
    kind: Literal["read", "typing", "contact_state", "reaction", "button"],
    event: Json,
    peer_id: int,
    author: Author,
    **more: Any,
) -> Incoming:
    """Something that is no message, at the time when we heard of it."""
    values: dict[str, Any] = {"message_key": None, **more}
    return Incoming(
        kind=kind,
        conversation_key=str(peer_id),
        author=author,
        sent_at=_heard_at(event),
        is_group=is_chat(peer_id),
        **values,
    )


def _unsupported(event: Json, what: str) -> Incoming:
    return Incoming("unsupported", None, None, _NOBODY, _heard_at(event), text=what[:200])


def _heard_at(event: Json) -> datetime:
    try:
        heard = datetime.fromisoformat(words(event.get("received_at"), longest=50))
        return heard.astimezone(UTC) if heard.tzinfo is not None else _BEGINNING
    except (ValueError, OverflowError):
        return _BEGINNING


_READERS: dict[str, Callable[[Json, Json], Incoming]] = {
    "message_new": _new,
    "message_reply": _reply,
    "message_edit": _edit,
    "message_read": _read,
    "message_typing_state": _typing,
    "message_allow": _allow,
    "message_deny": _deny,
    "message_reaction_event": _reaction,
    "message_event": _press,
}

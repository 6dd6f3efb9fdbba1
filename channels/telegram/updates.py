"""An update as Telegram sends it, read into the inbox's words. Pure.

https://core.telegram.org/bots/api#update
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import orjson

from channels.adapter import RawEvent
from channels.json_fields import Json, moment, needed, number, part, parts, storable, unreadable, words
from channels.telegram.keys import Place
from channels.telegram.messages import conversation_name, nothing, place_of_message, read_message
from channels.telegram.people import author_of, is_group, of_chat, of_person
from core.text import plain_line
from inbox.border import Author, Incoming

# Asked for by name, for reactions come no other way; the setting stays on the server.
ASKED_FOR = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "message_reaction",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
)
LONGEST_NUMBER = 2**53  # a number of an update is counted on from
GONE = frozenset({"left", "kicked"})
PAID, CUSTOM = "⭐", "💟"


def event_of(update: object, received_at: str) -> RawEvent:
    """An update as it is stored, whatever it is; polled and called in, it has the same name.

    Numbers of updates begin anew at random after a quiet week, so the name holds what it is about too.
    """
    payload = storable(update)
    found = payload if isinstance(payload, Mapping) else {}
    number_ = number(found, "update_id", below=LONGEST_NUMBER)
    chat, message_id = _about(found)
    if number_ is None:
        name = f"x:{hashlib.sha256(orjson.dumps(payload, option=orjson.OPT_NON_STR_KEYS)).hexdigest()}"
    else:
        name = f"u:{number_}:{chat}:{message_id}"
    return RawEvent(
        name,
        chat or name,
        {"update": payload, "received_at": received_at},
        group_key=_album(found),
    )


def read_update(payload: Json) -> Sequence[Incoming]:
    """What a stored update tells; BadContent for one that makes no sense."""
    update = part(payload, "update")
    for name, read in _READERS.items():
        if isinstance(update.get(name), Mapping):
            return read(update[name], payload)
    strange = sorted(set(update) - {"update_id"})
    if not strange or not isinstance(update.get(strange[0]), Mapping):
        raise unreadable("this is no update")
    return [_unsupported(strange[0], payload)]


def _about(update: Json) -> tuple[str, str]:
    """The chat and the message an update is about, as far as they can be told."""
    for name, inner in update.items():
        if name == "update_id" or not isinstance(inner, Mapping):
            continue
        message = part(inner, "message") or inner
        chat = number(part(message, "chat"), "id")
        number_ = number(message, "message_id")
        business = words(message, "business_connection_id")
        told = [str(each) for each in (business, chat) if each]
        return ":".join(told), str(number_ or inner.get("id") or "")[:80]
    return "", ""


def _album(update: Json) -> str | None:
    """One name for all new messages of an album, so that they are read together."""
    message = part(update, "message") or part(update, "business_message")
    group, chat = words(message, "media_group_id"), number(part(message, "chat"), "id")
    return f"{words(message, 'business_connection_id')}:{chat}:{group}" if group and chat else None


def _message(message: Json, payload: Json) -> Sequence[Incoming]:
    return read_message(message)


def _edited(message: Json, payload: Json) -> Sequence[Incoming]:
    return read_message(message, is_edit=True)


def _deleted(found: Json, payload: Json) -> Sequence[Incoming]:
    """Messages of a business account that are gone; Telegram tells of no other deletions."""
    place = Place(needed(part(found, "chat"), "id"), None, words(found, "business_connection_id"))
    given = found.get("message_ids")
    numbers = [each for each in given if isinstance(each, int)] if isinstance(given, list) else []
    return [
        Incoming(
            "delete",
            place.conversation_key,
            place.message_key(each),
            of_chat(part(found, "chat")),
            _received_at(payload),
        )
        for each in numbers
    ]


def _button(query: Json, payload: Json) -> Sequence[Incoming]:
    message = part(query, "message")
    author = of_person(part(query, "from"))
    answer = {"answer": {"callback_query_id": words(query, "id")}}
    if not message:
        return [Incoming("unsupported", None, None, author, _received_at(payload), "a button elsewhere")]
    place, data = place_of_message(message), words(query, "data")
    return [
        Incoming(
            "button",
            place.conversation_key,
            place.message_key(needed(message, "message_id")),
            author,
            _received_at(payload),
            text=_label(message, data),
            button=data,
            is_group=is_group(part(message, "chat")),
            conversation_name=conversation_name(message),
            extra=answer,
        )
    ]


def _reaction(found: Json, payload: Json) -> Sequence[Incoming]:
    """All that somebody has put on a message now; it names no topic, only the chat."""
    place = Place(needed(part(found, "chat"), "id"))
    person = part(found, "user")
    return [
        Incoming(
            "reaction",
            place.conversation_key,
            place.message_key(needed(found, "message_id")),
            of_person(person) if person else of_chat(part(found, "actor_chat") or part(found, "chat")),
            moment(found, "date"),
            is_group=is_group(part(found, "chat")),
            reactions=tuple(_sign(each) for each in parts(found, "new_reaction")),
        )
    ]


def _membership(found: Json, payload: Json) -> Sequence[Incoming]:
    """Whether we may write: a person blocks a bot, a group removes or mutes it."""
    chat, now_ = part(found, "chat"), part(found, "new_chat_member")
    status = words(now_, "status")
    muted = status == "restricted" and now_.get("can_send_messages") is False
    return [
        Incoming(
            "contact_state",
            Place(needed(chat, "id")).conversation_key,
            None,
            author_of(found),
            moment(found, "date"),
            text=status,
            is_group=is_group(chat),
            conversation_name=conversation_name(found),
            reachable=status not in GONE and not muted,
        )
    ]


def _connection(found: Json, payload: Json) -> Sequence[Incoming]:
    state = "on" if found.get("is_enabled") is True else "off"
    person = of_person(part(found, "user"))
    what = f"Telegram Business of {person.shown} is {state}"
    return [Incoming("unsupported", None, None, person, moment(found, "date"), text=what)]


def _unsupported(name: str, payload: Json) -> Incoming:
    found = part(part(payload, "update"), name)
    if number(found, "date") is not None:
        return nothing(found, name)
    author = Author("telegram", "", role="system")
    return Incoming("unsupported", None, None, author, _received_at(payload), text=name)


def _received_at(payload: Json) -> datetime:
    """When it came to us, for what has no time of its own."""
    try:
        return datetime.fromisoformat(words(payload, "received_at")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise unreadable("nobody knows when this came") from None


def _label(message: Json, data: str) -> str:
    """What stands on the button with this data."""
    rows = part(message, "reply_markup").get("inline_keyboard")
    for row in rows if isinstance(rows, list) else []:
        for button in row if isinstance(row, list) else []:
            if isinstance(button, Mapping) and words(button, "callback_data") == data:
                return plain_line(words(button, "text"), longest=200)
    return plain_line(data, longest=200)


def _sign(reaction: Json) -> str:
    if words(reaction, "type") == "emoji":
        return words(reaction, "emoji")[:16] or CUSTOM
    return PAID if words(reaction, "type") == "paid" else CUSTOM


_READERS: Mapping[str, Callable[[Json, Json], Sequence[Incoming]]] = {
    "message": _message,
    "edited_message": _edited,
    "business_message": _message,
    "edited_business_message": _edited,
    "deleted_business_messages": _deleted,
    "callback_query": _button,
    "message_reaction": _reaction,
    "my_chat_member": _membership,
    "business_connection": _connection,
}

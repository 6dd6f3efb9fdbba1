"""What an update says, in the inbox's words. Pure (https://dev.max.ru/docs-api/objects/Update)."""

from datetime import datetime

from channels.json_fields import Json, moment, needed, number, part, parts, unreadable, words
from channels.max.attachments import cards_of, files_of, label_of, own_phone
from channels.max.wire import chat_of
from core.text import plain_line
from inbox.border import Author, Card, Forward, Incoming, Kind

KIND = "max"
LONGEST_NAME = 200
MOST_DEPTH = 5
REACHABLE = {
    "bot_started": True,
    "bot_stopped": False,
    "dialog_removed": False,
    "bot_added": True,
    "bot_removed": False,
}


def read_update(update: Json, *, bot_id: int | None = None) -> list[Incoming]:
    """What happened; BadContent for an update that lacks what it must have."""
    kind = words(update, "update_type")
    if kind in ("message_created", "message_edited"):
        return [_message(update, "message" if kind == "message_created" else "edit", bot_id)]
    if kind == "message_removed":
        return [_removed(update)]
    if kind == "message_callback":
        return [_pressed(update)]
    if kind in REACHABLE:
        return [_reachable(update, is_reachable=REACHABLE[kind])]
    if not kind:
        raise unreadable("update_type is missing")
    return [_nothing(update, plain_line(kind, longest=100))]


def author_of(person: Json, *, phone: str = "") -> Author:
    """A person or a bot; MAX proves that it is them."""
    key = str(needed(person, "user_id"))
    username = plain_line(words(person, "username"), longest=64)
    name = plain_line(f"{words(person, 'first_name')} {words(person, 'last_name')}", longest=LONGEST_NAME)
    return Author(
        KIND,
        key,
        shown=f"@{username}" if username else name or key,
        name=name,
        role="bot" if person.get("is_bot") is True else "customer",
        username=username,
        phone=phone,
        verified=True,
    )


def _message(update: Json, kind: Kind, bot_id: int | None) -> Incoming:
    if "message" not in update:
        # A voice message to a bot comes so: MAX tells that there was one and nothing of it.
        return _without_message(update)
    message = part(update, "message")
    body, recipient, link = part(message, "body"), part(message, "recipient"), part(message, "link")
    sender = part(message, "sender")
    mid, user_id = words(body, "mid"), number(sender, "user_id")
    if not mid:
        raise unreadable("the message has no name")
    if words(recipient, "chat_type") == "channel":
        return _nothing(update, "a post of a channel")
    if user_id is not None and user_id == bot_id:
        return _nothing(update, "our own message")
    linked = part(link, "message")
    is_forward = words(link, "type") == "forward"
    return Incoming(
        kind,
        str(needed(recipient, "chat_id")),
        mid,
        author_of(sender, phone=own_phone(body, user_id)),
        _moment(update if kind == "edit" else message),
        text=_text(body),
        cards=(*cards_of(body), *(cards_of(linked) if is_forward else ())),
        remote_files=(*files_of(body), *(files_of(linked) if is_forward else ())),
        forwards=tuple(_forwards(link)) if is_forward else (),
        reply_to=words(linked, "mid") or None if words(link, "type") == "reply" else None,
        is_group=words(recipient, "chat_type") == "chat",
        conversation_name=plain_line(words(update, "chat_title"), longest=LONGEST_NAME),
    )


def _without_message(update: Json) -> Incoming:
    person, chat = part(update, "user"), chat_of(update)
    if chat is None or number(person, "user_id") is None:
        return _nothing(update, "a message of which MAX tells nothing (a voice message, perhaps)")
    card = Card("unsupported", facts={"type": "message"})
    name = f"nameless:{needed(update, 'timestamp')}:{chat}"
    return Incoming("message", str(chat), name, author_of(person), _moment(update), cards=(card,))


def _removed(update: Json) -> Incoming:
    mid = words(update, "message_id")
    if not mid:
        raise unreadable("message_id is missing")
    user_id = number(update, "user_id")
    author = Author(KIND, str(user_id) if user_id is not None else "", verified=True)
    return Incoming("delete", str(needed(update, "chat_id")), mid, author, _moment(update))


def _pressed(update: Json) -> Incoming:
    callback, message = part(update, "callback"), part(update, "message")
    body, recipient = part(message, "body"), part(message, "recipient")
    chat, mid, data = number(recipient, "chat_id"), words(body, "mid"), words(callback, "payload")
    if chat is None or not mid:
        return _nothing(update, "a press on a message that is gone")
    return Incoming(
        "button",
        str(chat),
        mid,
        author_of(part(callback, "user")),
        _moment(update),
        text=label_of(body, data),
        button=data,
        is_group=words(recipient, "chat_type") == "chat",
        extra={"answer": {"callback_id": words(callback, "callback_id")}},
    )


def _reachable(update: Json, *, is_reachable: bool) -> Incoming:
    return Incoming(
        "contact_state",
        str(needed(update, "chat_id")),
        None,
        author_of(part(update, "user")),
        _moment(update),
        reachable=is_reachable,
        start_ref=words(update, "payload") or None,
        is_group=words(update, "update_type") in ("bot_added", "bot_removed"),
    )


def _nothing(update: Json, what: str) -> Incoming:
    chat = chat_of(update)
    return Incoming(
        "unsupported",
        str(chat) if chat is not None else None,
        None,
        Author(KIND, "", role="system"),
        _moment(update),
        text=what,
    )


def _forwards(link: Json, depth: int = 0) -> list[Forward]:
    message, sender = part(link, "message"), part(link, "sender")
    name = plain_line(f"{words(sender, 'first_name')} {words(sender, 'last_name')}", longest=LONGEST_NAME)
    inner = part(message, "link")
    deeper = _forwards(inner, depth + 1) if inner and depth < MOST_DEPTH else []
    return [Forward(name, _text(message), depth=depth), *deeper]


def _moment(found: Json) -> datetime:
    """When an update or a message came."""
    return moment(found, "timestamp", per_second=1000)


def _text(body: Json) -> str:
    """The words, with the address behind each link that does not show it; offsets are UTF-16 units."""
    text = words(body, "text")
    links = [each for each in parts(body, "markup") if words(each, "type") == "link" and words(each, "url")]
    wide = text.encode("utf-16-le", "surrogatepass")
    for each in sorted(links, key=lambda found: number(found, "from") or 0, reverse=True):
        begin, length, url = number(each, "from"), number(each, "length"), words(each, "url")
        if begin is None or length is None or not 0 <= begin <= begin + length <= len(wide) // 2:
            continue
        shown = wide[2 * begin : 2 * (begin + length)].decode("utf-16-le", "replace")
        if shown.rstrip("/") not in url and url.startswith(("http://", "https://", "mailto:")):
            after = 2 * (begin + length)
            wide = wide[:after] + f" ({url})".encode("utf-16-le") + wide[after:]
    return wide.decode("utf-16-le", "replace")

"""A message as Telegram has it, read into the inbox's words. Pure.

https://core.telegram.org/bots/api#message
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from channels.json_fields import Json, moment, needed, number, part, words
from channels.telegram.cards import SERVICE, cards_of, unknown_card
from channels.telegram.formatting import Marked, as_html, marks_of
from channels.telegram.keys import Place
from channels.telegram.media import NAMES, files_of
from channels.telegram.people import author_of, is_group, name_of, of_chat
from core.text import plain_line
from inbox.border import Author, Card, FileReference, Forward, Incoming

ANSWER_WITHIN = timedelta(hours=24)
LONGEST_QUOTE = 300
START = re.compile(r"/start(?:@\w+)?\s+(?P<token>[A-Za-z0-9_-]{1,64})\s*")


@dataclass(frozen=True, slots=True)
class Body:
    """What a message says, in all its forms."""

    text: str
    html: str | None
    files: tuple[FileReference, ...]
    cards: tuple[Card, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.text.strip() or self.files or self.cards)


def read_message(message: Json, *, is_edit: bool = False) -> Sequence[Incoming]:
    """One thing that was said or that happened in a chat."""
    chat = part(message, "chat")
    place = place_of_message(message)
    moved = number(message, "migrate_to_chat_id")
    if moved is not None:
        return [_moved(message, old=needed(chat, "id"), new=moved)]
    came_from = number(message, "migrate_from_chat_id")
    if came_from is not None:
        return [_moved(message, old=came_from, new=needed(chat, "id"))]
    if message.get("sender_business_bot"):
        return [nothing(message, "a message of ours")]
    if message.get("is_automatic_forward") is True:
        return [nothing(message, "a post of the linked channel")]
    body = body_of(message)
    if body.is_empty:
        return [nothing(message, _what_happened(message))]
    forwards = _forwards(message, body)
    author = author_of(message, phone=_own_phone(message))
    is_ours = bool(place.business) and not is_group(chat) and author.key != str(place.chat)
    return [
        Incoming(
            kind="edit" if is_edit else "message",
            conversation_key=place.conversation_key,
            message_key=place.message_key(needed(message, "message_id")),
            author=_as_colleague(author) if is_ours else author,
            sent_at=moment(message, "edit_date" if is_edit and "edit_date" in message else "date"),
            text="" if forwards else body.text,
            html=None if forwards else body.html,
            remote_files=body.files,
            cards=body.cards,
            forwards=forwards,
            direction="out" if is_ours else "in",
            participants=(of_chat(chat),) if is_ours else (),
            is_group=is_group(chat),
            conversation_name=conversation_name(message),
            reply_to=_reply_to(message, place),
            quote=_quote(message),
            group_key=_album(message, place),
            start_ref=None if is_edit else _start_token(message, body),
            reply_until=moment(message, "date") + ANSWER_WITHIN if place.business and not is_ours else None,
            answerable=part(message, "from").get("is_bot") is not True and not is_ours,
        )
    ]


def body_of(message: Json) -> Body:
    """Words, files and cards of a message."""
    name = "caption" if "caption" in message else "text"
    text = words(message, name)
    marks = marks_of(message, "caption_entities" if name == "caption" else "entities")
    html = as_html(Marked(text, marks)) if marks else None
    files, cards = files_of(message), cards_of(message)
    if not (text or files or cards):
        strange = unknown_card(message, NAMES)
        cards = (strange,) if strange else ()
    return Body(text, html, files, cards)


def place_of_message(message: Json) -> Place:
    """Where it was said; outside of topics a thread is only what is answered."""
    topic = number(message, "message_thread_id") if message.get("is_topic_message") is True else None
    is_general = topic == 1
    return Place(
        needed(part(message, "chat"), "id"),
        None if is_general else topic,
        words(message, "business_connection_id"),
    )


def conversation_name(message: Json) -> str:
    """What the group is called, with its topic where that is known."""
    chat = part(message, "chat")
    if not is_group(chat):
        return ""
    opened = part(part(message, "reply_to_message"), "forum_topic_created") or part(
        message, "forum_topic_created"
    )
    topic = plain_line(words(opened, "name"), longest=128)
    return f"{name_of(chat)} › {topic}" if topic else name_of(chat)


def nothing(message: Json, what: str) -> Incoming:
    """Something that nobody needs to see, and why."""
    chat = part(message, "chat")
    key = str(number(chat, "id") or number(part(message, "from"), "id") or "")
    author = Author("telegram", str(number(part(message, "from"), "id") or key), role="system")
    return Incoming("unsupported", key, None, author, moment(message, "date"), text=what)


def _moved(message: Json, *, old: int, new: int) -> Incoming:
    author = Author("telegram", str(number(part(message, "from"), "id") or old), role="system")
    return Incoming(
        "moved",
        Place(old).conversation_key,
        None,
        author,
        moment(message, "date"),
        is_group=True,
        new_conversation_key=Place(new).conversation_key,
    )


def _what_happened(message: Json) -> str:
    services = sorted(set(message) & SERVICE)
    return services[0] if services else "a message without anything in it"


def _own_phone(message: Json) -> str:
    """The phone number somebody shared, where Telegram says that it is their own."""
    contact = part(message, "contact")
    person = number(part(message, "from"), "id")
    is_own = person is not None and number(contact, "user_id") == person
    return plain_line(words(contact, "phone_number"), longest=32) if is_own else ""


def _as_colleague(author: Author) -> Author:
    return Author(author.kind, author.key, author.shown, author.name, "agent", author.username, verified=True)


def _reply_to(message: Json, place: Place) -> str | None:
    """The message it answers; the first message of a topic is what every other one there names."""
    answered = part(message, "reply_to_message")
    number_ = number(answered, "message_id")
    if number_ is None or "forum_topic_created" in answered:
        return None
    return place.message_key(number_)


def _quote(message: Json) -> str:
    """The words it picks; else those of a message we may not have."""
    picked = words(part(message, "quote"), "text")
    if picked:
        return picked[:LONGEST_QUOTE]
    elsewhere = part(message, "external_reply")
    answered = part(message, "reply_to_message")
    if "forum_topic_created" in answered:
        return ""
    said = words(answered, "text") or words(answered, "caption")
    return (said or name_of(_origin(part(elsewhere, "origin"))))[:LONGEST_QUOTE]


def _album(message: Json, place: Place) -> str | None:
    group = words(message, "media_group_id")
    return f"{place.conversation_key}/{group}" if group else None


def _forwards(message: Json, body: Body) -> tuple[Forward, ...]:
    """Words that are somebody else's; whoever passes them on can add none of their own."""
    origin = part(message, "forward_origin")
    if not origin:
        return ()
    sent_at = moment(origin, "date") if number(origin, "date") is not None else None
    hidden = plain_line(words(origin, "sender_user_name"), longest=200)
    return (Forward(hidden or name_of(_origin(origin)), body.text, sent_at),)


def _origin(origin: Json) -> Json:
    return part(origin, "sender_user") or part(origin, "sender_chat") or part(origin, "chat")


def _start_token(message: Json, body: Body) -> str | None:
    """The token of a link of ours by which somebody came."""
    if words(part(message, "chat"), "type") != "private":
        return None
    found = START.fullmatch(body.text)
    return found["token"] if found else None

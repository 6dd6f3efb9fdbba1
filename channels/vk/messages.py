"""A message of VK in the inbox's own words."""

from collections.abc import Iterator
from typing import Any

from channels.vk.attachments import MOST, attached, place_card
from channels.vk.keys import client_key, is_chat, message_key, page_of
from channels.vk.wire import Json, Unreadable, inner, items, moment, number, words
from inbox.border import Author, Card, FileReference, Forward, Incoming

MOST_FORWARDS = 100
DEEPEST = 10
_LONGEST_QUOTE = 1000
_LONGEST_NAME = 100


def read_message(event: Json, message: Json, *, edited: bool = False) -> Incoming:
    """What somebody said, or what it says now that it was changed; Unreadable if nobody can tell."""
    group_id = number(event.get("group_id"))
    peer_id, at, sent_at = _place(message)
    is_ours = number(message.get("out")) == 1 or number(message.get("from_id")) == -group_id
    files, cards, forwards = _content(event, message, peer_id, at)
    answered = inner(message, "reply_message")
    random_id = number(message.get("random_id"))
    changed_at = moment(message.get("update_time")) if edited else None
    gone = edited and number(message.get("deleted")) == 1
    return Incoming(
        kind="delete" if gone else "edit" if edited else "message",
        conversation_key=str(peer_id),
        message_key=message_key(peer_id, at),
        author=_author(event, message, is_ours=is_ours),
        sent_at=changed_at or sent_at,
        text=words(message.get("text")),
        direction="out" if is_ours else "in",
        client_key=client_key(peer_id, random_id) if is_ours and random_id else None,
        is_group=is_chat(peer_id),
        participants=(author_of(event, peer_id),) if is_ours else (),
        remote_files=() if edited and is_ours else files,  # we have what we sent
        cards=cards,
        forwards=forwards,
        reply_to=_answered_key(answered, peer_id),
        quote=words(answered.get("text"), longest=_LONGEST_QUOTE),
        start_ref=words(message.get("ref"), longest=256) or None,
        conversation_name=name_in(event, peer_id) if is_chat(peer_id) else "",
        extra=_extra(message),
    )


def author_of(event: Json, person: int) -> Author:
    """Somebody by their number, for which VK vouches, and by their name if it came along."""
    role = "customer" if person > 0 else "bot"
    name = name_in(event, person)
    return Author("vk", str(person), shown=page_of(person), name=name, role=role, verified=True)  # type: ignore[arg-type]


def name_in(event: Json, number: int) -> str:
    """The name of a person, a community or a chat, as it was when the event was fetched."""
    return words(inner(event, "names").get(str(number)), longest=_LONGEST_NAME)


def _author(event: Json, message: Json, *, is_ours: bool) -> Author:
    """Whoever wrote it; behind a message of the community there may be an administrator."""
    person = number(message.get("from_id"))
    if not is_ours:
        return author_of(event, person)
    admin = number(message.get("admin_author_id")) or person
    return Author(
        "vk", str(admin), shown=page_of(admin), name=name_in(event, admin), role="agent", verified=True
    )


def _place(message: Json) -> tuple[int, int, Any]:
    """Where and when; a message of which this is not known is none."""
    peer_id, at = number(message.get("peer_id")), number(message.get("conversation_message_id"))
    sent_at = moment(message.get("date"))
    if not peer_id or at <= 0 or sent_at is None or not number(message.get("from_id")):
        raise Unreadable("a message without its place, time or author")
    return peer_id, at, sent_at


def _content(
    event: Json, message: Json, peer_id: int, at: int
) -> tuple[tuple[FileReference, ...], tuple[Card, ...], tuple[Forward, ...]]:
    """Files and cards of the message and of those it passes on, and the words of these."""
    home = {"peer": peer_id, "number": at}
    files, cards = attached(message.get("attachments"), home)
    place = place_card(message.get("geo"))
    forwards: list[Forward] = []
    for forwarded, depth in _forwarded(message.get("fwd_messages")):
        more_files, more_cards = attached(forwarded.get("attachments"), home, seen=len(files) + len(cards))
        files, cards = files + more_files, cards + more_cards
        person = number(forwarded.get("from_id"))
        text = words(forwarded.get("text"))
        author = name_in(event, person) or page_of(person)
        forwards.append(Forward(author, text, moment(forwarded.get("date")), depth))
    return files[:MOST], (cards + ((place,) if place else ()))[:MOST], tuple(forwards)


def _forwarded(messages: Any, depth: int = 0) -> Iterator[tuple[Json, int]]:
    """Messages within messages, outermost first, as far as anybody reads."""
    left = MOST_FORWARDS
    stack = [(each, depth) for each in reversed(items(messages))]
    while stack and left:
        message, depth = stack.pop()
        left -= 1
        yield message, depth
        if depth + 1 < DEEPEST:
            stack += [(each, depth + 1) for each in reversed(items(message.get("fwd_messages")))]


def _answered_key(answered: Json, peer_id: int) -> str | None:
    at = number(answered.get("conversation_message_id"))
    return message_key(peer_id, at) if at > 0 else None


def _extra(message: Json) -> dict[str, Any]:
    """What is worth keeping although no field has its name."""
    found = {"ref_source": words(message.get("ref_source"), longest=256), "vk_id": number(message.get("id"))}
    return {name: value for name, value in found.items() if value}

"""Names that events leave out: who wrote, who is quoted, what a chat is called.

They are asked for when events are fetched and kept with them, so that reading an event needs nobody.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from channels.adapter import ChannelError, RawEvent
from channels.vk.api import VkApi
from channels.vk.keys import is_chat
from channels.vk.wire import Json, inner, items, number, words
from core.text import plain_line

A_DAY = 24 * 3600.0
MOST_KEPT = 10_000
MOST_ASKED = 500
SECONDS = 5.0
LONGEST = 100
DEEPEST = 10


class Names:
    """Names of people, communities and chats, remembered for a day."""

    def __init__(self, api: VkApi) -> None:
        self._api = api
        self._known: dict[int, tuple[str, float]] = {}

    def with_names(self, events: Sequence[RawEvent]) -> list[RawEvent]:
        """The events with `names` of everybody in them; without where VK does not tell."""
        wanted = {each for event in events for each in _numbers_in(event.payload)}
        self._learn({each for each in wanted if self._name(each) is None})
        return [self._named(event) for event in events]

    def _named(self, event: RawEvent) -> RawEvent:
        found = {str(each): self._name(each) for each in _numbers_in(event.payload)}
        names = {each: name for each, name in sorted(found.items()) if name}
        return replace(event, payload={**event.payload, "names": names}) if names else event

    def _name(self, each: int) -> str | None:
        name, until = self._known.get(each, ("", 0.0))
        return name if until > monotonic() else None

    def _learn(self, unknown: set[int]) -> None:
        if len(self._known) > MOST_KEPT:
            self._known.clear()
        people = [each for each in unknown if each > 0 and not is_chat(each)][:MOST_ASKED]
        communities = [-each for each in unknown if each < 0][:MOST_ASKED]
        chats = [each for each in unknown if is_chat(each)][:100]
        if people:
            self._ask(people, "users.get", user_ids=people)
        if communities:
            self._ask([-each for each in communities], "groups.getById", group_ids=communities)
        if chats:
            self._ask(chats, "messages.getConversationsById", peer_ids=chats)

    def _ask(self, asked: Sequence[int], method: str, **params: Any) -> None:
        """Remember the names that a method tells, and that it told none for the others."""
        try:
            told = self._api.ask(method, seconds=SECONDS, **params)
        except ChannelError:
            return  # a name is not worth an event
        self._known |= {each: ("", monotonic() + A_DAY) for each in asked}
        for each in items(told) or items(inner(told).get("groups")) or items(inner(told).get("items")):
            key, name = _told(each)
            self._known[key] = (plain_line(name, longest=LONGEST), monotonic() + A_DAY)


def _told(each: Json) -> tuple[int, str]:
    """Whose name it is, of a person, a chat or a community."""
    if "first_name" in each:
        names = (words(each.get(name), longest=LONGEST) for name in ("first_name", "last_name"))
        return number(each.get("id")), " ".join(name for name in names if name)
    if "peer" in each:
        return number(inner(each, "peer").get("id")), words(inner(each, "chat_settings").get("title"))
    return -number(each.get("id")), words(each.get("name"))


def _numbers_in(event: Mapping[str, Any]) -> set[int]:
    """Everybody an event is about, except the community itself."""
    content = inner(event, "object")
    message = inner(content, "message") or content
    found = set(_authors(message))
    for name in ("peer_id", "user_id", "reacted_id", "admin_author_id"):
        found.add(number(message.get(name)))
    return found - {0, -number(event.get("group_id"))}


def _authors(message: Json, depth: int = 0) -> Iterator[int]:
    yield number(message.get("from_id"))
    if depth < DEEPEST:
        for forwarded in items(message.get("fwd_messages"))[:100]:
            yield from _authors(forwarded, depth + 1)

"""What was said while nobody listened: out of conversations and their histories instead of events."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from time import sleep
from typing import Any

from channels.adapter import RawEvent, RetryAfter
from channels.vk.api import VkApi
from channels.vk.keys import message_key
from channels.vk.wire import Json, inner, items, moment, number
from core.clock import now

AT_ONCE = 200
MOST_MESSAGES = 5000
MOST_UNREAD = 1000
UNANSWERED_AT_ONCE = 20
PATIENCE = 5
LONGEST_NAP = 5.0


def said_since(api: VkApi, group_id: int, since: datetime) -> list[RawEvent]:
    """Everything said or changed since then, in every conversation, oldest first."""
    found: list[RawEvent] = []
    for conversation in _conversations(api, since):
        peer_id = number(inner(conversation, "conversation", "peer").get("id"))
        messages = list(_history(api, peer_id, since))
        found += [each for message in reversed(messages) for each in _events(message, group_id, since)]
        if len(found) >= MOST_MESSAGES:
            break
    return found


def unanswered(api: VkApi, group_id: int, offset: int) -> tuple[list[RawEvent], int | None]:
    """What customers said last in conversations that wait for an answer, and where to go on if anywhere."""
    page = _ask(
        api, "messages.getConversations", filter="unanswered", count=UNANSWERED_AT_ONCE, offset=offset
    )
    conversations = items(inner(page).get("items"))
    found: list[RawEvent] = []
    for each in conversations:
        peer_id = number(inner(each, "conversation", "peer").get("id"))
        unread = number(inner(each, "conversation").get("unread_count"))
        last = inner(each, "last_message")
        said = [last] if unread <= 1 else _last_words(api, peer_id, min(unread, MOST_UNREAD)) or [last]
        found += [_event(message, group_id) for message in said if number(message.get("out")) == 0]
    return found, offset + UNANSWERED_AT_ONCE if len(conversations) == UNANSWERED_AT_ONCE else None


def _last_words(api: VkApi, peer_id: int, count: int) -> list[Json]:
    """So many messages from the end of a conversation, in their order."""
    found: list[Json] = []
    while len(found) < count:
        told = {"peer_id": peer_id, "count": min(AT_ONCE, count - len(found)), "offset": len(found)}
        page = items(inner(_ask(api, "messages.getHistory", **told)).get("items"))
        found += page
        if not page:
            break
    return found[::-1]


def _conversations(api: VkApi, since: datetime) -> Iterator[Json]:
    """Those in which something was said since then; VK gives the latest first."""
    for offset in range(0, MOST_MESSAGES, AT_ONCE):
        page = items(inner(_ask(api, "messages.getConversations", count=AT_ONCE, offset=offset)).get("items"))
        for each in page:
            if _is_before(inner(each, "last_message"), since):
                return
            yield each
        if len(page) < AT_ONCE:
            return


def _history(api: VkApi, peer_id: int, since: datetime) -> Iterator[Json]:
    """The messages of one conversation back to that time."""
    for offset in range(0, MOST_MESSAGES, AT_ONCE):
        page = _ask(api, "messages.getHistory", peer_id=peer_id, count=AT_ONCE, offset=offset)
        messages = items(inner(page).get("items"))
        for each in messages:
            if _is_before(each, since):
                return
            yield each
        if len(messages) < AT_ONCE:
            return


def _events(message: Json, group_id: int, since: datetime) -> Iterator[RawEvent]:
    """The message, and that it was changed since."""
    yield _event(message, group_id)
    changed_at = moment(message.get("update_time"))
    if changed_at is not None and changed_at >= since:
        yield _event(message, group_id, "message_edit")


def _event(message: Json, group_id: int, kind: str = "") -> RawEvent:
    """A message of the history as if it had been told; the number of its place makes its name."""
    is_ours = number(message.get("out")) == 1
    kind = kind or ("message_reply" if is_ours else "message_new")
    peer_id, at = number(message.get("peer_id")), number(message.get("conversation_message_id"))
    name = f"h:{message_key(peer_id, at)}"
    if kind == "message_edit":
        name += f":{number(message.get('update_time'))}"
    payload: Mapping[str, Any] = {
        "type": kind,
        "group_id": group_id,
        "event_id": name,
        "object": {"message": message} if kind == "message_new" else message,
        "received_at": now().isoformat(),
    }
    return RawEvent(name, str(peer_id), payload)


def _is_before(message: Json, since: datetime) -> bool:
    said_at = moment(message.get("date"))
    return said_at is not None and said_at < since.replace(microsecond=0)


def _ask(api: VkApi, method: str, **params: Any) -> Any:
    """A call of many: told to slow down, it does."""
    for _ in range(PATIENCE):
        try:
            return api.ask(method, **params)
        except RetryAfter as wait:
            if (wait.retry_after or 0) > LONGEST_NAP:
                raise
            sleep(wait.retry_after or 1.0)
    return api.ask(method, **params)

"""What waits for a bot to be fetched, with the rules of the real server (TQueue and do_get_updates).

Asking with an offset forgets all that lies before it, at once. An offset more than ten beyond the end
is taken for a mistake: everything is given from the head and nothing is forgotten.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition
from typing import Any

ALL = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
)
NOT_UNLESS_ASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
DAY, BUTTON = 86400.0, 150.0
MOST = 100_000
TOLERANCE = 10


@dataclass(frozen=True, slots=True)
class Waiting:
    """One update in the queue."""

    number: int
    kind: str
    body: Any
    chat: str
    until: float

    @property
    def update(self) -> Any:
        """As it is given out; a `raw` one is whatever a test made up."""
        return {"update_id": self.number, self.kind: self.body} if self.kind != "raw" else self.body


class UpdateQueue:
    """The updates of one bot; shared by polls and the sender of webhooks."""

    def __init__(self, changed: Condition, now: Callable[[], float]) -> None:
        self._changed = changed
        self._now = now
        self._waiting: list[Waiting] = []
        self._random = random.Random(11)
        self._next = self._random.randrange(100_000_000, 900_000_000)
        self._poll = 0
        self.allowed = frozenset(ALL) - NOT_UNLESS_ASKED

    def allow(self, kinds: list[str] | None) -> None:
        """Remember which kinds are asked for; an empty list means the usual ones, None leaves it."""
        if kinds is not None:
            self.allowed = frozenset(kinds) & frozenset(ALL) or frozenset(ALL) - NOT_UNLESS_ASKED

    def push(self, kind: str, body: Any, *, chat: str = "", date: float | None = None) -> int | None:
        """Something happened; None when nobody asked for such news or it is too old."""
        with self._changed:
            lasts = BUTTON if kind == "callback_query" else DAY
            until = (date or self._now()) + lasts
            if (kind != "raw" and kind not in self.allowed) or until <= self._now() or len(self) >= MOST:
                return None
            made = Waiting(self._next, kind, body, chat, until)
            if kind == "raw" and isinstance(body, dict):
                body.setdefault("update_id", made.number)
            self._next += 1
            self._waiting.append(made)
            self._changed.notify_all()
            return made.number

    def take(
        self, offset: int, limit: int, seconds: float, is_over: Callable[[], bool]
    ) -> list[Waiting] | None:
        """The next updates, waited for; None when another poll began meanwhile."""
        ends = time.monotonic() + seconds
        with self._changed:
            self._poll += 1
            mine = self._poll
            self._changed.notify_all()
            self._forget(offset)
            while True:
                self._expire()
                found = self._waiting[:limit]
                left = ends - time.monotonic()
                if self._poll != mine:
                    return None
                if found or left <= 0 or is_over():
                    return found
                self._changed.wait(left)

    def heads(self) -> list[Waiting]:
        """The oldest update of each chat, which may be brought now."""
        self._expire()
        first: dict[str, Waiting] = {}
        for each in self._waiting:
            first.setdefault(each.chat or str(each.number), each)
        return list(first.values())

    def done(self, number: int) -> None:
        """An update was brought."""
        with self._changed:
            self._waiting = [each for each in self._waiting if each.number != number]

    def repeat(self, count: int) -> None:
        """Put the last updates into the queue once more, under their numbers."""
        with self._changed:
            self._waiting += self._waiting[-count:]
            self._changed.notify_all()

    def restart_numbers(self) -> None:
        """Number anew from somewhere else, as after a week without updates."""
        with self._changed:
            self._waiting.clear()
            self._next = self._random.randrange(1_000_000, self._next - 1000)

    def clear(self) -> None:
        """Drop everything that waits."""
        with self._changed:
            self._waiting.clear()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def _tail(self) -> int:
        return self._next

    def _forget(self, offset: int) -> None:
        if offset < 0:
            self._waiting = self._waiting[offset:]
        elif offset <= self._tail + TOLERANCE:
            self._waiting = [each for each in self._waiting if each.number >= offset]

    def _expire(self) -> None:
        moment = self._now()
        self._waiting = [each for each in self._waiting if each.until > moment]

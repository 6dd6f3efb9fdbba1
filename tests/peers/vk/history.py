"""Bots Long Poll as VK keeps it: numbered events, a key that ends, a past that is forgotten."""

import time
from secrets import token_hex
from threading import Condition
from typing import Any

LONGEST_WAIT = 90.0


class History:
    """The events of one community.

    `ts` is the client's own cursor: whoever asks again with an old one gets the same events again
    while they are kept.
    """

    def __init__(self, *, kept: int = 1000) -> None:
        self.kept = kept
        self.key = token_hex(20)
        self.waiting = 0
        self._lost_keys: set[str] = set()
        self._first = 1
        self._events: list[dict[str, Any]] = []
        self._changed = Condition()
        self._stopped = False

    @property
    def ts(self) -> int:
        """The number of the newest event."""
        return self._first + len(self._events) - 1

    def add(self, event: dict[str, Any]) -> None:
        """Something happened."""
        with self._changed:
            self._events.append(event)
            self._forget(len(self._events) - self.kept)
            self._changed.notify_all()

    def again(self, count: int) -> None:
        """Give the newest events once more, under their old names and new numbers."""
        for event in self._events[-count:]:
            self.add(event)

    def shuffle(self, count: int) -> None:
        """Turn the newest events round."""
        with self._changed:
            self._events[-count:] = reversed(self._events[-count:])

    def trim(self) -> None:
        """Forget everything so far: `failed` 1 for whoever stands before it."""
        with self._changed:
            self._forget(len(self._events))
            self._changed.notify_all()

    def expire_key(self) -> None:
        """Let the key end: `failed` 2."""
        with self._changed:
            self.key = token_hex(20)
            self._changed.notify_all()

    def lose(self) -> None:
        """Lose key, numbers and past: `failed` 3 for every number and key given so far."""
        with self._changed:
            self._lost_keys.add(self.key)
            self.key = token_hex(20)
            self._first, self._events = 1, []
            self._changed.notify_all()

    def stop(self) -> None:
        """Send everybody who waits home."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def check(self, key: str, ts: str, wait: float) -> dict[str, Any]:
        """Answer `act=a_check`: what came after `ts`, or why nobody can tell."""
        until = time.monotonic() + min(wait, LONGEST_WAIT)
        with self._changed:
            self.waiting += 1
            try:
                while (answer := self._look(key, ts)) is None:
                    left = until - time.monotonic()
                    if left <= 0 or self._stopped:
                        return {"ts": str(self.ts), "updates": []}
                    self._changed.wait(left)
                return answer
            finally:
                self.waiting -= 1

    def _look(self, key: str, ts: str) -> dict[str, Any] | None:
        if not ts.isdecimal() or int(ts) > self.ts or key in self._lost_keys:
            return {"failed": 3}
        if key != self.key:
            return {"failed": 2}
        if int(ts) < self._first - 1:
            return {"failed": 1, "ts": self.ts}  # a number here, a string everywhere else
        events = self._events[int(ts) - self._first + 1 :]
        return {"ts": str(self.ts), "updates": events} if events else None

    def _forget(self, count: int) -> None:
        if count > 0:
            self._first += count
            del self._events[:count]

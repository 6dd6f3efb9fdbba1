"""How MAX calls a webhook: in order, with the secret in a header, again and again for eight hours.

https://dev.max.ru/docs-api/methods/POST/subscriptions — addresses pile up, each gets everything.
"""

import json
import time
from collections import deque
from dataclasses import dataclass, field
from threading import Condition, Event, Thread
from typing import Any

import httpx

HEADER = "X-Max-Bot-Api-Secret"
GIVES_UP = 8 * 3600.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 60.0


@dataclass
class Subscription:
    """An address that wants to be called."""

    url: str
    secret: str | None
    types: list[str] | None
    at: float = field(default_factory=time.time)
    waiting: deque[str] = field(default_factory=deque)
    failing_since: float | None = None


class Hooks:
    """Everybody who wants to be called."""

    def __init__(self, closing: Event) -> None:
        self._closing = closing
        self._known: dict[str, Subscription] = {}
        self._changed = Condition()
        self.calls: list[tuple[str, int]] = []

    def listed(self) -> list[dict[str, Any]]:
        """As GET /subscriptions tells of them."""
        with self._changed:
            found = list(self._known.values())
        return [{"url": each.url, "time": int(each.at * 1000), "update_types": each.types} for each in found]

    def add(self, url: str, secret: str | None, types: list[str] | None) -> None:
        """Call this address from now on; asked again, with another secret."""
        with self._changed:
            if url in self._known:
                self._known[url].secret, self._known[url].types = secret, types
                return
            subscription = self._known[url] = Subscription(url, secret, types)
        Thread(target=self._serve, args=(subscription,), daemon=True).start()

    def remove(self, url: str) -> bool:
        """Call it no more."""
        with self._changed:
            found = self._known.pop(url, None)
            self._changed.notify_all()
            return found is not None

    def clear(self) -> None:
        """Call nobody."""
        with self._changed:
            self._known.clear()
            self._changed.notify_all()

    def tell(self, update: Any) -> bool:
        """Have everybody called who wants such an update; whether anybody wants to be called at all."""
        kind = update.get("update_type") if isinstance(update, dict) else None
        with self._changed:
            for each in self._known.values():
                if not each.types or kind in each.types or kind is None:
                    each.waiting.append(json.dumps(update, ensure_ascii=False))
            self._changed.notify_all()
            return bool(self._known)

    def _serve(self, subscription: Subscription) -> None:
        pause = FIRST_PAUSE
        with httpx.Client(trust_env=False, timeout=10) as client:
            while (body := self._next(subscription)) is not None:
                if self._call(client, subscription, body):
                    subscription.waiting.popleft()
                    subscription.failing_since, pause = None, FIRST_PAUSE
                    continue
                subscription.failing_since = subscription.failing_since or time.time()
                if time.time() - subscription.failing_since > GIVES_UP:
                    self.remove(subscription.url)
                self._closing.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _next(self, subscription: Subscription) -> str | None:
        with self._changed:
            while not self._closing.is_set() and self._known.get(subscription.url) is subscription:
                if subscription.waiting:
                    return subscription.waiting[0]
                self._changed.wait(0.5)
        return None

    def _call(self, client: httpx.Client, subscription: Subscription, body: str) -> bool:
        headers = {"Content-Type": "application/json"}
        if subscription.secret is not None:
            headers[HEADER] = subscription.secret
        try:
            status = client.post(subscription.url, content=body.encode(), headers=headers).status_code
        except httpx.HTTPError:
            status = 0
        self.calls.append((subscription.url, status))
        return status == 200

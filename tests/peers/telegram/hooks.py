"""The sender of webhooks: in order within a chat, chats side by side, patient as the real WebhookActor."""

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Condition, Event, Thread
from typing import Any
from urllib.parse import urlsplit

import orjson

from tests.peers.telegram.updates import UpdateQueue, Waiting

SECRET = "X-Telegram-Bot-Api-Secret-Token"
LONGEST_PAUSE, LONGEST_ASKED = 60.0, 3600.0
ANSWER_SECONDS = 10.0


@dataclass(slots=True)
class Try:
    """How a chat's oldest update fares."""

    failures: int = 0
    not_before: float = 0.0
    is_flying: bool = False


class HookSender(Thread):
    """Brings updates to one address until it is stopped; `pace` shortens the pauses between tries."""

    def __init__(self, queue: UpdateQueue, changed: Condition, hook: dict[str, Any], *, pace: float) -> None:
        super().__init__(daemon=True, name="webhooks")
        self.over = Event()
        self._queue = queue
        self._changed = changed
        self._hook = hook
        self._pace = pace
        self._tries: dict[str, Try] = {}
        self._pool = ThreadPoolExecutor(int(hook.get("max_connections", 40)))

    def run(self) -> None:
        while not self.over.is_set():
            with self._changed:
                due = [each for each in self._queue.heads() if self._is_due(each)]
                for each in due:
                    self._tries.setdefault(self._place(each), Try()).is_flying = True
                if not due:
                    self._changed.wait(0.02)
            for each in due:
                self._pool.submit(self._bring, each)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def stop(self) -> None:
        """Bring no more."""
        self.over.set()
        with self._changed:
            self._changed.notify_all()

    def _is_due(self, waiting: Waiting) -> bool:
        known = self._tries.get(self._place(waiting))
        return known is None or (not known.is_flying and time.monotonic() >= known.not_before)

    def _bring(self, waiting: Waiting) -> None:
        status, said, asked = self._post(waiting)
        known = self._tries[self._place(waiting)]
        if 200 <= status < 300:
            known.failures = 0
            self._queue.done(waiting.number)
        else:
            known.failures += 1
            pause = 0.0 if known.failures == 1 else min(2.0 ** (known.failures - 1), LONGEST_PAUSE)
            known.not_before = time.monotonic() + (asked if asked else pause) * self._pace
            self._hook["last_error_date"] = int(time.time())
            self._hook["last_error_message"] = said
        known.is_flying = False
        with self._changed:
            self._changed.notify_all()

    def _post(self, waiting: Waiting) -> tuple[int, str, float]:
        address = urlsplit(self._hook["url"])
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=ANSWER_SECONDS)
        headers = {"Content-Type": "application/json"}
        if self._hook.get("secret_token"):
            headers[SECRET] = self._hook["secret_token"]
        try:
            connection.request("POST", address.path or "/", orjson.dumps(waiting.update), headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            return 0, f"Connection failed: {type(error).__name__}", 0.0
        finally:
            connection.close()
        asked = answer.headers.get("Retry-After", "")
        wait = min(float(asked), LONGEST_ASKED) if asked.isdecimal() else 0.0
        return answer.status, f"Wrong response from the webhook: {answer.status} {answer.reason}", wait

    @staticmethod
    def _place(waiting: Waiting) -> str:
        return waiting.chat or str(waiting.number)

"""How a server misbehaves on purpose; one engine for every peer that speaks HTTP.

peer.faults.add("status", status=429, retry_after=3, chat="7")     one call for chat 7
peer.faults.add("reset_after", method="sendMessage", skip=2)       do the third, then cut
peer.faults.add("duplicate", method="getUpdates", times=None)      for ever
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal, TypeVar

Item = TypeVar("Item")
Deed = Literal[
    "status",  # refuse with `status`, in the words of the interface (`retry_after`, `text`)
    "answer",  # `body` with `status`, whatever it is
    "html",  # a page of a proxy in the way
    "garbage",  # status 200 and JSON that is cut
    "empty",  # status 200 and nothing
    "reset_before",  # cut without doing it
    "reset_after",  # do it, then cut without a word
    "cut",  # do it, announce the whole answer, send half of it, cut
    "delay",  # wait `seconds`, then do it
    "delay_after",  # do it, then wait `seconds` before saying so
    "drip",  # do it, then say so so slowly that it takes `seconds`
    "silent",  # never answer, never do it
    "duplicate",  # give every event twice
    "shuffle",  # give events in another order
]
_DEALT = frozenset(("duplicate", "shuffle"))


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong: for which calls, after how many good ones, how often (None: for ever)."""

    do: Deed
    method: str | None = None
    chat: str | None = None
    skip: int = 0
    times: int | None = 1
    status: int = 500
    retry_after: float | None = None
    text: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    only_if: Callable[[], bool] | None = None

    def concerns(self, method: str, chat: str | None) -> bool:
        """Whether it is about this call."""
        if self.method is not None and self.method.lower() != method.lower():
            return False
        if self.chat is not None and self.chat != chat:
            return False
        return self.only_if is None or self.only_if()


class Faults:
    """What goes wrong at one peer; asked by its server for every call, from many threads."""

    def __init__(self, *, seed: int = 7) -> None:
        self._faults: list[Fault] = []
        self._lock = Lock()
        self._random = random.Random(seed)
        self.done: list[tuple[str, str]] = []

    def add(self, do: Deed, **more: object) -> Fault:
        """Let something go wrong, by default once; see Fault for what may be said."""
        fault = Fault(do, **more)  # type: ignore[arg-type]
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Let everything go well again."""
        with self._lock:
            self._faults.clear()

    def take(self, method: str, chat: str | None = None) -> Fault | None:
        """What goes wrong with this call, if anything; counted as done."""
        return self._take(method, chat, dealt=False)

    def deal(self, method: str, events: Sequence[Item], chat: str | None = None) -> list[Item]:
        """Events as they are given out: twice, in another order, or as they are."""
        dealt = list(events)
        while dealt and (fault := self._take(method, chat, dealt=True)) is not None:
            if fault.do == "duplicate":
                dealt = [each for event in dealt for each in (event, event)]
            else:
                self._random.shuffle(dealt)
            if fault.times is None:
                break
        return dealt

    def _take(self, method: str, chat: str | None, *, dealt: bool) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if (fault.do in _DEALT) is not dealt or not fault.concerns(method, chat):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                self.done.append((fault.do, method))
                return fault
        return None

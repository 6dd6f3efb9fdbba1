"""How often a bot may write: once a second to a person, twenty times a minute to a group, 30/s in all."""

import math
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

from tests.peers.telegram.refusals import too_many

BURST = 3


@dataclass(slots=True)
class Limiter:
    """Counts while it is switched on; what was refused is counted too."""

    is_on: bool = False
    refused: int = 0
    _calls: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def count(self, chat: int, cost: int = 1) -> None:
        """A call that sends `cost` messages; refused with the time to wait when it is too much."""
        if not self.is_on:
            return
        moment = time.monotonic()
        places = [("all", 30, 1.0), (str(chat), 20, 60.0) if chat < 0 else (str(chat), BURST, float(BURST))]
        for name, most, seconds in places:
            calls = self._calls[name]
            while calls and moment - calls[0] >= seconds:
                calls.popleft()
            if len(calls) + cost > most and calls:
                self.refused += 1
                raise too_many(max(1, math.ceil(seconds - (moment - calls[0]))))
        for name, _, _ in places:
            self._calls[name].extend([moment] * cost)

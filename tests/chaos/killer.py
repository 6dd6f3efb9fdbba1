"""Kills every part of the product in turn, each more often than three times a minute."""

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from redis import Redis
from redis.exceptions import RedisError

from tests.product import Product, kill_tree, process_tree

TARGETS = ("web", "worker", "relay", "clock", "receivers", "valkey", "postgres")
ROUND = 15.0


@dataclass(frozen=True)
class Kill:
    """One killing: when, whom, how."""

    at: float
    target: str
    manner: str


@dataclass
class Killer:
    """Goes round all targets in a random order, again and again."""

    product: Product
    chance: random.Random
    round_seconds: float = ROUND
    kills: list[Kill] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self, seconds: float) -> None:
        """Kill for so long; every target once a round at least."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for target in self.chance.sample(TARGETS, len(TARGETS)):
                pause = self.round_seconds / len(TARGETS) * self.chance.uniform(0.6, 1.4)
                if self._over.wait(pause):
                    return
                self.kill(target)

    def stop(self) -> None:
        """Enough."""
        self._over.set()

    def kill(self, target: str) -> None:
        """Kill one part, in one of the ways it can die."""
        pid = self.product.programs().get(target)
        if pid is None:
            return
        manner = self.chance.choice(_MANNERS.get(target, ("whole",)))
        with contextlib.suppress(ProcessLookupError, RedisError):
            self._act(target, pid, manner)
            self.kills.append(Kill(time.time(), target, manner))

    @property
    def counts(self) -> dict[str, int]:
        """How often each was killed."""
        return dict(Counter(kill.target for kill in self.kills))

    def _act(self, target: str, pid: int, manner: str) -> None:
        below = sorted(process_tree(pid) - {pid})
        if manner == "flush":
            with Redis.from_url(
                f"unix://{self.product.data / 'run/valkey.sock'}", socket_timeout=1
            ) as valkey:
                valkey.flushall()
            os.kill(pid, signal.SIGKILL)
        elif manner == "child" and below:
            os.kill(self.chance.choice(below), signal.SIGKILL)
        elif manner == "head":
            os.kill(pid, signal.SIGKILL)
        else:
            kill_tree(pid)


# A server that loses its head must not leave others serving; one that loses a child starts anew.
_MANNERS = {
    "web": ("whole", "child", "head"),
    "worker": ("whole", "child", "head"),
    "valkey": ("whole", "flush"),
    "postgres": ("whole", "child", "head"),
}

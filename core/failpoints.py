"""Places where a test ends or breaks the process, to see that nothing is lost there.

FAILPOINT names one and says what happens when the process passes it: `read.claimed:kill` ends it as
`kill -9` does, `read.claimed:raise` lets it fail, `read.claimed:kill:3` does so the third time.
"""

import os
import re
import signal
from dataclasses import dataclass


class FailpointReached(Exception):
    """What a place raises that was told to."""


@dataclass
class _Armed:
    name: str
    act: str
    passings: int


_armed: _Armed | None = None


def failpoint(name: str) -> None:
    """Mark a place; it does nothing unless a test armed it."""
    if _armed is not None and _armed.name == name:
        _reach(_armed)


def arm(order: str | None) -> None:
    """Say what happens where, as FAILPOINT does; None disarms. ValueError for an order nobody understands."""
    global _armed
    if not order:
        _armed = None
        return
    understood = re.fullmatch(r"([a-z_.]+):(kill|raise)(?::([1-9]\d*))?", order)
    if understood is None:
        raise ValueError(f"not a failpoint: {order!r}")
    _armed = _Armed(understood[1], understood[2], int(understood[3] or 1))


def _reach(armed: _Armed) -> None:
    armed.passings -= 1
    if armed.passings:
        return
    if armed.act == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    raise FailpointReached(armed.name)


arm(os.environ.get("FAILPOINT"))

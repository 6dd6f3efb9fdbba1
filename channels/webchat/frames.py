"""What a visitor's browser may say through its socket. Pure."""

from typing import NamedTuple

import orjson

MOST = 1024
LONGEST_TOKEN = 200


class Frame(NamedTuple):
    """That the visitor writes, or how far the visitor has read."""

    is_typing: bool = False
    read: int | None = None


def read_greeting(said: object) -> str | None:
    """The token of the first frame, {"token": "…"}; None for anything else."""
    told = _opened(said)
    token = told.get("token") if told is not None and set(told) == {"token"} else None
    return token if isinstance(token, str) and 0 < len(token) <= LONGEST_TOKEN else None


def read_frame(said: object) -> Frame | None:
    """{"typing": 1} or {"read": N}; None for anything else, which ends the connection."""
    told = _opened(said)
    if told is None or len(told) != 1:
        return None
    if told.get("typing") == 1 and "typing" in told:
        return Frame(is_typing=True)
    seq = told.get("read")
    if isinstance(seq, int) and not isinstance(seq, bool) and 0 <= seq < 2**53:
        return Frame(read=seq)
    return None


def _opened(said: object) -> dict[str, object] | None:
    if not isinstance(said, str) or len(said) > MOST:
        return None
    try:
        told = orjson.loads(said)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None

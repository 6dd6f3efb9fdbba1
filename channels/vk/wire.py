"""Values out of JSON that a stranger wrote: of the right type, or nothing."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Json = Mapping[str, Any]

LATEST = 4_102_444_800  # 2100; what lies beyond is no time of a message
_NEVER = "\0"
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&"}
_ENTITY = re.compile("|".join(_ENTITIES))
_MENTION = re.compile(r"\[(?:id|club|public|event)\d+(?::[\w-]+)?\|([^\]\[|]+)\]")


class Unreadable(Exception):
    """An event from which nobody can tell what happened."""


def decoded(body: bytes) -> Any:
    """JSON as it came, without what no database keeps; ValueError if it is none."""
    try:
        return _clean(json.loads(body, parse_constant=lambda _: None))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def inner(value: Any, *path: str) -> Json:
    """The object at a path, or an empty one."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def items(value: Any) -> Sequence[Json]:
    """The objects of a list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def number(value: Any, default: int = 0) -> int:
    """A whole number, also one that came as text."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int) and abs(value) < 2**63:
        return value
    is_text = isinstance(value, str) and len(value) < 19 and value.removeprefix("-").isdecimal()
    return int(value) if is_text and value.isascii() else default


def decimal(value: Any) -> float | None:
    """A number with a fraction, also one that came as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def words(value: Any, *, longest: int = 100_000) -> str:
    """A text as people typed it: VK escapes four signs in it and writes mentions as [id1|Name]."""
    if not isinstance(value, str):
        return ""
    text = _ENTITY.sub(lambda found: _ENTITIES[found[0]], value[:longest])
    return _MENTION.sub(r"\1", text)


def moment(value: Any) -> datetime | None:
    """A time as VK tells it, in whole seconds."""
    seconds = number(value)
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < LATEST else None


def web_address(value: Any) -> str:
    """An address that a browser may follow, or nothing."""
    is_one = (
        isinstance(value, str) and len(value) < 8000 and value.lower().startswith(("https://", "http://"))
    )
    return value if is_one else ""


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(_NEVER, "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(each) for name, each in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value

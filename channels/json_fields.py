"""Reading JSON that strangers' servers send: what has another type than it should counts as missing. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from channels.adapter import BadContent

Json = Mapping[str, Any]
DEEPEST = 100
_NOTHING: Json = {}


def part(found: Json, name: str) -> Json:
    """An object inside, empty when there is none."""
    inner = found.get(name)
    return inner if isinstance(inner, Mapping) else _NOTHING


def parts(found: Json, name: str) -> list[Json]:
    """Objects in a list."""
    inner = found.get(name)
    return [each for each in inner if isinstance(each, Mapping)] if isinstance(inner, list | tuple) else []


def words(found: Json, name: str) -> str:
    """A text, empty when there is none."""
    inner = found.get(name)
    return inner if isinstance(inner, str) else ""


def number(found: Json, name: str, below: int = 2**63) -> int | None:
    """A whole number, by default one that fits into 64 bits."""
    inner = found.get(name)
    is_number = isinstance(inner, int) and not isinstance(inner, bool) and abs(inner) < below
    return inner if is_number else None


def needed(found: Json, name: str) -> int:
    """A number without which nothing can be done with the rest."""
    inner = number(found, name)
    if inner is None:
        raise unreadable(f"{name} is missing")
    return inner


def moment(found: Json, name: str, per_second: int = 1) -> datetime:
    """A time in seconds or parts of them, without which nothing can be done with the rest."""
    try:
        return datetime.fromtimestamp(needed(found, name) / per_second, UTC)
    except (ValueError, OverflowError, OSError):
        raise unreadable(f"{name} is no time") from None


def unreadable(reason: str) -> BadContent:
    """What an update that makes no sense is put aside with."""
    return BadContent(reason, code="unreadable")


def storable(value: Any, depth: int = 0) -> Any:
    """The same, as far as a database keeps it.

    Zero characters, halves of characters, numbers without end and what lies too deep are replaced.
    """
    if isinstance(value, str):
        whole = value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-16", "surrogatepass")
        return whole.decode("utf-16", "replace")
    if isinstance(value, Mapping | list | tuple) and depth > DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {storable(str(name)): storable(each, depth + 1) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [storable(each, depth + 1) for each in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    if isinstance(value, float) and not -1e300 < value < 1e300:
        return None
    return value

"""Reading JSON that strangers' servers send: what has another type than it should counts as missing. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from channels.adapter import BadContent

Json = Mapping[str, Any]
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


def number(found: Json, name: str) -> int | None:
    """A whole number that fits into 64 bits."""
    inner = found.get(name)
    fits = isinstance(inner, int) and not isinstance(inner, bool) and abs(inner) < 2**63
    return inner if fits else None


def needed(found: Json, name: str) -> int:
    """A number without which nothing can be done with the rest."""
    inner = number(found, name)
    if inner is None:
        raise unreadable(f"{name} is missing")
    return inner


def moment(found: Json) -> datetime:
    """The time in milliseconds that every update and message has."""
    try:
        return datetime.fromtimestamp(needed(found, "timestamp") / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        raise unreadable("timestamp is no time") from None


def unreadable(reason: str) -> BadContent:
    """What an update that makes no sense is put aside with."""
    return BadContent(reason, code="update_unreadable")


def storable(value: Any) -> Any:
    """The same without what no database keeps: zero characters, halves of characters, numbers without end."""
    if isinstance(value, str):
        whole = value.replace("\0", "\N{REPLACEMENT CHARACTER}")
        return whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {storable(str(name)): storable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [storable(each) for each in value]
    if isinstance(value, float) and not -1e300 < value < 1e300:
        return None
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return None
    return value

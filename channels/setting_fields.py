"""What an adapter asks an administrator for. Pure."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class SettingField:
    """One field of the form that connects a channel; secrets are never shown again.

    Two channels of a kind must not have the same value in a `unique` field (a token). One with `when` is
    asked for only while the field named there has one of those values.
    """

    name: str
    label: str
    type: Literal["text", "lines", "secret", "url", "integer", "boolean", "choice"] = "text"
    required: bool = True
    default: Any = None
    help: str = ""
    pattern: str = ""
    options: tuple[str, ...] = ()
    unique: bool = False
    when: tuple[str, tuple[str, ...]] | None = None

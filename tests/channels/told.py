"""What something that was read tells the inbox, as plain values beside which golden files can lie."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from inbox.border import Incoming


def as_told(incoming: Incoming) -> dict[str, Any]:
    """What it tells, without what is as it always is."""
    usual = Incoming("message", None, None, incoming.author, incoming.sent_at)
    return {
        field.name: _json(value)
        for field in fields(Incoming)
        if (value := getattr(incoming, field.name)) != getattr(usual, field.name)
        or field.name in ("kind", "author", "sent_at")
    }


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_json(each) for each in value]
    if hasattr(value, "__dataclass_fields__"):
        named = {field.name: _json(getattr(value, field.name)) for field in fields(value)}
        return {name: each for name, each in named.items() if each not in ("", None, {}, [])}
    return value

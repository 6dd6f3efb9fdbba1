"""A call from outside that carries the secret we gave in a header and an update as JSON in its body."""

import hmac
from collections.abc import Mapping
from typing import Any

import orjson

from channels.adapter import HookReply


def brought(
    headers: Mapping[str, str], body: bytes, *, header: str, secret: str
) -> dict[str, Any] | HookReply:
    """The update of a call that knows the secret; how to refuse it otherwise (403, or 400 for no update)."""
    if not secret or not hmac.compare_digest(secret.encode(), headers.get(header, "").encode()):
        return HookReply((), 403, b"")
    try:
        update = orjson.loads(body)
    except ValueError:
        update = None
    return update if isinstance(update, dict) else HookReply((), 400, b"")

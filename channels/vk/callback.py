"""Callback API: VK calls us (https://dev.vk.com/ru/api/callback/getting-started)."""

from collections.abc import Mapping
from hmac import compare_digest

from channels.adapter import HookReply
from channels.vk.arrivals import raw_event
from channels.vk.wire import decoded

REFUSED = HookReply((), 403, b"the secret is wrong")


def read_call(body: bytes, secret: str, confirmation: str) -> HookReply:
    """The event in a call, and what VK wants to hear: the string of the community, or exactly `ok`."""
    try:
        event = decoded(body)
    except ValueError:
        return HookReply((), 400, b"this is no JSON")
    if not isinstance(event, Mapping):
        return HookReply((), 400, b"this is no event")
    told = event.get("secret")
    is_known = bool(secret) and isinstance(told, str) and compare_digest(told.encode(), secret.encode())
    if event.get("type") == "confirmation":
        # VK sends the secret along only if it was set before; the string itself is none.
        may_hear = bool(confirmation) and (told is None or is_known)
        return HookReply((), 200, confirmation.encode()) if may_hear else REFUSED
    return HookReply((raw_event(event),)) if is_known else REFUSED

"""Events as they are stored, by whichever way they came, and which of them we ask for."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from channels.adapter import RawEvent
from channels.vk.events import event_name, order_of
from core.clock import now

EVENTS = (
    "message_new message_reply message_edit message_event message_allow message_deny message_read"
    " message_typing_state message_reaction_event"
).split()


def raw_event(event: Any) -> RawEvent:
    """An event as it is stored: as it came, with the time we heard of it and without its secret."""
    told = dict(event) if isinstance(event, Mapping) else {"object": event}
    told.pop("secret", None)
    name = event_name(told) or hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return RawEvent(name, order_of(told), {**told, "received_at": now().isoformat()})

"""Updates as MAX delivers them: what each is called, and to which chat it belongs. Pure.

MAX gives updates no names (https://dev.max.ru/docs-api/objects/Update), so they get them from what they
are about; brought again, by a webhook or with an old marker, an update has the same name.
"""

import hashlib
from typing import Any

import orjson

from channels.adapter import RawEvent
from channels.json_fields import Json, number, part, storable, words


def event_of(update: Any) -> RawEvent:
    """One update as it is stored; what is no object is stored too, to be put aside where people see it."""
    payload = storable(update) if isinstance(update, dict) else {"not_an_update": storable(update)}
    chat = chat_of(payload)
    return RawEvent(_name(payload), str(chat) if chat is not None else "", payload)


def chat_of(update: Json) -> int | None:
    """The chat an update is about."""
    chat = number(update, "chat_id")
    return chat if chat is not None else number(part(part(update, "message"), "recipient"), "chat_id")


def _name(update: Json) -> str:
    """A message has one name for each of its deeds, everything else is named after all that it says."""
    kind = words(update, "update_type")
    mid = words(part(part(update, "message"), "body"), "mid")
    callback = words(part(update, "callback"), "callback_id")
    if kind == "message_created" and mid:
        return f"created:{mid}"[:500]
    if kind == "message_callback" and callback:
        return f"callback:{callback}"[:500]
    everything = orjson.dumps(update, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return f"{kind[:40] or 'unknown'}:{hashlib.sha256(everything).hexdigest()}"

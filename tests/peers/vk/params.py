"""Parameters of a call, which all come as text."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.peers.vk.faults import Refused

Params = Mapping[str, str]
Method = Callable[[Params], Any]

EVENTS = (
    "message_new message_reply message_edit message_event message_allow message_deny message_read"
    " message_typing_state message_reaction_event photo_new wall_post_new wall_reply_new"
    " group_join group_leave"
).split()


def need(params: Params, name: str) -> str:
    """A parameter that has to be there; 100 if it is not."""
    value = params.get(name)
    if value is None or value == "":
        raise Refused(100, f"{name} is a required parameter")
    return value

"""Who said something, what it answers, and what others put on it, as the API says them."""

from collections.abc import Iterable, Mapping
from typing import Any

from inbox.models import Message
from inbox.summary import preview_of_message


def author_json(message: Message) -> dict[str, Any]:
    """Who said it; a colleague who answered elsewhere has the name the outside knows."""
    if message.direction == "in":
        identity = message.identity
        name = (identity.name or identity.shown) if identity else ""
        return {"kind": "customer", "id": identity.customer_id if identity else None, "name": name}
    if message.agent is not None:
        return {"kind": "agent", "id": message.agent.id, "name": message.agent.name}
    if message.via is not None:
        return {"kind": "agent", "id": None, "name": message.via}
    return {"kind": "system", "id": None, "name": ""}


def answered_json(message: Message) -> dict[str, Any] | None:
    """What a message answers; of one we do not have, the words it picks from there."""
    answered = message.reply_to
    if answered is None:
        return {"id": None, "author": "", "text": message.quote} if message.quote else None
    return {
        "id": answered.id,
        "author": author_json(answered)["name"],
        "text": message.quote or preview_of_message(answered),
    }


def reactions_json(reactions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each sign with those who put it there, in the order in which they came."""
    found: dict[str, list[str]] = {}
    for each in reactions:
        for sign in each["reactions"]:
            found.setdefault(sign, []).append(each["name"])
    return [{"sign": sign, "names": names} for sign, names in found.items()]

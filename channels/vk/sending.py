"""messages.send and what belongs to it: once per key, also long after VK has forgotten the key."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from channels.adapter import Ambiguous, ChannelError, Part, RecipientGone, Sent
from channels.vk.api import VkApi, surely_not_sent
from channels.vk.errors import PERMISSIONS, Refusal, error_of, refusal_in
from channels.vk.keys import message_key
from channels.vk.uploads import Uploads
from channels.vk.wire import Json, inner, items, number, words
from core.clock import now

HORIZON = timedelta(minutes=50)  # some time before VK forgets a key
LOOKED_THROUGH = 200


def send_part(api: VkApi, uploads: Uploads, part: Part) -> Sent:
    """Make exactly one message of a part; ChannelError only."""
    payload = part.payload
    peer_id, random_id = int(payload["peer"]), int(payload["random_id"])
    if _is_old(payload) and (known := _sent_before(api, peer_id, random_id)):
        return Sent((known,), detail="it was there already")
    attachments = [uploads.attach(peer_id, each) for each in payload["files"]]
    try:
        answer = api.call(
            "messages.send",
            peer_ids=peer_id,
            random_id=random_id,
            message=payload["text"] or None,
            attachment=attachments or None,
            forward=_forward(peer_id, payload.get("answers")),
            keyboard=payload.get("keyboard"),
            disable_mentions=True,
        )
        return _sent(api, peer_id, random_id, answer)
    except Refusal as refusal:
        raise refused(api, refusal) from None


def refused(api: VkApi, refusal: Refusal) -> ChannelError:
    """What a refused send means: rights are the channel's fault only where the key lacks them altogether."""
    if refusal.number not in PERMISSIONS:
        return error_of(refusal)
    try:
        allowed = inner(api.call("groups.getTokenPermissions"))
    except (ChannelError, Refusal):
        return error_of(refusal)
    if "messages" in {words(each.get("name")) for each in items(allowed.get("permissions"))}:
        return RecipientGone(f"VK {refusal.number}: {refusal.words}", code="not_permitted")
    return error_of(refusal)


def _sent(api: VkApi, peer_id: int, random_id: int, answer: Any) -> Sent:
    told = items(answer)
    if told:
        refusal = refusal_in(told[0])
        if refusal is not None:
            raise refusal
    at = number(told[0].get("conversation_message_id")) if told else 0
    key = message_key(peer_id, at) if at > 0 else _sent_before(api, peer_id, random_id)
    if key is None:
        raise Ambiguous("VK does not say what became of the message", code="bad_answer")
    return Sent((key,))


def _sent_before(api: VkApi, peer_id: int, random_id: int) -> str | None:
    """The message of ours that this key brought, if the conversation has it; nothing is sent by looking."""
    try:
        history = api.ask("messages.getHistory", peer_id=peer_id, count=LOOKED_THROUGH)
    except ChannelError as error:
        raise surely_not_sent(error) from None
    for each in items(inner(history).get("items")):
        if _is_it(each, random_id):
            return message_key(peer_id, number(each.get("conversation_message_id")))
    return None


def _is_it(message: Json, random_id: int) -> bool:
    return number(message.get("out")) == 1 and number(message.get("random_id")) == random_id


def _is_old(payload: Json) -> bool:
    tried_at = payload.get("tried_at")
    return tried_at is not None and now() - datetime.fromisoformat(tried_at).astimezone(UTC) > HORIZON


def _forward(peer_id: int, answered: int | None) -> str | None:
    if not answered:
        return None
    return json.dumps({"peer_id": peer_id, "conversation_message_ids": [answered], "is_reply": 1})

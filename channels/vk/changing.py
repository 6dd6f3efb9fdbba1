"""Changing messages of ours and taking them back; VK lets one do both for a day."""

from collections.abc import Sequence

from channels.adapter import BadContent, Temporary
from channels.vk.api import VkApi
from channels.vk.attachments import name_of
from channels.vk.errors import Refusal, error_of, refusal_in
from channels.vk.fetching import whole_message
from channels.vk.keys import numbers_of
from channels.vk.wire import inner, items, words

NOT_FOUND = 100


def change(api: VkApi, message_key: str, text: str) -> None:
    """Give a message other words; what hangs on it and what it answers stay."""
    peer_id, at = _place(message_key)
    message = whole_message(api, peer_id, {"conversation_message_id": at})
    if message is None:
        raise BadContent("VK does not have the message any more", code="gone")
    if words(message.get("text")) == text:
        return
    kept = [_kept(each) for each in items(message.get("attachments"))]
    api.ask(
        "messages.edit",
        peer_id=peer_id,
        cmid=at,
        message=text,
        attachment=[each for each in kept if each] or None,
        keep_forward_messages=True,
        keep_snippets=True,
        disable_mentions=True,
    )


def take_back(api: VkApi, message_keys: Sequence[str]) -> None:
    """Delete messages for everybody; those that are gone already are no fault."""
    places = [_place(each) for each in message_keys]
    for peer_id in dict.fromkeys(peer for peer, _ in places):
        numbers = [at for peer, at in places if peer == peer_id]
        _delete(api, peer_id, numbers)


def _delete(api: VkApi, peer_id: int, numbers: list[int]) -> None:
    try:
        told = api.call("messages.delete", peer_id=peer_id, cmids=numbers, delete_for_all=True)
    except Refusal as refusal:
        if refusal.number != NOT_FOUND:
            raise error_of(refusal) from None
        if len(numbers) == 1:
            return
        for each in numbers:
            _delete(api, peer_id, [each])
        return
    for outcome in items(told):
        found = refusal_in(outcome)
        if found is not None and found.number != NOT_FOUND:
            raise error_of(found)
        if found is None and outcome.get("response") == 0:
            raise Temporary("VK did not delete the message", code="server_busy")


def _kept(attachment: object) -> str:
    """An attachment by its name, with its key."""
    kind = words(inner(attachment).get("type"))
    body = inner(attachment, kind)
    key = words(body.get("access_key"), longest=100)
    name = name_of(kind, body)
    return f"{name}_{key}" if key.isalnum() else name


def _place(message_key: str) -> tuple[int, int]:
    try:
        return numbers_of(message_key)
    except ValueError:
        raise BadContent(f"{message_key} is no message of VK", code="bad_request") from None

"""The names of groups, which updates do not tell and MAX tells when it is asked."""

from dataclasses import replace
from typing import TYPE_CHECKING

from channels.adapter import ChannelError, RawEvent
from channels.json_fields import number, part, words

if TYPE_CHECKING:
    from channels.max.client import MaxClient

TITLE = "chat_title"  # stands beside what MAX itself told


class Titles:
    """Asked for once for each group, and again when it was renamed."""

    def __init__(self) -> None:
        self._known: dict[int, str] = {}

    def named(self, client: "MaxClient", event: RawEvent) -> RawEvent:
        """The event with its group's name; as it was when nobody can tell."""
        told = event.payload
        recipient = part(part(told, "message"), "recipient")
        chat = number(recipient, "chat_id")
        if told.get("update_type") == "chat_title_changed":
            self._known.pop(number(told, "chat_id") or 0, None)
        if chat is None or words(recipient, "chat_type") != "chat":
            return event
        title = self._title(client, chat)
        return replace(event, payload={**told, TITLE: title}) if title else event

    def _title(self, client: "MaxClient", chat: int) -> str:
        if chat not in self._known:
            try:
                self._known[chat] = words(client.get(f"/chats/{chat}"), "title")
            except ChannelError:
                return ""  # a message without its group's name is better than none
        return self._known[chat]

"""Telegram as the contract plays it."""

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import orjson
import pytest

from channels.adapter import ChannelAccess
from channels.telegram import connection
from channels.telegram.keys import Place, message_id_of, place_of
from inbox.border import CardKind, MediaKind
from tests.channels.contract import SECRET
from tests.channels.peer import Call, Peer
from tests.peers.faults import Deed
from tests.peers.telegram.server import TOKEN, TelegramPeer
from tests.peers.telegram.world import Chat

HOOK_SECRET = "h" * 43
WRONG_TOKEN = f"1234567890:{SECRET}-{'x' * 20}"
KINDS: dict[str, str] = {
    "image": "photo",
    "video": "video",
    "video_note": "video_note",
    "animation": "animation",
    "audio": "audio",
    "voice": "voice",
    "sticker": "sticker",
    "file": "document",
}
PLACE = {"latitude": 55.7558, "longitude": 37.6173}
SHOWN: dict[str, dict[str, Any]] = {
    "location": {"location": PLACE},
    "venue": {"venue": {"location": PLACE, "title": "Shop", "address": "Main street 1"}, "location": PLACE},
    "contact": {"contact": {"phone_number": "+79991234567", "first_name": "Mia", "user_id": 7}},
    "poll": {"poll": {"id": "5", "question": "Which?", "options": [{"text": "This", "voter_count": 0}]}},
    "dice": {"dice": {"emoji": "🎲", "value": 6}},
    "story": {"story": {"chat": {"id": -1009, "type": "channel", "title": "News"}, "id": 3}},
    "gift": {"gift": {"gift": {"id": "9"}, "text": "For you"}},
    "unsupported": {"hologram": {"depth": 3}},
}


class TelegramOutside(Peer):
    """Customers of one bot, and the server in between."""

    outside = frozenset(
        """
        groups albums edits reactions buttons replies quotes forwards files cards blocks moves hooks order
        limits faults poison
        """.split()
    )
    media = ("image", "video", "video_note", "animation", "audio", "voice", "sticker", "file")
    cards = ("location", "venue", "contact", "poll", "dice", "story", "gift", "unsupported")

    def __init__(self, server: TelegramPeer) -> None:
        self.server = server
        self.people = server.people
        settings = {
            "api_base": server.api_base,
            "file_base": server.file_base,
            "mode": "poll",
            "groups": True,
            "business": True,
            "bot_username": "helpdesk_bot",
        }
        secrets = {"token": TOKEN, "hook_secret": HOOK_SECRET}
        self.access = ChannelAccess(1, "telegram", "Shop", "", settings, secrets)

    def with_wrong_secret(self) -> ChannelAccess:
        return replace(self.access, secrets={**self.access.secrets, "token": WRONG_TOKEN})

    def revoke(self) -> None:
        self.server.world.is_revoked = True

    def restore(self) -> None:
        self.server.world.is_revoked = False

    def conversation(self, who: str = "Max", *, group: bool = False) -> str | None:
        return Place(self._chat(who, group).id).conversation_key

    def says(
        self,
        text: str,
        who: str = "Max",
        *,
        group: bool = False,
        reply_to: str | None = None,
        quote: str = "",
    ) -> str | None:
        chat = self._chat(who, group)
        answered = message_id_of(reply_to) if reply_to else None
        return self._key(self.people.say(text, who, chat=chat, reply_to=answered, quote=quote))

    def sends(
        self,
        kind: MediaKind,
        data: bytes,
        who: str = "Max",
        *,
        name: str = "",
        mime: str = "",
        text: str = "",
        album: str | None = None,
    ) -> str:
        given = {"name": name, "mime": mime, "text": text, "album": album}
        return self._key(self.people.send_file(KINDS[kind], data, who, **given))

    def shows(self, kind: CardKind, who: str = "Max") -> str:
        return self._key(self.people.send(SHOWN[kind], who))

    def edits(self, key: str, text: str) -> None:
        chat = self._chat_of(key)
        message = chat.messages[message_id_of(key)]
        self.people.edit(chat, message_id_of(key), **{"text" if "text" in message else "caption": text})

    def reacts(self, key: str, reactions: tuple[str, ...], who: str = "Max") -> None:
        self.people.react(self._chat_of(key), message_id_of(key), reactions, who)

    def presses(self, key: str, data: str, who: str = "Max") -> None:
        self.people.press(self._chat_of(key), message_id_of(key), data, who)

    def forwards(self, text: str, of: str, who: str = "Max") -> str:
        date = int(self.server.world.now()) - 3600
        origin = {"type": "hidden_user", "sender_user_name": of, "date": date}
        return self._key(self.people.send({"text": text, "forward_origin": origin}, who))

    def blocks(self, who: str = "Max") -> None:
        self.people.block(who)

    def unblocks(self, who: str = "Max") -> None:
        self.people.block(who, blocked=False)

    def moves(self) -> None:
        self.people.migrate(self.server.world.group(kind="group"))

    def starts(self, token: str, who: str = "Max") -> None:
        self.people.say(f"/start {token}", who)

    def heard(self, who: str = "Max", *, group: bool = False) -> list[str]:
        found = (each.get("text", each.get("caption")) for each in self._ours(self._chat(who, group)))
        return [text for text in found if text]

    def got(self, who: str = "Max") -> list[tuple[str, bytes]]:
        found = []
        for message in self._ours(self.server.world.private(who)):
            for kind in KINDS.values():
                media = message.get(kind)
                named = media[-1] if isinstance(media, list) else media
                if named and not (kind == "document" and "animation" in message):
                    file = self.server.world.files[named["file_id"]]
                    found.append((file.name, file.data))
        return found

    def seen_typing(self, who: str = "Max") -> int:
        return len(self.server.world.private(who).actions)

    def read_by_us(self, who: str = "Max") -> int:
        return self.server.world.private(who).reads

    def goes_wrong(self, deed: Deed, *, who: str | None = None, **more: Any) -> None:
        chat = str(self.server.world.person(who)["id"]) if who else None
        self.server.faults.add(deed, method="sendMessage", chat=chat, **more)

    def polling_goes_wrong(self, deed: Deed, **more: Any) -> None:
        self.server.faults.add(deed, method="getUpdates", **more)

    def file_goes_wrong(self, deed: Deed, **more: Any) -> None:
        self.server.faults.add(deed, method="file", **more)

    def shorten_patience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connection, "ANSWER_SECONDS", 1.0)

    def refusing(self) -> AbstractContextManager[None]:
        return self.server.refusing()

    def poison(self, who: str = "Max") -> None:
        chat = self.server.world.private(who)
        broken = {"message_id": "seven", "chat": chat.info, "date": "yesterday", "text": 5}
        self.server.world.queue.push("raw", {"message": broken}, chat=str(chat.id))

    def strange(self) -> None:
        self.server.world.queue.push("raw", {"hologram_call": {"id": "1", "from": {"id": 5}}})

    def counts_calls(self) -> None:
        self.server.limiter.is_on = True

    def refused_as_too_many(self) -> int:
        return self.server.limiter.refused

    def asked(self) -> int:
        return len(self.server.calls)

    def call(self, text: str, who: str = "Max") -> Call:
        message = self.people.say(text, who)
        waiting = self.server.world.queue.heads()[-1]
        self.server.world.queue.done(waiting.number)
        assert message["text"] == text
        return Call({"x-telegram-bot-api-secret-token": HOOK_SECRET}, orjson.dumps(waiting.update))

    def forgets_us(self) -> None:
        self.server.world.hook = {}

    def forged(self, call: Call) -> Call:
        return Call({"x-telegram-bot-api-secret-token": "guessed"}, call.body)

    def _chat(self, who: str, group: bool) -> Chat:
        world = self.server.world
        return world.group(kind="group") if group else world.private(who)

    def _chat_of(self, key: str) -> Chat:
        place = place_of(key.rpartition("/")[0])
        return self.server.world.chat(place.chat, place.business)

    def _ours(self, chat: Chat) -> list[dict[str, Any]]:
        own = self.server.world.me["id"]
        return [each for each in chat.messages.values() if each.get("from", {}).get("id") == own]

    @staticmethod
    def _key(message: dict[str, Any]) -> str:
        place = Place(message["chat"]["id"], None, message.get("business_connection_id", ""))
        return place.message_key(message["message_id"])

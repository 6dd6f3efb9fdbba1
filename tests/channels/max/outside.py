"""MAX as the contract of adapters plays it: the peer, and a bot whose channel is connected with it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from channels.adapter import ChannelAccess
from channels.max import client
from inbox.border import CardKind, MediaKind
from tests.channels.contract import SECRET
from tests.channels.peer import Call, Peer
from tests.peers.faults import Deed
from tests.peers.max.server import TOKEN, MaxPeer
from tests.peers.max.world import BOT_ID

HOOK_SECRET = "hook-secret-of-forty-three-characters-000000"
KINDS: dict[str, str] = {
    "image": "image",
    "video": "video",
    "voice": "audio",
    "sticker": "sticker",
    "file": "file",
}


class MaxOutside(Peer):
    """Max and Mia in their dialogs, everybody in the one group."""

    outside = frozenset(
        (
            "groups",
            "edits",
            "deletes",
            "buttons",
            "replies",
            "forwards",
            "files",
            "cards",
            "blocks",
            "hooks",
            "order",
            "limits",
            "faults",
            "poison",
        )
    )
    media: tuple[MediaKind, ...] = ("image", "video", "voice", "sticker", "file")
    cards: tuple[CardKind, ...] = ("location", "contact", "link", "unsupported")

    def __init__(self, server: MaxPeer) -> None:
        self.server = server
        server.all_at_first = True
        settings = {"mode": "poll", "api_base": server.url, "bot_id": BOT_ID, "username": "shop_bot"}
        secrets = {"token": TOKEN, "hook_secret": HOOK_SECRET}
        self.access = ChannelAccess(1, "max", "Shop", "@shop_bot", settings, secrets)

    def with_wrong_secret(self) -> ChannelAccess:
        return replace(self.access, secrets={"token": SECRET})

    def revoke(self) -> None:
        self.server.token = "another-token-now"

    def restore(self) -> None:
        self.server.token = TOKEN

    def conversation(self, who: str = "Max", *, group: bool = False) -> str | None:
        chat = self.server.world.group() if group else self.server.world.dialog(who)
        return str(chat.chat_id)

    def shorten_patience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(client, "ANSWER_SECONDS", 1.0)

    def says(
        self,
        text: str,
        who: str = "Max",
        *,
        group: bool = False,
        reply_to: str | None = None,
        quote: str = "",
    ) -> str | None:
        return self.server.writes(who, text, group=group, reply_to=reply_to).mid

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
        return self.server.sends_file(who, KINDS[kind], data, name=name, mime=mime, text=text).mid

    def shows(self, kind: CardKind, who: str = "Max") -> str:
        person = self.server.world.user("Mia")
        vcard = "BEGIN:VCARD\r\nFN:Mia\r\nTEL;TYPE=cell:+79001234567\r\nEND:VCARD"
        shown: dict[str, dict[str, Any]] = {
            "location": {"type": "location", "latitude": 55.75, "longitude": 37.62},
            "contact": {"type": "contact", "payload": {"vcf_info": vcard, "max_info": person}},
            "link": {
                "type": "share",
                "payload": {"url": "https://example.com/boots"},
                "title": "Boots",
                "description": "Warm ones",
            },
            "unsupported": {"type": "hologram", "payload": {"depth": 3}},
        }
        return self.server.writes(who, "", attachments=[shown[kind]]).mid

    def edits(self, key: str, text: str) -> None:
        self.server.edits_own(key, text)

    def deletes(self, key: str) -> None:
        self.server.deletes_own(key)

    def presses(self, key: str, data: str, who: str = "Max") -> None:
        self.server.presses_button(key, data, who)

    def forwards(self, text: str, of: str, who: str = "Max") -> str:
        world = self.server.world
        said = world.write(world.dialog(of), world.user(of), text)
        link = {"type": "forward", "sender": said.sender, "message": said.body()}
        return self.server.writes(who, "", link=link).mid

    def blocks(self, who: str = "Max") -> None:
        self.server.stops_bot(who)

    def unblocks(self, who: str = "Max") -> None:
        self.server.starts_bot(who)

    def starts(self, token: str, who: str = "Max") -> None:
        self.server.starts_bot(who, token)

    def heard(self, who: str = "Max", *, group: bool = False) -> list[str]:
        there = self.server.in_chat(who, group=group)
        return [each.text for each in there if each.is_ours and each.text]

    def got(self, who: str = "Max") -> list[tuple[str, bytes]]:
        files = self.server.world.files
        return [
            (
                each.get("filename") or files[each["payload"]["token"]].name,
                files[each["payload"]["token"]].data,
            )
            for message in self.server.in_chat(who)
            if message.is_ours
            for each in message.attachments
            if each["type"] != "inline_keyboard"
        ]

    def seen_typing(self, who: str = "Max") -> int:
        return self._acted(who, "typing_on")

    def read_by_us(self, who: str = "Max") -> int:
        return self._acted(who, "mark_seen")

    def goes_wrong(self, deed: Deed, *, who: str | None = None, **more: Any) -> None:
        chat = self.conversation(who) if who is not None else None
        self.server.faults.add(deed, method="POST messages", chat=chat, **more)

    def polling_goes_wrong(self, deed: Deed, **more: Any) -> None:
        self.server.faults.add(deed, method="GET updates", **more)

    def file_goes_wrong(self, deed: Deed, **more: Any) -> None:
        self.server.faults.add(deed, method="GET file", **more)

    def poison(self, who: str = "Max") -> None:
        world = self.server.world
        with self.server.changed:
            world.raw({"update_type": "message_created", "timestamp": "now", "message": ["?"], "chat_id": 1})
            self.server.changed.notify_all()

    def strange(self) -> None:
        with self.server.changed:
            self.server.world.update("aura_changed", chat_id=70_001, colour="blue")
            self.server.changed.notify_all()

    def counts_calls(self) -> None:
        self.server.counts = True

    def refused_as_too_many(self) -> int:
        return self.server.refused_as_too_many

    def asked(self) -> int:
        return len(self.server.calls)

    def call(self, text: str, who: str = "Max") -> Call:
        world = self.server.world
        message = world.write(world.dialog(who), world.user(who), text)
        update = {
            "update_type": "message_created",
            "timestamp": int(message.at * 1000),
            "message": message.told(),
            "user_locale": "ru",
        }
        body = json.dumps(update, ensure_ascii=False).encode()
        return Call({"x-max-bot-api-secret": HOOK_SECRET, "content-type": "application/json"}, body)

    def forgets_us(self) -> None:
        self.server.hooks.clear()

    def forged(self, call: Call) -> Call:
        return Call({**call.headers, "x-max-bot-api-secret": "a-guess"}, call.body)

    def _acted(self, who: str, action: str) -> int:
        chat = self.server.world.dialog(who).chat_id
        return sum(each == (chat, action) for each in self.server.actions)

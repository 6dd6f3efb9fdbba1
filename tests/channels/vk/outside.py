"""VK as the contract plays it."""

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import orjson
import pytest

from channels.adapter import ChannelAccess
from channels.vk import api
from inbox.border import CardKind, MediaKind
from tests.channels.contract import SECRET
from tests.channels.peer import Call, Peer
from tests.peers.faults import Deed
from tests.peers.vk import shapes
from tests.peers.vk.community import CHATS, Message, Person, as_foreign
from tests.peers.vk.peer import A_SECOND, ADMIN, VkPeer

GROUP_CHAT = CHATS + 1
HOOK_SECRET = "not-guessable-not-guessable-not-guessable-1"
REACTIONS = ("❤", "🔥", "😂", "👍")


class VkOutside(Peer):
    """Max, Mia and guests, who write to a community."""

    outside = frozenset(
        (
            "groups edits reactions buttons replies forwards files cards blocks elsewhere echoes typing reads"
            " hooks gap order limits faults poison"
        ).split()
    )
    media: tuple[MediaKind, ...] = ("image", "file", "voice", "sticker")
    cards: tuple[CardKind, ...] = (
        "venue",
        "link",
        "post",
        "product",
        "story",
        "video",
        "poll",
        "call",
        "gift",
        "unsupported",
    )

    def __init__(self, vk: VkPeer) -> None:
        self.vk = vk
        self._people: dict[str, Person] = {"Max": vk.max, "Mia": vk.mia}
        vk.max.last_name = vk.mia.last_name = ""
        vk.community.long_poll_enabled = True
        vk.callback.lenient = True  # the product of these tests answers nobody from outside
        vk.community.talk(GROUP_CHAT)
        settings = {"api_base": vk.api, "group_id": vk.community.id, "screen_name": vk.community.screen_name}
        secrets = {"token": vk.token, "hook_secret": HOOK_SECRET}
        self.access = ChannelAccess(1, "vk", "Shop", "", settings, secrets)

    def with_wrong_secret(self) -> ChannelAccess:
        return replace(self.access, secrets={"token": SECRET})

    def revoke(self) -> None:
        self.vk.community.revoke(self.vk.token)

    def restore(self) -> None:
        self.vk.community.rights[self.vk.token] = frozenset(("messages", "photos", "docs", "manage"))

    # what customers do

    def conversation(self, who: str = "Max", *, group: bool = False) -> str | None:
        return str(GROUP_CHAT if group else self.person(who).id)

    def person(self, who: str) -> Person:
        """Somebody, who has written before so that one may answer."""
        if who not in self._people:
            self._people[who] = self.vk.community.person(7100 + len(self._people), who)
        person = self._people[who]
        if person.permission == "stranger":
            person.permission = "written"
        return person

    def says(
        self,
        text: str,
        who: str = "Max",
        *,
        group: bool = False,
        reply_to: str | None = None,
        quote: str = "",
    ) -> str | None:
        more = {"reply_message": as_foreign(self._message(reply_to))} if reply_to else {}
        return self._key(self.vk.says(text, by=self.person(who), peer=GROUP_CHAT if group else 0, **more))

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
        made = {
            "image": lambda: self.vk.photo(name or "photo.jpg", data),
            "file": lambda: self.vk.document(name or "file.bin", data, mime or "application/octet-stream"),
            "voice": lambda: self.vk.voice(data),
            "sticker": lambda: self.vk.sticker(data),
        }[kind]()
        return self._key(self.vk.says(text, by=self.person(who), attachments=[made]))

    def shows(self, kind: CardKind, who: str = "Max") -> str:
        more: dict[str, Any] = {"attachments": [_CARDS[kind]]} if kind != "venue" else {"geo": _PLACE}
        return self._key(self.vk.says("", by=self.person(who), **more))

    def edits(self, key: str, text: str) -> None:
        self.vk.community.edits(self._message(key), text)

    def reacts(self, key: str, reactions: tuple[str, ...], who: str = "Max") -> None:
        which = REACTIONS.index(reactions[0]) + 1 if reactions else None
        self.vk.community.reacts(self.person(who), self._message(key), which)

    def presses(self, key: str, data: str, who: str = "Max") -> None:
        message = self._message(key)
        buttons = [button for row in message["keyboard"]["buttons"] for button in row]
        payloads = [orjson.loads(button["action"]["payload"]) for button in buttons]
        pressed = next(each for each in payloads if each["button"] == data)
        self.vk.community.presses(self.person(who), message, pressed)

    def forwards(self, text: str, of: str, who: str = "Max") -> str:
        forwarded = {
            "date": int(self.vk.clock()) - 60,
            "from_id": self.person(of).id,
            "text": text,
            "attachments": [],
            "conversation_message_id": 1,
            "id": 0,
            "peer_id": self.person(of).id,
        }
        return self._key(self.vk.says("", by=self.person(who), fwd_messages=[forwarded]))

    def reads(self, who: str = "Max") -> None:
        self.vk.community.reads(self.person(who))

    def types(self, who: str = "Max") -> None:
        self.vk.community.types(self.person(who))

    def blocks(self, who: str = "Max") -> None:
        self.vk.community.denies(self.person(who))

    def unblocks(self, who: str = "Max") -> None:
        self.vk.community.allows(self.person(who))

    def starts(self, token: str, who: str = "Max") -> None:
        self.vk.says("Hello", by=self.person(who), ref=token, ref_source="link")

    # what comes of us

    def heard(self, who: str = "Max", *, group: bool = False) -> list[str]:
        return [each["text"] for each in self._ours(who, group=group) if each["text"]]

    def got(self, who: str = "Max") -> list[tuple[str, bytes]]:
        found = []
        for message in self._ours(who):
            for each in message["attachments"]:
                body = each[each["type"]]
                urls = (body.get("url"), body.get("link_ogg"), body.get("orig_photo", {}).get("url"))
                url = next(url for url in urls if url)
                found.append((str(body.get("title", "")), self.vk.uploads.bytes_at(url)))
        return found

    def seen_typing(self, who: str = "Max") -> int:
        return len(self.vk.community.talk(self.person(who).id).typing)

    def read_by_us(self, who: str = "Max") -> int:
        return self.vk.methods.talks.marked_read.count(self.person(who).id)

    def answers_elsewhere(self, text: str, who: str = "Max") -> str:
        return self._key(self.vk.community.admin_says(self.person(who), text, admin=ADMIN))

    # how it misbehaves

    def goes_wrong(self, deed: Deed, *, who: str | None = None, **more: Any) -> None:
        chat = str(self.person(who).id) if who else None
        if more.get("status") == 400:
            more = {"status": 100}  # VK says so with status 200
        self.vk.faults.add(deed, method="messages.send", chat=chat, **more)

    def polling_goes_wrong(self, deed: Deed, **more: Any) -> None:
        self.vk.faults.add(deed, method="a_check", **more)

    def file_goes_wrong(self, deed: Deed, **more: Any) -> None:
        self.vk.faults.add(deed, method="file", **more)

    def shorten_patience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(api, "SECONDS", 1.0)

    def refusing(self) -> AbstractContextManager[None]:
        return self.vk.refusing()

    def refuse_next(self) -> None:
        self.vk.faults.add("status", method="messages.send", status=10)

    def poison(self, who: str = "Max") -> None:
        message = {"from_id": self.person(who).id, "text": "no time, no place"}
        self.vk.community.emit("message_new", {"message": message})

    def strange(self) -> None:
        self.vk.community.long_poll["donut_money_withdraw"] = 1
        self.vk.community.emit("donut_money_withdraw", {"amount": 300.0})

    def loses_history(self) -> None:
        self.vk.community.history.lose()

    def counts_calls(self) -> None:
        self.vk.limit = A_SECOND

    def refused_as_too_many(self) -> int:
        return self.vk.refused_calls

    def asked(self) -> int:
        return len(self.vk.calls)

    # webhooks

    def call(self, text: str, who: str = "Max") -> Call:
        events: list[dict[str, Any]] = []
        self.vk.community.listeners.append(events.append)
        self.vk.says(text, by=self.person(who))
        self.vk.community.listeners.remove(events.append)
        body = {**events[-1], "secret": self.access.secrets["hook_secret"]}
        return Call({"content-type": "application/json"}, orjson.dumps(body))

    def forgets_us(self) -> None:
        for number in list(self.vk.callback.servers):
            self.vk.callback.remove(number)

    def forged(self, call: Call) -> Call:
        return Call(call.headers, orjson.dumps({**orjson.loads(call.body), "secret": "guessed"}))

    def _ours(self, who: str, *, group: bool = False) -> list[Message]:
        talk = self.vk.community.talk(GROUP_CHAT if group else self.person(who).id)
        return [each for each in talk.messages if each["out"]]

    def _message(self, key: str) -> Message:
        peer_id, _, at = key.partition("/")
        return self.vk.community.talk(int(peer_id)).message(int(at))

    def _key(self, message: Message) -> str:
        return f"{message['peer_id']}/{message['conversation_message_id']}"


_PLACE = shapes.place(55.75, 37.61, "Red Square")
_CARDS: dict[str, shapes.Attachment] = {
    "link": shapes.link("https://shop.test/clock", "A clock"),
    "post": shapes.wall(5, owner=-1, at=1_700_000_000, text="Sale!", attachments=[]),
    "product": shapes.market(6, owner=-1, title="Clock", price="1 200 ₽"),
    "story": {"type": "story", "story": {"id": 7, "owner_id": 7001, "access_key": "ab"}},
    "video": shapes.video(8, owner=7001, title="How it ticks", at=1_700_000_000),
    "poll": {
        "type": "poll",
        "poll": {"id": 9, "owner_id": 7001, "question": "Which?", "answers": [{"id": 1, "text": "This"}]},
    },
    "call": {
        "type": "call",
        "call": {"initiator_id": 7001, "receiver_id": -1, "state": "canceled", "time": 1},
    },
    "gift": {"type": "gift", "gift": {"id": 10, "thumb_256": "https://vk.com/images/gift/10/256.jpg"}},
    "unsupported": {"type": "hologram", "hologram": {"id": 11, "owner_id": 7001}},
}

"""What there is in MAX: people, chats, messages, files, and the updates a bot is told.

https://dev.max.ru/docs-api/objects — times are milliseconds, ids are numbers, names of messages texts.
"""

import itertools
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

DAY = 24 * 3600.0
BOT_ID = 900_100
FIRST_USER, FIRST_DIALOG, GROUP = 5_001, 70_001, -68_000_000_001
FILE_TYPES = ("image", "video", "audio", "file")


@dataclass
class Chat:
    """A dialog with one person, or a group."""

    chat_id: int
    kind: str
    title: str = ""
    user: Json | None = None
    suspended: bool = False


@dataclass
class Message:
    """What somebody wrote; `sender` None is nobody."""

    mid: str
    seq: int
    chat: Chat
    sender: Json
    text: str
    attachments: list[Json]
    link: Json | None
    at: float
    markup: list[Json] = field(default_factory=list)
    edited: bool = False
    deleted: bool = False

    @property
    def is_ours(self) -> bool:
        """Whether the bot wrote it."""
        return bool(self.sender["user_id"] == BOT_ID)

    def body(self) -> Json:
        """Its body as updates and answers have it."""
        found: Json = {"mid": self.mid, "seq": self.seq, "text": self.text}
        if self.attachments:
            found["attachments"] = self.attachments
        if self.markup:
            found["markup"] = self.markup
        return found

    def told(self) -> Json:
        """The whole message."""
        recipient: Json = {"chat_id": self.chat.chat_id, "chat_type": self.chat.kind}
        if self.chat.kind == "dialog" and self.chat.user is not None:
            recipient["user_id"] = self.chat.user["user_id"] if self.is_ours else BOT_ID
        found: Json = {
            "sender": self.sender,
            "recipient": recipient,
            "timestamp": int(self.at * 1000),
            "body": self.body(),
        }
        return found | ({"link": self.link} if self.link else {})


@dataclass
class Stored:
    """A file that was given to MAX or sent by somebody."""

    token: str
    kind: str
    name: str = ""
    mime: str = ""
    data: bytes = b""
    ready_at: float = 0.0
    is_there: bool = False


class World:
    """All of it; `clock` may be moved, `tell` hears of every update."""

    def __init__(self, url: Callable[[], str]) -> None:
        self.url = url
        self.clock_shift = 0.0
        self.bot: Json = {
            "user_id": BOT_ID,
            "first_name": "Shop",
            "last_name": None,
            "username": "shop_bot",
            "is_bot": True,
            "last_activity_time": 1_760_000_000_000,
        }
        self.users: dict[str, Json] = {}
        self.chats: dict[int, Chat] = {}
        self.messages: dict[str, Message] = {}
        self.files: dict[str, Stored] = {}
        self.callbacks: dict[str, float] = {}
        self.updates: list[tuple[int, float, Json]] = []
        self.tell: Callable[[Json], bool] = lambda update: False
        self.read_up_to = 0
        self._numbers = itertools.count(1)
        self._next = int(time.time() * 100)  # a server that was started anew goes on, it does not go back

    def now(self) -> float:
        """The time there."""
        return time.time() + self.clock_shift

    def user(self, name: str) -> Json:
        """A person of that name, known from the first time on."""
        if name not in self.users:
            first, _, last = name.partition(" ")
            self.users[name] = {
                "user_id": FIRST_USER + len(self.users),
                "first_name": first,
                "last_name": last or None,
                "username": None,
                "is_bot": False,
                "last_activity_time": int(self.now() * 1000),
            }
        return self.users[name]

    def dialog(self, name: str) -> Chat:
        """The dialog of a person with the bot."""
        user = self.user(name)
        chat_id = FIRST_DIALOG + user["user_id"] - FIRST_USER
        return self.chats.setdefault(chat_id, Chat(chat_id, "dialog", user=user))

    def group(self) -> Chat:
        """The one group the bot is in."""
        return self.chats.setdefault(GROUP, Chat(GROUP, "chat", title="Neighbours"))

    def write(
        self,
        chat: Chat,
        sender: Json,
        text: str,
        attachments: list[Json] | None = None,
        link: Json | None = None,
        markup: list[Json] | None = None,
    ) -> Message:
        """A message comes to be; who is told of it is another matter."""
        seq = next(self._numbers)
        mid = f"mid.{chat.chat_id & 0xFFFFFFFFFFFFFFFF:016x}{seq:016x}"
        found = Message(mid, seq, chat, sender, text, attachments or [], link, self.now(), markup or [])
        self.messages[mid] = found
        return found

    def store(
        self, kind: str, data: bytes, *, name: str = "", mime: str = "", ready_in: float = 0.0
    ) -> Stored:
        """A file lies there."""
        token = secrets.token_urlsafe(24)
        found = Stored(token, kind, name, mime, data, self.now() + ready_in, is_there=True)
        self.files[token] = found
        return found

    def attachment(self, found: Stored) -> Json:
        """A file as it hangs on a message."""
        url = f"{self.url()}/file/{found.token}"
        payload: Json = {"url": url, "token": found.token}
        match found.kind:
            case "image":
                return {"type": "image", "payload": {"photo_id": abs(hash(found.token)) % 10**9, **payload}}
            case "video":
                more = {"width": 640, "height": 360, "duration": 3, "thumbnail": {"url": f"{url}/thumbnail"}}
                return {"type": "video", "payload": payload, **more}
            case "audio":
                return {"type": "audio", "payload": payload, "transcription": None}
            case "sticker":
                sticker = {"url": url, "code": found.token[:8]}
                return {"type": "sticker", "payload": sticker, "width": 256, "height": 256}
        return {"type": "file", "payload": payload, "filename": found.name, "size": len(found.data)}

    def update(self, kind: str, **told: Any) -> Json:
        """Something happened of which the bot is told: at once by a webhook, else when it asks."""
        update = {"update_type": kind, "timestamp": int(self.now() * 1000), **told}
        self.raw(update)
        return update

    def raw(self, update: Any) -> None:
        """Whatever it is."""
        if not self.tell(update):
            self.updates.append((self._next, self.now(), update))
            self._next += 1

    def news(
        self, marker: int | None, limit: int, types: frozenset[str], *, all_at_first: bool
    ) -> list[Json]:
        """Updates from a marker on, which makes those before it read; without one, the last that is not.

        They are kept for a day, so an old marker brings them again.
        """
        self.updates = [each for each in self.updates if each[1] > self.now() - DAY]
        if marker is not None:
            self.read_up_to = max(self.read_up_to, marker)
            wanted = [each for each in self.updates if each[0] >= marker]
        elif all_at_first:
            wanted = self.updates
        else:
            wanted = [each for each in self.updates[-1:] if each[0] >= self.read_up_to]
        return [update for _, _, update in wanted if _is_wanted(update, types)][:limit]

    def marker_behind(self, told: list[Json]) -> int:
        """The marker of the update that is expected next."""
        numbers = [number for number, _, update in self.updates if any(update is each for each in told)]
        if numbers:
            return max(numbers) + 1
        return self._next


def _is_wanted(update: Any, types: frozenset[str]) -> bool:
    kind = update.get("update_type") if isinstance(update, Mapping) else None
    return not types or kind in types or not isinstance(kind, str)

"""One bot and everybody who knows it: people, chats, messages, files, business accounts."""

import hashlib
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Condition, RLock
from typing import Any

from tests.peers.telegram.refusals import bad, forbidden
from tests.peers.telegram.updates import UpdateQueue

FIRST_PERSON, FIRST_GROUP = 5_001_000, -1_002_100_000_001
DAY = 86400.0


@dataclass(slots=True)
class Chat:
    """A chat as the server knows it; `closed` says in the server's words why the bot may not write."""

    info: dict[str, Any]
    members: dict[int, dict[str, Any]] = field(default_factory=dict)
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    topics: dict[int, str] = field(default_factory=dict)
    closed_topics: set[int] = field(default_factory=set)
    is_known: bool = True
    closed: str = ""
    migrated_to: int | None = None
    business: str = ""
    heard_at: float = 0.0
    actions: list[str] = field(default_factory=list)
    reads: int = 0

    @property
    def id(self) -> int:
        """Its number."""
        return int(self.info["id"])

    @property
    def is_group(self) -> bool:
        """Whether several people speak there."""
        return str(self.info["type"]) in ("group", "supergroup")


@dataclass(frozen=True, slots=True)
class File:
    """A file that lies at the server."""

    file_id: str
    unique: str
    path: str
    data: bytes = field(repr=False)
    name: str = ""
    mime: str = ""


class World:
    """All that one token can reach."""

    def __init__(self, token: str, changed: Condition, *, username: str = "helpdesk_bot") -> None:
        self.lock = RLock()
        self.token = token
        self.shift = 0.0
        self.queue = UpdateQueue(changed, self.now)
        self.is_revoked = False
        self.is_logged_out = False
        self.me: dict[str, Any] = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Helpdesk",
            "username": username,
            "can_join_groups": True,
            "can_read_all_group_messages": True,
            "supports_inline_queries": False,
            "can_connect_to_business": True,
            "has_main_web_app": False,
        }
        self.people: dict[str, dict[str, Any]] = {}
        self.chats: dict[tuple[str, int], Chat] = {}
        self.files: dict[str, File] = {}
        self.pictures: dict[int, str] = {}
        self.connections: dict[str, dict[str, Any]] = {}
        self.hook: dict[str, Any] = {}
        self.answered: dict[str, dict[str, Any]] = {}
        self._polled: tuple[int, float] = (0, 0.0)
        self._numbers: Iterator[int] = itertools.count(40)
        self._file_numbers = itertools.count(1)
        self._groups = itertools.count(FIRST_GROUP, -1)

    def now(self) -> float:
        """The server's time."""
        return time.time() + self.shift

    def slow_down(self, offset: int, limit: int, seconds: float) -> tuple[int, float]:
        """What becomes of a poll with the offset of the one before, when it comes too soon."""
        before, at = self._polled
        passed = time.monotonic() - at
        self._polled = (offset, time.monotonic())
        if offset != before or passed >= 3:
            return limit, seconds
        return (1, seconds) if passed < 0.5 else (limit, max(seconds, 3.0))

    def person(self, name: str) -> dict[str, Any]:
        """Somebody with a name, known from the first time they are named."""
        with self.lock:
            if name not in self.people:
                first, _, last = name.partition(" ")
                username = "".join(sign for sign in name.lower() if sign.isascii() and sign.isalnum())
                self.people[name] = {
                    "id": FIRST_PERSON + len(self.people),
                    "is_bot": False,
                    "first_name": first,
                    **({"last_name": last} if last else {}),
                    **({"username": f"{username}_tg"} if username else {}),
                    "language_code": "en",
                }
            return self.people[name]

    def private(self, name: str) -> Chat:
        """The private chat of somebody with the bot."""
        person = self.person(name)
        return self._chat("", person["id"], lambda: Chat({**_named(person), "type": "private"}))

    def group(self, title: str = "Customers", *, kind: str = "supergroup", forum: bool = False) -> Chat:
        """A group by its title, made when it is named first."""
        with self.lock:
            for chat in self.chats.values():
                if chat.is_group and chat.info["title"] == title and chat.migrated_to is None:
                    return chat
            number = next(self._groups) if kind == "supergroup" else -(4_000_000 + len(self.chats))
            info = {"id": number, "type": kind, "title": title, **({"is_forum": True} if forum else {})}
            chat = self.chats["", number] = Chat(info)
            return chat

    def business_chat(self, connection: str, name: str) -> Chat:
        """The chat of a customer with the owner of a business account."""
        person = self.person(name)
        made = lambda: Chat({**_named(person), "type": "private"}, business=connection)  # noqa: E731
        return self._chat(connection, person["id"], made)

    def connect_business(self, owner: str = "Olga", *, enabled: bool = True, can_reply: bool = True) -> str:
        """The owner of an account connects the bot to it."""
        person = self.person(owner)
        name = f"bc{person['id']}"
        self.connections[name] = {
            "id": name,
            "user": person,
            "user_chat_id": person["id"],
            "date": int(self.now()),
            "is_enabled": enabled,
            "rights": {"can_reply": can_reply, "can_read_messages": True},
        }
        self.queue.push("business_connection", self.connections[name])
        return name

    def number_for(self, chat: Chat) -> int:
        """The number of the next message: supergroups count by themselves, all other chats together."""
        if chat.info["type"] == "supergroup":
            return max(chat.messages, default=0) + 1
        return next(self._numbers)

    def add_file(self, data: bytes, *, name: str = "", mime: str = "", folder: str = "documents") -> File:
        """Keep a file; the same bytes have one unique id, every time another file id."""
        number = next(self._file_numbers)
        unique = "AgAD" + hashlib.sha256(data).hexdigest()[:12]
        ending = name.rpartition(".")[2] if "." in name else ""
        path = f"{folder}/file_{number}" + (f".{ending}" if ending.isalnum() else "")
        made = File(f"BQACAgIAAx{number:06d}{unique}", unique, path, data, name, mime)
        self.files[made.file_id] = made
        return made

    def chat_to_write(self, chat_id: int, business: str, topic: int | None) -> Chat:
        """The chat a call names, refused in the server's words where the bot may not write."""
        if business:
            return self._business_chat_to_write(chat_id, business)
        chat = self.chats.get(("", chat_id))
        if chat is None:
            known = any(person["id"] == chat_id for person in self.people.values())
            raise forbidden("bot can't initiate conversation with a user") if known else bad("chat not found")
        if chat.migrated_to is not None:
            words = "group chat was upgraded to a supergroup chat"
            raise bad(words, migrate_to_chat_id=chat.migrated_to)
        if chat.closed:
            raise bad(chat.closed) if chat.closed.startswith("not enough") else forbidden(chat.closed)
        if not chat.is_known:
            raise forbidden("bot can't initiate conversation with a user")
        if topic is not None and topic not in chat.topics:
            raise bad("message thread not found")
        if topic is not None and topic in chat.closed_topics:
            raise bad("TOPIC_CLOSED")
        return chat

    def chat(self, chat_id: int, business: str = "") -> Chat:
        """A chat that exists."""
        found = self.chats.get((business, chat_id))
        if found is None:
            raise bad("chat not found")
        return found

    def _business_chat_to_write(self, chat_id: int, business: str) -> Chat:
        connection = self.connections.get(business)
        if connection is None or not connection["is_enabled"]:
            raise bad("business connection not found")
        if not connection["rights"].get("can_reply"):
            raise bad("BUSINESS_CONNECTION_NOT_ALLOWED")
        chat = self.chats.get((business, chat_id))
        if chat is None or self.now() - chat.heard_at > DAY:
            raise bad("BUSINESS_PEER_INVALID")
        return chat

    def _chat(self, business: str, number: int, make: Any) -> Chat:
        with self.lock:
            if (business, number) not in self.chats:
                self.chats[business, number] = make()
            return self.chats[business, number]


def _named(person: dict[str, Any]) -> dict[str, Any]:
    return {name: person[name] for name in ("id", "first_name", "last_name", "username") if name in person}

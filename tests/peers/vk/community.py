"""A community and the people who write to it, as VK keeps them."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from secrets import token_hex
from threading import RLock
from typing import Any, Literal

from tests.peers.vk.faults import Refused
from tests.peers.vk.history import History

Message = dict[str, Any]
Permission = Literal["written", "allowed", "denied", "blacklisted", "private", "deleted", "stranger"]

CHATS = 2_000_000_000
REMEMBERED = 100
HORIZON = 3600.0
EDITABLE = 24 * 3600
RIGHTS = ("messages", "photos", "docs", "manage")
_REFUSES = {"denied": 901, "stranger": 901, "blacklisted": 900, "private": 902, "deleted": 18}


@dataclass
class Person:
    """Somebody with a page."""

    id: int
    first_name: str
    last_name: str
    permission: Permission = "stranger"
    screen_name: str = ""
    photo: str = ""

    def shape(self) -> dict[str, Any]:
        """As `users.get` shows them."""
        return {
            "id": self.id,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "can_access_closed": True,
            "is_closed": False,
            "screen_name": self.screen_name or f"id{self.id}",
            "domain": self.screen_name or f"id{self.id}",
            "photo_200": self.photo or "https://vk.com/images/camera_200.png",
            "has_photo": int(bool(self.photo)),
        }


@dataclass
class Talk:
    """The messages between the community and one peer."""

    peer_id: int
    messages: list[Message] = field(default_factory=list)
    counted: int = 0
    in_read: int = 0
    out_read: int = 0
    typing: list[str] = field(default_factory=list)
    sends: list[tuple[int, float, Message]] = field(default_factory=list)

    def message(self, cmid: int) -> Message:
        """One of them; 100 for one that is not there."""
        for each in self.messages:
            if each["conversation_message_id"] == cmid:
                return each
        raise Refused(100, "message not found")

    def sent_before(self, random_id: int, now: float) -> Message | None:
        """The message this key brought, if that was within an hour and a hundred messages."""
        for key, at, message in self.sends[-REMEMBERED:]:
            if key == random_id != 0 and now - at < HORIZON:
                return message
        return None


class Community:
    """Everything VK knows of one community."""

    def __init__(self, number: int, name: str, *, clock: Callable[[], float]) -> None:
        self.id = number
        self.name = name
        self.screen_name = f"club{number}"
        self.clock = clock
        self.rights: dict[str, frozenset[str]] = {}
        self.people: dict[int, Person] = {}
        self.talks: dict[int, Talk] = {}
        self.history = History()
        self.listeners: list[Callable[[dict[str, Any]], None]] = []
        self.long_poll: dict[str, int] = {"message_new": 1}
        self.long_poll_enabled = False
        self.can_messages = True
        self.echoes = True
        self.lock = RLock()
        self._messages = 0

    # what people do

    def token(self, *rights: str) -> str:
        """A key of the community with these rights, or all that a helpdesk needs."""
        token = f"vk1.a.{token_hex(20)}"
        self.rights[token] = frozenset(rights or RIGHTS)
        return token

    def revoke(self, token: str) -> None:
        """Take a key back."""
        self.rights.pop(token, None)

    def person(self, number: int, name: str, *, permission: Permission = "stranger") -> Person:
        """Somebody new."""
        first, _, last = name.partition(" ")
        self.people[number] = made = Person(number, first, last, permission)
        return made

    def talk(self, peer_id: int) -> Talk:
        """The talk with a peer, begun if need be."""
        return self.talks.setdefault(peer_id, Talk(peer_id))

    def says(self, person: Person, text: str = "", *, peer: int = 0, **more: Any) -> Message:
        """Somebody writes to the community, or in a chat it takes part in."""
        with self.lock:
            if person.permission in ("stranger", "allowed"):
                person.permission = "written"
            message = self._message(self.talk(peer or person.id), person.id, text, out=0, **more)
            self.emit("message_new", {"message": shown(message), "client_info": _CLIENT})
            return message

    def admin_says(self, person: Person, text: str, *, admin: int, **more: Any) -> Message:
        """An administrator answers in VK itself."""
        with self.lock:
            talk = self.talk(person.id)
            message = self._message(talk, -self.id, text, out=1, admin_author_id=admin, **more)
            self.emit("message_reply", shown(message))
            return message

    def edits(self, message: Message, text: str) -> None:
        """Whoever wrote a message changes it."""
        with self.lock:
            message |= {"text": text, "update_time": int(self.clock())}
            self.emit("message_edit", shown(message))

    def reads(self, person: Person) -> None:
        """Somebody reads all that the community wrote."""
        with self.lock:
            talk = self.talk(person.id)
            ours = [each for each in talk.messages if each["out"]]
            if ours:
                talk.out_read = ours[-1]["id"]
                read = {"from_id": person.id, "peer_id": person.id, "read_message_id": talk.out_read}
                number = ours[-1]["conversation_message_id"]
                self.emit("message_read", {**read, "conversation_message_id": number})

    def types(self, person: Person) -> None:
        """Somebody is typing."""
        self.emit("message_typing_state", {"state": "typing", "from_id": person.id, "to_id": -self.id})

    def reacts(self, person: Person, message: Message, reaction: int | None) -> None:
        """Somebody puts a reaction on a message, or takes it away."""
        number = message["conversation_message_id"]
        event = {"reacted_id": person.id, "peer_id": message["peer_id"], "cmid": number}
        self.emit("message_reaction_event", event if reaction is None else {**event, "reaction_id": reaction})

    def allows(self, person: Person, key: str = "") -> None:
        """Somebody lets the community write."""
        person.permission = "allowed"
        self.emit("message_allow", {"user_id": person.id, "key": key})

    def denies(self, person: Person) -> None:
        """Somebody forbids the community to write."""
        person.permission = "denied"
        self.emit("message_deny", {"user_id": person.id})

    def presses(self, person: Person, message: Message, payload: Any) -> None:
        """Somebody presses a callback button."""
        event = {
            "user_id": person.id,
            "peer_id": message["peer_id"],
            "event_id": token_hex(6),
            "payload": payload,
            "conversation_message_id": message["conversation_message_id"],
        }
        self.emit("message_event", event)

    def crops(self, message: Message, text: str) -> None:
        """Give the newest event of a message with its text cut, as VK does with long ones."""
        cropped = {**shown(message), "text": text, "is_cropped": True}
        self.emit("message_new", {"message": cropped, "client_info": _CLIENT})

    # what the community does

    def sends(self, peer_id: int, random_id: int, text: str, **more: Any) -> Message:
        """The community writes; the same key within its horizon brings no second message."""
        with self.lock:
            talk = self.talk(self._may_write(peer_id))
            known = talk.sent_before(random_id, self.clock())
            if known is not None:
                return known
            message = self._message(talk, -self.id, text, out=1, random_id=random_id, **more)
            talk.sends.append((random_id, self.clock(), message))
            if self.echoes:
                self.emit("message_reply", shown(message))
            return message

    def emit(self, kind: str, content: dict[str, Any]) -> None:
        """Tell whoever listens, once under one name for all ways of listening."""
        event = {
            "group_id": self.id,
            "type": kind,
            "event_id": token_hex(20),
            "v": "5.199",
            "object": deepcopy(content),
        }
        if self.long_poll_enabled and self.long_poll.get(kind):
            self.history.add(event)
        for listen in self.listeners:
            listen(event)

    def emit_raw(self, event: Any) -> None:
        """Put anything at all among the events."""
        self.history.add(event)
        for listen in self.listeners:
            listen(event)

    def _may_write(self, peer_id: int) -> int:
        if peer_id > CHATS:
            if peer_id not in self.talks:
                raise Refused(917)
            return peer_id
        person = self.people.get(peer_id)
        if person is None:
            raise Refused(936)
        if not self.can_messages:
            raise Refused(7, "messages of the community are switched off")
        if person.permission in _REFUSES:
            raise Refused(_REFUSES[person.permission])
        return peer_id

    def _message(self, talk: Talk, author: int, text: str, **more: Any) -> Message:
        talk.counted += 1
        self._messages += 1
        message = {
            "date": int(self.clock()),
            "from_id": author,
            "id": self._messages,
            "version": 10_000_000 + self._messages,
            "important": False,
            "is_hidden": False,
            "attachments": [],
            "conversation_message_id": talk.counted,
            "fwd_messages": [],
            "text": text,
            "peer_id": talk.peer_id,
            "random_id": 0,
            **more,
        }
        talk.messages.append(message)
        return message


def shown(message: Message) -> Message:
    """A message as it goes over the wire."""
    return deepcopy({name: value for name, value in message.items() if value is not None})


def as_foreign(message: Message) -> Message:
    """A message inside another one."""
    names = ("date", "from_id", "id", "attachments", "conversation_message_id", "text", "peer_id")
    found = {name: message[name] for name in names}
    nested = message.get("fwd_messages")
    return deepcopy({**found, "fwd_messages": nested} if nested else found)


_CLIENT = {
    "button_actions": ["text", "vkpay", "open_app", "location", "open_link", "callback"],
    "keyboard": True,
    "inline_keyboard": True,
    "carousel": True,
    "lang_id": 0,
}

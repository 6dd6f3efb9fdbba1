"""What people do in Telegram, and how a bot hears of it."""

import itertools
from typing import Any

from tests.peers.telegram.media import FOLDERS, MIMES, media_of
from tests.peers.telegram.wording import found_entities
from tests.peers.telegram.world import Chat, World

_queries = itertools.count(4_000_000_000_000)


class People:
    """Plays the customers of one bot."""

    def __init__(self, world: World) -> None:
        self.world = world

    def say(self, text: str, who: str = "Max", *, chat: Chat | None = None, **more: Any) -> dict[str, Any]:
        """Somebody writes."""
        entities = found_entities(text)
        content = {"text": text, **({"entities": entities} if entities else {})}
        return self.send(content, who, chat=chat, **more)

    def send_file(
        self,
        kind: str,
        data: bytes,
        who: str = "Max",
        *,
        chat: Chat | None = None,
        name: str = "",
        mime: str = "",
        text: str = "",
        album: str | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Somebody sends a file; those with one `album` lie together."""
        named = {"name": name, "mime": mime or MIMES.get(kind, "")}
        file = self.world.add_file(data, folder=FOLDERS.get(kind, "documents"), **named)
        content = {**media_of(kind, file), **({"caption": text} if text else {})}
        if album is not None:
            content["media_group_id"] = album
        return self.send(content, who, chat=chat, **more)

    def send(
        self,
        content: dict[str, Any],
        who: str = "Max",
        *,
        chat: Chat | None = None,
        topic: int | None = None,
        reply_to: int | None = None,
        quote: str = "",
        business: str = "",
        as_owner: bool = False,
        is_heard: bool = True,
    ) -> dict[str, Any]:
        """Somebody sends a message of any content; the message, as the bot hears it."""
        world = self.world
        with world.lock:
            person = world.connections[business]["user"] if as_owner else world.person(who)
            chat = chat or (world.business_chat(business, who) if business else world.private(who))
            chat.members[person["id"]] = person
            if not as_owner:
                chat.heard_at, chat.is_known = world.now(), True
            number = world.number_for(chat)
            message: dict[str, Any] = {
                "message_id": number,
                "from": person,
                "chat": chat.info,
                "date": int(world.now()),
                **({"business_connection_id": business} if business else {}),
                **({"message_thread_id": topic, "is_topic_message": True} if topic else {}),
                **self._answered(chat, reply_to, topic, quote),
                **content,
            }
            chat.messages[number] = message
            kind = "business_message" if business else "message"
            if is_heard:
                world.queue.push(kind, dict(message), chat=self._place(chat))
            return message

    def edit(self, chat: Chat, number: int, **content: Any) -> dict[str, Any]:
        """Somebody changes what they wrote."""
        with self.world.lock:
            message = chat.messages[number]
            message |= {**content, "edit_date": int(self.world.now())}
            kind = "edited_business_message" if chat.business else "edited_message"
            self.world.queue.push(kind, dict(message), chat=self._place(chat))
            return message

    def delete(self, chat: Chat, *numbers: int) -> None:
        """Somebody deletes messages; bots hear of it only from business accounts."""
        with self.world.lock:
            for number in numbers:
                chat.messages.pop(number, None)
            if chat.business:
                told = {
                    "business_connection_id": chat.business,
                    "chat": chat.info,
                    "message_ids": list(numbers),
                }
                self.world.queue.push("deleted_business_messages", told, chat=self._place(chat))

    def react(self, chat: Chat, number: int, reactions: tuple[str, ...], who: str = "Max") -> None:
        """All that somebody has put on a message now."""
        with self.world.lock:
            message = chat.messages[number]
            old = message.setdefault("_reactions", {}).get(who, [])
            new = [{"type": "emoji", "emoji": each} for each in reactions]
            message["_reactions"][who] = new
            told = {
                "chat": chat.info,
                "message_id": number,
                "user": self.world.person(who),
                "date": int(self.world.now()),
                "old_reaction": old,
                "new_reaction": new,
            }
            self.world.queue.push("message_reaction", told, chat=self._place(chat))

    def press(self, chat: Chat, number: int, data: str, who: str = "Max") -> str:
        """Somebody presses a button; the name of the question that the bot must answer."""
        with self.world.lock:
            query = str(next(_queries))
            self.world.answered[query] = {"date": self.world.now(), "answer": None}
            told = {
                "id": query,
                "from": self.world.person(who),
                "message": chat.messages[number],
                "chat_instance": str(chat.id),
                "data": data,
            }
            self.world.queue.push("callback_query", told, chat=self._place(chat))
            return query

    def block(self, who: str = "Max", *, blocked: bool = True) -> None:
        """Somebody blocks the bot, or starts it again."""
        chat, person = self.world.private(who), self.world.person(who)
        chat.closed = "bot was blocked by the user" if blocked else ""
        states = ("member", "kicked") if blocked else ("kicked", "member")
        self._tell_membership(chat, person, *states)

    def remove_from(self, chat: Chat, who: str = "Max", *, back: bool = False) -> None:
        """Somebody throws the bot out of a group, or adds it again."""
        kind = chat.info["type"]
        chat.closed = "" if back else f"bot was kicked from the {kind} chat"
        self._tell_membership(
            chat, self.world.person(who), *(("left", "member") if back else ("member", "left"))
        )

    def migrate(self, chat: Chat) -> Chat:
        """A group becomes a supergroup, which has another number and counts its messages anew."""
        world = self.world
        with world.lock:
            new = world.group(f"{chat.info['title']} (new)")
            new.info["title"] = chat.info["title"]
            chat.migrated_to = new.id
            base = {"date": int(world.now()), "from": world.person("Max")}
            left = {
                "message_id": world.number_for(chat),
                "chat": chat.info,
                **base,
                "migrate_to_chat_id": new.id,
            }
            came = {
                "message_id": world.number_for(new),
                "chat": new.info,
                **base,
                "migrate_from_chat_id": chat.id,
            }
            new.messages[came["message_id"]] = came
            world.queue.push("message", left, chat=self._place(chat))
            world.queue.push("message", came, chat=self._place(new))
            return new

    def _tell_membership(self, chat: Chat, person: dict[str, Any], before: str, after: str) -> None:
        told = {
            "chat": chat.info,
            "from": person,
            "date": int(self.world.now()),
            "old_chat_member": {"user": self.world.me, "status": before, **_until(before)},
            "new_chat_member": {"user": self.world.me, "status": after, **_until(after)},
        }
        self.world.queue.push("my_chat_member", told, chat=self._place(chat))

    def _answered(self, chat: Chat, number: int | None, topic: int | None, quote: str) -> dict[str, Any]:
        if number is not None:
            found = {name: each for name, each in chat.messages[number].items() if name != "reply_to_message"}
            picked = {"quote": {"text": quote, "position": 0, "is_manual": True}} if quote else {}
            return {"reply_to_message": found, **picked}
        if topic is None or topic not in chat.topics:
            return {}
        opened = {"name": chat.topics[topic], "icon_color": 7322096}
        root = {"message_id": topic, "chat": chat.info, "date": int(self.world.now())}
        return {"reply_to_message": {**root, "forum_topic_created": opened, "is_topic_message": True}}

    @staticmethod
    def _place(chat: Chat) -> str:
        return f"{chat.business}:{chat.id}"


def _until(status: str) -> dict[str, int]:
    return {"until_date": 0} if status == "kicked" else {}

"""What customers do in MAX."""

import secrets
from typing import Any

from tests.peers.http_peer import HttpPeer
from tests.peers.max.world import Chat, Json, Message, World


class Customers(HttpPeer):
    """People who write to the bot; a `who` is known from the first time on."""

    world: World

    def writes(
        self,
        who: str,
        text: str,
        *,
        group: bool = False,
        attachments: list[Json] | None = None,
        reply_to: str | None = None,
        markup: list[Json] | None = None,
        link: Json | None = None,
    ) -> Message:
        """Somebody writes, with whatever hangs on it."""
        with self.changed:
            chat, sender = self._chat_of(who, group=group), self.world.user(who)
            if reply_to is not None:
                linked = self.world.messages[reply_to]
                link = {"type": "reply", "sender": linked.sender, "message": linked.body()}
            found = self.world.write(chat, sender, text, attachments, link, markup)
            self.world.update("message_created", message=found.told(), user_locale="ru")
            self.changed.notify_all()
        return found

    def sends_file(
        self, who: str, kind: str, data: bytes, *, name: str = "", mime: str = "", text: str = ""
    ) -> Message:
        """Somebody sends a file."""
        stored = self.world.store(kind, data, name=name, mime=mime)
        return self.writes(who, text, attachments=[self.world.attachment(stored)])

    def edits_own(self, mid: str, text: str) -> None:
        """Who wrote it changes it."""
        with self.changed:
            found = self.world.messages[mid]
            found.text, found.edited = text, True
            self.world.update("message_edited", message=found.told())
            self.changed.notify_all()

    def deletes_own(self, mid: str) -> None:
        """Who wrote it takes it back."""
        with self.changed:
            found = self.world.messages[mid]
            found.deleted = True
            chat_id, user_id = found.chat.chat_id, found.sender["user_id"]
            self.world.update("message_removed", message_id=mid, chat_id=chat_id, user_id=user_id)
            self.changed.notify_all()

    def presses_button(self, mid: str, data: str, who: str) -> str:
        """Somebody presses a button below a message; what the press is called."""
        with self.changed:
            name = secrets.token_urlsafe(16)
            self.world.callbacks[name] = self.world.now()
            pressed = {
                "timestamp": int(self.world.now() * 1000),
                "callback_id": name,
                "payload": data,
                "user": self.world.user(who),
            }
            self.world.update(
                "message_callback",
                callback=pressed,
                message=self.world.messages[mid].told(),
                user_locale="ru",
            )
            self.changed.notify_all()
        return name

    def starts_bot(self, who: str, payload: str | None = None) -> None:
        """Somebody presses Start, having come by a link or not."""
        self._says_of("bot_started", who, payload=payload)
        self.world.dialog(who).suspended = False

    def stops_bot(self, who: str) -> None:
        """Somebody wants nothing more of the bot."""
        self.world.dialog(who).suspended = True
        self._says_of("bot_stopped", who)

    def in_chat(self, who: str, *, group: bool = False) -> list[Message]:
        """What lies in a chat now."""
        chat = self._chat_of(who, group=group)
        return [each for each in self.world.messages.values() if each.chat is chat and not each.deleted]

    def _chat_of(self, who: str, *, group: bool) -> Chat:
        return self.world.group() if group else self.world.dialog(who)

    def _says_of(self, kind: str, who: str, **told: Any) -> None:
        with self.changed:
            chat = self.world.dialog(who)
            self.world.update(kind, chat_id=chat.chat_id, user=self.world.user(who), user_locale="ru", **told)
            self.changed.notify_all()

"""What customers do in MAX, for tests and for somebody who plays one by hand."""

import base64
import json
import secrets
from pathlib import Path
from typing import Any

from tests.peers.http_peer import HttpPeer
from tests.peers.max.world import Chat, Json, Message, World

PAGE = Path(__file__).parent.parent / "page.html"


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

    # by hand

    def page(self) -> bytes:
        """The page on which a developer plays a customer."""
        title = {"title": "MAX", "token": getattr(self, "token", ""), "url": self.url}
        return PAGE.read_bytes().replace(b"/*FACTS*/", json.dumps(title).encode())

    def ctl_say(self, who: str, text: str, *, group: bool = False, reply_to: str | None = None) -> Any:
        """Write."""
        return self.writes(who, text, group=group, reply_to=reply_to).mid

    def ctl_send(self, who: str, name: str, mime: str, base64_data: str, text: str = "") -> Any:
        """Send a file."""
        first = mime.partition("/")[0]
        kind = first if first in ("image", "video", "audio") else "file"
        return self.sends_file(who, kind, base64.b64decode(base64_data), name=name, mime=mime, text=text).mid

    def ctl_edit(self, key: str, text: str) -> Any:
        """Change what was written."""
        self.edits_own(key, text)

    def ctl_delete(self, key: str) -> Any:
        """Take it back."""
        self.deletes_own(key)

    def ctl_press(self, key: str, data: str, who: str) -> Any:
        """Press a button."""
        return self.presses_button(key, data, who)

    def ctl_block(self, who: str) -> Any:
        """Stop the bot."""
        self.stops_bot(who)

    def ctl_unblock(self, who: str) -> Any:
        """Start it again."""
        self.starts_bot(who)

    def ctl_chat(self, who: str, *, group: bool = False) -> Any:
        """What lies in a chat, as the page shows it."""
        return [_shown(each) for each in self.in_chat(who, group=group)]

    def _chat_of(self, who: str, *, group: bool) -> Chat:
        return self.world.group() if group else self.world.dialog(who)

    def _says_of(self, kind: str, who: str, **told: Any) -> None:
        with self.changed:
            chat = self.world.dialog(who)
            self.world.update(kind, chat_id=chat.chat_id, user=self.world.user(who), user_locale="ru", **told)
            self.changed.notify_all()


def _shown(message: Message) -> Json:
    files, buttons = [], []
    for each in message.attachments:
        payload = each.get("payload", {})
        if each["type"] == "inline_keyboard":
            buttons = [
                {"label": one["text"], "data": one["payload"]} for row in payload["buttons"] for one in row
            ]
        else:
            files.append({"name": each.get("filename") or each["type"], "url": payload.get("url", "")})
    return {
        "key": message.mid,
        "ours": message.is_ours,
        "author": message.sender["first_name"],
        "text": message.text,
        "edited": message.edited,
        "files": files,
        "buttons": buttons,
    }

"""Telegram bots as a channel.

The web process asks this module what bots can do and lets it read calls from outside, so what
speaks to Telegram (python-telegram-bot, an event loop) is imported only when it is used.
"""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO

from channels import adapter as contract
from channels.adapter import (
    Batch,
    Capabilities,
    ChannelAccess,
    FetchedFile,
    Health,
    HookReply,
    Idempotency,
    Part,
    Rate,
    Sent,
    StoredEvent,
    Temporary,
)
from channels.called import brought
from channels.json_fields import number, words
from channels.telegram.keys import place_of
from channels.telegram.planning import MOST_FILE, MOST_TEXT, plan
from channels.telegram.settings_form import API, FIELDS, FILES
from channels.telegram.updates import ASKED_FOR, LONGEST_NUMBER, event_of, read_update
from core.clock import now
from core.files import file_store
from inbox.border import Author, FileReference, Incoming, Outgoing

if TYPE_CHECKING:
    from channels.telegram.checking import Wishes
    from channels.telegram.connection import Connection

MOST_UPDATES = 100
LONGEST_WAIT = 50.0
SECRET_HEADER = "x-telegram-bot-api-secret-token"
START_LINK = "https://t.me/{bot}?start={token}"


class TelegramAdapter:
    """Speaks for one bot."""

    kind = "telegram"
    capabilities = Capabilities(
        max_text=MOST_TEXT,
        length_unit="utf16",
        html="telegram",
        max_attachments=100,
        attachment_bytes=MOST_FILE,
        media=frozenset({"image", "video", "animation", "audio", "voice", "file"}),
        idempotency=Idempotency.NONE,
        edit_window=0,
        delete_window=48 * 3600,
        replies=True,
        buttons=True,
        typing=True,
        marks_read=True,
        groups=True,
        deep_links=True,
        receive=frozenset({"poll", "webhook"}),
        rates=(Rate("chat", 1, 1.0), Rate("group", 20, 60.0), Rate("channel", 30, 1.0)),
    )
    fields = FIELDS

    def __init__(self, access: ChannelAccess) -> None:
        self._access = access
        self._settings = access.settings
        self._token = access.secrets.get("token", "")
        self._made: Connection | None = None
        self._lock = Lock()

    def verify(self) -> Health:
        """Ask who the bot is, who gets its messages and what it may see; nothing is changed."""
        from channels.telegram.checking import check_bot

        return check_bot(self._connection, self._wishes)

    def poll(self, cursor: Mapping[str, Any], wait: float) -> Batch:
        """The next updates behind the cursor.

        Telegram forgets what lies before the offset as soon as it is asked with it, so the cursor is
        told only after it was stored with the updates. It follows the updates that came, also
        downwards: numbers begin anew at random after a quiet week, and an offset beyond the end
        makes the server give the same updates for ever. The first look does not wait, so that it is known
        at once whether the bot is well.
        """
        seconds = min(max(wait, 0.0), LONGEST_WAIT) if self._made is not None else 0.0
        found = self._connection.ask(
            "getUpdates",
            seconds=seconds + 10,
            offset=cursor.get("offset"),
            limit=MOST_UPDATES,
            timeout=int(seconds),
            allowed_updates=list(ASKED_FOR),
        )
        if not isinstance(found, list):
            raise Temporary("getUpdates brought no list", code="bad_answer")
        known = [each for update in found if (each := _number_of(update)) is not None]
        if found and not known:
            raise Temporary("updates without numbers", code="bad_answer")
        moment = now().isoformat()
        return Batch(
            [event_of(update, moment) for update in found],
            {**cursor, "offset": max(known) + 1} if known else cursor,
            more=len(found) >= MOST_UPDATES,
        )

    def webhook(self, headers: Mapping[str, str], body: bytes) -> HookReply:
        """An update that Telegram brings, if it knows the secret we gave it."""
        secret = self._access.secrets.get("hook_secret", "")
        update = brought(headers, body, header=SECRET_HEADER, secret=secret)
        return update if isinstance(update, HookReply) else HookReply([event_of(update, now().isoformat())])

    def normalize(self, event: StoredEvent) -> Sequence[Incoming]:
        """Read one update."""
        found = read_update(event.payload)
        return [self._wanted(each) for each in found]

    def profile(self, key: str) -> Author | None:
        """Who somebody is now, as far as Telegram tells a bot they have written to."""
        from channels.telegram.asking import profile

        return profile(self._connection, key)

    def picture(self, key: str) -> FileReference | None:
        """The picture of a person or a group."""
        from channels.telegram.asking import picture

        return picture(self._connection, key)

    def fetch_attachment(self, file: FileReference, out: BinaryIO, max_bytes: int) -> FetchedFile:
        """Write the bytes of a file; its name and type are known already."""
        from channels.telegram.asking import fetch

        fetch(self._connection, file, out, max_bytes)
        return FetchedFile()

    def plan(self, outgoing: Outgoing, *, fallback: bool = False) -> Sequence[Part]:
        """Cut a message into calls; the plainest form has no marks and only documents."""
        return plan(outgoing, fallback=fallback)

    def send(self, part: Part) -> Sent:
        """Make the call of a part; raises ChannelError only."""
        from channels.telegram import calls

        place = place_of(str(part.payload["conversation"]))
        made = self._connection.call(lambda bot: calls.send(bot, part.payload, file_store().open_file))
        return Sent(tuple(place.message_key(each.message_id) for each in made))

    def edit(self, conversation_key: str, message_key: str, part: Part) -> None:
        """Let one of ours say something else."""
        from channels.telegram.changing import edit

        edit(self._connection, conversation_key, message_key, part.payload)

    def delete(self, conversation_key: str, message_keys: Sequence[str]) -> None:
        """Take back ours, which Telegram allows for 48 hours."""
        from channels.telegram.changing import delete

        delete(self._connection, conversation_key, message_keys)

    def typing(self, conversation_key: str) -> None:
        """Show for five seconds that somebody writes."""
        from channels.telegram.changing import show_typing

        show_typing(self._connection, conversation_key)

    def mark_read(self, conversation_key: str, message_key: str) -> None:
        """Let the customer of a business account see that we have read."""
        from channels.telegram.changing import mark_read

        mark_read(self._connection, conversation_key, message_key)

    def answer_button(self, answer: Mapping[str, Any]) -> None:
        """Let the pressed button rest."""
        from channels.telegram.changing import answer_button

        answer_button(self._connection, str(answer.get("callback_query_id", "")))

    def start_link(self, token: str) -> str | None:
        """The link whose Start button brings the token; None until the bot's name is known."""
        username = str(self._settings.get("bot_username") or "")
        return START_LINK.format(bot=username, token=token) if username else None

    def before_subscribing(self) -> Mapping[str, Any]:
        """Telegram proves itself by the secret alone."""
        return {}

    def subscribe(self, url: str, secret: str) -> Mapping[str, Any]:
        """Have updates brought to an address of ours; those that wait are kept.

        A program that is called now is not pushed aside unless somebody said so.
        """
        from channels.telegram.checking import is_foreign

        hook = self._connection.ask("getWebhookInfo")
        now_called = words(hook, "url") if isinstance(hook, Mapping) else ""
        if now_called != url and is_foreign(now_called, self._wishes) and not self._wishes.takes_over:
            raise contract.Conflict(now_called, code="webhook_set")
        self._connection.call(
            lambda bot: bot.set_webhook(
                url,
                secret_token=secret,
                allowed_updates=list(ASKED_FOR),
                drop_pending_updates=False,
            ),
            has_effect=False,
        )
        return {"hook_url": url}

    def unsubscribe(self) -> None:
        """Have updates kept for `poll()` again."""
        self._connection.call(lambda bot: bot.delete_webhook(drop_pending_updates=False), has_effect=False)

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            made, self._made = self._made, None
        if made is not None:
            made.close()

    @property
    def _connection(self) -> "Connection":
        from channels.telegram.connection import Connection

        with self._lock:
            if self._made is None or not self._made.is_usable:
                self._made = Connection(
                    self._token,
                    str(self._settings.get("api_base") or API),
                    str(self._settings.get("file_base") or FILES),
                    self._access.secrets.get("proxy", ""),
                )
            return self._made

    @property
    def _wishes(self) -> "Wishes":
        from channels.telegram.checking import Wishes

        mode = str(self._settings.get("mode") or "poll")
        return Wishes(
            mode,
            self._takes("groups"),
            self._takes("business"),
            takes_over=bool(self._settings.get("takes_over")),
            hook_url=str(self._settings.get("hook_url") or ""),
            is_called=mode == "webhook" and bool(self._settings.get("receiving")),
        )

    def _takes(self, what: str) -> bool:
        return bool(self._settings.get(what, True))

    def _wanted(self, incoming: Incoming) -> Incoming:
        """What the channel is not to take in is put aside with a reason."""
        place = incoming.conversation_key or ""
        if incoming.is_group and not self._takes("groups"):
            return _aside(incoming, "messages from groups are not taken")
        if place.startswith("biz:") and not self._takes("business"):
            return _aside(incoming, "messages of business accounts are not taken")
        return incoming


def _number_of(update: object) -> int | None:
    return number(update, "update_id", below=LONGEST_NUMBER) if isinstance(update, Mapping) else None


def _aside(incoming: Incoming, reason: str) -> Incoming:
    return Incoming(
        "unsupported", incoming.conversation_key, None, incoming.author, incoming.sent_at, text=reason
    )

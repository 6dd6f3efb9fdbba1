"""Communities of VK as a channel.

The web process asks this module what communities can do and lets it read calls from outside, so
what speaks to VK is imported only when it is used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO

from channels.adapter import (
    BadContent,
    Batch,
    Capabilities,
    ChannelAccess,
    FetchedFile,
    Health,
    HookReply,
    Idempotency,
    Part,
    Rate,
    RawEvent,
    Sent,
    StoredEvent,
)
from channels.vk.callback import read_call
from channels.vk.events import read_event
from channels.vk.planning import LONGEST_TEXT, MOST_DOCUMENT, plan_parts
from channels.vk.settings_form import FIELDS
from channels.vk.wire import Unreadable, inner, number
from inbox.border import Author, FileReference, Incoming, Outgoing

if TYPE_CHECKING:
    from channels.vk.api import VkApi
    from channels.vk.longpoll import LongPoll
    from channels.vk.naming import Names
    from channels.vk.uploads import Uploads

A_DAY = 24 * 3600
REPEATS_DROPPED = 50 * 60  # VK remembers a key for an hour and a hundred messages of a conversation
START_LINK = "https://vk.me/{name}?ref={token}"


class VkAdapter:
    """Speaks for one community."""

    kind = "vk"
    capabilities = Capabilities(
        max_text=LONGEST_TEXT,
        length_unit="utf16",
        html="none",
        max_attachments=100,
        attachment_bytes=MOST_DOCUMENT,
        media=frozenset({"image", "voice", "file"}),
        idempotency=Idempotency.NATIVE,
        repeats_dropped_for=REPEATS_DROPPED,
        edit_window=A_DAY,
        delete_window=A_DAY,
        receipts=frozenset({"read"}),
        replies=True,
        buttons=True,
        typing=True,
        typing_in=True,
        marks_read=True,
        groups=True,
        deep_links=True,
        receive=frozenset({"poll", "webhook"}),
        rates=(Rate("channel", 15, 1.0),),  # VK counts 20 calls of every kind
    )
    fields = FIELDS

    def __init__(self, access: ChannelAccess) -> None:
        self._access = access
        self._settings = access.settings

    # coming in

    def verify(self) -> Health:
        """Is VK there, is the key right, what does it allow, are we told what happens."""
        from channels.vk.checking import check_community

        server_id = number(self._settings.get("callback_server"))
        is_called = bool(self._settings.get("receiving"))
        return check_community(self._api, mode=self._mode, server_id=server_id, is_called=is_called)

    def poll(self, cursor: Mapping[str, Any], wait: float) -> Batch:
        """What is new in Bots Long Poll; who begins also hears who waits for an answer."""
        from channels.vk.looking_back import unanswered

        if not cursor.get("key"):
            waiting = 0 if self._settings.get("unanswered", True) else None
            return Batch((), {**self._long_poll.begin(), "unanswered": waiting}, more=True)
        if cursor.get("unanswered") is not None:
            events, next_page = unanswered(self._api, self._group_id, int(cursor["unanswered"]))
            return Batch(self._named(events), {**cursor, "unanswered": next_page}, more=True)
        batch = self._long_poll.poll(cursor, wait)
        return replace(batch, events=self._named(batch.events)) if batch.events else batch

    def webhook(self, headers: Mapping[str, str], body: bytes) -> HookReply:
        """A call of the Callback API; its secret is in its body."""
        confirmation = str(self._settings.get("confirmation") or "")
        return read_call(body, self._access.secrets.get("hook_secret") or "", confirmation)

    def backfill(self, since: datetime) -> Sequence[RawEvent]:
        """What was said since then, out of the conversations themselves."""
        from channels.vk.looking_back import said_since

        return self._named(said_since(self._api, self._group_id, since))

    def normalize(self, event: StoredEvent) -> Sequence[Incoming]:
        """Translate an event; only a message that VK gave cut short has to be asked for whole."""
        try:
            return read_event(self._uncut(event.payload))
        except Unreadable as fault:
            raise BadContent(str(fault), code="unreadable") from None

    def profile(self, key: str) -> Author | None:
        """A person's name."""
        from channels.vk.people import author_named

        return author_named(self._api, number(key))

    def picture(self, key: str) -> FileReference | None:
        """What a person looks like."""
        from channels.vk.people import picture_of

        return picture_of(self._api, number(key))

    def fetch_attachment(self, file: FileReference, out: BinaryIO, max_bytes: int) -> FetchedFile:
        """The bytes of a file; where its address has ended, of the same file at its new address."""
        from channels.vk.fetching import fetch_file

        return fetch_file(self._api, file, out, max_bytes)

    # going out

    def plan(self, outgoing: Outgoing, *, fallback: bool = False) -> Sequence[Part]:
        """Pieces of text, files with the last of them; `fallback` is shorter and without frills."""
        return plan_parts(outgoing, plain=fallback)

    def send(self, part: Part) -> Sent:
        """Make one message; the same part makes no second one."""
        from channels.vk.sending import send_part

        return send_part(self._api, self._uploads, part)

    def edit(self, conversation_key: str, message_key: str, part: Part) -> None:
        """Change the words of a message; what hangs on it stays."""
        from channels.vk.changing import change

        change(self._api, message_key, str(part.payload["text"]))

    def delete(self, conversation_key: str, message_keys: Sequence[str]) -> None:
        """Take messages back for everybody."""
        from channels.vk.changing import take_back

        take_back(self._api, message_keys)

    def typing(self, conversation_key: str) -> None:
        """Show that we write, for some ten seconds."""
        self._api.ask("messages.setActivity", peer_id=number(conversation_key), type="typing")

    def mark_read(self, conversation_key: str, message_key: str) -> None:
        """Show that all of a conversation is read."""
        told = {"peer_id": number(conversation_key), "mark_conversation_as_read": 1}
        self._api.ask("messages.markAsRead", **told)

    def answer_button(self, answer: Mapping[str, Any]) -> None:
        """Let a button stop turning; VK waits for it no longer than a minute."""
        try:
            told = {name: answer.get(name) for name in ("event_id", "user_id", "peer_id")}
            self._api.ask("messages.sendMessageEventAnswer", **told)
        except BadContent:
            return  # too late, and nobody minds

    def start_link(self, token: str) -> str | None:
        """A link that opens the conversation and brings its token with the first message."""
        name = self._settings.get("screen_name")
        return START_LINK.format(name=name, token=token) if name else None

    # being called instead of asking

    def before_subscribing(self) -> Mapping[str, Any]:
        """The string VK wants to hear before it calls."""
        from channels.vk.subscribing import confirmation_of

        return {"confirmation": confirmation_of(self._api, self._group_id), "group_id": self._group_id}

    def subscribe(self, url: str, secret: str) -> Mapping[str, Any]:
        """Have VK call us with every event we understand."""
        from channels.vk.subscribing import have_us_called

        return {"callback_server": have_us_called(self._api, self._group_id, url, secret)}

    def unsubscribe(self) -> None:
        """Have VK call us no more; Bots Long Poll keeps what happened meanwhile."""
        from channels.vk.subscribing import call_us_no_more

        server_id = number(self._settings.get("callback_server"))
        if server_id:
            call_us_no_more(self._api, self._group_id, server_id)

    def close(self) -> None:
        """Let go of connections."""
        if "_api" in self.__dict__:
            self._api.close()
            for name in ("_api", "_long_poll", "_uploads", "_names"):
                self.__dict__.pop(name, None)

    # what these stand on

    def _uncut(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """The event with the whole message in it; VK gives bots of long texts only the beginning."""
        content = inner(event, "object")
        message = inner(content, "message") or content
        if number(message.get("is_cropped")) != 1:
            return event
        from channels.vk.fetching import whole_message

        whole = whole_message(self._api, number(message.get("peer_id")), message) or message
        return {**event, "object": {**content, "message": whole} if "message" in content else whole}

    def _named(self, events: Sequence[RawEvent]) -> Sequence[RawEvent]:
        """Events with the names of those in them, so that reading them needs nobody."""
        return self._names.with_names(events) if events else events

    @property
    def _mode(self) -> str:
        return str(self._settings.get("mode") or "poll")

    @cached_property
    def _group_id(self) -> int:
        """The community's number; its key tells it where the settings do not."""
        from channels.vk.longpoll import own_group

        return number(self._settings.get("group_id")) or number(own_group(self._api).get("id"))

    @cached_property
    def _api(self) -> "VkApi":
        from channels.vk.api import VkApi

        return VkApi(
            self._access.secrets.get("token") or "",
            base=str(self._settings.get("api_base") or ""),
            proxy=self._access.secrets.get("proxy") or "",
        )

    @cached_property
    def _names(self) -> "Names":
        from channels.vk.naming import Names

        return Names(self._api)

    @cached_property
    def _long_poll(self) -> "LongPoll":
        from channels.vk.longpoll import LongPoll

        return LongPoll(self._api, self._group_id)

    @cached_property
    def _uploads(self) -> "Uploads":
        from channels.vk.uploads import Uploads

        return Uploads(self._api)

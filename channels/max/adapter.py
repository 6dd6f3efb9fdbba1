"""Bots of MAX as a channel.

The web process asks this module what bots can do and lets it read calls from outside, so what speaks to
MAX is imported only when it is used.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from channels.adapter import (
    Ambiguous,
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
    RecipientGone,
    RetryAfter,
    Sent,
    StoredEvent,
    Temporary,
)
from channels.called import brought
from channels.json_fields import number, part, parts, words
from channels.max.planning import MOST_TEXT, chat_id_of, keyboard, plan
from channels.max.settings_form import API, FIELDS
from channels.max.titles import Titles
from channels.max.updates import read_update
from channels.max.wire import event_of
from inbox.border import Author, FileReference, Incoming, Outgoing

if TYPE_CHECKING:
    from channels.max.client import MaxClient
    from channels.max.uploading import Uploads

MOST_UPDATES = 100
LONGEST_WAIT = 30.0
SECRET_HEADER = "x-max-bot-api-secret"
START_LINK = "https://max.ru/{bot}?start={token}"
DAY = 24 * 3600
UPDATES = (
    "message_created",
    "message_edited",
    "message_removed",
    "message_callback",
    "bot_started",
    "bot_stopped",
    "bot_added",
    "bot_removed",
    "dialog_removed",
    "chat_title_changed",
)


class MaxAdapter:
    """Speaks for one bot."""

    kind = "max"
    capabilities = Capabilities(
        max_text=MOST_TEXT,
        length_unit="utf16",
        html="none",
        max_attachments=50,
        attachment_bytes=250 * 1024 * 1024,
        media=frozenset({"image", "video", "audio", "file"}),
        idempotency=Idempotency.NONE,
        edit_window=DAY,
        delete_window=DAY,
        replies=True,
        buttons=True,
        typing=True,
        marks_read=True,
        groups=True,
        deep_links=True,
        receive=frozenset({"poll", "webhook"}),
        rates=(Rate("chat", 1, 0.5), Rate("channel", 25, 1.0)),  # MAX counts 30 calls of every kind
    )
    fields = FIELDS

    def __init__(self, access: ChannelAccess) -> None:
        self._access = access
        self._settings = access.settings
        self._client: MaxClient | None = None
        self._made_uploads: Uploads | None = None
        self._titles = Titles()

    def verify(self) -> Health:
        """Ask who the bot is and who gets its messages; nothing is changed."""
        from channels.max.checking import check_bot

        if self._settings.get("mode") != "webhook":
            return check_bot(self._max)
        hook_url, is_called = str(self._settings.get("hook_url") or ""), bool(self._settings.get("receiving"))
        return check_bot(self._max, hook_url=hook_url, is_called=is_called)

    def poll(self, cursor: Mapping[str, Any], wait: float) -> Batch:
        """The next updates behind the marker.

        What lies before a marker counts as read as soon as it is asked with, so it is told only after it
        was stored with the updates. Without one, MAX tells the last update alone: a new channel begins now.
        """
        seconds = min(max(wait, 0.0), LONGEST_WAIT)
        answer = self._max.get(
            "/updates",
            seconds=seconds + 15,
            marker=cursor.get("marker"),
            limit=MOST_UPDATES,
            timeout=int(seconds),
            types=",".join(UPDATES),
        )
        updates, marker = answer.get("updates"), number(answer, "marker")
        if not isinstance(updates, list) or (updates and marker is None):
            raise Temporary("the answer holds no updates or no marker", code="not_the_interface")
        return Batch(
            [self._titles.named(self._max, event_of(update)) for update in updates],
            {**cursor, "marker": marker} if marker is not None else cursor,
            more=len(updates) >= MOST_UPDATES,
        )

    def webhook(self, headers: Mapping[str, str], body: bytes) -> HookReply:
        """An update that MAX brings, if it knows the secret we gave it."""
        secret = self._access.secrets.get("hook_secret", "")
        update = brought(headers, body, header=SECRET_HEADER, secret=secret)
        return update if isinstance(update, HookReply) else HookReply([event_of(update)])

    def normalize(self, event: StoredEvent) -> Sequence[Incoming]:
        """Read one update."""
        return read_update(event.payload, bot_id=number(self._settings, "bot_id"))

    def profile(self, key: str) -> Author | None:
        """MAX tells bots of nobody but in what they write, and there everything."""
        return None

    def fetch_attachment(self, file: FileReference, out: BinaryIO, max_bytes: int) -> FetchedFile:
        """Write the bytes of a file; an address that has grown old is asked for again."""
        from channels.max.fetching import fetch

        if file.size is not None and file.size > max_bytes:
            raise BadContent("the file is bigger than is allowed", code="too_big")
        return FetchedFile(mime=fetch(self._max, file.ref, out, max_bytes))

    def plan(self, outgoing: Outgoing, *, fallback: bool = False) -> Sequence[Part]:
        """Cut a message into calls; the plainest form answers nothing and has only documents."""
        return plan(outgoing, fallback=fallback)

    def send(self, part: Part) -> Sent:
        """Give MAX the files, which may be done twice, then the message, which may not."""
        uploads, told = self._uploads, part.payload
        attachments = uploads.attachments(self._max, part)
        if told.get("buttons"):
            attachments.append(keyboard(told["buttons"]))
        body: dict[str, Any] = {"text": told["text"] or None, "attachments": attachments}
        if told.get("reply_to"):
            body["link"] = {"type": "reply", "mid": told["reply_to"]}
        try:
            answer = self._max.change("POST", "/messages", body, once=True, chat_id=told["chat_id"])
        except RetryAfter as later:
            raise uploads.unready(part, later) if later.code == "file_not_ready" else later from None
        uploads.done(part)
        mid = words(_body(answer), "mid")
        if not mid:
            raise Ambiguous("the answer names no message", code="send_unconfirmed")
        return Sent((mid,))

    def edit(self, conversation_key: str, message_key: str, part: Part) -> None:
        """Let one of ours say something else; its files stay as they are."""
        answer = self._max.change("PUT", "/messages", {"text": part.payload["text"]}, message_id=message_key)
        _must_be_done(answer)

    def delete(self, conversation_key: str, message_keys: Sequence[str]) -> None:
        """Take back ours, which MAX allows for a day."""
        for key in message_keys:
            try:
                _must_be_done(self._max.change("DELETE", "/messages", message_id=key))
            except (RecipientGone, BadContent) as fault:
                if "not.found" not in fault.detail and "not found" not in fault.detail.lower():
                    raise

    def typing(self, conversation_key: str) -> None:
        """Show for some seconds that somebody writes."""
        self._act(conversation_key, "typing_on")

    def mark_read(self, conversation_key: str, message_key: str) -> None:
        """Everything in the chat is read."""
        self._act(conversation_key, "mark_seen")

    def answer_button(self, answer: Mapping[str, Any]) -> None:
        """Let the pressed button rest; a question that is too old rests already."""
        try:
            self._max.change("POST", "/answers", {}, callback_id=answer.get("callback_id", ""))
        except (BadContent, RecipientGone):
            return

    def start_link(self, token: str) -> str | None:
        """The link whose Start button brings the token; None until the bot's name is known."""
        username = str(self._settings.get("username") or "")
        return START_LINK.format(bot=username, token=token) if username else None

    def before_subscribing(self) -> Mapping[str, Any]:
        """MAX proves itself by the secret alone."""
        return {}

    def subscribe(self, url: str, secret: str) -> Mapping[str, Any]:
        """Have updates brought to an address; MAX keeps what waits, and piles addresses up, so others go."""
        body = {"url": url, "update_types": list(UPDATES), "secret": secret}
        _must_be_done(self._max.change("POST", "/subscriptions", body), code="hook_refused")
        self._forget_addresses(but=url)
        return {"hook_url": url}

    def unsubscribe(self) -> None:
        """Have updates kept for `poll()` again, whoever asked to be called."""
        self._forget_addresses(but="")

    def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            self._client.close()
            self._client = None

    @property
    def _max(self) -> "MaxClient":
        if self._client is None:
            from channels.max.client import MaxClient

            self._client = MaxClient(
                self._access.secrets.get("token", ""),
                str(self._settings.get("api_base") or API),
                authority=str(self._settings.get("authority") or "").strip(),
                proxy=self._access.secrets.get("proxy", ""),
            )
        return self._client

    @property
    def _uploads(self) -> "Uploads":
        if self._made_uploads is None:
            from channels.max.uploading import Uploads

            self._made_uploads = Uploads()
        return self._made_uploads

    def _act(self, conversation_key: str, action: str) -> None:
        chat = chat_id_of(conversation_key)
        self._max.change("POST", f"/chats/{chat}/actions", {"action": action})

    def _forget_addresses(self, *, but: str) -> None:
        for each in parts(self._max.get("/subscriptions"), "subscriptions"):
            if (url := words(each, "url")) and url != but:
                self._max.change("DELETE", "/subscriptions", url=url)


def _must_be_done(answer: Mapping[str, Any], code: str = "too_late_to_change") -> None:
    """MAX says with 200 that it did not do something, too."""
    if answer.get("success") is False:
        raise BadContent(words(answer, "message") or "not done", code=code)


def _body(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The body of the message that was sent."""
    return part(part(answer, "message"), "body")

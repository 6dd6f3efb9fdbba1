"""The contract between the product and a channel; to add a channel is to write one of these.

How calls may fail is told in `channels.faults`; its names are here too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, BinaryIO, Literal, Protocol, runtime_checkable

from channels.faults import Ambiguous as Ambiguous
from channels.faults import AuthBroken as AuthBroken
from channels.faults import BadContent as BadContent
from channels.faults import ChannelError as ChannelError
from channels.faults import Conflict as Conflict
from channels.faults import Moved as Moved
from channels.faults import RecipientGone as RecipientGone
from channels.faults import RetryAfter as RetryAfter
from channels.faults import Temporary as Temporary
from channels.setting_fields import SettingField as SettingField
from channels.sign_ins.tokens import Tokens as Tokens
from inbox.border import Author, FileReference, Incoming, Outgoing, RecipientResult


@dataclass(frozen=True, slots=True)
class ChannelAccess:
    """A channel as its adapter sees it: a copy, with its secrets opened, without the database.

    With `tokens` it is opened by somebody's consent instead of by a password.
    """

    channel_id: int
    kind: str
    name: str
    address: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)
    tokens: Tokens | None = None


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One delivery as it came. `raw` holds bytes that are kept as a file (a letter).

    `group_key` is one for all parts of an album; they are read together, 1.5 s after the last of them came.
    """

    event_key: str
    order_key: str
    payload: Mapping[str, Any]
    raw: bytes | None = field(default=None, repr=False)
    group_key: str | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A delivery as it lies in our store; `raw_path` is where its bytes are."""

    event_key: str
    payload: Mapping[str, Any]
    raw_path: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one look outside brought, and the cursor that stands behind it.

    `gap` says that the outside lost history, so the core asks `backfill()`.
    """

    events: Sequence[RawEvent]
    cursor: Mapping[str, Any]
    gap: bool = False
    more: bool = False


class Idempotency(StrEnum):
    """Whether the outside drops a repeated send by its key."""

    NATIVE = "native"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Rate:
    """How many calls to send may leave in how many seconds: by the channel, or into each of its chats.

    The rate for a group takes the place of that for a chat.
    """

    scope: Literal["channel", "chat", "group"]
    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do; the composer offers exactly this.

    Lengths are counted in `length_unit`. Windows are seconds after a message was sent, 0 for ever, None for
    never. `media` are the kinds of files it shows as what they are, `replies` means answers to one message,
    without `answers` nothing leaves by it at all; `rates` hold however many workers there are. With NATIVE
    idempotency repeats are dropped for `repeats_dropped_for` seconds, None for ever. One look outside waits
    `poll_wait` seconds for news, after failures ever longer pauses up to `longest_pause` lie between two.
    """

    max_text: int | None
    html: Literal["none", "telegram", "full"]
    max_attachments: int
    attachment_bytes: int
    idempotency: Idempotency
    subject: bool = False
    recipients: bool = False
    answers: bool = True
    can_initiate: bool = False
    edit_window: int | None = None
    delete_window: int | None = None
    typing: bool = False
    receipts: frozenset[str] = frozenset()
    receive: frozenset[str] = frozenset({"poll"})
    send_key: Literal["enter", "ctrl_enter"] = "enter"
    quotes: bool = False
    signatures: bool = False
    length_unit: Literal["characters", "utf16"] = "characters"
    media: frozenset[str] = frozenset()
    replies: bool = False
    buttons: bool = False
    typing_in: bool = False
    marks_read: bool = False
    groups: bool = False
    deep_links: bool = False
    rates: tuple[Rate, ...] = ()
    repeats_dropped_for: int | None = None
    poll_wait: float = 8.0
    longest_pause: float = 30.0


@dataclass(frozen=True, slots=True)
class Health:
    """What a test of the channel found; `steps` are (name, ok, sentence) in the order tried.

    A code that begins with `receive.` is about what comes in. `facts` are plain values worth
    showing, such as the folders of a mailbox and how full they are. An `is_called` of False among them
    says that we were to be called (`receiving` in the settings) and are not: we are entered anew.
    """

    state: Literal["ok", "degraded", "broken"]
    code: str = ""
    detail: str = ""
    identity: str = ""
    warnings: tuple[str, ...] = ()
    steps: tuple[tuple[str, bool, str], ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HookReply:
    """What to store and what to answer to a call from outside."""

    events: Sequence[RawEvent]
    status: int = 200
    body: bytes = b"ok"
    content_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One call to the outside, made once by `plan()`, stored, then sent as stored.

    `raw` becomes a file; a part that comes back from the store has `raw_path` instead. Files that
    an agent attached lie in the file store: the payload names them by hash, `send()` opens them.
    Names in the payload that the core knows: `message_id` and `also_named` (names of letters),
    `client_key` (what an echo of this part will carry, as `Incoming.client_key`) and `cost` (how many
    calls it counts for in `rates`, 1 unless it says so).
    """

    key: str
    payload: Mapping[str, Any]
    raw: bytes | None = field(default=None, repr=False)
    raw_path: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The outside took it: the names it gave, and the result per recipient where there are several."""

    keys: tuple[str, ...]
    recipients: tuple[RecipientResult, ...] = ()
    detail: str = ""


class Adapter(Protocol):
    """Speaks for one channel; owns no database, no clock and no retry loop."""

    kind: str
    capabilities: Capabilities
    fields: Sequence[SettingField]

    def verify(self) -> Health:
        """Try every step a working channel needs and say how each went; never raises ChannelError."""
        ...

    def poll(self, cursor: Mapping[str, Any], wait: float) -> Batch:
        """Fetch what is new behind the cursor, waiting at most `wait` seconds; changes nothing outside."""
        ...

    def webhook(self, headers: Mapping[str, str], body: bytes) -> HookReply:
        """Read a call from outside; pure, checks its secret, the only method the web process calls.

        Names of headers come in lower case. A wrong secret is 401 or 403 and a body that is no JSON 400,
        both without events; what it cannot understand but is properly signed becomes an event like others.
        """
        ...

    def normalize(self, event: StoredEvent) -> Sequence[Incoming]:
        """Translate a delivery; same input, same output."""
        ...

    def profile(self, key: str) -> Author | None:
        """Ask the outside who somebody is, where it can tell."""
        ...

    def plan(self, outgoing: Outgoing, *, fallback: bool = False) -> Sequence[Part]:
        """Cut a message into calls; same input, same output. `fallback` asks for the plainest form."""
        ...

    def send(self, part: Part) -> Sent:
        """Make exactly one call; raises ChannelError only."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True, slots=True)
class FileLinks:
    """Files of a message that are larger than `above` bytes in all become links; none exceeds `largest`.

    An adapter class that does so says it in a `file_links(settings)`, None where it does not now.
    """

    above: int
    largest: int


@dataclass(frozen=True, slots=True)
class Copy:
    """A message that left, under the name the outside knows it by, and where its bytes are."""

    key: str
    raw_path: str


@runtime_checkable
class FilesCopies(Protocol):
    """An adapter whose outside has a place for what was sent, which nobody fills but us."""

    files_copies: bool

    def file_copies(self, copies: Sequence[Copy]) -> None:
        """File those that are not there yet; raises ChannelError only."""


@runtime_checkable
class WritesToItself(Protocol):
    """An adapter that can prove the whole way by a message to its own address."""

    def write_to_itself(self) -> tuple[str, bool, str]:
        """Send one and wait for it: a step of a test, as in Health. It becomes no message of anybody."""


@runtime_checkable
class Tidies(Protocol):
    """An adapter whose outside keeps what was read and that may mark it or put it away there."""

    tidies: bool

    def tidy(self, letters: Sequence[Mapping[str, Any]]) -> None:
        """Do so with letters, named as their deliveries were; again is as once; raises ChannelError only."""


@runtime_checkable
class Backfills(Protocol):
    """An adapter that can look again for what happened while the outside lost our place (`Batch.gap`)."""

    def backfill(self, since: datetime) -> Sequence[RawEvent]:
        """What was said since; it may have come before, under names by which that is seen."""


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """What a file turned out to be; an empty name or type leaves what was known."""

    name: str = ""
    mime: str = ""


@runtime_checkable
class FetchesFiles(Protocol):
    """An adapter whose messages name their files (`Incoming.remote_files`)."""

    def fetch_attachment(self, file: FileReference, out: BinaryIO, max_bytes: int) -> FetchedFile:
        """Write the bytes of a file; raises ChannelError only.

        BadContent "too_big" above `max_bytes`, known before or noticed on the way; BadContent "gone"
        for what is not there any more; Temporary when it may work later (slow, cut half-way).
        """


@runtime_checkable
class Edits(Protocol):
    """An adapter that can change what was sent (`Capabilities.edit_window`)."""

    def edit(self, conversation_key: str, message_key: str, part: Part) -> None:
        """Make the message what `part` says; that it says so already is success. ChannelError only."""


@runtime_checkable
class Deletes(Protocol):
    """An adapter that can take back what was sent (`Capabilities.delete_window`)."""

    def delete(self, conversation_key: str, message_keys: Sequence[str]) -> None:
        """Take messages back for everybody; that they are gone already is success. ChannelError only."""


@runtime_checkable
class ShowsTyping(Protocol):
    """An adapter that can show the customer that we write (`Capabilities.typing`)."""

    def typing(self, conversation_key: str) -> None:
        """Show it for the few seconds that the outside does; ChannelError only."""


@runtime_checkable
class MarksRead(Protocol):
    """An adapter that can tell the customer that we have read (`Capabilities.marks_read`)."""

    def mark_read(self, conversation_key: str, message_key: str) -> None:
        """Everything up to this message of the customer's is read; ChannelError only."""


@runtime_checkable
class AnswersButtons(Protocol):
    """An adapter whose buttons go on turning until they are answered."""

    def answer_button(self, answer: Mapping[str, Any]) -> None:
        """Answer a press, named as in `Incoming.extra["answer"]`; too late is success. ChannelError only."""


@runtime_checkable
class KnowsFaces(Protocol):
    """An adapter that can show what people look like; it fetches files too."""

    def picture(self, key: str) -> FileReference | None:
        """The picture of whoever has this `Author.key`, None where there is none; ChannelError only."""


@runtime_checkable
class LinksCustomers(Protocol):
    """An adapter that knows links which bring a customer with a token of ours (`deep_links`)."""

    def start_link(self, token: str) -> str | None:
        """The link; None while it cannot be told. Pure: its `verify()` may leave what it needs in `facts`.

        What `Health.facts` hold under "settings" is kept in the channel's settings.
        """


@runtime_checkable
class Subscribes(Protocol):
    """An adapter that can have us called (a webhook) instead of asking.

    The channel's setting `mode` is "poll" or "webhook". The core makes an address nobody can guess
    (`/hooks/<kind>/<key>`) and the secret `hook_secret` (43 of A-Z a-z 0-9 - _, among the secrets of
    the access), and has these called by a worker. What the first two return is kept in the settings.
    """

    def before_subscribing(self) -> Mapping[str, Any]:
        """What `webhook()` must know before the outside calls the first time; ChannelError only."""

    def subscribe(self, url: str, secret: str) -> Mapping[str, Any]:
        """Ask to be called at `url`, in place of any address of ours; loses nothing that waits outside."""

    def unsubscribe(self) -> None:
        """Ask not to be called any more, so that `poll()` works; loses nothing that waits outside."""

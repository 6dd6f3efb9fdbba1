"""What crosses the border between the inbox and the channels; plain values, no database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Kind = Literal[
    "message",
    "edit",
    "delete",
    "reaction",
    "button",
    "read",
    "delivery",
    "typing",
    "contact_state",
    "moved",
    "answered",
    "known",
    "unsupported",
]
Class = Literal["human", "auto_reply", "auto_generated", "list", "bounce", "report"]
MediaKind = Literal["image", "video", "video_note", "animation", "audio", "voice", "sticker", "file"]
CardKind = Literal[
    "location",
    "venue",
    "contact",
    "poll",
    "link",
    "post",
    "product",
    "story",
    "video",
    "call",
    "gift",
    "dice",
    "button",
    "unsupported",
]


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote, as the outside knows them.

    `kind` names the kind of identity ("email", "telegram"), `key` is the form that is compared
    (a lower-case address, a user id), `shown` the form people read. `verified` says that the
    channel proves it is them. `phone` and `email` only where the outside proves that they are the
    author's own.
    """

    kind: str
    key: str
    shown: str = ""
    name: str = ""
    role: Literal["customer", "agent", "bot", "system"] = "customer"
    username: str = ""
    phone: str = ""
    email: str = ""
    verified: bool | None = None


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file that came with a message and already lies in the file store under its hash."""

    name: str
    mime: str
    size: int
    sha256: str
    inline: bool = False
    cid: str | None = None


@dataclass(frozen=True, slots=True)
class FileReference:
    """A file that came with a message and still lies outside; the core has it fetched later.

    `ref` is what `fetch_attachment()` needs and is stored: an id, never an address that carries a
    secret. `facts` are plain values worth showing (duration, width, height, emoji, transcript).
    """

    ref: Mapping[str, Any]
    kind: MediaKind = "file"
    name: str = ""
    mime: str = ""
    size: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    """Something in a message that is neither words nor a file.

    `facts` by kind: location {"latitude", "longitude", "live"}, venue the same and {"address"},
    contact {"name", "phone", "username"}, poll {"options"}, product {"price"}, call {"seconds"}, dice
    {"value"}, button {"data"}, unsupported {"type"}: what the outside calls it. `url` leads to it where
    people may follow.
    """

    kind: CardKind
    title: str = ""
    text: str = ""
    url: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Forward:
    """Somebody else's words inside a message; `depth` counts from 0 for those that hold others."""

    author: str
    text: str
    sent_at: datetime | None = None
    depth: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryNews:
    """What the outside says about one recipient of a message we sent (a bounce, a receipt).

    `is_gone` says that the address itself does not exist, so that nothing will ever arrive there.
    """

    address: str
    state: Literal["delivered", "read", "failed", "delayed"]
    code: str = ""
    detail: str = ""
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class HandedOn:
    """Somebody else's message that its sender passes on to us; without `author` nobody can tell whose.

    `comment` is what the one who passes it on wrote above it. `files` are the message's own where it
    was passed on whole; None where they came beside it.
    """

    author: Author | None
    subject: str
    text: str
    sent_at: datetime | None
    comment: str = ""
    files: tuple[IncomingFile, ...] | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """One thing that happened outside, in the inbox's own words.

    `conversation_key` names the thread where the channel has names for threads; letters have
    none and are threaded by `references` (newest first, ours and others') and `dialog_hint`, a
    dialog id proven by our own signature; `dialog_named` is only said to be it, as by a subject.
    `news` tells how `news_about` (one of our keys) fares.
    `answerable` says whether a machine may answer, `handed_on` holds what somebody passes on to us.

    Messengers: `message_key` is unique in the whole channel (where the outside counts per
    conversation: "<conversation>/<id>"), and `Sent.keys` have the same form. By kind:

        message        as it came; direction "out" is one of ours or a colleague's, written elsewhere:
                       `client_key` names the part of ours it echoes, else it is mirrored
        edit           `message_key` with everything as it is now, `sent_at` when it was changed;
                       may come before its message, may change nothing
        delete         `message_key` is gone outside
        reaction       `reactions` is all that `author` has put on `message_key` now
        button         the author pressed `button` (its data) below `message_key`, whose label is `text`;
                       `extra["answer"]` is what `answer_button()` needs
        read           the author has read ours up to `message_key`, or up to `sent_at` where that is None
        typing         the author is writing
        contact_state  `reachable` says whether we may write in this conversation
        answered       the delivery `extra["arrival"]` (its event key) was answered outside, nobody says how
        moved          this conversation goes on under `new_conversation_key`
        known          more is known of the author now (a name, what is proven, `extra["told"]`: what they
                       say of themselves); with `new_conversation_key` they are whoever writes there, too
        unsupported    nothing anybody can use; `text` says what. A message with one strange part is
                       a `message` with a Card "unsupported"

    `group_key` is one for all messages of an album. `reply_to` is the message it answers, `quote` the
    words it picks from there (or from one we do not have). `start_ref` is the token of a link of ours
    by which the author came. `conversation_name` is the name of a group, `reply_until` the end of the
    time in which one may answer. Who wrote a message of ours elsewhere is its `author` (role "agent").
    What is `suspected` to be a robot's, by the signs named there, is set apart until somebody lets it in.
    """

    kind: Kind
    conversation_key: str | None
    message_key: str | None
    author: Author
    sent_at: datetime
    text: str = ""
    visible_text: str | None = None
    html: str | None = None
    has_remote: bool = False
    subject: str = ""
    files: tuple[IncomingFile, ...] = ()
    direction: Literal["in", "out"] = "in"
    client_key: str | None = None
    klass: Class = "human"
    references: tuple[str, ...] = ()
    own_reference: str | None = None
    dialog_hint: int | None = None
    dialog_named: int | None = None
    is_forward: bool = False
    is_group: bool = False
    spam: bool = False
    envelope: Mapping[str, Any] = field(default_factory=dict)
    participants: tuple[Author, ...] = ()
    warnings: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    content_hash: str | None = None
    news_about: tuple[str, ...] = ()
    news: tuple[DeliveryNews, ...] = ()
    answerable: bool = True
    handed_on: HandedOn | None = None
    remote_files: tuple[FileReference, ...] = ()
    cards: tuple[Card, ...] = ()
    forwards: tuple[Forward, ...] = ()
    reply_to: str | None = None
    quote: str = ""
    group_key: str | None = None
    reactions: tuple[str, ...] = ()
    button: str = ""
    reachable: bool | None = None
    new_conversation_key: str | None = None
    start_ref: str | None = None
    conversation_name: str = ""
    reply_until: datetime | None = None
    suspected: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file to send; its bytes lie in the file store."""

    name: str
    mime: str
    size: int
    sha256: str
    inline: bool = False
    cid: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """The message that an answer answers, for channels that carry it below the answer.

    `language` is the one it is written in, as far as we speak it; times are told in `zone`.
    """

    name: str
    address: str
    said_at: datetime
    text: str
    html: str | None = None
    subject: str = ""
    to: tuple[str, ...] = ()
    language: str = "en"
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as it leaves the inbox; everything an adapter needs to plan it.

    `key` is unique and stable for this message; `envelope` was frozen when the agent pressed
    send ({"from", "to", "cc", "bcc", "subject", "in_reply_to", "references", "message_id", "quote",
    "signature"} for letters). `reply_to_key` is the message (a `message_key`) the agent chose to
    answer, `buttons` are (label, data). `author` is the name of the agent who wrote, "" for a machine.
    """

    key: str
    dialog_id: int
    message_id: int
    conversation_key: str | None
    text: str
    html: str | None
    files: tuple[OutgoingFile, ...]
    envelope: Mapping[str, Any]
    reply_to_key: str | None = None
    said_at: datetime | None = None
    answered: Answered | None = None
    is_group: bool = False
    buttons: tuple[tuple[str, str], ...] = ()
    author: str = ""


@dataclass(frozen=True, slots=True)
class RecipientResult:
    """How the send went for one address; `is_gone` says that the address does not exist."""

    address: str
    state: Literal["sent", "failed", "retry"]
    code: str = ""
    detail: str = ""
    is_gone: bool = False

"""What the API answers about one dialog: its entries, its customer, its drafts, and what came since."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict

from app.api.shapes import AgentRef, CustomerRef, RowShape, Shape


class AddressShape(Shape):
    """An address and the name that goes with it."""

    address: str
    name: str


class RecipientShape(AddressShape):
    """Whom a message went to, and how it fared there."""

    role: Literal["to", "cc", "bcc"]
    state: str | None
    error: str | None


class FileShape(Shape):
    """A file of a message or comment, or one that waits to be sent; `letter` opens one that is a letter.

    One that still lies outside, or always will, has a negative id, no address and a `state` that says why.
    """

    id: int
    name: str
    mime: str
    size: int
    kind: Literal["image", "video", "video_note", "animation", "audio", "voice", "sticker", "file"]
    state: Literal["here", "waiting", "too_large", "gone", "failed"]
    inline: bool
    url: str
    preview: str | None
    letter: str | None
    width: int | None
    height: int | None
    seconds: int | None
    emoji: str | None
    transcript: str | None


class CardShape(Shape):
    """Something in a message that is neither words nor a file; `facts` depend on the kind."""

    kind: str
    title: str
    text: str
    url: str
    facts: dict[str, Any]


class ForwardShape(Shape):
    """Somebody else's words inside a message; `depth` counts from 0 for those that hold others."""

    author: str
    text: str
    sent_at: datetime | None
    depth: int


class ReactionShape(Shape):
    """A sign, and who put it on a message."""

    sign: str
    names: list[str]


class PageShape(Shape):
    """The page of the shop's that a message was written on."""

    url: str
    title: str


class AnsweredShape(Shape):
    """What a message answers: words it picks from there, or the first ones; no id where we do not have it."""

    id: int | None
    author: str
    text: str


class VersionShape(Shape):
    """What a message said before."""

    text: str
    said_at: datetime


class VersionsShape(Shape):
    """What a message said before it was changed, the oldest first."""

    versions: list[VersionShape]


class AuthorShape(AgentRef):
    """Who wrote something."""

    kind: Literal["customer", "agent", "system"]


class InvitationShape(Shape):
    """What a calendar part asks, tells or answers by its `method`; one `uid` is one event."""

    method: str
    uid: str
    summary: str
    start: str | None
    end: str | None
    organizer: str | None
    location: str
    sequence: int


class MarkShape(Shape):
    """From where to where, in UTF-16 units, words look different; `href` is where a link leads."""

    kind: Literal["bold", "italic", "underline", "strike", "code", "pre", "link", "spoiler", "quote"]
    begin: int
    end: int
    href: str | None


class MarkedShape(Shape):
    """Words with marks on them, the outer mark before those in it."""

    text: str
    marks: list[MarkShape]


class MessageShape(Shape):
    """Something the customer said or will read; `marked` is its text with the form a chat gave it.

    A letter that came names its To and Cc as recipients, and in `reply_to` where it wants to be answered.
    `whole_size` is that of a letter which was too large to be fetched whole.
    """

    type: Literal["message"]
    id: int
    at: datetime
    direction: Literal["in", "out"]
    author: AuthorShape
    subject: str
    text: str
    visible_text: str | None
    html: bool
    html_height: None = None
    marked: MarkedShape | None
    has_remote: bool
    klass: Literal[
        "human", "auto_reply", "auto_generated", "list", "bounce", "report", "chat_letter", "chat_copy"
    ]
    state: str | None
    send_after: datetime | None
    error: str | None
    error_code: str | None
    recipients: list[RecipientShape]
    from_: AddressShape | None
    reply_to: list[AddressShape]
    attachments: list[FileShape]
    invitations: list[InvitationShape]
    page: PageShape | None
    whole_size: int | None
    defects: list[str]
    warnings: list[str]
    client_uuid: str | None
    quoted: bool
    signature: str | None
    edited_at: datetime | None
    deleted_at: datetime | None
    answers: AnsweredShape | None
    forwards: list[ForwardShape]
    cards: list[CardShape]
    reactions: list[ReactionShape]

    model_config = ConfigDict(
        extra="forbid", alias_generator=lambda name: name.rstrip("_"), validate_by_alias=True
    )


class CommentShape(Shape):
    """A note agents leave each other."""

    type: Literal["comment"]
    id: int
    at: datetime
    author: AuthorShape
    text: str
    html_text: str | None
    mentions: list[int]
    attachments: list[FileShape]
    client_uuid: str | None


class EventShape(Shape):
    """Something that happened to the dialog."""

    type: Literal["event"]
    id: str
    at: datetime
    kind: str
    actor: AgentRef | None
    cause: str | None
    details: dict[str, Any]


class IdentityShape(Shape):
    """One address of a customer; `reachable` is false when it was said not to exist.

    `picture` is where the face behind it is fetched from, where its messenger shows one.
    """

    id: int
    kind: str
    address: str
    verified: bool
    reachable: bool
    blocked: bool
    picture: str | None


class DialogRef(Shape):
    """A dialog in a customer's history."""

    id: int
    subject: str
    state: str
    last_message_at: datetime


class SourcesShape(Shape):
    """How a customer came to a site of ours the first time and the last, as their browser told it."""

    first: dict[str, str]
    first_at: datetime
    last: dict[str, str]
    last_at: datetime


class CustomerShape(CustomerRef):
    """A customer's card."""

    identities: list[IdentityShape]
    phones: list[str]
    local_time_zone: str | None
    first_seen_at: datetime
    first_channel: str
    first_contact_at: datetime | None
    phone: str
    email: str
    company: str
    search_query: str
    fields: dict[str, str | int | float | bool]
    dialogs: list[DialogRef]
    notes: str
    sources: SourcesShape | None


class DraftShape(Shape):
    """What the reader has begun to write."""

    text: str
    html: str | None
    revision: int
    extra: dict[str, Any]


class DraftsShape(Shape):
    """The two drafts of a dialog, which never cross."""

    reply: DraftShape | None
    comment: DraftShape | None


class DialogShape(Shape):
    """A dialog with its newest entries.

    `participants` are those an answer goes to that names nobody, and `ours` the addresses in the entries that
    are our own. After `reply_until` the outside takes no answer, and since `unreachable_since` nothing gets
    there at all.
    """

    dialog: RowShape
    customer: CustomerShape
    timeline: list[MessageShape | CommentShape | EventShape]
    before: str | None
    drafts: DraftsShape
    participants: list[AddressShape]
    ours: list[str]
    reply_until: datetime | None
    unreachable_since: datetime | None
    viewers: list[int]
    upto: int


class DoneShape(Shape):
    """What a verb did. `inverse` is the command that takes it back."""

    row: RowShape
    entry: MessageShape | CommentShape | None = None
    draft: DraftShape | None = None
    inverse: dict[str, Any] | None = None
    upto: int


class StartLinkShape(Shape):
    """A link that brings a known customer to a messenger, once."""

    link: str


class RevisionShape(Shape):
    """The revision a draft was kept as."""

    revision: int


class ItemShape(Shape):
    """An event with the dialog's row as it is now."""

    seq: int
    kind: str
    topic: str
    at: datetime
    actor_id: int | None
    cause: str | None
    details: dict[str, Any]
    row: RowShape | None


class EventsShape(Shape):
    """What came after a number; `reset` asks to load everything anew."""

    after: int | None = None
    upto: int
    items: list[ItemShape] | None = None
    server_time: datetime | None = None
    reset: bool = False

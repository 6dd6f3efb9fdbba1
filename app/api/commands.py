"""What the API is told: the bodies of writes. A member that is not named here is refused."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from people.preferences import Preferences

LONGEST_TEXT = 1_000_000
LARGEST_NUMBER = 2**63 - 1


def without_nul(text: str) -> str:
    """The text, if the database can keep it: it takes every character but one."""
    if "\0" in text:
        raise ValueError("a text holds no NUL")
    return text


Storable = AfterValidator(without_nul)
Line = Annotated[str, StringConstraints(max_length=1000), Storable]
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), Storable]
Id = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
Count = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
Kind = Literal["client", "partner", "visitor"]
Ids = Annotated[list[Id], Field(max_length=100)]


class Body(BaseModel):
    """A command. Sent again with the same `command_id`, it is answered as the first time and not repeated."""

    model_config = ConfigDict(extra="forbid")

    command_id: UUID | None = None


class AddressBody(BaseModel):
    """An address and the name that goes with it."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, StringConstraints(min_length=1, max_length=320), Storable]
    name: Annotated[str, StringConstraints(max_length=200), Storable] = ""


Addresses = Annotated[list[AddressBody], Field(max_length=500)]


class ReplyBody(Body):
    """An answer to the customer.

    Without `to` or `cc` it goes to everybody: whoever wrote the message it answers (or their Reply-To) and
    all whom they named in To and Cc but us; to the sender alone where the letter was a blind copy.
    What came after `seen_upto` is asked about first, but for `seen_message_ids`: a message may be shown
    before its event has a number.
    """

    client_uuid: UUID
    text: Text = ""
    html: Text | None = None
    attachments: Ids = []
    reply_to_message_id: Id | None = None
    to: Addresses | None = None
    cc: Addresses | None = None
    bcc: Addresses = []
    subject: Line | None = None
    seen_upto: Count | None = None
    seen_message_ids: Ids = []
    force: bool = False
    then: Literal["stay", "complete", "snooze_until_reply"] = "stay"
    send_after: AwareDatetime | None = None
    quote: bool | None = None
    signature: bool = True


class CommentBody(Body):
    """A note for the team."""

    client_uuid: UUID
    text: Text = ""
    mentions: Ids = []
    attachments: Ids = []


class NewDialogBody(Body):
    """A letter to somebody who did not write first."""

    client_uuid: UUID
    channel_id: Id
    to: Annotated[list[AddressBody], Field(min_length=1, max_length=100)]
    cc: Addresses = []
    bcc: Addresses = []
    subject: Line = ""
    text: Text = ""
    html: Text | None = None
    attachments: Ids = []
    assignee_id: Id | None = None
    signature: bool = True


class SnoozeBody(Body):
    """How long a dialog sleeps."""

    until: AwareDatetime | None = None
    mode: Literal["time", "until_reply", "either", "stay"] = "time"


class AssignBody(Body):
    """Who answers from now on; `expect_assignee_id` is who did when the writer looked."""

    agent_id: Id | None
    team_id: Id | None = None
    comment: Text | None = None
    expect_assignee_id: Id | None = None


class TagBody(Body):
    """A label, by name or by id."""

    name: Line | None = None
    tag_id: Id | None = None


class ReadBody(Body):
    """How far the reader has read."""

    message_id: Count


class SpamBody(Body):
    """Whether a dialog is spam."""

    spam: bool


class SettleBody(Body):
    """What became of a message of which nobody knows: it was sent, or it is to be sent again."""

    as_: Literal["sent", "again"] = Field(alias="as")


class WithdrawBody(Body):
    """A reply whose sender heard no answer: its own name, and that of the command it was sent with."""

    client_uuid: UUID
    withdraws: UUID


class ChangeBody(Body):
    """What a message that was sent is to say instead."""

    text: Text
    html: Text | None = None


class StartLinkBody(Body):
    """To which channel a customer is to be led."""

    channel_id: Id


class UploadRef(BaseModel):
    """A file that waits; the rest of what the client knows of it is looked up again."""

    id: Id


class DraftExtra(BaseModel):
    """What goes with a draft besides its text."""

    model_config = ConfigDict(extra="forbid")

    to: Addresses | None = None
    cc: Addresses | None = None
    bcc: Addresses | None = None
    subject: Line | None = None
    reply_to_message_id: Id | None = None
    attachments: Annotated[list[UploadRef], Field(max_length=100)] | None = None
    mentions: Ids | None = None
    quote: bool | None = None
    signature: bool | None = None


class DraftBody(Body):
    """What was typed so far; `revision` is the one it grew from."""

    text: Text = ""
    html: Text | None = None
    revision: Count
    extra: DraftExtra = DraftExtra()


class CustomerBody(Body):
    """Changes to a customer's card; what is left out stays."""

    name: Line | None = None
    notes: Text | None = None
    kind: Kind | None = None
    time_zone: Line | None = None
    phone: Line | None = None
    email: Line | None = None
    company: Line | None = None
    search_query: Line | None = None
    fields: Annotated[dict[Id, Line | int | float | bool | None], Field(max_length=50)] = {}


class MergeBody(Body):
    """As which other card a customer's card is to go on."""

    into: Id


class BlockBody(Body):
    """Whether an address is not to be listened to."""

    blocked: bool


class MeBody(Body):
    """Changes to the reader's own profile; what is left out stays."""

    name: Line | None = None
    language: Line | None = None
    zone: Line | None = None
    availability: Literal["online", "break", "away"] | None = None
    settings: Preferences | None = None


class ReadNotificationsBody(Body):
    """Which notifications were read: some, or all about a dialog."""

    ids: Ids = []
    dialog_id: Id | None = None


class ViewQuery(BaseModel):
    """Which list."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["open", "snoozed", "completed"] = "open"
    whose: Annotated[str, StringConstraints(pattern=r"^(all|mine|unassigned|agent:\d{1,18})$")] = "all"
    channel: Id | None = None
    tag: Id | None = None
    kind: Kind | None = None


class FeedQuery(ViewQuery):
    """Which page of which list."""

    after: Line | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 100


class BeforeQuery(BaseModel):
    """Older entries than a cursor."""

    model_config = ConfigDict(extra="forbid")

    before: Line | None = None


class AfterQuery(BaseModel):
    """What came after a number."""

    model_config = ConfigDict(extra="forbid")

    after: Count = 0


class OlderQuery(BaseModel):
    """Notifications older than a number, or the newest."""

    model_config = ConfigDict(extra="forbid")

    after: Id | None = None


class WordsQuery(BaseModel):
    """What to look for."""

    model_config = ConfigDict(extra="forbid")

    query: Annotated[str, StringConstraints(max_length=200), Storable] = ""


class NoQuery(BaseModel):
    """Nothing."""

    model_config = ConfigDict(extra="forbid")

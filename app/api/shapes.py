"""What the API answers: the shapes in `/api/openapi.json`. Tests hold every answer against them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """A JSON object with these members and no others."""

    model_config = ConfigDict(extra="forbid")


class AgentRef(Shape):
    """Somebody who did something: a person of the team, or the product itself."""

    id: int | None
    name: str


class AgentShape(Shape):
    """A person of the team."""

    id: int
    name: str
    email: str
    role: Literal["owner", "admin", "supervisor", "agent", "collaborator"]
    availability: Literal["online", "break", "away"]
    active: bool
    avatar: str | None


class TeamShape(Shape):
    """A team."""

    id: int
    name: str


class CapabilitiesShape(Shape):
    """What a channel can do; the composer offers exactly this."""

    html: Literal["none", "telegram", "full"]
    subject: bool
    recipients: bool
    answers: bool
    max_text: int | None
    max_attachments: int
    attachment_bytes: int
    links_above: int
    send_key: Literal["enter", "ctrl_enter"]
    can_initiate: bool
    signatures: bool
    replies: bool
    edit_window: int | None
    delete_window: int | None


class ChannelShape(Shape):
    """A door customers come in by; `held_because` says why answers wait, empty where they leave."""

    id: int
    kind: str
    name: str
    address: str
    enabled: bool
    health: Literal["ok", "degraded", "broken"]
    health_text: str
    undo_seconds: int
    team_id: int | None
    quotes: bool
    held_because: Literal["demo", "switched_off", "all_stopped", "not_confirmed"] | None
    capabilities: CapabilitiesShape


class TagShape(Shape):
    """A label."""

    id: int
    name: str
    weight: int
    colour: str


class CustomerRef(Shape):
    """A customer by name."""

    id: int
    name: str
    kind: Literal["client", "partner", "visitor"]


class RowShape(Shape):
    """A dialog as the feed shows it. `unread` is the reader's own and absent in frames.

    `read_upto`, the newest message the reader has read, stands only in the dialog's own page.
    """

    id: int
    state: Literal["open", "snoozed", "completed"]
    channel_id: int
    channel_kind: str
    customer: CustomerRef
    subject: str
    preview: str
    last_direction: Literal["in", "out", "comment"]
    last_author: str | None
    waiting_since: datetime | None
    last_message_at: datetime
    last_message_id: int | None
    assignee_id: int | None
    team_id: int | None
    tags: list[int]
    unread: bool | None = None
    read_upto: int | None = None
    snooze_until: datetime | None
    snooze_mode: Literal["time", "until_reply", "either", "stay"] | None
    snoozed_by: int | None
    completed_at: datetime | None
    reopen_count: int
    sla_due_at: datetime | None
    failed: bool
    open_tasks: int
    urgency: int
    feed_at: datetime
    is_group: bool
    spam: bool
    audience: str
    demo: bool


class FeedShape(Shape):
    """A page of a list; `next` is the cursor of the following one."""

    rows: list[RowShape]
    next: str | None
    upto: int


class FoundShape(FeedShape):
    """Dialogs that fit, with a piece of the message that does."""

    hits: dict[int, str]


class OpenCounts(Shape):
    """How many open dialogs wait."""

    all: int
    mine: int
    unassigned: int


class SnoozedCounts(Shape):
    """How many dialogs sleep."""

    all: int
    mine: int


class TodayShape(Shape):
    """What the reader got done since midnight."""

    completed: int
    first_answer_minutes: int | None


class ReturningOf(Shape):
    """How many dialogs come back, and when the first and the last of them do."""

    count: int
    next_at: datetime | None
    last_at: datetime | None


class ReturningShape(Shape):
    """What comes back to the team, and to the reader."""

    all: ReturningOf
    mine: ReturningOf


class CountsShape(Shape):
    """Numbers beside the lists; 100 means more than 99."""

    open: OpenCounts
    snoozed: SnoozedCounts
    channels: dict[int, int]
    tags: dict[int, int]
    today: TodayShape
    returning: ReturningShape


class WorkspaceShape(Shape):
    """The installation."""

    name: str
    languages: list[str]
    zone: str


class PreferencesShape(Shape):
    """How a person likes the screen."""

    single_keys: bool
    keys: dict[str, str]
    density: Literal["comfortable", "compact"]
    theme: Literal["system", "light", "dark"]
    after_complete: Literal["next", "stay"]
    signature: str


class SignaturesShape(Shape):
    """What stands below the reader's letters: by the dialog's team, or as usual."""

    usual: str
    teams: dict[int, str]


class MayShape(Shape):
    """What the reader may do."""

    can_reply: bool
    can_manage_channels: bool
    can_manage_team: bool


class ViewShape(Shape):
    """Which list is shown."""

    state: str
    whose: str
    channel: int | None
    tag: int | None
    kind: str | None


class StartShape(Shape):
    """All that the screen needs to begin. `drafts` names the reader's own, as "dialog:mode"."""

    me: AgentShape
    agents: list[AgentShape]
    teams: list[TeamShape]
    channels: list[ChannelShape]
    tags: list[TagShape]
    workspace: WorkspaceShape
    csrf: str | None
    upto: int
    server_time: datetime
    language: str
    zone: str
    catalogue_url: str
    view: ViewShape
    feed: FeedShape
    counts: CountsShape
    settings: PreferencesShape
    signatures: SignaturesShape
    drafts: list[str]
    roles: MayShape
    demo_offer: bool


class MeShape(Shape):
    """The reader."""

    me: AgentShape
    language: str
    zone: str
    settings: PreferencesShape


class NotificationShape(Shape):
    """Something the reader was told."""

    id: int
    kind: str
    topic: str
    at: datetime
    read: bool
    about: str | None
    dialog_id: int | None
    details: dict[str, Any]


class NotificationsShape(Shape):
    """What the reader was told, the newest first."""

    notifications: list[NotificationShape]
    unread: int
    next: int | None


class TagsShape(Shape):
    """Every label."""

    tags: list[TagShape]


class AgentsShape(Shape):
    """Everybody on the team."""

    agents: list[AgentShape]


class FieldShape(Shape):
    """A field that a team added to its customers' cards."""

    id: int
    name: str
    type: Literal["text", "number", "date", "choice", "yes_no"]
    choices: list[str]


class FieldsShape(Shape):
    """The fields in use."""

    fields: list[FieldShape]


class MatchShape(Shape):
    """Another card that may be the same person's, and what it has in common."""

    customer: CustomerRef
    reasons: list[Literal["phone", "email", "name"]]


class MatchesShape(Shape):
    """Cards that may be the same person's."""

    matches: list[MatchShape]


class MergeShape(Shape):
    """That another card became part of this one; `customer_id` is the other, which leads here now."""

    id: int
    customer_id: int
    name: str
    by: int | None
    at: datetime


class MergesShape(Shape):
    """The merges that live on in a card."""

    customer_id: int
    merges: list[MergeShape]


class BlockedShape(Shape):
    """What a blocked sender wrote, kept apart; `files` says how many came with it.

    What is suspected of coming from a robot has `signs` of that, and no customer.
    """

    id: int
    identity_id: int | None
    customer_id: int | None
    signs: list[str]
    channel_id: int
    address: str
    name: str
    subject: str
    text: str
    files: int
    said_at: datetime
    still_blocked: bool


class BlockedPageShape(Shape):
    """A page of what blocked senders wrote; `next` is the id to go on from."""

    messages: list[BlockedShape]
    next: int | None


class CustomersShape(Shape):
    """Cards that fit."""

    customers: list[CustomerRef]


class ErrorBody(Shape):
    """What was wrong: a code for programs, a sentence for people."""

    code: str
    message: str
    field: str | None
    details: dict[str, Any]


class ErrorShape(Shape):
    """Every answer with a status of 400 and more."""

    error: ErrorBody


class Nothing(Shape):
    """An empty object."""

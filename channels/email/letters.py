"""What a letter is, once read: plain facts, no bytes of MIME left in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Klass = Literal["human", "auto_reply", "auto_generated", "list", "bounce", "report"]
BounceKind = Literal["hard", "soft", "delayed"]


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox with the name its owner, or anybody else, gave it."""

    name: str
    address: str

    @property
    def local_part(self) -> str:
        """What stands before the last @, in lower case."""
        return self.address.rpartition("@")[0].lower()

    @property
    def domain(self) -> str:
        """What stands after the last @, in lower case."""
        return self.address.rpartition("@")[2].lower()

    def to_json(self) -> dict[str, str]:
        return {"name": self.name, "address": self.address}


@dataclass(frozen=True, slots=True)
class LetterFile:
    """A file that came in a letter; its name is for people, never for a file system."""

    name: str
    mime: str
    size: int
    sha256: str
    inline: bool
    cid: str | None
    content: bytes = field(repr=False)
    location: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "mime": self.mime,
            "size": self.size,
            "sha256": self.sha256,
            "inline": self.inline,
            "cid": self.cid,
        }


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The letter inside a forwarded one, and what the forwarder wrote above it.

    `files` are those of a letter that was forwarded as a file; else they are the outer letter's.
    """

    from_: Address | None
    subject: str
    date: datetime | None
    text: str
    comment: str = ""
    to: tuple[Address, ...] = ()
    files: tuple[LetterFile, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "from": self.from_.to_json() if self.from_ else None,
            "subject": self.subject,
            "date": self.date.isoformat() if self.date else None,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class BounceRecipient:
    """One address a letter did not reach, or did not reach yet."""

    address: str
    status: str | None
    kind: BounceKind
    diagnostic: str


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a server says about a letter of ours; the flat fields are those of the worst recipient."""

    recipients: tuple[BounceRecipient, ...]
    status: str | None
    kind: BounceKind
    diagnostic: str
    original_message_id: str | None
    original_envelope_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "recipients": [recipient.address for recipient in self.recipients],
            "status": self.status,
            "kind": self.kind,
            "diagnostic": self.diagnostic,
            "original_message_id": self.original_message_id,
        }


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a calendar part asks, tells or answers (RFC 5546)."""

    method: str
    uid: str
    summary: str
    start: str | None
    end: str | None
    organizer: str | None
    location: str
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class AuthenticationResult:
    """One verdict of one Authentication-Results field, and the servers that stand above it.

    `hosts_above` are the `by` names of the Received fields above: whoever believes
    the verdict must believe all of them (RFC 8601 section 7.1).
    """

    server: str
    method: str
    result: str
    domain: str
    hosts_above: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as read: valid Unicode without NUL or half surrogates, whatever came.

    Ids stand without their angle brackets. `html` is clean but its images still point
    to `cid:` and remote ones wait in `data-remote-src`. `visible_text` and `folded_text`
    together hold every line of `text`.
    """

    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    from_: Address | None = None
    sender: Address | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()
    subject: str = ""
    date: datetime | None = None
    text: str = ""
    html: str | None = None
    has_remote: bool = False
    visible_text: str = ""
    folded_text: str = ""
    files: tuple[LetterFile, ...] = ()
    klass: Klass = "human"
    forwarded: Forwarded | None = None
    bounce: Bounce | None = None
    calendar: tuple[Invitation, ...] = ()
    notices: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    return_path: str | None = None
    auto_submitted: str = ""
    precedence: str = ""
    response_suppress: tuple[str, ...] = ()
    list_id: str = ""
    received_hops: int = 0
    loop_marks: tuple[str, ...] = ()
    spam_marks: tuple[str, ...] = ()
    authentication: tuple[AuthenticationResult, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    def header(self, name: str) -> str:
        """The first field of that name, decoded; empty if there is none."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), "")

    def _shown_sender(self) -> dict[str, str] | None:
        """The sender; where the field holds no address, what it says instead."""
        if self.from_ is not None:
            return self.from_.to_json()
        shown = self.header("from")
        return {"name": shown, "address": ""} if shown else None

    def to_json(self) -> dict[str, Any]:
        """The letter as `emptyfeed mail show --json` prints it."""
        return {
            "class": self.klass,
            "message_id": self.message_id,
            "in_reply_to": self.in_reply_to,
            "references": list(self.references),
            "from": self._shown_sender(),
            "reply_to": [address.to_json() for address in self.reply_to],
            "to": [address.to_json() for address in self.to],
            "cc": [address.to_json() for address in self.cc],
            "subject": self.subject,
            "date": self.date.isoformat() if self.date else None,
            "text": self.text,
            "html": self.html,
            "visible_text": self.visible_text,
            "folded_text": self.folded_text,
            "attachments": [file.to_json() for file in self.files],
            "forwarded": self.forwarded.to_json() if self.forwarded else None,
            "bounce": self.bounce.to_json() if self.bounce else None,
            "defects": list(self.defects),
        }


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file to go with a letter; with a cid it is shown where the HTML names `cid:…`."""

    name: str
    mime: str
    content: bytes = field(repr=False)
    cid: str | None = None


@dataclass(frozen=True, slots=True)
class Quoted:
    """A letter that is carried below an answer, as text and as clean HTML."""

    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything `compose` needs, frozen when the agent pressed send.

    Blind copies are not here: they belong to the SMTP envelope alone. `automatic`
    is empty for what a person wrote, else the value of Auto-Submitted (RFC 3834).
    """

    message_id: str
    date: datetime
    from_: Address
    to: tuple[Address, ...]
    subject: str
    html: str
    signature: str = ""
    quoted: Quoted | None = None
    cc: tuple[Address, ...] = ()
    reply_to: Address | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    files: tuple[OutgoingFile, ...] = ()
    automatic: Literal["", "auto-replied", "auto-generated"] = ""
    bulk: bool = False
    instance: str = ""
    unsubscribe_url: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

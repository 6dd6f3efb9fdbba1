"""Mailboxes without wires: letters come as bytes and leave as bytes, all between is the product's own.

`paper.arrives(channel, raw)` is a letter that was fetched, `paper.sent` what was handed over.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from channels.access import sealed, shelf
from channels.adapter import Part, RawEvent, Sent
from channels.delivery import deliver_due
from channels.email.adapter import EmailAdapter
from channels.email.message_ids import thread_root
from channels.intake import accept, read_arrivals
from channels.registry import register
from core.clock import now
from core.db import transaction
from inbox.border import RecipientResult
from inbox.models import Channel
from tests.makers import make_channel

ACKNOWLEDGES = {"acknowledgement": {"on": True}}


@dataclass(frozen=True)
class Handed:
    """A letter as it was handed over."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def letter(self) -> EmailMessage:
        """The letter, parsed."""
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def text(self) -> str:
        """What its plain part says."""
        body = self.letter.get_body(("plain",))
        return str(body.get_content()).replace("\r\n", "\n") if body is not None else ""


class PaperPost:
    """Everything beyond the mailboxes of one test."""

    def __init__(self) -> None:
        self.sent: list[Handed] = []
        self.results: dict[str, RecipientResult] = {}

    def arrives(self, channel: Channel, *letters: bytes, **payload: Any) -> None:
        """Letters were fetched and are read."""
        for raw in letters:
            told = {"received_at": now().isoformat(), "folder": "INBOX", **payload}
            with transaction() as session:
                accept(session, channel, [RawEvent(uuid4().hex, thread_root(raw), told, raw)])
        read_arrivals()

    def goes_out(self) -> list[Handed]:
        """Send all that is due; what was handed over by it."""
        before = len(self.sent)
        deliver_due()
        return self.sent[before:]

    def hand_over(self, part: Part) -> Sent:
        """One letter leaves."""
        raw = part.raw if part.raw is not None else Path(part.raw_path or "").read_bytes()
        recipients = tuple(part.payload["recipients"])
        self.sent.append(Handed(part.payload["sender"], recipients, raw))
        results = tuple(self.results.get(each, RecipientResult(each, "sent")) for each in recipients)
        return Sent((part.payload["message_id"],), results)


class _PaperAdapter(EmailAdapter):
    """The adapter of mailboxes, whose letters are handed to the test instead of a server."""

    def __init__(self, post: PaperPost, access: Any) -> None:
        super().__init__(access)
        self._post_office = post

    def send(self, part: Part) -> Sent:
        return self._post_office.hand_over(part)


@pytest.fixture
def paper() -> Iterator[PaperPost]:
    """Mailboxes of a test."""
    post = PaperPost()
    register("email", lambda access: _PaperAdapter(post, access))
    yield post
    shelf.close()
    register("email", EmailAdapter)


def make_paper_mailbox(
    session: Session, address: str = "support@helpdesk.test", *, name: str = "Shop", **given: Any
) -> Channel:
    """A mailbox that believes mx.helpdesk.test about senders and writes at once."""
    settings = {
        "authserv_ids": "mx.helpdesk.test",
        "imap_host": "imap.helpdesk.test",
        "smtp_host": "smtp.helpdesk.test",
        **given.pop("settings", {}),
    }
    return make_channel(
        session,
        kind="email",
        name=name,
        address=address,
        settings=settings,
        secrets=sealed({}),
        **{"undo_seconds": 0, **given},
    )

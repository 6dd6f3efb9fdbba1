"""A form as a channel: it only takes in. What is answered leaves by the mailbox its settings name."""

from collections.abc import Mapping, Sequence
from typing import Any

from channels.adapter import (
    BadContent,
    Batch,
    Capabilities,
    ChannelAccess,
    Health,
    HookReply,
    Idempotency,
    Part,
    Sent,
    StoredEvent,
)
from channels.webform import sentences
from channels.webform.settings_form import ANSWERS_BY, FIELDS, KEY
from channels.webform.wire import KIND, read_submission
from inbox.border import Author, Incoming, Outgoing


class WebformAdapter:
    """Speaks for one form."""

    kind = KIND
    capabilities = Capabilities(
        max_text=0,
        html="none",
        max_attachments=0,
        attachment_bytes=0,
        idempotency=Idempotency.NATIVE,
        answers=False,
        receive=frozenset(),
    )
    fields = FIELDS

    def __init__(self, access: ChannelAccess) -> None:
        self._access = access

    def verify(self) -> Health:
        """Look whether the form has its address, and whether anything can be answered."""
        has_key = bool(self._access.settings.get(KEY))
        answers = isinstance(self._access.settings.get(ANSWERS_BY), int)
        steps = (
            ("webform.key", has_key, sentences.HAS_KEY if has_key else sentences.NO_KEY),
            ("webform.answers", True, sentences.HAS_MAILBOX if answers else sentences.NO_MAILBOX),
        )
        if not has_key:
            return Health("broken", "no_form", steps=steps)
        return Health("ok", identity=self._access.name, steps=steps)

    def poll(self, cursor: Mapping[str, Any], wait: float) -> Batch:
        """Nothing lies outside: people bring what they fill in."""
        return Batch((), cursor)

    def webhook(self, headers: Mapping[str, str], body: bytes) -> HookReply:
        """Nobody calls: people fill the form in at its own address."""
        return HookReply((), 404, b"")

    def normalize(self, event: StoredEvent) -> Sequence[Incoming]:
        """Read one submission."""
        return [read_submission(event.event_key, event.payload)]

    def profile(self, key: str) -> Author | None:
        """All that is known of somebody is what they typed."""
        return None

    def plan(self, outgoing: Outgoing, *, fallback: bool = False) -> Sequence[Part]:
        """A form has no way back."""
        raise BadContent("a form cannot be answered but by e-mail", code="no_way_back")

    def send(self, part: Part) -> Sent:
        """A form has no way back."""
        raise BadContent("a form cannot be answered but by e-mail", code="no_way_back")

    def close(self) -> None:
        """Nothing is open."""

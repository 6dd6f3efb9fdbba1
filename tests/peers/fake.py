"""An outside without wires: a channel of kind `fake` that remembers what it was given.

`outside.says(channel, "Hello")` is a customer writing, `outside.sent` what customers got,
`outside.next(Temporary("busy"))` how the next calls fare.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from channels.access import shelf
from channels.adapter import (
    Batch,
    Capabilities,
    ChannelAccess,
    ChannelError,
    Health,
    HookReply,
    Idempotency,
    Part,
    RawEvent,
    Sent,
    SettingField,
    StoredEvent,
)
from channels.intake import accept
from channels.registry import register
from core.clock import now
from core.db import transaction
from inbox.border import Author, Card, DeliveryNews, FileReference, Incoming, Outgoing
from inbox.models import Channel

Answer = Sent | ChannelError | Exception | Callable[[Part], Sent]
KIND = "fake"


class Outside:
    """Everything beyond the fake channels of one test."""

    def __init__(self) -> None:
        self.sent: list[Part] = []
        self.tried: list[Part] = []
        self.capabilities = Capabilities(
            max_text=None,
            html="none",
            max_attachments=10,
            attachment_bytes=10_000_000,
            idempotency=Idempotency.NONE,
            can_initiate=True,
        )
        self._answers: deque[Answer] = deque()

    @property
    def texts(self) -> list[str]:
        """What customers got, in order."""
        return [str(part.payload["text"]) for part in self.sent]

    def next(self, *answers: Answer) -> None:
        """Say how the next calls fare; after them every call succeeds."""
        self._answers.extend(answers)

    def says(
        self,
        channel: Channel,
        text: str,
        *,
        customer: str = "Max",
        conversation: str | None = "",
        **more: Any,
    ) -> str:
        """A customer writes; returns the message's name outside. One customer is one conversation."""
        name = uuid4().hex
        key = f"{customer.lower()}@customer.test"
        payload = {
            "message_key": name,
            "conversation_key": f"talk-{customer}" if conversation == "" else conversation,
            "author": asdict(Author(kind="email", key=key, shown=key, name=customer)),
            "text": text,
            "said_at": now().isoformat(),
            **more,
        }
        with transaction() as session:
            accept(session, channel, [RawEvent(name, payload["conversation_key"] or name, payload)])
        return name

    def call(self, part: Part) -> Sent:
        """One call to the outside."""
        self.tried.append(part)
        answer = self._answers.popleft() if self._answers else None
        if isinstance(answer, Exception):
            raise answer
        self.sent.append(part)
        if callable(answer):
            return answer(part)
        return answer or Sent(keys=(f"outside-{part.key}",))


class FakeAdapter:
    """The adapter of kind `fake`."""

    kind = KIND

    def __init__(self, outside: Outside, access: ChannelAccess) -> None:
        self._outside = outside
        self.access = access
        self.capabilities = outside.capabilities
        self.fields: Sequence[SettingField] = ()

    def verify(self) -> Health:
        """All is well."""
        return Health("ok")

    def poll(self, cursor: Mapping[str, Any], wait: float) -> Batch:
        """Nothing is fetched; customers are heard through `Outside.says()`."""
        return Batch((), cursor)

    def webhook(self, headers: Mapping[str, str], body: bytes) -> HookReply:
        """Nobody calls."""
        return HookReply(())

    def normalize(self, event: StoredEvent) -> Sequence[Incoming]:
        """Read what `Outside.says()` wrote; `unreadable` in it is a bug of a parser."""
        payload = dict(event.payload)
        if payload.pop("unreadable", False):
            raise ValueError("this cannot be read")
        author, said_at = Author(**payload.pop("author")), payload.pop("said_at")
        for name, kind in (("remote_files", FileReference), ("cards", Card), ("news", DeliveryNews)):
            payload[name] = tuple(kind(**each) for each in payload.get(name, ()))
        return [
            Incoming(author=author, sent_at=datetime.fromisoformat(said_at), **{"kind": "message"} | payload)
        ]

    def profile(self, key: str) -> Author | None:
        """Nobody is known better."""
        return None

    def plan(self, outgoing: Outgoing, *, fallback: bool = False) -> Sequence[Part]:
        """One call for one message."""
        return [Part(outgoing.key, {"text": outgoing.text, "to": outgoing.conversation_key})]

    def send(self, part: Part) -> Sent:
        """Ask the test how this call fares."""
        return self._outside.call(part)

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def outside() -> Iterator[Outside]:
    """What lies beyond the fake channels."""
    found = Outside()
    register(KIND, lambda access: FakeAdapter(found, access))
    yield found
    shelf.close()

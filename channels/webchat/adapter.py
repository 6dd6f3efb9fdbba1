"""The chat on the shop's own pages as a channel.

Its outside is at home: a visitor's lines lie in our tables, so to send is to write one there and ring
the visitor's bell. Nothing is fetched; what visitors write comes by our own pages (`lines.say`).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from channels.adapter import (
    Ambiguous,
    Batch,
    Capabilities,
    ChannelAccess,
    Health,
    HookReply,
    Idempotency,
    Part,
    RecipientGone,
    Sent,
    StoredEvent,
    Temporary,
)
from channels.webchat import lines
from channels.webchat.bells import ring_after
from channels.webchat.checking import check
from channels.webchat.events import KIND, read_payload
from channels.webchat.models import Visitor
from channels.webchat.planning import MOST_BYTES, MOST_FILES, MOST_TEXT, plan
from channels.webchat.settings_form import FIELDS
from channels.webchat.typing_marks import note_agent_types
from channels.webchat.visitors import visitor_called
from core.db import transaction
from inbox.border import Author, Incoming, Outgoing


class WebchatAdapter:
    """Speaks for the widget of one channel."""

    kind = KIND
    capabilities = Capabilities(
        max_text=MOST_TEXT,
        html="telegram",
        max_attachments=MOST_FILES,
        attachment_bytes=MOST_BYTES,
        media=frozenset({"image", "file"}),
        idempotency=Idempotency.NATIVE,
        edit_window=0,
        delete_window=0,
        typing=True,
        typing_in=True,
        marks_read=True,
        receipts=frozenset({"read"}),
        receive=frozenset(),
    )
    fields = FIELDS

    def __init__(self, access: ChannelAccess) -> None:
        self._access = access

    def verify(self) -> Health:
        """Look whether the chat can be shown: a key, sites, the script."""
        return check(self._access)

    def poll(self, cursor: Mapping[str, Any], wait: float) -> Batch:
        """Nothing lies outside: visitors come to us."""
        return Batch((), cursor)

    def webhook(self, headers: Mapping[str, str], body: bytes) -> HookReply:
        """Nobody calls: visitors come by the widget's own addresses."""
        return HookReply((), 404, b"")

    def normalize(self, event: StoredEvent) -> Sequence[Incoming]:
        """Read what a visitor did."""
        return read_payload(event.payload)

    def profile(self, key: str) -> Author | None:
        """All that is known of a visitor comes with what the visitor does."""
        return None

    def plan(self, outgoing: Outgoing, *, fallback: bool = False) -> Sequence[Part]:
        """Cut a message into lines; the company speaks where names are not shown or a machine wrote."""
        shown = self._access.settings.get("show_agents") is not False
        author = outgoing.author if shown and outgoing.author else self._access.name
        return plan(outgoing, author=author, fallback=fallback)

    def send(self, part: Part) -> Sent:
        """Write one line, once: the same part again is the line that is there."""
        with self._chat(part.payload["chat"]) as (session, visitor):
            line = lines.answer(session, visitor, part.key, part.payload)
            ring_after(session, visitor)
        return Sent((line.key,))

    def edit(self, conversation_key: str, message_key: str, part: Part) -> None:
        """Let a line of ours say what the part says."""
        with self._chat(conversation_key) as (session, visitor):
            line = lines.line_called(session, visitor, message_key)
            if line is None:
                return
            told = part.payload
            if lines.change(session, visitor, line, text=told["text"], html=told.get("html")):
                ring_after(session, visitor)

    def delete(self, conversation_key: str, message_keys: Sequence[str]) -> None:
        """Take lines of ours back."""
        with self._chat(conversation_key) as (session, visitor):
            for key in message_keys:
                line = lines.line_called(session, visitor, key)
                if line is not None and lines.take_back(session, visitor, line):
                    ring_after(session, visitor)

    def typing(self, conversation_key: str) -> None:
        """Show for some seconds that somebody writes."""
        with self._chat(conversation_key) as (session, visitor):
            note_agent_types(session, visitor, name=self._access.name)

    def mark_read(self, conversation_key: str, message_key: str) -> None:
        """Show that the team has read up to a line of the visitor's."""
        with self._chat(conversation_key) as (session, visitor):
            if lines.note_read_by_team(session, visitor, message_key):
                ring_after(session, visitor, {"read": visitor.agent_read_seq})

    def close(self) -> None:
        """Nothing is open."""

    @contextmanager
    def _chat(self, key: str) -> Iterator[tuple[Session, Visitor]]:
        """A visitor's chat in a transaction, held; the database is this channel's outside."""
        is_done = False
        try:
            with transaction() as session:
                visitor = visitor_called(session, self._access.channel_id, key)
                if visitor is None:
                    raise RecipientGone("there is no such visitor", code="conversation_unknown")
                yield session, visitor
                session.flush()
                is_done = True
        except (OperationalError, InterfaceError) as error:
            fault = Ambiguous if is_done else Temporary
            raise fault(type(error).__name__, code="database_away") from error

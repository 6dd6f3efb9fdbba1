"""The lines of a visitor's chat: written once, numbered without gaps, changed under a new revision.

Whoever calls this holds the visitor (`visitors.hold`), so that no two lines get one number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from channels.intake import accept
from channels.webchat.events import message_event, message_key, read_event
from channels.webchat.models import ChatFile, ChatLine, Visitor
from channels.webchat.numbering import add_line
from channels.webchat.prechat import answers_to_carry, note_carried
from channels.webchat.withdrawing import take_letters_back
from core.clock import now
from core.failpoints import failpoint
from inbox.models import Channel

MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Synced:
    """What a browser does not have yet; `more` says that it is to ask again."""

    lines: Sequence[ChatLine]
    changed: Sequence[ChatLine]
    more: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What a visitor writes, checked; `files` are theirs and belong to no line yet."""

    client_id: str
    text: str
    files: Sequence[ChatFile] = ()
    page: Mapping[str, Any] | None = None


def line_of_client(session: Session, visitor: Visitor, client_id: str) -> ChatLine | None:
    """The line a browser has sent under this name before."""
    wanted = select(ChatLine).where(ChatLine.visitor_id == visitor.id, ChatLine.client_id == client_id)
    return session.scalar(wanted)


def say(session: Session, channel: Channel, visitor: Visitor, said: Said) -> ChatLine:
    """A visitor's line, and the arrival of which the inbox reads it: both or neither.

    What the shop asked before goes with it, for agents to read; the visitor's chat shows the line alone.
    """
    line = add_line(
        session,
        visitor,
        key=message_key(visitor.key, said.client_id),
        origin="visitor",
        client_id=said.client_id,
        text=said.text,
    )
    for place, file in enumerate(said.files):
        file.line_id, file.place = line.id, place
    answers = answers_to_carry(channel.settings, visitor)
    note_carried(visitor, answers)
    accept(session, channel, [message_event(visitor, line, said.files, page=said.page, answers=answers)])
    failpoint("say.before_commit")
    return line


def answer(session: Session, visitor: Visitor, key: str, payload: Mapping[str, Any]) -> ChatLine:
    """A line of ours; the part that was written before is the line it became."""
    known = line_called(session, visitor, key)
    if known is not None:
        return known
    line = add_line(
        session,
        visitor,
        key=key,
        origin="agent",
        author=payload["author"],
        text=payload["text"],
        html=payload.get("html"),
    )
    for place, file in enumerate(payload.get("files") or ()):
        session.add(ChatFile(visitor_id=visitor.id, line_id=line.id, place=place, **file))
    visitor.unread_since = visitor.unread_since or now()
    visitor.unlettered_since = visitor.unlettered_since or now()
    visitor.typing_until = None
    session.flush()
    return line


def change(session: Session, visitor: Visitor, line: ChatLine, *, text: str, html: str | None) -> bool:
    """Let a line say something else; False when it says so already."""
    if line.deleted_at is not None or (line.text, line.html) == (text, html):
        return False
    line.text, line.html, line.edited_at = text, html, now()
    _revise(session, visitor, line)
    return True


def take_back(session: Session, visitor: Visitor, line: ChatLine) -> bool:
    """Take a line back: its number stays, its words and files go."""
    if line.deleted_at is not None:
        return False
    line.text, line.html, line.deleted_at = "", None, now()
    _revise(session, visitor, line)
    return True


def line_called(session: Session, visitor: Visitor, key: str) -> ChatLine | None:
    """The line the inbox knows under this name."""
    return session.scalar(select(ChatLine).where(ChatLine.visitor_id == visitor.id, ChatLine.key == key))


def note_read_by_visitor(session: Session, channel: Channel, visitor: Visitor, seq: int) -> bool:
    """The visitor has read up to a line; the inbox hears of it if a line of ours was among them."""
    seq = min(seq, visitor.last_seq)
    if seq <= visitor.read_seq:
        return False
    ours = select(ChatLine).where(ChatLine.visitor_id == visitor.id, ChatLine.origin == "agent")
    between = ours.where(ChatLine.seq > visitor.read_seq, ChatLine.seq <= seq)
    newest = session.scalar(between.order_by(ChatLine.seq.desc()).limit(1))
    visitor.read_seq = seq
    waiting = ours.where(ChatLine.seq > seq).order_by(ChatLine.seq).limit(1)
    following = session.scalar(waiting)
    visitor.unread_since = following.said_at if following is not None else None
    take_letters_back(session, visitor, upto=seq)
    if newest is not None:
        accept(session, channel, [read_event(visitor, newest, at=now())])
    return True


def note_read_by_team(session: Session, visitor: Visitor, key: str) -> bool:
    """The team has read up to the line of this name."""
    line = line_called(session, visitor, key)
    if line is None or line.seq <= visitor.agent_read_seq:
        return False
    visitor.agent_read_seq = line.seq
    return True


def unread_count(session: Session, visitor: Visitor, most: int = 100) -> int:
    """How many lines of ours the visitor has not read, up to a number nobody counts further."""
    if visitor.unread_since is None:
        return 0
    unread = select(ChatLine.id).where(
        ChatLine.visitor_id == visitor.id,
        ChatLine.origin != "visitor",
        ChatLine.seq > visitor.read_seq,
        ChatLine.deleted_at.is_(None),
    )
    return len(session.scalars(unread.limit(most)).all())


def lines_after(session: Session, visitor: Visitor, *, seq: int, rev: int) -> Synced:
    """What came behind a line, oldest first, and which older ones were changed since."""
    chosen = select(ChatLine).where(ChatLine.visitor_id == visitor.id)
    lines = _some(session, chosen.where(ChatLine.seq > seq).order_by(ChatLine.seq))
    changed: Sequence[ChatLine] = ()
    if rev < visitor.last_rev:
        older = chosen.where(ChatLine.rev > rev, ChatLine.seq <= seq)
        changed = _some(session, older.order_by(ChatLine.rev))
    more = len(lines) > MOST_AT_ONCE or len(changed) > MOST_AT_ONCE
    return Synced(lines[:MOST_AT_ONCE], changed[:MOST_AT_ONCE], more)


def hand_over(session: Session, visitor: Visitor, to: Visitor) -> None:
    """Put one visitor's lines behind another's, in their order; both are held."""
    base = to.last_seq
    ours = select(ChatLine.client_id).where(ChatLine.visitor_id == to.id, ChatLine.client_id.is_not(None))
    twice = (ChatLine.visitor_id == visitor.id) & ChatLine.client_id.in_(ours)
    session.execute(update(ChatLine).where(twice).values(client_id=None))
    session.execute(
        update(ChatLine)
        .where(ChatLine.visitor_id == visitor.id)
        .values(visitor_id=to.id, seq=ChatLine.seq + base, rev=0)
        .execution_options(synchronize_session=False)
    )
    known = select(ChatFile.client_id).where(ChatFile.visitor_id == to.id, ChatFile.client_id.is_not(None))
    again = (ChatFile.visitor_id == visitor.id) & ChatFile.client_id.in_(known)
    session.execute(update(ChatFile).where(again).values(client_id=None))
    session.execute(update(ChatFile).where(ChatFile.visitor_id == visitor.id).values(visitor_id=to.id))
    to.last_seq = base + visitor.last_seq
    to.read_seq = base + visitor.read_seq if to.read_seq == base else to.read_seq
    to.unread_since = min(filter(None, (to.unread_since, visitor.unread_since)), default=None)
    visitor.last_seq = visitor.read_seq = 0
    to.unlettered_since = min(filter(None, (to.unlettered_since, visitor.unlettered_since)), default=None)
    visitor.unread_since = visitor.unlettered_since = None


def _some(session: Session, chosen: Select[ChatLine]) -> Sequence[ChatLine]:
    return session.scalars(chosen.limit(MOST_AT_ONCE + 1)).all()


def _revise(session: Session, visitor: Visitor, line: ChatLine) -> None:
    visitor.last_rev += 1
    line.rev = visitor.last_rev
    if line.letter_id is not None:
        take_letters_back(session, visitor, upto=visitor.read_seq, changed=line)

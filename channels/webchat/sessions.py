"""A browser comes: it gets a token, is recognised by the one it has, or by what the shop has signed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.adapter import RawEvent
from channels.intake import accept
from channels.webchat.bells import hang_up_after, ring_after
from channels.webchat.events import known_event
from channels.webchat.identity import IdentityRefused, Proven, check_hash, read_token
from channels.webchat.lines import hand_over
from channels.webchat.models import Visitor
from channels.webchat.settings_form import SECRET, SECRET_BEFORE
from channels.webchat.visitors import (
    end_all_tokens,
    end_token,
    give_token,
    hold,
    new_visitor,
    visitor_with,
)
from core.clock import now
from inbox.models import Channel


class IdentityRequired(Exception):
    """This channel is for users of the shop alone, and nobody says who this is."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Who it is, held, and the token of the browser; the one it came with unless it needs another."""

    visitor: Visitor
    token: str


def proven_by(told: Mapping[str, Any] | None, secrets: Mapping[str, str]) -> Proven | None:
    """Whom a told identity proves; None where none was told, IdentityRefused where it proves nobody."""
    if not told:
        return None
    known = [secrets.get(name, "") for name in (SECRET, SECRET_BEFORE)]
    token, user_id, user_hash = (str(told.get(name) or "") for name in ("token", "user_id", "user_hash"))
    if token:
        proven = read_token(token, known, at=now())
        if user_id and user_id != proven.user_id:
            raise IdentityRefused("another_user")
        return proven
    if user_hash:
        return check_hash(user_id, user_hash, known)
    raise IdentityRefused("unsigned") if user_id else IdentityRefused("nothing_told")


def begin(session: Session, channel: Channel, *, token: str, proven: Proven | None) -> Begun:
    """Let a browser in. A proven user is one visitor on all devices.

    What this browser wrote before it was known who uses it becomes the user's, since both are proven
    to be in one hand. A browser that was another user's has nothing of theirs any more. A token
    from before the proof ends with it, so whoever planted or read it has no part in what follows.
    """
    if proven is None:
        return _anonymous(session, channel, token)
    _wait_for_user(session, channel, proven.user_id)
    known = session.scalar(
        select(Visitor).where(Visitor.channel_id == channel.id, Visitor.user_id == proven.user_id)
    )
    visitor = visitor_with(session, channel, token, held=True)
    if visitor is not None and visitor.user_id not in (None, proven.user_id):
        end_token(session, token)
        visitor = None
    if visitor is None:
        visitor = hold(session, known) if known else new_visitor(session, channel, user_id=proven.user_id)
        token = give_token(session, visitor)
    elif visitor.user_id is None:
        visitor = _prove(session, channel, visitor, known, proven.user_id)
        token = give_token(session, visitor)
    _learn(session, channel, visitor, proven)
    return Begun(visitor, token)


def learn_told(session: Session, channel: Channel, visitor: Visitor, told: Mapping[str, Any]) -> bool:
    """What a visitor has typed about themselves; the inbox hears of it if anything was written yet."""
    new = {**visitor.told, **told}
    if new == visitor.told:
        return False
    visitor.told = new
    _tell(session, channel, visitor)
    return True


def _anonymous(session: Session, channel: Channel, token: str) -> Begun:
    if channel.settings.get("require_identity"):
        raise IdentityRequired
    visitor = visitor_with(session, channel, token, held=True)
    if visitor is not None:
        return Begun(visitor, token)
    visitor = new_visitor(session, channel)
    return Begun(visitor, give_token(session, visitor))


def _wait_for_user(session: Session, channel: Channel, user_id: str) -> None:
    """Two devices of a new user at once become one visitor."""
    name = f"webchat user {channel.id} {user_id}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def _prove(
    session: Session, channel: Channel, visitor: Visitor, known: Visitor | None, user_id: str
) -> Visitor:
    """A stranger is a user from now on, and the strangers' tokens are nobody's."""
    end_all_tokens(session, visitor)
    hang_up_after(session, visitor)
    if known is not None:
        return _join(session, channel, visitor, hold(session, known))
    visitor.user_id = user_id
    return visitor


def _join(session: Session, channel: Channel, visitor: Visitor, user: Visitor) -> Visitor:
    """A visitor turns out to be a user we know: the lines become the user's."""
    had_lines = visitor.last_seq > 0
    hand_over(session, visitor, user)
    user.told = {**visitor.told, **user.told}
    user.touches = user.touches or visitor.touches
    user.consent_at = user.consent_at or visitor.consent_at
    visitor.merged_into = user.id
    if had_lines:
        # After all that this visitor wrote, which may not be read yet.
        accept(session, channel, [known_event(visitor, into=user, name=uuid4().hex, at=now())])
        ring_after(session, user)
    return user


def _learn(session: Session, channel: Channel, visitor: Visitor, proven: Proven) -> None:
    """What the shop says of its user now holds."""
    told = proven.as_json()
    kept = {**visitor.proven, **told, "user_id": proven.user_id}
    if kept == visitor.proven:
        return
    visitor.proven = kept
    _tell(session, channel, visitor)


def _tell(session: Session, channel: Channel, visitor: Visitor) -> None:
    """Nobody is told of somebody who has not written; the first message says it all."""
    if visitor.last_seq > 0:
        events: Sequence[RawEvent] = [known_event(visitor, into=None, name=uuid4().hex, at=now())]
        accept(session, channel, events)

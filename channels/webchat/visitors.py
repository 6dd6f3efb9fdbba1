"""Visitors and the browsers they come with: begun, recognised, signed out."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from channels.webchat.models import ChatFile, Visitor, VisitorToken
from channels.webchat.settings_form import KEY
from core.clock import now
from core.secrets import new_token, token_hash
from inbox.models import Channel

KIND = "webchat"
LONGEST_CHAIN = 20
SEEN_EVERY = timedelta(seconds=30)
SILENT_FOR = timedelta(days=30)


def channel_of(session: Session, key: str) -> Channel | None:
    """The channel whose chat has this public key, switched on or not."""
    wanted = select(Channel).where(Channel.kind == KIND, Channel.settings[KEY].astext == key)
    return session.scalar(wanted) if key else None


def new_key() -> str:
    """A public name nobody can guess."""
    return secrets.token_urlsafe(16)


def new_visitor(session: Session, channel: Channel, *, user_id: str | None = None) -> Visitor:
    """Somebody nobody has seen before, or a user of the shop who comes the first time."""
    visitor = Visitor(channel_id=channel.id, key=new_key(), user_id=user_id)
    session.add(visitor)
    session.flush()
    return visitor


def give_token(session: Session, visitor: Visitor) -> str:
    """What a browser proves itself with from now on; we keep its hash."""
    token = new_token()
    session.add(VisitorToken(token_hash=token_hash(token), visitor_id=visitor.id))
    session.flush()
    return token


def visitor_with(session: Session, channel: Channel, token: str, *, held: bool = False) -> Visitor | None:
    """Whose token this is, in this channel; held, for whoever changes anything of theirs."""
    if not token:
        return None
    wanted = _behind(token).where(Visitor.channel_id == channel.id)
    found = session.scalar(wanted)
    if found is None or not held:
        return found
    hold(session, found)
    return session.scalar(wanted)  # the token may have ended while we waited


def visitor_called(session: Session, channel_id: int, key: str | None) -> Visitor | None:
    """The visitor of a chat, held; one who turned out to be a known user leads to that user."""
    found = session.scalar(select(Visitor).where(Visitor.channel_id == channel_id, Visitor.key == key))
    for _ in range(LONGEST_CHAIN):
        if found is None:
            return None
        hold(session, found)
        if found.merged_into is None:
            return found
        found = session.get(Visitor, found.merged_into)
    return None


def hold(session: Session, visitor: Visitor) -> Visitor:
    """Keep a visitor's chat to ourselves until the transaction ends, as it is now."""
    session.refresh(visitor, with_for_update={"of": Visitor, "key_share": True})
    return visitor


def end_token(session: Session, token: str) -> None:
    """This browser is nobody's any more, if it was anybody's."""
    if not token:
        return
    session.execute(
        update(VisitorToken)
        .where(VisitorToken.token_hash == token_hash(token), VisitorToken.ended_at.is_(None))
        .values(ended_at=now())
    )


def end_all_tokens(session: Session, visitor: Visitor) -> None:
    """No browser is this visitor's any more."""
    session.execute(
        update(VisitorToken)
        .where(VisitorToken.visitor_id == visitor.id, VisitorToken.ended_at.is_(None))
        .values(ended_at=now())
    )


def note_here(visitor: Visitor, *, page: Mapping[str, Any] | None = None, language: str = "") -> None:
    """The visitor is here now, on that page."""
    if now() - visitor.last_seen_at > SEEN_EVERY:
        visitor.last_seen_at = now()
    if page and dict(page) != visitor.page:
        visitor.page = dict(page)
    if language and language != visitor.language:
        visitor.language = language


def note_all_here(session: Session, ids: list[int]) -> None:
    """These visitors' browsers are connected; one statement for all of them."""
    if ids:
        session.execute(
            update(Visitor)
            .where(Visitor.id.in_(ids), Visitor.last_seen_at < now() - SEEN_EVERY)
            .values(last_seen_at=now())
            .execution_options(synchronize_session=False)
        )


def forget_silent_visitors(session: Session, most: int = 1000) -> int:
    """Forget strangers who opened the chat long ago and never wrote; how many they were."""
    silent = (
        select(Visitor.id)
        .where(
            Visitor.last_seq == 0,
            Visitor.last_seen_at < now() - SILENT_FOR,
            Visitor.user_id.is_(None),
            Visitor.merged_into.is_(None),
        )
        .order_by(Visitor.last_seen_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ids = list(session.scalars(silent))
    for table in (VisitorToken, ChatFile):
        session.execute(delete(table).where(table.visitor_id.in_(ids)))
    session.execute(delete(Visitor).where(Visitor.id.in_(ids)))
    return len(ids)


def _behind(token: str) -> Select[Visitor]:
    return (
        select(Visitor)
        .join(VisitorToken, VisitorToken.visitor_id == Visitor.id)
        .where(VisitorToken.token_hash == token_hash(token), VisitorToken.ended_at.is_(None))
    )

"""How a visitor's browser comes in: by the channel's key and a token, from our own frame, not too often."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from flask import request
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.entering import client_address
from channels.challenges import is_solved, make_challenge
from channels.webchat.models import Visitor
from channels.webchat.planning import MOST_BYTES
from channels.webchat.prechat import lacking
from channels.webchat.visitors import KIND, channel_of, visitor_with
from core.clock import now
from core.db import reading, transaction
from core.errors import NOTHING, Forbidden, NotFound, TooMany, Unauthorized, Unavailable
from core.throttle import house_throttle
from core.words import N_
from inbox.models import Channel

SCHEME = "visitor"
SMALL = 128 * 1024

Told = TypeVar("Told", bound=BaseModel)

# What one address may do (a whole office may be behind it), one visitor, and all of one channel.
LIMITS: dict[str, tuple[str, str, str]] = {
    "session": ("60/minute", "30/minute", "3000/minute"),
    "message": ("200/minute", "20/minute", "3000/minute"),
    "file": ("60/minute", "20/minute", "600/minute"),
    "look": ("3000/minute", "180/minute", "100000/minute"),
    "typing": ("1200/minute", "40/minute", "20000/minute"),
    "profile": ("60/minute", "20/minute", "1200/minute"),
}
NEW_VISITORS = ("30/minute", "200/hour")
MESSAGES_AN_HOUR = "200/hour"
# Megabytes that one address may send up, and everybody by one channel.
MEGABYTES = ("500/day", "10000/day")
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Guest:
    """A visitor's request in its transaction or its look at the database."""

    session: Session
    channel: Channel
    visitor: Visitor


@contextmanager
def visiting(key: str, *, held: bool = False, looking: bool = False) -> Iterator[Guest]:
    """The visitor whose token the request carries; 401 for nobody, 404 for a chat that is not there.

    `held` is for whoever changes anything of the visitor's.
    """
    with reading() if looking else transaction() as session:
        channel = open_channel(session, key)
        visitor = visitor_with(session, channel, token_given(), held=held)
        if visitor is None:
            raise Unauthorized(N_("This chat has to be opened again."), code="no_session")
        if channel.settings.get("require_identity") and visitor.user_id is None:
            raise Forbidden(N_("Sign in at the shop first."), code="identity_required")
        yield Guest(session, channel, visitor)


def check_asked(guest: Guest) -> None:
    """Forbidden while something is missing that has to be told, or agreed to, before anything is written."""
    if needs := lacking(guest.channel.settings, guest.visitor):
        raise Forbidden(N_("Answer the questions first."), code="answers_needed", details={"needs": needs})


def needs_proof(visitor: Visitor) -> bool:
    """Strangers' browsers compute for a second before the first that they bring."""
    return visitor.user_id is None and visitor.worked_at is None and visitor.last_seq == 0


def check_proof(guest: Guest, solution: str) -> None:
    """Forbidden, with a challenge, for a stranger whose browser has not computed; it does so once."""
    if not needs_proof(guest.visitor):
        return
    if not is_solved(guest.session, KIND, solution):
        raise Forbidden(
            N_("Your browser has to calculate for a moment first."),
            code="proof_needed",
            details={"challenge": make_challenge(KIND)},
        )
    guest.visitor.worked_at = now()


def open_channel(session: Session, key: str) -> Channel:
    """The channel with this public key; of one that is switched off, visitors are to ask again later."""
    channel = channel_of(session, key)
    if channel is None:
        raise NotFound(NOTHING)
    if not channel.enabled:
        raise Unavailable(N_("The chat is switched off just now."))
    return channel


def token_given() -> str:
    """What the browser proves itself with."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip()[:200] if kind.lower() == SCHEME else ""


def body_of(model: type[Told]) -> Told:
    """What the browser says, as far as it fits."""
    request.max_content_length = SMALL
    return model.model_validate_json(request.get_data(cache=False))


def count(name: str, key: str, who: str = "") -> None:
    """Count one use by address, visitor and channel; TooMany when it is one too many."""
    by_address, by_visitor, by_channel = LIMITS[name]
    check_often(f"visitor_{name}_address", client_address(), by_address)
    if who:
        check_often(f"visitor_{name}", who, by_visitor)
    check_often(f"visitor_{name}_channel", key, by_channel)


def count_message(key: str, who: str) -> None:
    """Count a line of a visitor's, by the minute and by the hour."""
    count("message", key, who)
    check_often("visitor_message_hour", who, MESSAGES_AN_HOUR)


def count_bytes(key: str) -> None:
    """Count what the request says it brings, before any of it is read; what says nothing may be the most."""
    size = min(request.content_length or MOST_BYTES, MOST_BYTES)
    by_address, by_channel = MEGABYTES
    cost = -(-size // _MEGABYTE)
    check_often("visitor_bytes_address", client_address(), by_address, cost=cost)
    check_often("visitor_bytes_channel", key, by_channel, cost=cost)


def check_often(name: str, key: str, limit: str, *, cost: int = 1) -> None:
    """TooMany when this is one too many."""
    if not house_throttle().hit(name, key, limit, cost=cost):
        raise TooMany(N_("This is more often than we can handle. Try again in a minute."))


def count_new_visitor() -> None:
    """Nobody makes visitors by the thousand."""
    for limit in NEW_VISITORS:
        check_often("visitor_new", client_address(), limit)

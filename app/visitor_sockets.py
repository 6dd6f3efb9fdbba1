"""Visitors' browsers that are connected to this process: each has a seat, and a bell that rings.

    whoever changes a chat ──▶ Valkey ──▶ one listener per process ──▶ the seats of that visitor

A seat costs a greenlet that waits for its browser. Nothing is asked of the database for one seat alone:
once a minute all of them together are noted as here, and whoever signed out meanwhile is shown out.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gevent
import orjson
import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.visitor_door import check_often, open_channel
from channels.webchat.bells import CHANNEL, HANG_UP
from channels.webchat.frames import says_typing, token_of_greeting
from channels.webchat.models import Visitor, VisitorToken
from channels.webchat.typing_marks import note_visitor_types
from channels.webchat.visitors import note_all_here, note_here, visitor_with
from core.db import reading, transaction
from core.errors import DeskError
from core.secrets import token_hash

if TYPE_CHECKING:
    from app.websockets import VisitorWebSocket

GREETING_SECONDS = 5.0
PING_EVERY = 25.0
SILENT_FOR = 60.0
TICK = 2.5
LOOK_AT_ALL_EVERY = 60.0
SENDING_SECONDS = 10.0
LISTEN_AGAIN_AFTER = 1.0
MOST_PER_ADDRESS = 500
MOST_PER_VISITOR = 10
MOST_WORDS, PER_SECONDS = 40, 10.0
TYPING_EVERY = 2.0
CONNECTS = "240/minute"

_log = structlog.get_logger("visitors")


@dataclass(eq=False)
class VisitorSeat:
    """One connected browser of a visitor."""

    socket: "VisitorWebSocket"
    token_hash: str
    visitor_id: int
    ping_at: float = 0.0
    typed_at: float = 0.0
    spoke: list[float] = field(default_factory=list)
    is_sending: bool = False
    waiting: list[bytes] = field(default_factory=list)

    def may_speak(self) -> bool:
        """Whether this browser has not said too much lately."""
        moment = time.monotonic()
        self.spoke = [each for each in self.spoke if each > moment - PER_SECONDS]
        self.spoke.append(moment)
        return len(self.spoke) <= MOST_WORDS


class VisitorSeats:
    """All seats of this process."""

    def __init__(self, redis_url: str | None) -> None:
        self._redis_url = redis_url
        self._seats: dict[int, set[VisitorSeat]] = {}
        self._addresses: dict[str, int] = {}
        self._is_watching = False
        self._looked_at_all = 0.0

    def __len__(self) -> int:
        return sum(map(len, self._seats.values()))

    def serve(self, socket: "VisitorWebSocket", key: str, address: str) -> None:
        """Let a browser sit down, hear it until it goes, and forget it."""
        if self._addresses.get(address, 0) >= MOST_PER_ADDRESS:
            return
        self._addresses[address] = self._addresses.get(address, 0) + 1
        try:
            check_often("visitor_socket", address, CONNECTS)
            seat = self._greeted(socket, key)
            if seat is not None:
                self._hear(seat)
        except (DeskError, SQLAlchemyError) as fault:
            _log.info("visitor.shown_out", fault=type(fault).__name__)
        finally:
            self._addresses[address] -= 1
            if not self._addresses[address]:
                del self._addresses[address]

    def ring(self, visitor_id: int, told: dict[str, Any]) -> None:
        """Tell all browsers of a visitor, or end their sockets."""
        frame = orjson.dumps(told)
        for seat in list(self._seats.get(visitor_id, ())):
            if told.get(HANG_UP):
                seat.socket.hang_up()
            else:
                self._send(seat, frame)

    def _greeted(self, socket: "VisitorWebSocket", key: str) -> VisitorSeat | None:
        """Who it is, by the first frame, which has to come soon."""
        token = None
        with gevent.Timeout(GREETING_SECONDS, False):
            token = token_of_greeting(socket.receive())
        if token is None:
            return None
        with transaction() as session:
            channel = open_channel(session, key)
            visitor = visitor_with(session, channel, token)
            if visitor is None or (channel.settings.get("require_identity") and visitor.user_id is None):
                return None
            note_here(visitor)
            far = {"seq": visitor.last_seq, "rev": visitor.last_rev, "read": visitor.agent_read_seq}
        if len(self._seats.get(visitor.id, ())) >= MOST_PER_VISITOR:
            return None
        seat = VisitorSeat(socket, token_hash(token), visitor.id)
        seat.ping_at = time.monotonic() + PING_EVERY
        self._add(seat)
        self._send(seat, orjson.dumps(far))
        return seat

    def _hear(self, seat: VisitorSeat) -> None:
        try:
            while (said := seat.socket.receive()) is not None:
                if not says_typing(said) or not seat.may_speak():
                    return
                self._note_typing(seat)
        finally:
            self._remove(seat)

    def _note_typing(self, seat: VisitorSeat) -> None:
        if time.monotonic() - seat.typed_at > TYPING_EVERY:
            seat.typed_at = time.monotonic()
            with transaction() as session:
                note_visitor_types(session, session.get_one(Visitor, seat.visitor_id))

    def _send(self, seat: VisitorSeat, frame: bytes) -> None:
        """Have a frame sent by a greenlet of its own, so that a slow browser holds up nobody else."""
        if len(seat.waiting) > MOST_WORDS:
            seat.socket.hang_up()
            return
        seat.waiting.append(frame)
        if not seat.is_sending:
            seat.is_sending = True
            gevent.spawn(_send_all, seat)

    def _add(self, seat: VisitorSeat) -> None:
        self._seats.setdefault(seat.visitor_id, set()).add(seat)
        if not self._is_watching:
            self._is_watching = True
            gevent.spawn(self._for_ever, self._watch)
            if self._redis_url:
                gevent.spawn(self._for_ever, self._listen)

    def _remove(self, seat: VisitorSeat) -> None:
        mine = self._seats.get(seat.visitor_id, set())
        mine.discard(seat)
        if not mine:
            self._seats.pop(seat.visitor_id, None)

    def _for_ever(self, work: Callable[[], None]) -> None:
        while True:
            try:
                work()
            except (RedisError, OSError, SQLAlchemyError) as fault:
                _log.warning("visitors.deaf", fault=type(fault).__name__)
            except Exception:
                # Nobody starts this again: one fault must not leave every browser of the process unheard.
                _log.exception("visitors.deaf")
            gevent.sleep(LISTEN_AGAIN_AFTER)

    def _watch(self) -> None:
        while True:
            gevent.sleep(TICK)
            self._beat(time.monotonic())
            if self._seats and time.monotonic() - self._looked_at_all > LOOK_AT_ALL_EVERY:
                self._looked_at_all = time.monotonic()
                self._look_at_all()

    def _beat(self, moment: float) -> None:
        """Ping those whose turn it is, hang up where nobody answers."""
        for seat in [seat for seats in self._seats.values() for seat in seats]:
            if moment - seat.socket.heard_at > SILENT_FOR:
                seat.socket.hang_up()
            elif moment >= seat.ping_at:
                seat.ping_at = moment + PING_EVERY
                self._send(seat, b"")
                self._send(seat, b'{"t":1}')

    def _look_at_all(self) -> None:
        """Note everybody as here, and show out who signed out; who comes meanwhile was looked at just now."""
        seated = [seat for seats in self._seats.values() for seat in seats]
        with transaction() as session:
            wanted = select(VisitorToken.token_hash, VisitorToken.visitor_id).where(
                VisitorToken.token_hash.in_({seat.token_hash for seat in seated}),
                VisitorToken.ended_at.is_(None),
            )
            living: dict[str, int] = dict(session.execute(wanted).all())
            note_all_here(session, sorted(set(living.values())))
        for seat in seated:
            if seat.token_hash not in living:
                seat.socket.hang_up()

    def _listen(self) -> None:
        """Pass on what rings; whoever may have missed a ring is told how far things are."""
        valkey = Redis.from_url(str(self._redis_url), retry=Retry(NoBackoff(), 0), health_check_interval=0)
        with valkey, valkey.pubsub(ignore_subscribe_messages=True) as ear:  # type: ignore[no-untyped-call]
            ear.subscribe(CHANNEL)
            ear.get_message(timeout=5)
            self._tell_all_how_far()
            for message in ear.listen():
                visitor_id, told = orjson.loads(message["data"])
                self.ring(visitor_id, told)

    def _tell_all_how_far(self) -> None:
        with reading() as session:
            wanted = select(Visitor.id, Visitor.last_seq, Visitor.last_rev)
            for visitor_id, seq, rev in session.execute(wanted.where(Visitor.id.in_(list(self._seats)))):
                self.ring(visitor_id, {"seq": seq, "rev": rev})


def _send_all(seat: VisitorSeat) -> None:
    """Send what waits for one browser, in order; an empty frame is a ping."""
    try:
        with gevent.Timeout(SENDING_SECONDS, TimeoutError):
            while seat.waiting:
                frame = seat.waiting.pop(0)
                if frame:
                    seat.socket.send(frame.decode())
                else:
                    seat.socket.send_frame("", seat.socket.OPCODE_PING)
    except Exception as fault:
        # Whatever it is, this browser is gone and will come again.
        _log.debug("visitor.gone", fault=type(fault).__name__)
        seat.socket.hang_up()
    finally:
        seat.is_sending = False

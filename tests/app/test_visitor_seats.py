"""The seats of one process by themselves: nobody loses a seat or a bell by what befalls another."""

from dataclasses import dataclass, field
from typing import Any

import gevent
import pytest
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from app import visitor_sockets
from app.visitor_sockets import VisitorSeat, VisitorSeats
from channels.webchat.bells import HANG_UP
from channels.webchat.models import Visitor
from channels.webchat.visitors import end_token, give_token, new_visitor
from core.secrets import token_hash
from inbox.models import Channel
from tests.makers import make_channel


@dataclass
class Wire:
    """What a browser hangs on."""

    heard_at: float = 0.0
    is_up: bool = True
    heard: list[Any] = field(default_factory=list)

    def hang_up(self) -> None:
        self.is_up = False


@pytest.fixture
def channel(session: Session) -> Channel:
    return make_channel(session, kind="webchat", name="Shop", address="", settings={"key": "shop"})


@pytest.fixture
def seats() -> VisitorSeats:
    """Seats whose rounds are made by the test."""
    seats = VisitorSeats(None)
    seats._is_watching = True
    return seats


def sit_down(seats: VisitorSeats, visitor: Visitor, token: str) -> Wire:
    """A browser with this token takes a seat."""
    wire = Wire()
    seats._add(VisitorSeat(wire, token_hash(token), visitor.id))  # type: ignore[arg-type]
    return wire


def test_whoever_signed_out_is_shown_out_and_nobody_else(
    session: Session, channel: Channel, seats: VisitorSeats
) -> None:
    visitor = new_visitor(session, channel)
    tokens = [give_token(session, visitor) for _ in range(2)]
    first, second = (sit_down(seats, visitor, token) for token in tokens)
    end_token(session, tokens[0])
    session.commit()
    seats._look_at_all()
    assert (first.is_up, second.is_up) == (False, True)


def test_whoever_comes_while_all_are_looked_at_stays(
    session: Session, channel: Channel, seats: VisitorSeats, database: Connection
) -> None:
    max_, mia = new_visitor(session, channel), new_visitor(session, channel)
    sit_down(seats, max_, give_token(session, max_))
    token = give_token(session, mia)
    session.commit()
    came: list[Wire] = []

    def come(*_: Any) -> None:
        if not came:
            came.append(sit_down(seats, mia, token))

    event.listen(database, "after_cursor_execute", come)
    try:
        seats._look_at_all()
    finally:
        event.remove(database, "after_cursor_execute", come)
    assert came[0].is_up


def test_a_ring_can_end_the_sockets_of_a_visitor(
    session: Session, channel: Channel, seats: VisitorSeats
) -> None:
    max_, mia = new_visitor(session, channel), new_visitor(session, channel)
    wires = [sit_down(seats, each, give_token(session, each)) for each in (max_, mia)]
    seats.ring(max_.id, {HANG_UP: True})
    assert [wire.is_up for wire in wires] == [False, True]


def test_whatever_goes_wrong_the_bell_is_heard_again(
    seats: VisitorSeats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor_sockets, "LISTEN_AGAIN_AFTER", 0.0)
    faults = iter([KeyError("unforeseen"), ValueError("no JSON"), gevent.GreenletExit()])

    def listen() -> None:
        raise next(faults)

    with pytest.raises(gevent.GreenletExit):
        seats._for_ever(listen)
    assert next(faults, None) is None

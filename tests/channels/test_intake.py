"""Store first, read later, once."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session

from channels.adapter import RawEvent
from channels.intake import accept, due_arrivals, read_arrivals, replay
from channels.models import Arrival, ArrivalState
from core.clock import now
from core.files import file_store
from inbox.models import Channel, Dialog, Message, State
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_channel
from tests.peers.fake import FakeAdapter, Outside


@pytest.fixture
def channel(session: Session, outside: Outside) -> Channel:
    return make_channel(session)


def texts(session: Session) -> list[str]:
    return list(session.scalars(select(Message.text).order_by(Message.id)))


def arrivals(session: Session) -> list[tuple[str, str]]:
    session.expire_all()
    return [(each.state, each.reason) for each in session.scalars(select(Arrival).order_by(Arrival.id))]


@pytest.mark.requirement("I1")
@pytest.mark.requirement("I31")
def test_a_delivery_and_the_cursor_behind_it_are_stored_together(session: Session, channel: Channel) -> None:
    new = accept(session, channel, [RawEvent("1", "a", {}, raw=b"From: max")], cursor={"uid": 1})
    arrival = session.scalars(select(Arrival)).one()
    assert new == 1
    assert session.get_one(Channel, channel.id, populate_existing=True).cursor == {"uid": 1}
    assert arrival.raw_sha256 is not None
    with file_store().open_file(arrival.raw_sha256) as raw:
        assert raw.read() == b"From: max"


def test_the_same_delivery_twice_is_one(session: Session, channel: Channel) -> None:
    assert accept(session, channel, [RawEvent("1", "a", {})]) == 1
    assert accept(session, channel, [RawEvent("1", "a", {}), RawEvent("2", "a", {})]) == 1


@pytest.mark.requirement("CHN-01")
def test_what_arrived_becomes_a_message_in_a_dialog(
    session: Session, channel: Channel, outside: Outside
) -> None:
    outside.says(channel, "Hello")
    assert read_arrivals() == 1
    assert session.scalars(select(Dialog.state)).one() == State.OPEN
    assert arrivals(session) == [("read", "")]


def test_one_conversation_is_read_in_order_into_one_dialog(
    session: Session, channel: Channel, outside: Outside
) -> None:
    for text in ("one", "two", "three"):
        outside.says(channel, text)
    read_arrivals()
    assert texts(session) == ["one", "two", "three"]
    assert session.scalar(select(func.count()).select_from(Dialog)) == 1


@pytest.mark.requirement("I32")
def test_what_cannot_be_read_is_tried_again_then_parked_and_its_neighbours_arrive(
    session: Session, channel: Channel, outside: Outside, clock: FrozenClock
) -> None:
    outside.says(channel, "poison", customer="Max", unreadable=True)
    outside.says(channel, "fine", customer="Mia")
    read_arrivals()
    assert texts(session) == ["fine"]
    pauses = (timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30))
    for tries, pause in enumerate(pauses, 1):
        assert arrivals(session)[0][0] == ArrivalState.FETCHED
        parked = session.scalars(select(Arrival).order_by(Arrival.id)).first()
        assert parked is not None
        assert (parked.attempts, parked.due_at) == (tries, now() + pause)
        clock.forward(seconds=pause.total_seconds() - 1)
        assert read_arrivals() == 0
        session.expire_all()
        assert parked.attempts == tries
        clock.forward(seconds=1)
        read_arrivals()
    assert arrivals(session)[0] == (ArrivalState.QUARANTINED, "ValueError: this cannot be read")


@pytest.mark.requirement("I32")
def test_what_the_database_will_not_take_is_parked_and_its_neighbours_arrive(
    session: Session, channel: Channel, outside: Outside, clock: FrozenClock
) -> None:
    longer_than_an_index_takes = "".join(sha256(bytes([each])).hexdigest() for each in range(200))
    outside.says(channel, "poison", message_key=longer_than_an_index_takes, customer="Max")
    outside.says(channel, "fine", customer="Mia")
    read_arrivals()
    assert texts(session) == ["fine"]
    for minutes in (1, 5, 30):
        clock.forward(minutes=minutes)
        read_arrivals()
    (state, reason), _ = arrivals(session)
    assert (state, "OperationalError" in reason) == (ArrivalState.QUARANTINED, True)


@pytest.mark.parametrize(
    "fault",
    [
        OperationalError("SELECT", {}, psycopg.OperationalError("the server closed the connection")),
        OperationalError("SELECT", {}, psycopg.errors.AdminShutdown()),
        OperationalError("SELECT", {}, psycopg.errors.ConnectionFailure()),
        PoolExhausted("none is free"),
    ],
    ids=lambda fault: str(getattr(fault, "orig", fault).__class__.__name__),
)
def test_without_the_database_nothing_is_held_against_what_is_read(
    session: Session,
    channel: Channel,
    outside: Outside,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
) -> None:
    outside.says(channel, "Hello")

    def away(*_: Any) -> None:
        raise fault

    with monkeypatch.context() as patched:
        patched.setattr(FakeAdapter, "normalize", away)
        with pytest.raises(type(fault)):
            read_arrivals()
    assert arrivals(session) == [(ArrivalState.FETCHED, "")]


def test_a_letter_that_cannot_be_read_holds_up_its_conversation_only_once(
    session: Session, channel: Channel, outside: Outside
) -> None:
    outside.says(channel, "poison", unreadable=True)
    outside.says(channel, "I said, are you there?")
    read_arrivals()
    assert texts(session) == ["I said, are you there?"]


def test_a_parked_arrival_is_read_once_more_when_asked(
    session: Session, channel: Channel, outside: Outside, clock: FrozenClock
) -> None:
    outside.says(channel, "mended", unreadable=True)
    for minutes in (0, 1, 5, 30):
        clock.forward(minutes=minutes)
        read_arrivals()
    arrival = session.scalars(select(Arrival)).one()
    session.refresh(arrival)
    arrival.payload = {**arrival.payload, "unreadable": False}
    replay(session, arrival, agent=make_agent(session))
    session.commit()
    read_arrivals()
    assert texts(session) == ["mended"]


def test_a_reader_that_died_has_tried_and_its_arrival_comes_back(
    session: Session, channel: Channel, outside: Outside
) -> None:
    outside.says(channel, "Hello")
    session.execute(
        update(Arrival).values(attempts=1, lease_until=func.clock_timestamp() + timedelta(seconds=60))
    )
    session.commit()
    assert not due_arrivals(session)
    assert read_arrivals() == 0
    session.execute(update(Arrival).values(lease_until=func.clock_timestamp() - timedelta(seconds=1)))
    session.commit()
    assert due_arrivals(session)
    assert read_arrivals() == 1


@pytest.mark.requirement("I2")
@pytest.mark.requirement("I28")
def test_the_same_content_under_another_number_is_a_duplicate(
    session: Session, channel: Channel, outside: Outside
) -> None:
    outside.says(channel, "Hello", content_hash="same")
    outside.says(channel, "Hello", content_hash="same")
    read_arrivals()
    assert texts(session) == ["Hello"]
    assert [state for state, _ in arrivals(session)] == ["read", "duplicate"]

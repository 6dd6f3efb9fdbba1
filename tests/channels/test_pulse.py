"""How a channel fares, and when its silence is worth a word."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.clock import tell_of_silent_channels
from channels.adapter import RawEvent
from channels.intake import accept, read_arrivals
from channels.models import Arrival, ArrivalState
from channels.pulse import is_silent, pulse_of
from core.events import Event
from inbox.actions.health import note_failure
from inbox.models import Channel
from people.models import Agent, Notification, Role
from people.notices import read_notifications
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_channel
from tests.peers.fake import Outside

pytestmark = pytest.mark.requirement("I38")


@pytest.fixture
def channel(session: Session, clock: FrozenClock, outside: Outside) -> Channel:
    return make_channel(session)


@pytest.fixture
def olga(session: Session) -> Agent:
    return make_agent(session, "Olga", role=Role.OWNER)


def came(session: Session, channel: Channel, at: datetime, *, lag: float = 0, **payload: Any) -> None:
    lay_there = at - timedelta(seconds=lag)
    session.add(
        Arrival(
            channel_id=channel.id,
            event_key=f"{at.timestamp()}",
            order_key="x",
            payload={"received_at": lay_there.isoformat(), **payload},
            state=ArrivalState.READ,
            arrived_at=at,
            read_at=at,
        )
    )
    channel.last_arrival_at = max(at, channel.last_arrival_at or at)
    session.commit()


def weeks_of(session: Session, channel: Channel, clock: FrozenClock, weeks: int = 4) -> None:
    """A letter in every hour of work (9 to 17), Monday to Friday, until Wednesday at noon."""
    ends = clock.now.replace(hour=12, minute=0)
    first = ends - timedelta(weeks=weeks)
    channel.created_at = first - timedelta(minutes=1)
    for hour in range(weeks * 7 * 24 + 1):
        at = first + timedelta(hours=hour)
        if at.weekday() < 5 and 9 <= at.hour <= 17:
            came(session, channel, at)
    clock.at(ends)


def told(session: Session, agent: Agent) -> list[str]:
    return list(session.scalars(select(Notification.kind).where(Notification.agent_id == agent.id)))


def test_a_lag_is_what_it_usually_is_between_the_mailbox_and_here(
    session: Session, channel: Channel, clock: FrozenClock
) -> None:
    for number, lag in enumerate((4, 5, 900)):
        came(session, channel, clock.now - timedelta(minutes=number), lag=lag)
    came(session, channel, clock.now - timedelta(minutes=9), lag=40_000_000, imported=True)
    assert pulse_of(session, channel).lag == timedelta(seconds=5)


def test_a_channel_nothing_came_by_has_no_lag_and_is_not_silent(session: Session, channel: Channel) -> None:
    found = pulse_of(session, channel)
    assert (found.lag, found.parked, found.is_silent, found.last_arrival_at) == (None, 0, False, None)


def test_nights_and_weekends_are_no_silence(session: Session, channel: Channel, clock: FrozenClock) -> None:
    weeks_of(session, channel, clock)
    for at in (clock.now + timedelta(hours=5), clock.now + timedelta(hours=9)):
        channel.last_arrival_at = at.replace(hour=17)
        clock.at(at.replace(hour=17) + timedelta(hours=15))
        assert not is_silent(session, channel)


def test_an_hour_in_which_little_was_to_be_expected_is_no_silence(
    session: Session, channel: Channel, clock: FrozenClock
) -> None:
    weeks_of(session, channel, clock)
    clock.forward(hours=5)
    assert not is_silent(session, channel)


def test_a_working_day_without_a_letter_is_one(
    session: Session, channel: Channel, clock: FrozenClock
) -> None:
    weeks_of(session, channel, clock)
    clock.forward(hours=23)
    assert is_silent(session, channel)
    came(session, channel, clock.now)
    assert not is_silent(session, channel)


def test_who_has_no_history_yet_is_not_called_silent(
    session: Session, channel: Channel, clock: FrozenClock
) -> None:
    weeks_of(session, channel, clock, weeks=1)
    clock.forward(hours=23)
    assert not is_silent(session, channel)


def test_a_channel_that_is_off_is_not_called_silent(
    session: Session, channel: Channel, clock: FrozenClock
) -> None:
    weeks_of(session, channel, clock)
    clock.forward(hours=23)
    channel.enabled = False
    assert not is_silent(session, channel)


def test_administrators_are_told_once_for_each_silence(
    session: Session, channel: Channel, clock: FrozenClock, olga: Agent
) -> None:
    ann = make_agent(session, "Ann")
    weeks_of(session, channel, clock)
    clock.forward(hours=23)
    for _ in range(2):
        tell_of_silent_channels()
    assert (told(session, olga), told(session, ann)) == (["channel.fell_silent"], [])
    events = select(func.count()).where(Event.kind == "channel.fell_silent")
    assert session.scalar(events) == 1
    read_notifications(session, olga.id, topic=f"channel:{channel.id}")
    came(session, channel, clock.now)
    clock.forward(days=2)
    tell_of_silent_channels()
    assert session.scalar(events) == 2


def test_administrators_hear_that_only_a_person_can_mend_a_channel(
    session: Session, channel: Channel, olga: Agent
) -> None:
    for _ in range(2):
        note_failure(session, channel, code="login_refused", detail="no", broken=True)
    assert told(session, olga) == ["channel.broken"]


@pytest.mark.requirement("I32")
def test_administrators_hear_of_parked_letters_and_not_of_each_while_they_have_not_looked(
    session: Session, channel: Channel, clock: FrozenClock, olga: Agent
) -> None:
    accept(session, channel, [RawEvent(f"{n}", f"{n}", {"unreadable": True, "author": {}}) for n in range(3)])
    session.commit()
    for _ in range(5):
        read_arrivals()
        clock.forward(hours=1)
    assert pulse_of(session, channel).parked == 3
    assert told(session, olga) == ["arrival.quarantined"]

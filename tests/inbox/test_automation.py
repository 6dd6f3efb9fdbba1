"""A dialog that is flooded: machines are silent there for a day, and the administrators hear of it once."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.events import Event
from inbox.actions import answer_automatically, watch_for_flood
from inbox.models import Dialog, Message
from people.models import Agent, Notification, Role
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_channel, make_dialog, make_message

pytestmark = pytest.mark.requirement("I26")

STOPPED = "dialog.automation_stopped"


@pytest.fixture
def owner(session: Session) -> Agent:
    return make_agent(session, "Ann", role=Role.OWNER)


@pytest.fixture
def dialog(session: Session, owner: Agent, clock: FrozenClock) -> Dialog:
    return make_dialog(session, make_channel(session))


def flood(
    session: Session, dialog: Dialog, clock: FrozenClock, times: int, *, customer: str = "Max"
) -> list[bool]:
    tripped = []
    for number in range(times):
        clock.forward(seconds=5)
        message = make_message(session, dialog, f"{number}", customer=customer)
        tripped.append(watch_for_flood(session, dialog, message))
        session.commit()
    return tripped


def stops(session: Session) -> list[Event]:
    return list(session.scalars(select(Event).where(Event.kind == STOPPED)))


def test_the_eleventh_message_in_ten_minutes_stops_machines_for_a_day(
    session: Session, dialog: Dialog, owner: Agent, clock: FrozenClock
) -> None:
    assert flood(session, dialog, clock, 9) == [False] * 9
    assert flood(session, dialog, clock, 1) == [True]
    assert dialog.automation_off_until == now() + timedelta(days=1)
    (event,) = stops(session)
    assert (event.topic, event.actor) == (dialog.topic, None)
    assert str(event.cause).startswith("flood:")
    (told,) = session.scalars(select(Notification).where(Notification.kind == STOPPED)).all()
    assert (told.agent_id, told.topic) == (owner.id, dialog.topic)


def test_it_is_said_once_however_long_the_flood_goes_on(
    session: Session, dialog: Dialog, clock: FrozenClock
) -> None:
    assert flood(session, dialog, clock, 30).count(True) == 1
    assert len(stops(session)) == 1


def test_nobody_is_answered_by_a_machine_there_until_the_day_is_over(
    session: Session, dialog: Dialog, clock: FrozenClock
) -> None:
    flood(session, dialog, clock, 10)

    def answer() -> Message | None:
        said = make_message(session, dialog)
        return answer_automatically(session, dialog, said, subject="", text="We got it.", cause="rule:1")

    assert answer() is None
    clock.forward(hours=24, minutes=1)
    assert answer() is not None


def test_many_messages_of_many_people_or_over_a_longer_time_are_a_conversation(
    session: Session, dialog: Dialog, clock: FrozenClock
) -> None:
    assert not any(flood(session, dialog, clock, 8) + flood(session, dialog, clock, 8, customer="Mia"))
    for _ in range(15):
        clock.forward(minutes=1)
        assert flood(session, dialog, clock, 1, customer="Ben") == [False]


def test_old_letters_of_an_import_are_no_flood(session: Session, dialog: Dialog, clock: FrozenClock) -> None:
    for days in range(2, 30):
        old = make_message(session, dialog, sent_at=now() - timedelta(days=days))
        assert not watch_for_flood(session, dialog, old)


def test_of_a_restricted_channel_only_its_members_hear(
    session: Session, owner: Agent, clock: FrozenClock
) -> None:
    ben = make_agent(session, "Ben")
    private = make_dialog(session, make_channel(session, ben))
    flood(session, private, clock, 10)
    told = session.scalars(select(Notification.agent_id).where(Notification.kind == STOPPED)).all()
    assert told == [ben.id]


@pytest.mark.requirement("I24")
@pytest.mark.parametrize("answerable", [True, False])
def test_a_machine_answers_only_what_it_may(session: Session, clock: FrozenClock, answerable: bool) -> None:
    dialog = make_dialog(session, make_channel(session), answerable=answerable)
    said = session.scalars(select(Message).where(Message.dialog_id == dialog.id)).one()
    answer = answer_automatically(session, dialog, said, subject="", text="We got it.", cause="rule:1")
    assert (answer is not None) is answerable


@pytest.mark.requirement("I24")
def test_customers_without_an_address_are_answered_three_times_a_day_too(
    session: Session, clock: FrozenClock
) -> None:
    answers = []
    for number in range(5):
        dialog = make_dialog(session, make_channel(session), conversation=f"chat-{number}")
        said = session.scalars(select(Message).where(Message.dialog_id == dialog.id)).one()
        answers.append(answer_automatically(session, dialog, said, subject="", text="Hello.", cause="rule:1"))
    assert [answer is not None for answer in answers] == [True, True, True, False, False]

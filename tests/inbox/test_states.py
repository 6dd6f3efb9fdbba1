"""Complete, snooze, reopen, wake."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.errors import Invalid
from core.events import Event
from inbox.actions import complete, reopen, snooze, unsnooze, wake_due
from inbox.models import Dialog, Episode, SnoozeMode, State
from people.models import Notification
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_dialog, make_message


def kinds(session: Session, dialog: Dialog) -> list[str]:
    return list(session.scalars(select(Event.kind).where(Event.topic == dialog.topic).order_by(Event.id)))


@pytest.mark.requirement("EAD-03")
@pytest.mark.requirement("EAD-04")
def test_completing_asks_for_nothing_and_remembers_who_and_when(session: Session, clock: FrozenClock) -> None:
    ann, dialog = make_agent(session), make_dialog(session)
    complete(session, dialog, agent=ann)
    assert dialog.state == State.COMPLETED
    assert (dialog.completed_by, dialog.completed_at) == (ann.id, clock.now)


def test_completing_twice_is_one_event(session: Session) -> None:
    ann, dialog = make_agent(session), make_dialog(session)
    complete(session, dialog, agent=ann)
    complete(session, dialog, agent=ann)
    assert kinds(session, dialog).count("dialog.completed") == 1


@pytest.mark.requirement("EAD-06")
def test_a_new_message_reopens_the_same_dialog_and_counts_it(session: Session) -> None:
    dialog = make_dialog(session, state=State.COMPLETED)
    message = make_message(session, dialog)
    assert message.dialog_id == dialog.id
    assert (dialog.state, dialog.reopen_count, dialog.completed_at) == (State.OPEN, 1, None)


def test_each_reopening_by_the_customer_is_an_episode_of_its_own(session: Session) -> None:
    dialog = make_dialog(session, state=State.COMPLETED)
    message = make_message(session, dialog)
    numbers = session.scalars(
        select(Episode.number).where(Episode.dialog_id == dialog.id).order_by(Episode.number)
    )
    assert list(numbers) == [1, 2]
    assert message.episode_id == dialog.episode_id


def test_an_agent_who_reopens_goes_on_with_the_same_episode(session: Session) -> None:
    ann = make_agent(session)
    dialog = make_dialog(session, state=State.COMPLETED, agent=ann)
    episode = dialog.episode_id
    reopen(session, dialog, agent=ann)
    assert (dialog.state, dialog.reopen_count, dialog.episode_id) == (State.OPEN, 0, episode)
    assert session.get_one(Episode, episode).completed_at is None


@pytest.mark.requirement("EAD-07")
def test_a_snoozed_dialog_has_its_time(session: Session, clock: FrozenClock) -> None:
    ann, dialog = make_agent(session), make_dialog(session)
    until = clock.now + timedelta(hours=3)
    snooze(session, dialog, agent=ann, until=until)
    assert (dialog.state, dialog.snooze_until, dialog.snoozed_by) == (State.SNOOZED, until, ann.id)


@pytest.mark.requirement("EAD-07")
def test_a_time_that_has_passed_is_refused_and_changes_nothing(session: Session, clock: FrozenClock) -> None:
    dialog = make_dialog(session)
    with pytest.raises(Invalid) as refused:
        snooze(session, dialog, agent=make_agent(session), until=clock.now)
    assert (refused.value.code, refused.value.field) == ("snooze_in_past", "until")
    assert dialog.state == State.OPEN


def test_only_until_reply_may_go_without_a_time_and_then_a_month_is_its_limit(
    session: Session, clock: FrozenClock
) -> None:
    ann, dialog = make_agent(session), make_dialog(session)
    with pytest.raises(Invalid):
        snooze(session, dialog, agent=ann, until=None)
    snooze(session, dialog, agent=ann, until=None, mode=SnoozeMode.UNTIL_REPLY)
    assert dialog.snooze_until == clock.now + timedelta(days=30)


@pytest.mark.requirement("EAD-08")
@pytest.mark.requirement("SYS-06")
def test_a_snooze_ends_at_its_time_and_not_a_second_before(session: Session, clock: FrozenClock) -> None:
    ann = make_agent(session)
    dialog = make_dialog(session, state=State.SNOOZED, agent=ann, until=clock.now + timedelta(hours=1))
    clock.forward(minutes=59, seconds=59)
    assert wake_due(session) == 0
    clock.forward(seconds=1)
    assert wake_due(session) == 1
    assert (dialog.state, dialog.snooze_until) == (State.OPEN, None)


@pytest.mark.requirement("EAD-08")
def test_the_wake_names_its_timer_and_is_told_once(session: Session, clock: FrozenClock) -> None:
    ann = make_agent(session)
    dialog = make_dialog(session, state=State.SNOOZED, agent=ann, until=clock.now + timedelta(hours=1))
    clock.forward(hours=1)
    wake_due(session)
    wake_due(session)
    session.flush()
    woken = session.scalars(
        select(Event).where(Event.topic == dialog.topic, Event.kind == "dialog.woken")
    ).one()
    assert woken.cause == "timer:snooze"
    assert len(session.scalars(select(Notification).where(Notification.agent_id == ann.id)).all()) == 1


@pytest.mark.requirement("SYS-06")
def test_snoozes_that_came_due_while_all_was_down_end_in_their_order(
    session: Session, clock: FrozenClock
) -> None:
    later, sooner = (
        make_dialog(session, customer=name, state=State.SNOOZED, until=clock.now + timedelta(minutes=minutes))
        for name, minutes in (("Max", 20), ("Mia", 10))
    )
    clock.forward(hours=5)
    wake_due(session)
    woken = session.scalars(select(Event.topic).where(Event.kind == "dialog.woken").order_by(Event.id)).all()
    assert woken == [sooner.topic, later.topic]


@pytest.mark.requirement("EAD-09")
def test_a_customer_who_writes_early_ends_the_snooze(session: Session, clock: FrozenClock) -> None:
    dialog = make_dialog(session, state=State.SNOOZED, until=clock.now + timedelta(days=1))
    make_message(session, dialog)
    assert (dialog.state, dialog.snooze_until) == (State.OPEN, None)
    clock.forward(days=1)
    assert wake_due(session) == 0


def test_a_dialog_told_to_sleep_through_answers_sleeps(session: Session, clock: FrozenClock) -> None:
    ann, dialog = make_agent(session), make_dialog(session)
    until = clock.now + timedelta(days=1)
    snooze(session, dialog, agent=ann, until=until, mode=SnoozeMode.STAY)
    make_message(session, dialog, "Are you there?")
    assert (dialog.state, dialog.snooze_until, dialog.preview) == (State.SNOOZED, until, "Are you there?")


@pytest.mark.requirement("I23")
def test_an_automatic_answer_neither_reopens_nor_makes_anyone_wait(session: Session) -> None:
    dialog = make_dialog(session, state=State.COMPLETED)
    make_message(session, dialog, "I am on holiday.", klass="auto_reply")
    assert (dialog.state, dialog.waiting_since, dialog.preview) == (
        State.COMPLETED,
        None,
        "Where is my parcel?",
    )


def test_a_snoozed_dialog_comes_back_by_hand(session: Session) -> None:
    ann = make_agent(session)
    dialog = make_dialog(session, state=State.SNOOZED, agent=ann)
    unsnooze(session, dialog, agent=ann)
    assert dialog.state == State.OPEN


@pytest.mark.requirement("SYS-05")
@pytest.mark.parametrize(
    ("state", "until"), [("snoozed", None), ("open", "2030-01-01+00"), ("completed", "2030-01-01+00")]
)
def test_the_database_itself_refuses_a_dialog_that_could_vanish(
    session: Session, state: str, until: str | None
) -> None:
    dialog = make_dialog(session)
    statement = (
        Dialog.__table__.update().where(Dialog.id == dialog.id).values(state=state, snooze_until=until)
    )
    with pytest.raises(IntegrityError):
        session.execute(statement)

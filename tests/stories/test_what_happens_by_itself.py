"""The main story told without a screen: write, settle, look."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.adapter import Ambiguous, Temporary
from core.clock import now
from inbox.actions import NewComment, comment, complete, snooze
from inbox.models import Delivery, Dialog, Message, State
from tests.ground.moment import FrozenClock
from tests.ground.settling import Settle
from tests.makers import make_agent, make_channel, make_reply
from tests.peers.fake import Outside


def the_dialog(session: Session) -> Dialog:
    session.expire_all()
    return session.scalars(select(Dialog)).one()


def messages(session: Session) -> list[tuple[str, str]]:
    session.expire_all()
    return [(each.direction, each.text) for each in session.scalars(select(Message).order_by(Message.id))]


@pytest.mark.requirement("EAD-06")
def test_max_writes_ann_answers_and_his_reply_lands_in_the_same_dialog(
    session: Session, outside: Outside, settle: Settle, clock: FrozenClock
) -> None:
    ann, channel = make_agent(session), make_channel(session, undo_seconds=10)

    outside.says(channel, "Where is my parcel?")
    settle()
    dialog = the_dialog(session)
    assert (dialog.customer.name, dialog.state, dialog.preview) == ("Max", State.OPEN, "Where is my parcel?")
    assert dialog.waiting_since == now()

    make_reply(session, dialog, "It comes tomorrow.", agent=ann)
    settle()
    assert outside.texts == []
    clock.forward(seconds=channel.undo_seconds)
    settle()
    assert outside.texts == ["It comes tomorrow."]
    assert the_dialog(session).waiting_since is None

    complete(session, the_dialog(session), agent=ann)
    session.commit()
    outside.says(channel, "Thank you!")
    settle()
    dialog = the_dialog(session)
    assert (dialog.state, dialog.reopen_count) == (State.OPEN, 1)
    assert messages(session) == [
        ("in", "Where is my parcel?"),
        ("out", "It comes tomorrow."),
        ("in", "Thank you!"),
    ]


def test_a_snooze_ends_at_its_time_and_not_before(
    session: Session, outside: Outside, settle: Settle, clock: FrozenClock
) -> None:
    ann, channel = make_agent(session), make_channel(session)
    outside.says(channel, "Call me on Thursday.")
    settle()
    snooze(session, the_dialog(session), agent=ann, until=now() + timedelta(hours=3))
    session.commit()

    clock.forward(hours=2, minutes=59)
    settle()
    assert the_dialog(session).state == State.SNOOZED
    clock.forward(minutes=1)
    kinds = [event.kind for event in settle()]
    assert the_dialog(session).state == State.OPEN
    assert kinds == ["dialog.woken", "notification.added"]


def test_a_comment_never_leaves_the_house(
    session: Session, outside: Outside, settle: Settle, clock: FrozenClock
) -> None:
    ann, channel = make_agent(session), make_channel(session, undo_seconds=0)
    outside.says(channel, "Where is my parcel?")
    settle()
    comment(session, the_dialog(session), agent=ann, new=NewComment("He wrote to Ben as well."))
    session.commit()
    make_reply(session, the_dialog(session), "On its way.", agent=ann)
    settle()
    clock.forward(days=3)
    settle()
    assert [part.payload["text"] for part in outside.tried] == ["On its way."]


def test_a_letter_nobody_can_read_is_parked_and_its_neighbours_arrive(
    session: Session, outside: Outside, settle: Settle, clock: FrozenClock
) -> None:
    channel = make_channel(session)
    outside.says(channel, "First", customer="Mia")
    outside.says(channel, "Poison", unreadable=True)
    outside.says(channel, "After it in the same talk")
    settle()
    clock.forward(hours=2)
    settle()
    clock.forward(hours=2)
    settle()
    assert messages(session) == [("in", "First"), ("in", "After it in the same talk")]


def test_a_busy_server_is_tried_again_and_the_answer_leaves_once(
    session: Session, outside: Outside, settle: Settle, clock: FrozenClock
) -> None:
    channel = make_channel(session, undo_seconds=0)
    outside.says(channel, "Where is my parcel?")
    settle()
    outside.next(Temporary("busy", code="busy"), Temporary("busy", code="busy"))
    message = make_reply(session, the_dialog(session))
    for _ in range(10):
        settle()
        clock.forward(minutes=1)
    session.expire_all()
    assert message.delivery == Delivery.SENT
    assert len(outside.tried) == 3
    assert len(outside.sent) == 1


def test_an_answer_that_may_have_left_waits_for_a_person(
    session: Session, outside: Outside, settle: Settle, clock: FrozenClock
) -> None:
    channel = make_channel(session, undo_seconds=0)
    outside.says(channel, "Where is my parcel?")
    settle()
    outside.next(Ambiguous("cut after the letter left", code="cut"))
    message = make_reply(session, the_dialog(session), then="complete")
    for _ in range(10):
        settle()
        clock.forward(hours=1)
    session.expire_all()
    assert message.delivery == Delivery.UNCERTAIN
    assert len(outside.tried) == 1
    assert (the_dialog(session).state, the_dialog(session).failed_count) == (State.OPEN, 1)


def test_answers_of_one_dialog_leave_in_the_order_they_were_written(
    session: Session, outside: Outside, settle: Settle, clock: FrozenClock
) -> None:
    channel = make_channel(session, undo_seconds=10)
    outside.says(channel, "Where is my parcel?")
    settle()
    outside.next(Temporary("busy", code="busy"))
    for number in range(3):
        make_reply(session, the_dialog(session), f"Answer {number}")
        clock.forward(seconds=4)
    for _ in range(10):
        clock.forward(seconds=5)
        settle()
    assert outside.texts == ["Answer 0", "Answer 1", "Answer 2"]

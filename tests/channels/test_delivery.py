"""Claim, send, write down."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from channels.adapter import (
    Ambiguous,
    AuthBroken,
    BadContent,
    Capabilities,
    Idempotency,
    RecipientGone,
    RetryAfter,
    Sent,
    Temporary,
)
from channels.delivery import claim_next, deliver, deliver_due, release_expired
from channels.vk.adapter import VkAdapter
from core.events import Event
from inbox.actions import NewReply, complete, reply, retry, settle
from inbox.actions.health import note_success
from inbox.border import RecipientResult
from inbox.models import Channel, Delivery, Dialog, Message, State
from people.models import Workspace
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_channel, make_dialog
from tests.peers.fake import Outside


@pytest.fixture
def channel(session: Session, outside: Outside) -> Channel:
    return make_channel(session, undo_seconds=0)


def answer(session: Session, dialog: Dialog, text: str = "It leaves today.", **given: object) -> Message:
    new = NewReply(client_uuid=str(uuid4()), text=text, **given)  # type: ignore[arg-type]
    message = reply(session, dialog, agent=make_agent(session), new=new)
    session.commit()
    return message


def look(session: Session, message: Message) -> Message:
    session.expire_all()
    return session.get_one(Message, message.id)


def test_what_is_due_leaves_once(session: Session, channel: Channel, outside: Outside) -> None:
    message = answer(session, make_dialog(session, channel))
    deliver_due()
    deliver_due()
    assert outside.texts == ["It leaves today."]
    assert look(session, message).delivery == Delivery.SENT


def test_a_held_answer_waits_for_its_time(session: Session, outside: Outside, clock: FrozenClock) -> None:
    answer(session, make_dialog(session, make_channel(session, undo_seconds=10)))
    deliver_due()
    assert outside.sent == []
    clock.forward(seconds=10)
    deliver_due()
    assert len(outside.sent) == 1


def test_answers_of_one_dialog_leave_in_order(
    session: Session, channel: Channel, outside: Outside, clock: FrozenClock
) -> None:
    dialog = make_dialog(session, channel)
    answer(session, dialog, "one")
    answer(session, dialog, "two")
    outside.next(Temporary("busy"))
    deliver_due()
    assert outside.texts == []
    clock.forward(minutes=10)
    deliver_due()
    assert outside.texts == ["one", "two"]


def test_an_answer_that_waits_until_tomorrow_holds_up_nothing(
    session: Session, channel: Channel, outside: Outside, clock: FrozenClock
) -> None:
    dialog = make_dialog(session, channel)
    answer(session, dialog, "tomorrow", send_after=clock.now + timedelta(days=1))
    answer(session, dialog, "now")
    deliver_due()
    assert outside.texts == ["now"]


def test_trouble_in_one_dialog_holds_up_no_other(
    session: Session, channel: Channel, outside: Outside
) -> None:
    answer(session, make_dialog(session, channel, customer="Max"), "to Max")
    answer(session, make_dialog(session, channel, customer="Mia"), "to Mia")
    outside.next(RetryAfter("slowly", retry_after=60))
    deliver_due()
    assert outside.texts == ["to Mia"]


@pytest.mark.requirement("O13")
def test_a_refusal_brings_the_dialog_back_with_its_reason(
    session: Session, channel: Channel, outside: Outside
) -> None:
    dialog = make_dialog(session, channel)
    message = answer(session, dialog)
    complete(session, dialog, agent=make_agent(session, "Ben"))
    session.commit()
    outside.next(RecipientGone("550 no such user", code="5.1.1"))
    deliver_due()
    message = look(session, message)
    assert (message.delivery, message.error_code, message.error_detail) == (
        Delivery.FAILED,
        "5.1.1",
        "550 no such user",
    )
    assert (message.dialog.state, message.dialog.failed_count) == (State.OPEN, 1)


def test_a_failed_answer_can_be_tried_again_and_then_nobody_waits(
    session: Session, channel: Channel, outside: Outside
) -> None:
    message = answer(session, make_dialog(session, channel))
    outside.next(RecipientGone("550", code="5.1.1"))
    deliver_due()
    retry(session, look(session, message), agent=make_agent(session))
    session.commit()
    deliver_due()
    message = look(session, message)
    assert (message.delivery, message.dialog.failed_count, message.dialog.waiting_since) == (
        Delivery.SENT,
        0,
        None,
    )


@pytest.mark.requirement("O9")
def test_what_may_have_left_is_never_sent_again_by_itself(
    session: Session, channel: Channel, outside: Outside, clock: FrozenClock
) -> None:
    message = answer(session, make_dialog(session, channel))
    outside.next(Ambiguous("cut after DATA", code="cut"))
    deliver_due()
    clock.forward(days=3)
    deliver_due()
    message = look(session, message)
    assert (message.delivery, len(outside.tried), message.dialog.failed_count) == (Delivery.UNCERTAIN, 1, 1)


@pytest.mark.parametrize(("sent", "calls"), [(True, 1), (False, 2)])
def test_an_agent_decides_about_an_uncertain_answer(
    session: Session, channel: Channel, outside: Outside, clock: FrozenClock, sent: bool, calls: int
) -> None:
    message = answer(session, make_dialog(session, channel))
    outside.next(Ambiguous("cut"))
    deliver_due()
    clock.forward(minutes=1)
    settle(session, look(session, message), agent=make_agent(session), sent=sent)
    session.commit()
    deliver_due()
    assert (look(session, message).delivery, len(outside.tried)) == (Delivery.SENT, calls)


def test_a_channel_that_drops_repeats_is_asked_again(
    session: Session, channel: Channel, outside: Outside, clock: FrozenClock
) -> None:
    outside.capabilities = _repeatable(outside)
    message = answer(session, make_dialog(session, channel))
    outside.next(Ambiguous("cut"))
    deliver_due()
    clock.forward(minutes=10)
    deliver_due()
    assert look(session, message).delivery == Delivery.SENT
    assert outside.tried[0].key == outside.tried[1].key


def _repeatable(outside: Outside) -> Capabilities:
    return replace(outside.capabilities, idempotency=Idempotency.NATIVE)


def test_what_cannot_be_sent_as_it_is_is_planned_once_more_in_the_plainest_form(
    session: Session, channel: Channel, outside: Outside
) -> None:
    message = answer(session, make_dialog(session, channel))
    outside.next(BadContent("markup"), BadContent("still"))
    deliver_due()
    assert (look(session, message).delivery, len(outside.tried)) == (Delivery.FAILED, 2)


def test_a_refused_key_stops_the_channel_and_holds_its_queue(
    session: Session, channel: Channel, outside: Outside
) -> None:
    messages = [answer(session, make_dialog(session, channel, customer=name)) for name in ("Max", "Mia")]
    outside.next(AuthBroken("535", code="auth"))
    deliver_due()
    assert session.get_one(Channel, channel.id, populate_existing=True).health == "broken"
    assert {look(session, each).delivery for each in messages} == {Delivery.QUEUED}
    assert len(outside.tried) == 1
    note_success(session, session.get_one(Channel, channel.id))
    session.commit()
    deliver_due()
    assert {look(session, each).delivery for each in messages} == {Delivery.SENT}


@pytest.mark.parametrize("change", ["disabled", "unconfirmed", "stopped"])
def test_nothing_leaves_a_channel_that_may_not_send(
    session: Session, channel: Channel, outside: Outside, change: str
) -> None:
    answer(session, make_dialog(session, channel))
    if change == "stopped":
        session.add(Workspace(outbound_stopped=True))
    else:
        values = {"enabled": False} if change == "disabled" else {"outbound_confirmed": False}
        session.execute(update(Channel).where(Channel.id == channel.id).values(**values))
    session.commit()
    deliver_due()
    assert outside.tried == []


@pytest.mark.requirement("O8")
def test_a_message_shows_the_worst_of_its_recipients(
    session: Session, channel: Channel, outside: Outside
) -> None:
    dialog = make_dialog(
        session,
        channel,
        envelope={
            "from": {"address": "max@customer.test", "name": ""},
            "cc": [{"address": "mia@customer.test", "name": ""}],
        },
    )
    message = answer(session, dialog)
    outside.next(
        Sent(
            keys=("k",),
            recipients=(
                RecipientResult("max@customer.test", "sent"),
                RecipientResult("mia@customer.test", "failed", "5.1.1", "no such user"),
            ),
        )
    )
    deliver_due()
    message = look(session, message)
    assert message.delivery == Delivery.FAILED
    assert [(each.address, each.delivery) for each in message.recipients] == [
        ("max@customer.test", "sent"),
        ("mia@customer.test", "failed"),
    ]


@pytest.mark.requirement("O10")
def test_a_recipient_who_is_put_off_gets_the_letter_later_and_the_others_do_not_get_it_again(
    session: Session, channel: Channel, outside: Outside, clock: FrozenClock
) -> None:
    dialog = make_dialog(
        session,
        channel,
        envelope={
            "from": {"address": "max@customer.test", "name": ""},
            "cc": [{"address": "mia@customer.test", "name": ""}],
        },
    )
    message = answer(session, dialog)
    outside.next(
        Sent(
            keys=("k",),
            recipients=(
                RecipientResult("max@customer.test", "sent"),
                RecipientResult("mia@customer.test", "retry", "4.7.1", "greylisted"),
            ),
        )
    )
    deliver_due()
    assert look(session, message).delivery == Delivery.QUEUED
    clock.forward(minutes=2)
    deliver_due()
    assert look(session, message).delivery == Delivery.SENT
    assert outside.tried[1].payload["recipients"] == ["mia@customer.test"]


def test_after_two_days_of_trying_an_answer_fails(
    session: Session, channel: Channel, outside: Outside, clock: FrozenClock
) -> None:
    message = answer(session, make_dialog(session, channel))
    outside.next(*(Temporary("refused") for _ in range(4)))
    for _ in range(4):
        deliver_due()
        clock.forward(days=1)
    assert look(session, message).delivery == Delivery.FAILED


def test_a_worker_that_died_while_sending_leaves_an_uncertain_answer(
    session: Session, channel: Channel, outside: Outside
) -> None:
    message = answer(session, make_dialog(session, channel))
    assert claim_next() is not None
    _let_lease_end(session)
    release_expired(session)
    session.commit()
    message = look(session, message)
    assert (message.delivery, message.error_code) == (Delivery.UNCERTAIN, "worker_died")


ALMOST_AN_HOUR = VkAdapter.capabilities.repeats_dropped_for


@pytest.fixture
def forgetful(outside: Outside) -> Outside:
    """An outside that drops repeats as VK does, for an hour that began before its answer."""
    outside.capabilities = replace(
        outside.capabilities, idempotency=Idempotency.NATIVE, repeats_dropped_for=ALMOST_AN_HOUR
    )
    return outside


@pytest.mark.requirement("CHN-04")
@pytest.mark.parametrize(
    ("later", "ends"), [(timedelta(minutes=45), Delivery.QUEUED), (timedelta(hours=1), Delivery.UNCERTAIN)]
)
def test_after_almost_an_hour_nobody_sends_again_what_a_dead_worker_may_have_sent(
    session: Session, channel: Channel, forgetful: Outside, clock: FrozenClock, later: timedelta, ends: str
) -> None:
    message = answer(session, make_dialog(session, channel))
    assert claim_next() is not None
    _let_lease_end(session)
    clock.forward(seconds=later.total_seconds())
    session.expire_all()
    release_expired(session)
    session.commit()
    assert look(session, message).delivery == ends
    deliver_due()
    assert len(forgetful.sent) == (1 if ends == Delivery.QUEUED else 0)


@pytest.mark.requirement("CHN-04")
def test_what_may_have_left_is_sent_again_under_one_key_for_almost_an_hour_and_then_no_more(
    session: Session, channel: Channel, forgetful: Outside, clock: FrozenClock
) -> None:
    message, began, tries = answer(session, make_dialog(session, channel)), clock.now, []
    forgetful.next(*(Ambiguous("no answer", code="timeout") for _ in range(200)))
    while look(session, message).delivery == Delivery.QUEUED:
        if deliver_due():
            tries.append((clock.now - began).total_seconds())
        clock.forward(minutes=1)
    assert look(session, message).delivery == Delivery.UNCERTAIN
    assert ALMOST_AN_HOUR is not None
    assert 2700 <= ALMOST_AN_HOUR <= 3300
    assert ALMOST_AN_HOUR - 600 < tries[-1] < ALMOST_AN_HOUR + 600
    assert len({part.key for part in forgetful.tried}) == 1


def test_a_worker_that_comes_back_too_late_changes_nothing(
    session: Session, channel: Channel, outside: Outside
) -> None:
    message = answer(session, make_dialog(session, channel))
    claim = claim_next()
    assert claim is not None
    _let_lease_end(session)
    release_expired(session)
    session.commit()
    deliver(claim)
    assert look(session, message).delivery == Delivery.UNCERTAIN


def _let_lease_end(session: Session) -> None:
    session.execute(update(Message).values(lease_until=func.clock_timestamp() - timedelta(seconds=1)))
    session.commit()


@pytest.mark.requirement("CHN-01")
def test_every_ending_of_an_answer_is_an_event(session: Session, channel: Channel, outside: Outside) -> None:
    message = answer(session, make_dialog(session, channel))
    deliver_due()
    found = session.scalars(select(Event.kind).where(Event.topic == message.dialog.topic).order_by(Event.id))
    assert list(found)[-2:] == ["message.queued", "message.sent"]

"""One letter is one message, however often and wherever it comes; what an answer proves is believed."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.models import Arrival, MessagePart
from channels.taking import Ending, take_in
from channels.threads import remember_names
from inbox.border import Incoming
from inbox.models import Channel, Delivery, Message
from tests.makers import make_agent, make_channel, make_incoming, make_reply


@pytest.fixture
def support(session: Session) -> Channel:
    return make_channel(session, address="support@helpdesk.test")


def letter(text: str = "Hello", *, name: str = "a@customer.test", **given: Any) -> Incoming:
    key = given.pop("key", f"hash of {text} {name}")
    return make_incoming(
        text,
        message_key=key,
        content_hash=key,
        envelope={"message_id": name, "from": {"address": "max@customer.test", "name": "Max"}},
        **given,
    )


def take(session: Session, channel: Channel, incoming: Incoming) -> Ending:
    arrival = Arrival(channel_id=channel.id, event_key=uuid4().hex, order_key="x", payload={})
    session.add(arrival)
    session.flush()
    ending = take_in(session, channel, arrival, incoming)
    arrival.state, arrival.content_hash, arrival.message_id = (
        ending.state,
        ending.content_hash,
        ending.message_id,
    )
    session.flush()
    return ending


def messages(session: Session) -> list[Message]:
    return list(session.scalars(select(Message).order_by(Message.id)))


@pytest.mark.requirement("I28")
def test_the_same_letter_again_is_no_second_message(session: Session, support: Channel) -> None:
    first, again = (take(session, support, letter()) for _ in range(2))
    assert (first.state, again.state) == ("read", "duplicate")
    assert again.message_id == first.message_id
    assert len(messages(session)) == 1


@pytest.mark.requirement("I28")
def test_one_name_with_another_content_is_a_new_message(session: Session, support: Channel) -> None:
    take(session, support, letter("Parcel 1"))
    assert take(session, support, letter("Parcel 2")).state == "read"
    assert len(messages(session)) == 2


@pytest.mark.requirement("I29")
def test_a_letter_to_two_of_our_mailboxes_is_one_message(session: Session, support: Channel) -> None:
    take(session, support, letter())
    copy = take(session, make_channel(session, address="sales@helpdesk.test"), letter())
    assert copy.state == "duplicate"
    assert len(messages(session)) == 1


@pytest.mark.requirement("I29")
def test_a_letter_to_mailboxes_of_different_people_is_two_dialogs(session: Session, support: Channel) -> None:
    board = make_channel(session, make_agent(session), address="board@helpdesk.test")
    take(session, support, letter())
    take(session, board, letter())
    first, second = messages(session)
    assert first.dialog_id != second.dialog_id


def sent(session: Session, channel: Channel, state: Delivery) -> Message:
    take(session, channel, letter())
    message = make_reply(session, messages(session)[0].dialog)
    message.delivery = state
    for recipient in message.recipients:
        recipient.delivery = state
    session.add(
        MessagePart(
            message_id=message.id, number=0, key="ours@helpdesk.test", payload={}, state=state, keys=[]
        )
    )
    session.flush()
    return message


@pytest.mark.requirement("I25")
@pytest.mark.requirement("O9")
def test_our_own_letter_coming_back_proves_that_it_went_out(session: Session, support: Channel) -> None:
    message = sent(session, support, Delivery.UNCERTAIN)
    echo = letter("It is on its way.", name="ours@helpdesk.test", client_key="ours@helpdesk.test")
    assert take(session, support, echo).reason == "our own"
    assert message.delivery == Delivery.SENT
    assert session.scalars(select(MessagePart.state)).one() == "sent"
    assert len(messages(session)) == 2


@pytest.mark.requirement("O9")
def test_an_answer_proves_that_what_it_answers_went_out(session: Session, support: Channel) -> None:
    message = sent(session, support, Delivery.UNCERTAIN)
    remember_names(session, message.dialog, message, ["ours@helpdesk.test"])
    take(session, support, letter("Thanks", name="b@customer.test", references=("ours@helpdesk.test",)))
    assert message.delivery == Delivery.SENT


def test_an_answer_does_not_hide_that_another_recipient_was_refused(
    session: Session, support: Channel
) -> None:
    message = sent(session, support, Delivery.FAILED)
    remember_names(session, message.dialog, message, ["ours@helpdesk.test"])
    take(session, support, letter("Thanks", name="b@customer.test", references=("ours@helpdesk.test",)))
    assert message.delivery == Delivery.FAILED

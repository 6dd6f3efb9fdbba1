"""Two proofs of one person at the same moment, in two chats: neither waits for what the other holds."""

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import func, select, text

from channels.hearing import follow_up, hear, wait_for_chat
from channels.intake import read_arrivals
from channels.models import Arrival, ArrivalState
from core.db import engine, transaction
from inbox.actions import make_start_link, receive
from inbox.border import Author, Incoming
from inbox.models import Channel, Dialog, Message
from people.meeting import meet
from people.models import Customer, CustomerIdentity
from tests.app.waiting import until
from tests.makers import make_channel, make_incoming
from tests.peers.fake import Outside

PHONE = "+79123456789"
ME = Author(kind="email", key="max@customer.test", shown="max@customer.test", name="Max")


def shared(conversation: str, token: str) -> Incoming:
    author = Author(kind=ME.kind, key=ME.key, shown=ME.shown, name=ME.name, phone=PHONE)
    return make_incoming("My number", conversation=conversation, author=author)


def started(conversation: str, token: str) -> Incoming:
    return make_incoming("/start", conversation=conversation, author=ME, start_ref=token)


@pytest.mark.requirement("CHN-09")
@pytest.mark.parametrize("proof", [shared, started])
def test_one_person_proven_in_two_chats_at_once_is_one_card(
    live_database: str, outside: Outside, proof: Callable[[str, str], Incoming]
) -> None:
    with transaction() as session:
        channel_id = make_channel(session).id
    with transaction() as session:
        known_id = meet(session, "phone", PHONE, verified=True).customer_id
        meet(session, ME.kind, ME.key, name=ME.name)
        channel, known = session.get_one(Channel, channel_id), session.get_one(Customer, known_id)
        tokens = [make_start_link(session, channel, known, agent=None) for _ in range(2)]
    written, broken = threading.Barrier(2), list[BaseException]()

    def come(conversation: str, token: str) -> None:
        try:
            with transaction() as session:
                channel, incoming = session.get_one(Channel, channel_id), proof(conversation, token)
                hear(session, channel, incoming)
                message = receive(session, channel, incoming, dialog=None).message
                with suppress(threading.BrokenBarrierError):  # the other one waits for us to end
                    written.wait(0.3)
                follow_up(session, channel, incoming, message)
        except Exception as error:
            broken.append(error)

    both = [
        threading.Thread(target=come, args=(f"chat {number}", token)) for number, token in enumerate(tokens)
    ]
    for each in both:
        each.start()
    for each in both:
        each.join(10)
    assert broken == []
    with transaction() as session:
        assert set(session.scalars(select(CustomerIdentity.customer_id))) == {known_id}
        assert session.scalars(select(Dialog.customer_id)).all() == [known_id, known_id]


def somebody_waits() -> bool:
    """Whether another connection waits for something of ours."""
    with engine().connect() as connection:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return bool(connection.scalar(text(f"{waiting} AND datname = current_database()")))


def test_what_lost_a_deadlock_is_read_again_at_once(live_database: str, outside: Outside) -> None:
    with transaction() as session:
        channel_id = make_channel(session).id
    with transaction() as session:
        card_id = meet(session, ME.kind, ME.key).customer_id
    with transaction() as session:
        outside.says(session.get_one(Channel, channel_id), "Hello", conversation="a chat")
    read = list[int]()
    reading = threading.Thread(target=lambda: read.append(read_arrivals(seconds=5)))
    with transaction() as session:
        session.get_one(Customer, card_id, with_for_update=True)
        reading.start()
        until(somebody_waits)
        wait_for_chat(session, session.get_one(Channel, channel_id), "a chat")
    reading.join(10)
    assert read == [1]
    with transaction() as session:
        (arrival,) = session.scalars(select(Arrival)).all()
        assert (arrival.state, arrival.attempts) == (ArrivalState.READ, 1)
        assert session.scalar(select(func.count()).select_from(Message)) == 1

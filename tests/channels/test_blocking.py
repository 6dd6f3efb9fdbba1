"""Senders nobody listens to: what they write is kept apart, and nothing of it is lost."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.blocking import blocked_messages
from channels.intake import read_arrivals, replay
from channels.models import Arrival
from core.errors import Forbidden
from inbox.models import Channel, Dialog, Message
from people.actions import block_identity, unblock_identity
from people.models import Agent, CustomerIdentity, Role
from tests.ground.browsing import Browser
from tests.makers import make_agent, make_channel
from tests.peers.fake import Outside

Browse = Callable[[Agent], Browser]


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_agent(session, language="en")


@pytest.fixture
def channel(session: Session, outside: Outside) -> Channel:
    return make_channel(session)


@pytest.fixture
def max_blocked(session: Session, channel: Channel, outside: Outside, ann: Agent) -> CustomerIdentity:
    """Max wrote once and was blocked then; his dialog is closed to no one."""
    say(outside, channel, "Hello")
    identity = session.scalars(select(CustomerIdentity)).one()
    block_identity(session, identity, agent=ann)
    session.commit()
    return identity


def say(outside: Outside, channel: Channel, text: str, **more: str) -> None:
    outside.says(channel, text, **more)
    read_arrivals()


def texts(session: Session) -> list[str]:
    session.expire_all()
    return list(session.scalars(select(Message.text).order_by(Message.id)))


@pytest.mark.requirement("CHN-16")
def test_a_blocked_sender_opens_no_dialog_and_the_message_is_kept_apart(
    session: Session, channel: Channel, outside: Outside, max_blocked: CustomerIdentity
) -> None:
    before = session.scalars(select(Dialog.last_message_at)).all()
    say(outside, channel, "Buy this", conversation="another")
    say(outside, channel, "And this")
    say(outside, channel, "Where is my parcel?", customer="Mia", conversation="mia")
    assert texts(session) == ["Hello", "Where is my parcel?"]
    assert (
        session.scalars(
            select(Dialog.last_message_at).where(Dialog.customer_id == max_blocked.customer_id)
        ).all()
        == before
    )
    assert [each.text for each in session.scalars(blocked_messages())] == ["And this", "Buy this"]
    assert session.scalars(select(Arrival.state).order_by(Arrival.id)).all() == [
        "read",
        "blocked",
        "blocked",
        "read",
    ]


@pytest.mark.requirement("CHN-16")
def test_when_unblocked_later_messages_come_and_those_kept_apart_stay_to_be_restored(
    session: Session, channel: Channel, outside: Outside, max_blocked: CustomerIdentity, ann: Agent
) -> None:
    say(outside, channel, "Kept")
    unblock_identity(session, max_blocked, agent=ann)
    session.commit()
    say(outside, channel, "Later")
    assert texts(session) == ["Hello", "Later"]
    assert [each.text for each in session.scalars(blocked_messages())] == ["Kept"]


@pytest.mark.requirement("CHN-16")
def test_what_was_kept_apart_is_restored_once_while_its_sender_stays_blocked(
    session: Session,
    channel: Channel,
    outside: Outside,
    max_blocked: CustomerIdentity,
    ann: Agent,
    browse: Browse,
) -> None:
    say(outside, channel, "Kept")
    say(outside, channel, "Spam")
    desk = browse(ann)
    messages = desk.api("GET", "/api/blocked")["messages"]
    assert [(each["text"], each["name"], each["still_blocked"]) for each in messages] == [
        ("Spam", "Max", True),
        ("Kept", "Max", True),
    ]
    for _ in range(2):
        desk.open(
            "POST", f"/api/blocked/{messages[1]['id']}/restore", json={}, headers={"X-CSRF-Token": desk.csrf}
        )
        read_arrivals()
    assert texts(session) == ["Hello", "Kept"]
    assert [each["text"] for each in desk.api("GET", "/api/blocked")["messages"]] == ["Spam"]
    say(outside, channel, "Spam again")
    assert texts(session) == ["Hello", "Kept"]


def test_an_arrival_read_once_more_by_hand_lies_apart_once(
    session: Session, channel: Channel, outside: Outside, max_blocked: CustomerIdentity
) -> None:
    say(outside, channel, "Kept")
    replay(session, session.scalars(select(Arrival).where(Arrival.state == "blocked")).one(), agent=None)
    session.commit()
    read_arrivals()
    assert [each.text for each in session.scalars(blocked_messages())] == ["Kept"]
    assert texts(session) == ["Hello"]


def test_a_sender_is_blocked_and_unblocked_on_the_card(
    session: Session, channel: Channel, outside: Outside, ann: Agent, browse: Browse
) -> None:
    say(outside, channel, "Hello")
    identity = session.scalars(select(CustomerIdentity)).one()
    desk = browse(ann)
    assert desk.send(f"/customers/identities/{identity.id}/block").status_code == 303
    say(outside, channel, "<b>Buy</b>")
    page = desk.get("/customers/blocked").text
    assert "&lt;b&gt;Buy" in page
    kept = session.scalars(blocked_messages()).one()
    assert "Unblock" in desk.get(f"/customers/{identity.customer_id}").text
    assert desk.send(f"/customers/blocked/{kept.id}/restore").status_code == 303
    assert desk.send(f"/customers/identities/{identity.id}/unblock").status_code == 303
    page = desk.get("/customers/blocked").text
    assert "Nothing is kept apart." in page
    assert "Nobody is blocked." in page
    answer = desk.api("POST", f"/api/identities/{identity.id}/block", {"blocked": True})
    assert [each["blocked"] for each in answer["identities"]] == [True]


@pytest.mark.requirement("CHN-16")
def test_who_does_not_see_a_channel_sees_nothing_that_was_kept_apart_there(
    session: Session, outside: Outside, ann: Agent, browse: Browse
) -> None:
    ben = make_agent(session, "Ben")
    hidden = make_channel(session, ben)
    say(outside, hidden, "Hello")
    identity = session.scalars(select(CustomerIdentity)).one()
    block_identity(session, identity, agent=ben)
    session.commit()
    say(outside, hidden, "Secret")
    kept = session.scalars(blocked_messages()).one()
    desk = browse(ann)
    assert desk.api("GET", "/api/blocked")["messages"] == []
    assert "Secret" not in desk.get("/customers/blocked").text
    assert desk.refused("POST", f"/api/blocked/{kept.id}/restore", {}, status=404)
    assert desk.refused("POST", f"/api/identities/{identity.id}/block", {"blocked": False}, status=404)
    assert [each["text"] for each in browse(ben).api("GET", "/api/blocked")["messages"]] == ["Secret"]


def test_collaborators_block_nobody(session: Session, max_blocked: CustomerIdentity) -> None:
    with pytest.raises(Forbidden):
        unblock_identity(session, max_blocked, agent=make_agent(session, "Ben", role=Role.COLLABORATOR))

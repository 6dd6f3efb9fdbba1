"""What happens in chats besides messages, whichever messenger it comes from."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.adapter import RawEvent
from channels.delivery import deliver_due
from channels.intake import accept, read_arrivals
from channels.models import Arrival, ArrivalState, Errand
from core.clock import now
from core.db import transaction
from core.events import Event
from inbox.actions import complete
from inbox.border import Author, Card
from inbox.models import Channel, Dialog, Message, MessageRevision, State
from people.models import Customer, CustomerIdentity, Notification
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_channel, make_reply
from tests.peers.fake import Outside

MAX = asdict(Author("email", "max@customer.test", "max@customer.test", "Max"))


@pytest.fixture
def channel(session: Session, outside: Outside) -> Channel:
    return make_channel(session, undo_seconds=0)


def happens(outside: Outside, channel: Channel, kind: str, text: str = "", **more: Any) -> None:
    outside.says(channel, text, kind=kind, **more)
    read_arrivals()


def one(session: Session) -> Message:
    session.expire_all()
    return session.scalars(select(Message)).one()


def kinds(session: Session) -> list[str]:
    chosen = select(Event.kind).where(Event.kind.startswith("message."), Event.kind != "message.received")
    return list(session.scalars(chosen.order_by(Event.id)))


def versions(session: Session) -> list[str]:
    chosen = select(MessageRevision.text).order_by(MessageRevision.said_at)
    return list(session.scalars(chosen))


def at(**ago: float) -> str:
    return (now() + timedelta(**ago)).isoformat()


def test_each_change_is_a_version_and_the_dialog_shows_the_last(
    session: Session, outside: Outside, channel: Channel, clock: FrozenClock
) -> None:
    key = outside.says(channel, "I pay 100")
    read_arrivals()
    for number, text in enumerate(("I pay 50", "I pay 10"), start=1):
        happens(outside, channel, "edit", text, message_key=key, said_at=at(minutes=number))
    message = one(session)
    assert (message.text, versions(session)) == ("I pay 10", ["I pay 100", "I pay 50"])
    assert message.dialog.preview == "I pay 10"
    assert kinds(session) == ["message.edited", "message.edited"]


def test_a_change_that_changes_nothing_is_none(session: Session, outside: Outside, channel: Channel) -> None:
    key = outside.says(channel, "Hello")
    read_arrivals()
    happens(outside, channel, "edit", "Hello", message_key=key, said_at=at(minutes=1))
    assert (versions(session), kinds(session), one(session).edited_at) == ([], [], None)


def test_changes_that_come_in_the_wrong_order_end_with_the_newest(
    session: Session, outside: Outside, channel: Channel, clock: FrozenClock
) -> None:
    key = outside.says(channel, "one")
    read_arrivals()
    happens(outside, channel, "edit", "three", message_key=key, said_at=at(minutes=2))
    happens(outside, channel, "edit", "two", message_key=key, said_at=at(minutes=1))
    assert (one(session).text, versions(session)) == ("three", ["one", "two"])


def test_a_message_that_comes_after_its_change_joins_the_history(
    session: Session, outside: Outside, channel: Channel, clock: FrozenClock
) -> None:
    happens(outside, channel, "edit", "second", message_key="k", said_at=at(minutes=1))
    happens(outside, channel, "message", "first", message_key="k", said_at=at(minutes=0))
    happens(outside, channel, "message", "first", message_key="k", said_at=at(minutes=0))
    assert (one(session).text, versions(session)) == ("second", ["first"])


def test_a_place_that_moves_on_is_no_new_version(
    session: Session, outside: Outside, channel: Channel, clock: FrozenClock
) -> None:
    here, there = (
        asdict(Card("location", facts={"latitude": each, "longitude": 3.0, "live": True})) for each in (1, 2)
    )
    key = outside.says(channel, "", cards=[here])
    read_arrivals()
    happens(outside, channel, "edit", "", message_key=key, cards=[there], said_at=at(minutes=1))
    message = one(session)
    assert message.cards[0]["facts"]["latitude"] == 2
    assert (message.edited_at, versions(session), kinds(session)) == (None, [], ["message.card_changed"])
    assert message.dialog.preview == "📍"


def test_what_was_taken_back_is_marked_once(session: Session, outside: Outside, channel: Channel) -> None:
    key = outside.says(channel, "Oh no")
    read_arrivals()
    for _ in range(2):
        happens(outside, channel, "delete", message_key=key)
    message = one(session)
    assert (message.text, message.deleted_at is not None) == ("Oh no", True)
    assert kinds(session) == ["message.deleted"]


@pytest.mark.parametrize("kind", ["delete", "reaction", "read", "contact_state", "moved", "typing"])
def test_news_about_what_nobody_knows_is_kept_with_a_reason(
    session: Session, outside: Outside, channel: Channel, kind: str
) -> None:
    happens(outside, channel, kind, message_key="nobody", reachable=False, new_conversation_key="x")
    arrival = session.scalars(select(Arrival)).one()
    assert arrival.state == ArrivalState.IGNORED
    assert arrival.reason
    assert session.scalars(select(Dialog)).all() == []


def test_reactions_are_those_of_each_person(session: Session, outside: Outside, channel: Channel) -> None:
    key = outside.says(channel, "Hello")
    read_arrivals()
    for who, reactions in (("Max", ["👍"]), ("Mia", ["❤", "🔥"]), ("Max", [])):
        happens(
            outside, channel, "reaction", message_key=key, reactions=reactions, customer=who, conversation="c"
        )
    found = [(each["name"], each["reactions"]) for each in one(session).reactions]
    assert found == [("Mia", ["❤", "🔥"])]


def test_reading_says_so_for_all_that_was_sent_until_then(
    session: Session, outside: Outside, channel: Channel, clock: FrozenClock
) -> None:
    outside.says(channel, "Hello")
    read_arrivals()
    dialog = one(session).dialog
    sent = [make_reply(session, dialog, text) for text in ("one", "two")]
    deliver_due()
    session.expire_all()
    happens(outside, channel, "read", message_key=session.get_one(Message, sent[0].id).key)
    session.expire_all()
    assert [each.delivery for each in sent] == ["read", "sent"]
    clock.forward(minutes=1)
    happens(outside, channel, "read", message_key=None, said_at=at(minutes=0))
    session.expire_all()
    assert [each.delivery for each in sent] == ["read", "read"]


def test_what_the_outside_says_of_ours_is_known_by_its_name(
    session: Session, outside: Outside, channel: Channel
) -> None:
    outside.says(channel, "Hello")
    read_arrivals()
    sent = make_reply(session, one(session).dialog, "one")
    deliver_due()
    session.expire_all()
    for state in ("delivered", "failed"):
        news = [{"address": "", "state": state, "code": "late", "detail": "too late"}]
        happens(outside, channel, "delivery", message_key=None, news_about=[sent.key], news=news)
        session.expire_all()
        assert sent.delivery == state
    assert sent.dialog.failed_count == 1


def test_who_closes_the_chat_is_marked_until_they_write(
    session: Session, outside: Outside, channel: Channel
) -> None:
    outside.says(channel, "Hello")
    read_arrivals()
    happens(outside, channel, "contact_state", reachable=False, message_key=None)
    session.expire_all()
    dialog = session.scalars(select(Dialog)).one()
    assert dialog.unreachable_since is not None
    assert session.scalars(select(CustomerIdentity.reachable)).all() == [False]
    outside.says(channel, "Again")
    read_arrivals()
    session.expire_all()
    assert dialog.unreachable_since is None
    assert session.scalars(select(CustomerIdentity.reachable)).all() == [True]


def test_a_chat_that_moved_goes_on_as_the_same_dialog(
    session: Session, outside: Outside, channel: Channel
) -> None:
    outside.says(channel, "Hello", conversation="old", is_group=True, conversation_name="Family")
    read_arrivals()
    happens(outside, channel, "moved", conversation="old", new_conversation_key="new", message_key=None)
    outside.says(channel, "Here", conversation="new", is_group=True, conversation_name="Our family")
    read_arrivals()
    session.expire_all()
    dialog = session.scalars(select(Dialog)).one()
    assert (dialog.thread_key, dialog.subject) == ("new", "Our family")


def test_what_came_under_the_new_name_first_is_found_again(
    session: Session, outside: Outside, channel: Channel
) -> None:
    for chat in ("old", "new"):
        outside.says(channel, f"from {chat}", conversation=chat)
    read_arrivals()
    happens(outside, channel, "moved", conversation="old", new_conversation_key="new", message_key=None)
    outside.says(channel, "later", conversation="new")
    read_arrivals()
    session.expire_all()
    living = session.scalars(select(Dialog).where(Dialog.merged_into.is_(None))).one()
    assert living.thread_key == "new"
    later = session.scalars(select(Message).where(Message.text == "later")).one()
    assert later.dialog_id == living.id


@pytest.mark.requirement("CHN-11")
def test_people_of_a_group_share_a_dialog_and_keep_their_cards(
    session: Session, outside: Outside, channel: Channel
) -> None:
    for who in ("Max", "Mia", "Max"):
        outside.says(channel, f"I am {who}", customer=who, conversation="family", is_group=True)
    read_arrivals()
    messages = session.scalars(select(Message).order_by(Message.id)).all()
    assert [each.identity.customer.name for each in messages if each.identity] == ["Max", "Mia", "Max"]
    assert len({each.dialog_id for each in messages}) == 1
    assert session.scalars(select(Customer.name).order_by(Customer.id)).all() == ["Max", "Mia"]


def album(outside: Outside, channel: Channel, number: int, **more: Any) -> None:
    payload = {
        "message_key": f"a{number}",
        "conversation_key": "talk",
        "author": MAX,
        "text": "Look" if number == 0 else "",
        "said_at": at(minutes=0),
        "group_key": "album",
        "remote_files": [{"ref": {"id": number}, "kind": "image"}],
        **more,
    }
    with transaction() as session:
        accept(session, channel, [RawEvent(f"e{number}", "talk", payload, group_key="album")])


@pytest.mark.requirement("CHN-15")
def test_an_album_waits_until_nothing_more_comes_and_is_told_of_once(
    session: Session, outside: Outside, channel: Channel, clock: FrozenClock
) -> None:
    ben = make_agent(session, "Ben")
    outside.says(channel, "Hello", conversation="talk")
    read_arrivals()
    one(session).dialog.assignee_id = ben.id
    session.commit()
    for number in range(4):
        album(outside, channel, number)
        clock.forward(seconds=1)
        read_arrivals()
    assert len(session.scalars(select(Message)).all()) == 1
    clock.forward(seconds=1)
    read_arrivals()
    message = session.scalars(select(Message).order_by(Message.id.desc()).limit(1)).one()
    assert message.text == "Look"
    told = session.scalars(select(Notification.id).where(Notification.agent_id == ben.id)).all()
    assert len(told) == 1
    album(outside, channel, 5)
    clock.forward(seconds=2)
    read_arrivals()
    assert len(session.scalars(select(Message)).all()) == 2
    assert kinds(session)[-1] == "message.joined"


def test_a_part_of_an_album_is_found_by_its_own_name(
    session: Session, outside: Outside, channel: Channel, clock: FrozenClock
) -> None:
    for number in range(2):
        album(outside, channel, number)
    clock.forward(seconds=2)
    read_arrivals()
    happens(outside, channel, "message", "The second one!", reply_to="a1", conversation="talk")
    messages = session.scalars(select(Message).order_by(Message.id)).all()
    assert messages[1].reply_to_id == messages[0].id


def test_a_name_that_is_missing_is_asked_for(session: Session, outside: Outside, channel: Channel) -> None:
    author = asdict(Author("email", "7", "7"))
    outside.says(channel, "Hello", author=author)
    read_arrivals()
    errand = session.scalars(select(Errand)).one()
    assert (errand.kind, errand.payload) == ("profile", {"kind": "email", "key": "7"})


def test_a_message_wakes_a_completed_chat(session: Session, outside: Outside, channel: Channel) -> None:
    outside.says(channel, "Hello")
    read_arrivals()
    dialog = one(session).dialog
    complete(session, dialog, agent=make_agent(session))
    session.commit()
    happens(outside, channel, "edit", "Hello!", message_key=one(session).key, said_at=at(minutes=1))
    session.expire_all()
    assert dialog.state == State.COMPLETED
    outside.says(channel, "One more thing")
    read_arrivals()
    session.expire_all()
    assert dialog.state == State.OPEN

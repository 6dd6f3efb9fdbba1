"""A message of several calls, of which some were made when another cannot be."""

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.access import shelf
from channels.adapter import Adapter, BadContent, ChannelAccess, Moved, Part, Sent, Temporary
from channels.delivery import deliver_due
from channels.registry import register
from core.events import Event
from inbox.border import Outgoing
from inbox.models import Channel, Delivery, Message
from tests.ground.moment import FrozenClock
from tests.makers import make_channel, make_dialog, make_reply
from tests.peers.fake import KIND, FakeAdapter, Outside


class WordByWord(FakeAdapter):
    """Sends each word by a call of its own, in capitals where that is plainer."""

    def plan(self, outgoing: Outgoing, *, fallback: bool = False) -> Sequence[Part]:
        words = outgoing.text.upper().split() if fallback else outgoing.text.split()
        return [
            Part(f"{outgoing.key}:{fallback}:{number}", {"text": word, "to": outgoing.conversation_key})
            for number, word in enumerate(words)
        ]


@pytest.fixture
def channel(session: Session, outside: Outside) -> Iterator[Channel]:
    def make(access: ChannelAccess) -> Adapter:
        return WordByWord(outside, access)

    register(KIND, make)
    yield make_channel(session, undo_seconds=0)
    shelf.close()


def took(part: Part) -> Sent:
    """The outside takes it."""
    return Sent((f"outside-{part.key}",))


def answer(session: Session, channel: Channel) -> Message:
    return make_reply(session, make_dialog(session, channel, conversation="old"), "one two three")


def look(session: Session, message: Message) -> Message:
    session.expire_all()
    return session.get_one(Message, message.id)


def test_all_pieces_leave_in_order(session: Session, channel: Channel, outside: Outside) -> None:
    message = answer(session, channel)
    deliver_due()
    assert outside.texts == ["one", "two", "three"]
    assert look(session, message).delivery == Delivery.SENT


def test_a_piece_that_cannot_be_sent_repeats_none_that_was(
    session: Session, channel: Channel, outside: Outside
) -> None:
    message = answer(session, channel)
    outside.next(took, BadContent("no", code="refused"))
    deliver_due()
    assert outside.texts == ["one"]
    failed = look(session, message)
    assert (failed.delivery, failed.error_code) == (Delivery.FAILED, "refused")


def test_a_first_piece_that_cannot_be_sent_leaves_in_a_plainer_form(
    session: Session, channel: Channel, outside: Outside
) -> None:
    message = answer(session, channel)
    outside.next(BadContent("no", code="refused"))
    deliver_due()
    assert outside.texts == ["ONE", "TWO", "THREE"]
    assert look(session, message).delivery == Delivery.SENT


def test_pieces_that_wait_follow_a_conversation_that_moved(
    session: Session, channel: Channel, outside: Outside
) -> None:
    message = answer(session, channel)
    outside.next(took, Moved("elsewhere", code="moved", new_key="new"))
    deliver_due()
    assert [(part.payload["text"], part.payload["to"]) for part in outside.sent] == [
        ("one", "old"),
        ("two", "new"),
        ("three", "new"),
    ]
    assert look(session, message).delivery == Delivery.SENT


def test_a_conversation_that_moved_takes_in_what_came_under_its_new_name(
    session: Session, channel: Channel, outside: Outside
) -> None:
    message, early = answer(session, channel), make_dialog(session, channel, conversation="new")
    outside.next(Moved("elsewhere", code="moved", new_key="new"))
    deliver_due()
    assert [part.payload["to"] for part in outside.sent] == ["new"] * 3
    assert look(session, message).delivery == Delivery.SENT
    session.refresh(early)
    assert (early.merged_into, message.dialog.thread_key) == (message.dialog_id, "new")
    moved = session.scalars(select(Event).where(Event.kind == "dialog.moved")).one()
    assert (moved.topic, moved.details) == (message.dialog.topic, {"was": "old", "to": "new"})


def test_a_piece_that_may_come_later_goes_on_where_it_stopped(
    session: Session, channel: Channel, outside: Outside, clock: FrozenClock
) -> None:
    message = answer(session, channel)
    outside.next(took, Temporary("busy", code="busy"))
    deliver_due()
    clock.forward(minutes=10)
    deliver_due()
    assert outside.texts == ["one", "two", "three"]
    assert look(session, message).delivery == Delivery.SENT

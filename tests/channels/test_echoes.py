"""Our own messages that come back to us, before their answer, after it, or instead of it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.adapter import Ambiguous, Part, Sent
from channels.delivery import deliver_due
from channels.intake import read_arrivals
from channels.models import MessagePart
from inbox.border import Author, Outgoing
from inbox.models import Channel, Delivery, Message
from tests.makers import make_channel, make_reply
from tests.peers.fake import FakeAdapter, Outside

SHOP = asdict(Author("fake", "shop", name="Shop", role="agent"))


@pytest.fixture
def channel(session: Session, outside: Outside, monkeypatch: pytest.MonkeyPatch) -> Channel:
    def plan(_: FakeAdapter, outgoing: Outgoing, *, fallback: bool = False) -> Sequence[Part]:
        return [Part(outgoing.key, {"text": outgoing.text, "client_key": f"ours-{outgoing.text}"})]

    monkeypatch.setattr(FakeAdapter, "plan", plan)
    return make_channel(session, undo_seconds=0)


@pytest.fixture
def answer(session: Session, channel: Channel, outside: Outside) -> Message:
    outside.says(channel, "Hello")
    read_arrivals()
    dialog = session.scalars(select(Message)).one().dialog
    return make_reply(session, dialog, "Good day")


def echo(outside: Outside, channel: Channel, key: str, **more: Any) -> None:
    outside.says(channel, "Good day", direction="out", author=SHOP, message_key=key, **more)
    read_arrivals()


def out(session: Session) -> list[Message]:
    session.expire_all()
    chosen = select(Message).where(Message.direction == "out", Message.delivery != Delivery.UNDONE)
    return list(session.scalars(chosen.order_by(Message.id)))


def test_an_echo_after_the_answer_is_nothing_new(
    session: Session, channel: Channel, outside: Outside, answer: Message
) -> None:
    outside.next(Sent(("k1",)))
    deliver_due()
    echo(outside, channel, "k1")
    assert [(each.id, each.key) for each in out(session)] == [(answer.id, "k1")]


def test_an_echo_before_the_answer_is_known_by_our_own_key(
    session: Session, channel: Channel, outside: Outside, answer: Message
) -> None:
    def echoing(part: Part) -> Sent:
        echo(outside, channel, "k1", client_key="ours-Good day")
        return Sent(("k1",))

    outside.next(echoing)
    deliver_due()
    assert [(each.id, each.key, each.delivery) for each in out(session)] == [(answer.id, "k1", "sent")]


def test_an_echo_without_our_key_that_was_first_becomes_the_message_it_is(
    session: Session, channel: Channel, outside: Outside, answer: Message
) -> None:
    def echoing(part: Part) -> Sent:
        echo(outside, channel, "k1")
        return Sent(("k1",))

    outside.next(echoing)
    deliver_due()
    assert [(each.id, each.key, each.delivery) for each in out(session)] == [(answer.id, "k1", "sent")]


def test_an_echo_settles_what_was_uncertain(
    session: Session, channel: Channel, outside: Outside, answer: Message
) -> None:
    outside.next(Ambiguous("cut", code="cut"))
    deliver_due()
    assert out(session)[0].delivery == Delivery.UNCERTAIN
    echo(outside, channel, "k1", client_key="ours-Good day")
    assert [(each.id, each.key, each.delivery) for each in out(session)] == [(answer.id, "k1", "sent")]
    assert session.scalars(select(MessagePart.state)).all() == ["sent"]


def test_an_echo_that_came_before_the_line_was_cut_leaves_no_doubt(
    session: Session, channel: Channel, outside: Outside, answer: Message
) -> None:
    def cut(part: Part) -> Sent:
        echo(outside, channel, "k1", client_key="ours-Good day")
        raise Ambiguous("cut", code="cut")

    outside.next(cut)
    deliver_due()
    assert [(each.id, each.key, each.delivery) for each in out(session)] == [(answer.id, "k1", "sent")]


def test_what_a_colleague_writes_past_us_is_shown_with_its_author(
    session: Session, channel: Channel, outside: Outside, answer: Message
) -> None:
    deliver_due()
    outside.says(channel, "And me too", direction="out", author={**SHOP, "name": "Olga"})
    read_arrivals()
    assert [(each.text, each.via) for each in out(session)] == [("Good day", None), ("And me too", "Olga")]

"""At most so many calls in so many seconds, wherever one looks; also while Valkey is away."""

import time
from dataclasses import replace

import pytest
from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from channels import rates
from channels.adapter import Capabilities, Idempotency, Rate, RetryAfter
from channels.delivery import claim_next, deliver_due
from channels.models import MessagePart
from channels.rates import Window, freeze, note_refusal, take_turn, windows_for
from channels.turns import Resting
from inbox.models import Delivery
from tests.ground.moment import FrozenClock
from tests.ground.valkey import Valkey
from tests.makers import make_channel, make_dialog, make_reply
from tests.peers.fake import Outside


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rates._away, "until", 0.0)


def frozen_for(session: Session, channel_id: int) -> float:
    return session.scalars(select(rates.frozen_for(literal(channel_id)))).one()


def window(calls: int, seconds: float, *, cost: int = 1, key: str = "rate:1:chat:7") -> Window:
    return Window(key, calls, seconds, cost)


def test_valkey_lets_through_what_fits_and_says_how_long_the_rest_waits(
    session: Session, valkey: Valkey
) -> None:
    told = [take_turn(session, [window(3, 5)]) for _ in range(5)]
    assert told[:3] == [[0], [0], [0]]
    assert all(4 < each <= 5 for [each] in told[3:])
    assert take_turn(session, [window(3, 5, key="rate:1:chat:8")]) == [0]


def test_a_call_that_does_not_fit_one_window_counts_in_none(session: Session, valkey: Valkey) -> None:
    chat, whole = window(1, 5, key="chat"), window(2, 5, key="whole")
    assert take_turn(session, [chat, whole]) == [0, 0]
    waits = take_turn(session, [chat, whole])
    assert waits[0] > 4
    assert waits[1] == 0
    assert take_turn(session, [window(2, 5, key="whole")]) == [0]
    assert any(take_turn(session, [window(2, 5, key="whole")]))


def test_an_album_counts_for_each_of_its_pictures(session: Session, valkey: Valkey) -> None:
    assert take_turn(session, [window(5, 5, cost=4)]) == [0]
    assert any(take_turn(session, [window(5, 5, cost=2)]))
    assert take_turn(session, [window(5, 5, cost=1)]) == [0]


def test_a_window_opens_again_as_time_goes_by(session: Session, valkey: Valkey) -> None:
    assert take_turn(session, [window(1, 0.1)]) == [0]
    [wait] = take_turn(session, [window(1, 0.1)])
    assert 0 < wait <= 0.1
    until = time.monotonic() + 2
    while any(take_turn(session, [window(1, 0.1)])) and time.monotonic() < until:
        pass
    assert time.monotonic() < until


def test_without_valkey_the_database_counts_and_is_slower(session: Session, valkey: Valkey) -> None:
    valkey.stop()
    told = [take_turn(session, [window(2, 5)]) for _ in range(3)]
    valkey.start()
    assert told[:2] == [[0], [0]]
    assert 9 < told[2][0] <= 10


def test_a_rate_for_groups_takes_the_place_of_that_for_chats() -> None:
    allowed = (Rate("chat", 1, 1.0), Rate("group", 20, 60.0), Rate("channel", 30, 1.0))
    private = windows_for(allowed, channel_id=1, chat="7", is_group=False, cost=1)
    group = windows_for(allowed, channel_id=1, chat="-7", is_group=True, cost=1)
    assert [(each.calls, each.cost) for each in private] == [(1, 1), (30, 1)]
    assert [each.calls for each in group] == [20, 30]
    assert windows_for(allowed, channel_id=1, chat="7", is_group=False, cost=9)[0].cost == 1


def test_three_chats_that_are_refused_at_once_hold_the_whole_channel(session: Session) -> None:
    assert [note_refusal(session, 4, chat, 20) for chat in ("a", "a", "b")] == [False, False, False]
    assert frozen_for(session, 4) == 0
    assert note_refusal(session, 4, "c", 20)
    assert 19 < frozen_for(session, 4) <= 20
    assert frozen_for(session, 44) == 0


@pytest.fixture
def quick(outside: Outside) -> Outside:
    outside.capabilities = Capabilities(
        max_text=None,
        html="none",
        max_attachments=10,
        attachment_bytes=10_000_000,
        idempotency=Idempotency.NONE,
        rates=(Rate("chat", 1, 0.2), Rate("channel", 20, 1.0)),
    )
    return outside


def test_who_waits_for_the_turn_holds_up_no_other_chat(
    session: Session, quick: Outside, valkey: Valkey
) -> None:
    channel = make_channel(session, undo_seconds=0)
    max_, mia = make_dialog(session, channel), make_dialog(session, channel, customer="Mia")
    for dialog, text in ((max_, "one"), (max_, "two"), (mia, "three")):
        make_reply(session, dialog, text)
    deliver_due()
    assert quick.texts == ["one", "three", "two"]


def test_a_channel_that_is_full_is_left_alone_whoever_else_it_would_write_to(
    session: Session, quick: Outside, valkey: Valkey
) -> None:
    quick.capabilities = replace(quick.capabilities, rates=(Rate("chat", 1, 0.2), Rate("channel", 1, 30)))
    full, other = make_channel(session, undo_seconds=0), make_channel(session, undo_seconds=0)
    for channel in (full, full, full, full, other):
        make_reply(session, make_dialog(session, channel), "Yes.")
    resting = Resting()
    claims = [claim_next(resting) for _ in range(3)]
    assert [each.access.channel_id for each in claims if each] == [full.id, other.id]
    assert list(resting.channels) == [full.id]
    looked_at = session.scalars(select(MessagePart.message_id).distinct()).all()
    assert len(looked_at) == 3


def test_a_channel_that_is_told_to_wait_sends_nothing_to_anybody(
    session: Session, quick: Outside, clock: FrozenClock
) -> None:
    channel = make_channel(session, undo_seconds=0)
    first = make_reply(session, make_dialog(session, channel), "one")
    second = make_reply(session, make_dialog(session, channel, customer="Mia"), "two")
    quick.next(RetryAfter("slowly", retry_after=30, whole_channel=True))
    deliver_due(seconds=1)
    session.expire_all()
    assert [each.delivery for each in (first, second)] == [Delivery.QUEUED, Delivery.QUEUED]
    assert len(quick.tried) == 1
    assert 29 < frozen_for(session, channel.id) <= 31
    assert channel.health == "ok"


def test_frozen_time_runs_out(session: Session) -> None:
    freeze(session, 4, 0.01)
    until = time.monotonic() + 2
    while frozen_for(session, 4) and time.monotonic() < until:
        pass
    assert frozen_for(session, 4) == 0

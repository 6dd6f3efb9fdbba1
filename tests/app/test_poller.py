"""One channel asked again and again: two readers, lost history, and how long it waits after trouble."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import select

from app import poller as poller_module
from app.poller import Poller
from channels.adapter import AuthBroken, Batch, Conflict, RawEvent, Temporary
from channels.models import Arrival, Errand
from core.db import transaction
from inbox.models import Channel
from tests.makers import make_channel
from tests.peers.fake import FakeAdapter, Outside

HOLDER = "us"


class Watched(Poller):
    """A poller that pauses by writing down how long it would."""

    def __init__(self, channel_id: int) -> None:
        super().__init__(channel_id, HOLDER, "")
        self.pauses: list[float] = []
        self._hurry.wait = self._pause  # type: ignore[method-assign, assignment]

    def _pause(self, seconds: float | None = None) -> bool:
        self.pauses.append(seconds or 0.0)
        return False


@pytest.fixture
def channel_id(live_database: str, outside: Outside) -> int:
    with transaction() as session:
        return make_channel(session, lease_holder=HOLDER).id


@pytest.fixture
def polls(outside: Outside, channel_id: int, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Watched]:
    """Let a poller have these answers, one after the other, and stop."""

    def run(*answers: Batch | Exception) -> Watched:
        poller = Watched(channel_id)
        waiting = list(answers)

        def poll(_: FakeAdapter, cursor: Mapping[str, Any], wait: float) -> Batch:
            answer = waiting.pop(0)
            if not waiting:
                poller._stopping.is_set = lambda: True  # type: ignore[method-assign]
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(FakeAdapter, "poll", poll)
        poller.run()
        return poller

    return run


@pytest.fixture
def minutes(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The poller's own clock."""
    now = [0.0]
    monkeypatch.setattr(poller_module, "monotonic", lambda: now[0] * 60)
    return now


def health(channel_id: int) -> tuple[str, str, int]:
    with transaction() as session:
        channel = session.get_one(Channel, channel_id)
        return channel.health, channel.health_code, channel.errors_in_row


def test_two_readers_for_a_moment_are_a_restart_and_for_a_minute_they_are_shown(
    channel_id: int,
    polls: Callable[..., Watched],
    minutes: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clashes = [Conflict("terminated by other getUpdates request", code="conflict") for _ in range(8)]
    polls(*clashes[:4])
    assert health(channel_id) == ("ok", "", 0)
    pause = Watched._pause

    def long_pause(self: Watched, seconds: float | None = None) -> bool:
        minutes[0] += 0.5
        return pause(self, seconds)

    monkeypatch.setattr(Watched, "_pause", long_pause)
    polls(*clashes)
    assert health(channel_id)[:2] == ("degraded", "receive.conflict")


def test_pauses_grow_from_a_second_to_half_a_minute(channel_id: int, polls: Callable[..., Watched]) -> None:
    poller = polls(*[Temporary("busy", code="busy")] * 9)
    assert 0.8 <= poller.pauses[0] <= 1.2
    assert all(each <= 30 * 1.2 for each in poller.pauses)
    assert poller.pauses[-1] >= 30 * 0.8


def test_a_refused_key_ends_the_asking_for_minutes(channel_id: int, polls: Callable[..., Watched]) -> None:
    poller = polls(AuthBroken("no", code="bad_token"), AuthBroken("no", code="bad_token"))
    assert poller.pauses[0] >= 300 * 0.8
    assert health(channel_id)[:2] == ("broken", "receive.bad_token")


def test_lost_history_is_asked_for_in_the_same_breath_as_the_new_place(
    channel_id: int, polls: Callable[..., Watched]
) -> None:
    polls(Batch([RawEvent("e1", "a", {})], {"ts": 9}, gap=True), Batch((), {"ts": 9}))
    with transaction() as session:
        assert session.scalars(select(Arrival.event_key)).all() == ["e1"]
        assert session.get_one(Channel, channel_id).cursor == {"ts": 9}
        errand = session.scalars(select(Errand)).one()
        assert (errand.kind, list(errand.payload)) == ("backfill", ["since"])

"""What was read is put away outside: only if the channel says so, afterwards, and again until it works."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.adapter import ChannelAccess, ChannelError, StoredEvent, Temporary
from channels.intake import read_arrivals
from channels.models import Tidying
from channels.registry import register
from channels.tidying import PAUSES, STAYS, due_tidyings, tidy_due
from core import failpoints
from inbox.border import Incoming
from inbox.models import Channel, Message
from tests.ground.moment import FrozenClock
from tests.makers import make_channel
from tests.peers.fake import FakeAdapter, Outside

pytestmark = pytest.mark.requirement("I35")


class Drawer:
    """The place outside where letters are put away, as a test sees it."""

    def __init__(self) -> None:
        self.tidied: list[Any] = []
        self.faults: list[ChannelError] = []
        self.is_wanted = True
        self.dies = False


@pytest.fixture
def drawer(outside: Outside) -> Iterator[Drawer]:
    found = Drawer()

    class TidyAdapter(FakeAdapter):
        @property
        def tidies(self) -> bool:
            return found.is_wanted

        def tidy(self, letters: Sequence[Mapping[str, Any]]) -> None:
            if found.faults:
                raise found.faults.pop(0)
            found.tidied += [letter["text"] for letter in letters]
            if found.dies:
                found.dies = False
                raise KeyboardInterrupt

        def normalize(self, event: StoredEvent) -> Sequence[Incoming]:
            told = {name: value for name, value in event.payload.items() if name not in STAYS}
            return super().normalize(replace(event, payload=told))

    def make(access: ChannelAccess) -> TidyAdapter:
        return TidyAdapter(outside, access)

    register("fake", make)
    yield found
    failpoints.arm(None)


@pytest.fixture
def channel(session: Session, drawer: Drawer, clock: FrozenClock) -> Channel:
    return make_channel(session)


def waiting(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Tidying)) or 0


def test_what_was_read_is_put_away_soon_after_together_and_once(
    session: Session, channel: Channel, outside: Outside, drawer: Drawer, clock: FrozenClock
) -> None:
    outside.says(channel, "one")
    outside.says(channel, "two")
    read_arrivals()
    assert not due_tidyings(session)
    clock.forward(seconds=10)
    assert due_tidyings(session)
    assert (tidy_due(), tidy_due()) == (2, 0)
    assert (drawer.tidied, waiting(session)) == (["one", "two"], 0)


def test_by_default_nothing_is_touched(
    session: Session, channel: Channel, outside: Outside, drawer: Drawer
) -> None:
    drawer.is_wanted = False
    outside.says(channel, "one")
    read_arrivals()
    assert waiting(session) == 0


def test_nothing_is_put_away_before_it_is_read(
    session: Session, channel: Channel, outside: Outside, drawer: Drawer, clock: FrozenClock
) -> None:
    outside.says(channel, "one")
    failpoints.arm("read.before_commit:raise")
    read_arrivals()
    assert waiting(session) == 0
    failpoints.arm(None)
    clock.forward(minutes=1)
    read_arrivals()
    assert waiting(session) == 1


@pytest.mark.parametrize("kept", ["imported", "truncated"])
def test_what_was_there_before_or_is_whole_only_there_stays(
    session: Session, channel: Channel, outside: Outside, kept: str
) -> None:
    payload: dict[str, Any] = {kept: True}
    outside.says(channel, "old", **payload)
    read_arrivals()
    assert session.scalar(select(func.count()).select_from(Message)) == 1
    assert waiting(session) == 0


def test_our_own_answers_from_elsewhere_stay(session: Session, channel: Channel, outside: Outside) -> None:
    outside.says(channel, "It left today.", direction="out")
    read_arrivals()
    assert waiting(session) == 0


def test_what_cannot_be_read_stays(
    session: Session, channel: Channel, outside: Outside, clock: FrozenClock
) -> None:
    outside.says(channel, "x", unreadable=True)
    for _ in range(5):
        read_arrivals()
        clock.forward(hours=1)
    assert waiting(session) == 0


def test_trouble_is_tried_again_a_few_times_and_takes_nothing_in_twice(
    session: Session, channel: Channel, outside: Outside, drawer: Drawer, clock: FrozenClock
) -> None:
    outside.says(channel, "one")
    read_arrivals()
    drawer.faults = [Temporary("away")]
    clock.forward(seconds=10)
    assert tidy_due() == 0
    clock.forward(minutes=1)
    assert tidy_due() == 1
    assert (drawer.tidied, waiting(session)) == (["one"], 0)
    assert session.scalar(select(func.count()).select_from(Message)) == 1


def test_what_never_works_is_given_up(
    session: Session, channel: Channel, outside: Outside, drawer: Drawer, clock: FrozenClock
) -> None:
    outside.says(channel, "one")
    read_arrivals()
    drawer.faults = [Temporary("away")] * 10
    for _ in range(len(PAUSES) + 1):
        assert waiting(session) == 1
        clock.forward(days=2)
        tidy_due()
    assert waiting(session) == 0


def test_who_dies_after_putting_away_leaves_the_row_to_the_next(
    session: Session, channel: Channel, outside: Outside, drawer: Drawer, clock: FrozenClock
) -> None:
    outside.says(channel, "one")
    read_arrivals()
    clock.forward(seconds=10)
    drawer.dies = True
    with pytest.raises(KeyboardInterrupt):
        tidy_due()
    assert waiting(session) == 1
    clock.forward(minutes=1)
    assert tidy_due() == 1
    assert drawer.tidied == ["one", "one"]


def test_a_channel_that_is_off_is_left_alone(
    session: Session, channel: Channel, outside: Outside, clock: FrozenClock
) -> None:
    outside.says(channel, "one")
    read_arrivals()
    channel.enabled = False
    session.commit()
    clock.forward(hours=1)
    assert (due_tidyings(session), tidy_due()) == (False, 0)

"""The clock that the whole product reads."""

from datetime import UTC, datetime
from threading import Thread

import pytest

from core.clock import now, visiting
from tests.ground.moment import FrozenClock

THEN = datetime(2024, 2, 29, 12, 0, tzinfo=UTC)


def test_a_visited_moment_ends_with_its_block(clock: FrozenClock) -> None:
    before = now()
    with visiting(THEN):
        assert now() == THEN
    assert now() == before


def test_a_visit_within_a_visit_comes_back_to_the_outer_one() -> None:
    with visiting(THEN):
        with visiting(THEN.replace(year=2020)):
            assert now().year == 2020
        assert now() == THEN


def test_an_error_ends_a_visit_too(clock: FrozenClock) -> None:
    with pytest.raises(LookupError), visiting(THEN):
        raise LookupError
    assert now() != THEN


def test_nobody_else_is_taken_along_to_a_visited_moment(clock: FrozenClock) -> None:
    seen: list[datetime] = []
    with visiting(THEN):
        other = Thread(target=lambda: seen.append(now()))
        other.start()
        other.join()
    assert seen == [now()]


def test_a_visited_moment_needs_its_zone() -> None:
    with pytest.raises(ValueError), visiting(THEN.replace(tzinfo=None)):
        pass

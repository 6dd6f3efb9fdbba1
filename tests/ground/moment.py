"""A clock that stands still until a test moves it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from core.clock import freeze, now

START = datetime(2027, 3, 10, 9, 0, tzinfo=UTC)


class FrozenClock:
    """The time as the product sees it in this process: a Wednesday, nine in the morning in UTC."""

    def __init__(self) -> None:
        self.at(START)

    @property
    def now(self) -> datetime:
        """The moment the clock shows."""
        return now()

    def at(self, moment: datetime) -> None:
        """Set the clock."""
        freeze(moment)

    def forward(self, **step: float) -> datetime:
        """Let time pass: `forward(minutes=5)`."""
        freeze(now() + timedelta(**step))
        return now()


@pytest.fixture
def clock() -> Iterator[FrozenClock]:
    """The product's clock, standing still."""
    yield FrozenClock()
    freeze(None)

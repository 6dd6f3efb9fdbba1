"""Everything that happens by itself, run in this process until nothing is left to do."""

from collections.abc import Callable

import pytest

from app.clock import take_back_leases, wake_snoozed
from app.jobs import JOBS, run_job
from app.relay import Numbered, number_in
from core.db import transaction
from tests.peers.fake import Outside

Settle = Callable[[], list[Numbered]]
_ENOUGH = 50


def settle_now() -> list[Numbered]:
    """Do what relay, clock and workers would do by now; the events that were numbered meanwhile."""
    numbered: list[Numbered] = []
    for _ in range(_ENOUGH):
        wake_snoozed()
        take_back_leases()
        done = sum(run_job(key) for key in JOBS)
        with transaction() as session:
            fresh = number_in(session)
        numbered += fresh
        if not done and not fresh:
            return numbered
    raise AssertionError("something keeps happening by itself")


@pytest.fixture
def settle(outside: Outside) -> Settle:
    """A story reads: write, settle, look."""
    return settle_now

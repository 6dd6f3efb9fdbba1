"""Whoever fetches, reads and sends is killed at every step, and nothing is lost or done twice."""

from pathlib import Path

import pytest

from core.config import get_settings
from tests.chaos.places import kill_at_places, places
from tests.peers.dovecot import Dovecot
from tests.peers.smtp_faults import SmtpSink


@pytest.mark.peer
@pytest.mark.requirement("I31")
@pytest.mark.requirement("O9")
def test_killed_at_every_step_each_letter_is_one_dialog_and_each_answer_leaves_once(
    live_database: str,
    data_folder: Path,
    dovecot: Dovecot,
    smtp_sink: SmtpSink,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OUTSIDE_ALLOW", "127.0.0.0/8")
    get_settings.cache_clear()
    toll = kill_at_places(len(places()), 1, dovecot.mailbox(), smtp_sink)
    assert toll.is_good, toll
    assert set(toll.kills) == set(places()), "some places were never passed"


def test_every_step_from_the_mailbox_to_the_customer_has_its_place() -> None:
    steps = {name.partition(".")[0] for name in places()}
    assert steps == {"fetch", "read", "send", "smtp"}
    assert {"fetch.before_commit", "read.committed", "send.claimed", "send.accepted"} <= set(places())

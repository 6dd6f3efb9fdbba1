"""A short chaos: everything is killed once under load, and nothing is lost or doubled.

`bin/chaos --seconds 60` is the long one.
"""

import pytest

from tests.chaos.killer import TARGETS
from tests.chaos.run import run
from tests.peers import dovecot
from tests.peers.server import need

pytestmark = [pytest.mark.peer, pytest.mark.timeout(600)]


@pytest.fixture(autouse=True)
def database() -> None:
    """The product has a database of its own."""


def test_nothing_is_lost_and_nothing_is_doubled() -> None:
    need(dovecot.PROGRAM, "dovecot-imapd dovecot-lmtpd")
    found = run(12, seed=20417)
    assert found.is_good, found.figures
    assert found.figures["letters_in_store"] > 50
    assert found.figures["answers_accepted"] > 10
    assert set(found.figures["kills"]) == set(TARGETS)
    assert min(found.figures["kills"].values()) >= 1
    assert found.figures["uncertain"] <= found.figures["uncertain_at_most"]

"""Places where a test ends or breaks the process."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from core.failpoints import FailpointReached, arm, failpoint

PROGRAM = """
from core.failpoints import failpoint
for name in ("elsewhere", "here", "here"):
    failpoint(name)
print("alive")
"""


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    arm(None)


def run(order: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"FAILPOINT": order, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_place_nobody_named_does_nothing() -> None:
    failpoint("here")
    arm("elsewhere:raise")
    failpoint("here")


def test_a_named_place_raises_at_the_passing_that_was_asked_for_and_once() -> None:
    arm("here:raise:2")
    failpoint("here")
    with pytest.raises(FailpointReached):
        failpoint("here")
    failpoint("here")


@pytest.mark.parametrize("order", ["here:kill", "here:kill:2"])
def test_the_environment_kills_a_process_at_a_place(order: str) -> None:
    ended = run(order)
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, "")


def test_without_it_the_process_goes_on() -> None:
    assert run("").stdout == "alive\n"


@pytest.mark.parametrize("order", ["here", "here:jump", ":kill", "here:kill:0", "here:kill:x"])
def test_an_order_nobody_understands_is_refused(order: str) -> None:
    with pytest.raises(ValueError, match="not a failpoint"):
        arm(order)

"""Each measurement of sockets and of the screen runs to its end on little data. What it finds is no test."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from bench.stack import scratch
from tests.e2e.chromium import MEASURED
from tests.peers.server import need
from tests.product import ROOT

# Each starts the product of its own.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(autouse=True)
def database() -> None:
    """Measurements have servers of their own."""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where the measurements of this file keep their data; the database's own user goes through it."""
    with scratch() as path:
        path.chmod(0o711)
        yield path


def run(name: str, folder: Path, size: int) -> dict[str, Any]:
    """One measurement as people start it; its cases by their names."""
    command = [sys.executable, "-m", "bench", name, "--json", "--size", str(size)]
    environment = {**os.environ, "EMPTYFEED_BENCH": str(folder / "kept")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode()[-3_000:]
    return {row["case"]: row for row in orjson.loads(done.stdout)["rows"]}


def test_an_event_reaches_every_browser_that_may_hear_it(folder: Path) -> None:
    found = run("fanout", folder, 4)
    assert found["4 browsers, 4 beside them, heard"]["value"] == 100
    assert found["4 browsers, 4 visitors beside them: a line → the visitor's bell"]["p95_ms"] < 20_000


def test_every_window_is_back_in_step_after_a_storm(folder: Path) -> None:
    found = run("storm", folder, 4)
    assert [found[f"round {number}, came back"]["value"] for number in (1, 2)] == [100, 100]


@pytest.mark.browser
def test_every_key_of_the_screen_comes_to_a_paint(folder: Path) -> None:
    need(MEASURED, "chromium")
    found = run("paint", folder, 30)
    assert found["dialogs loaded"]["value"] >= 27
    painted = {name for name, row in found.items() if "→ painted" in name and row["p95_ms"] > 0}
    assert painted == {
        *(f"key → painted, {key}{pace}" for key in KEYS for pace in ("", ", CPU÷4")),
        "live event → painted",
    }


KEYS = ("next dialog", "complete", "snooze", "comment")

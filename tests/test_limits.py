"""No test may hang: it fails after its time, and says where it stood."""

import subprocess
import sys
from pathlib import Path

import pytest

HANGS = """
import threading

def test_that_waits_for_ever():
    threading.Event().wait()

def test_that_follows():
    pass
"""


def test_a_test_that_hangs_fails_with_the_line_it_stood_at_and_the_next_one_runs(tmp_path: Path) -> None:
    file = tmp_path / "test_hang.py"
    file.write_text(HANGS)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-o",
        "timeout=1",
        "-p",
        "no:cacheprovider",
        f"--rootdir={tmp_path}",
    ]
    done = subprocess.run([*command, file], cwd=tmp_path, capture_output=True, text=True)
    assert "1 failed, 1 passed" in done.stdout
    assert "threading.Event().wait()" in done.stdout
    assert "Timeout" in done.stdout


def test_every_test_has_a_limit(pytestconfig: pytest.Config) -> None:
    assert float(pytestconfig.getini("timeout")) == 120

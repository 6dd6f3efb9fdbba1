"""Waiting for what other processes do, never longer than it may take."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def until(look: Callable[[], Any], patience: float = 15) -> Any:
    """What `look` finds, waited for; a test fails here rather than for ever."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.02)
    return pytest.fail(f"waited {patience} s in vain")


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be noticed does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"

"""What tests of channels need besides the peers."""

import pytest

from core.config import get_settings
from tests.channels.paper import paper as paper


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the door lead to servers on this machine."""
    monkeypatch.setenv("OUTSIDE_ALLOW", "127.0.0.0/8")
    get_settings.cache_clear()

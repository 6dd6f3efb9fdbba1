"""A bot of MAX keeps what every channel promises."""

import pytest

from tests.channels.contract import AdapterContract
from tests.channels.max.outside import MaxOutside
from tests.channels.peer import Peer


class TestBot(AdapterContract):
    @pytest.fixture
    def peer(self, outside: MaxOutside) -> Peer:
        return outside

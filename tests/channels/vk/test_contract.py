"""A community of VK keeps what every channel promises."""

import pytest

from tests.channels.contract import AdapterContract
from tests.channels.peer import Peer
from tests.channels.vk.outside import VkOutside


class TestCommunity(AdapterContract):
    @pytest.fixture
    def peer(self, outside: VkOutside) -> Peer:
        return outside

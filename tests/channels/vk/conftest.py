"""A VK for each test, and a product that may reach it."""

from collections.abc import Iterator

import pytest

from core.config import get_settings
from tests.channels.vk.outside import VkOutside
from tests.peers.vk.peer import VkPeer


@pytest.fixture
def vk(monkeypatch: pytest.MonkeyPatch) -> Iterator[VkPeer]:
    monkeypatch.setenv("OUTSIDE_ALLOW", "127.0.0.0/8")
    get_settings.cache_clear()
    with VkPeer() as peer:
        yield peer


@pytest.fixture
def outside(vk: VkPeer) -> VkOutside:
    return VkOutside(vk)

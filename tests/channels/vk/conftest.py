"""A VK for each test, and a product that may reach it."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any

import pytest

from channels.vk.adapter import VkAdapter
from core.config import get_settings
from tests.channels.vk.listening import Called
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


@pytest.fixture
def adapter(outside: VkOutside) -> Iterator[VkAdapter]:
    with closing(VkAdapter(outside.access)) as adapter:
        yield adapter


@pytest.fixture
def called(outside: VkOutside) -> Iterator[Called]:
    """An adapter with other settings or secrets than usual."""
    with ExitStack() as stack:

        def make(secrets: dict[str, str] | None = None, **settings: Any) -> VkAdapter:
            told = {**outside.access.settings, **settings}
            access = replace(outside.access, settings=told, secrets=secrets or outside.access.secrets)
            return stack.enter_context(closing(VkAdapter(access)))

        yield make

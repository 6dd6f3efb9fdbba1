"""Telegram for the tests of its adapter."""

from collections.abc import Iterator

import pytest

from channels.access import shelf
from tests.channels.telegram.outside import TelegramOutside
from tests.peers.telegram.server import TelegramPeer


@pytest.fixture
def telegram(loopback: None) -> Iterator[TelegramPeer]:
    """Its server, reached from here."""
    with TelegramPeer() as server:
        yield server
        shelf.close()


@pytest.fixture
def outside(telegram: TelegramPeer) -> TelegramOutside:
    """Customers of a bot."""
    return TelegramOutside(telegram)

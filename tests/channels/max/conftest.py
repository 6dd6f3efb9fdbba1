"""A bot and its MAX."""

from collections.abc import Iterator

import pytest

from tests.channels.max.outside import MaxOutside
from tests.peers.max.server import MaxPeer


@pytest.fixture
def max_peer(loopback: None) -> Iterator[MaxPeer]:
    """The server."""
    with MaxPeer() as running:
        yield running


@pytest.fixture
def outside(max_peer: MaxPeer) -> MaxOutside:
    """Who lives there."""
    return MaxOutside(max_peer)

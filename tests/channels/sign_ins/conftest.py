"""The provider of these tests."""

from collections.abc import Iterator

import pytest

from tests.peers.oauth import OAuthPeer


@pytest.fixture
def provider(loopback: None) -> Iterator[OAuthPeer]:
    """A provider on this machine."""
    with OAuthPeer() as peer:
        yield peer

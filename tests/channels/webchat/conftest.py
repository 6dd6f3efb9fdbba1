"""A shop's site with the chat on it."""

from collections.abc import Iterator

import pytest

from app import visitor_door
from core import throttle
from tests.channels.webchat.outside import WebchatOutside
from tests.channels.webchat.server import served

PLENTY = ("100000/minute",) * 3


@pytest.fixture(scope="session")
def our_pages() -> Iterator[str]:
    """The address of the product's pages."""
    with served() as address:
        yield address


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Visitors of tests write faster than people."""
    throttle._opened.cache_clear()
    for name in visitor_door.LIMITS:
        monkeypatch.setitem(visitor_door.LIMITS, name, PLENTY)
    monkeypatch.setattr(visitor_door, "NEW_VISITORS", PLENTY[:1])
    monkeypatch.setattr(visitor_door, "MESSAGES_AN_HOUR", PLENTY[0])


@pytest.fixture
def outside(our_pages: str, unhurried: None) -> WebchatOutside:
    """Who visits."""
    return WebchatOutside(our_pages)

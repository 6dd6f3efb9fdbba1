"""A Telegram bot keeps what every channel promises."""

from contextlib import closing

import pytest

from channels.registry import adapter_for
from tests.channels.contract import AdapterContract
from tests.channels.peer import Peer
from tests.channels.telegram.outside import TelegramOutside


class TestBot(AdapterContract):
    @pytest.fixture
    def peer(self, outside: TelegramOutside) -> Peer:
        return outside

    def test_a_cursor_brings_nothing_twice_and_an_old_one_the_same_names(self, peer: Peer) -> None:
        """Here only until the next cursor was used once: that is what makes Telegram forget."""
        peer.says("one")
        with closing(adapter_for(peer.access)) as adapter:
            first, again = adapter.poll({}, 0), adapter.poll({}, 0)
            assert [each.event_key for each in again.events] == [each.event_key for each in first.events]
            assert adapter.poll(first.cursor, 0).events == []
        peer.says("two")
        assert len(self.all_behind(peer, first.cursor).events) == 1

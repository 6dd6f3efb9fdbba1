"""The chat on a site keeps what every channel promises."""

from collections.abc import Mapping
from contextlib import closing

import pytest
from sqlalchemy import select

from app.receivers import Receivers
from channels.adapter import Adapter, Batch, RawEvent
from channels.models import Arrival
from channels.registry import adapter_for
from core.db import transaction
from tests.channels.contract import AdapterContract
from tests.channels.contract_kill import KILLS
from tests.channels.desk import Desk
from tests.channels.peer import Peer
from tests.channels.webchat.outside import WebchatOutside
from tests.channels.webchat.test_kills import READ_KILLS, WEB_KILLS
from tests.makers import make_channel


class TestWidget(AdapterContract):
    @pytest.fixture
    def peer(self, outside: WebchatOutside, request: pytest.FixtureRequest) -> Peer:
        needed = {"desk", "live_channel"} & set(request.fixturenames)
        if not needed:  # the widget has no outside but its channel
            with transaction() as session:
                channel = make_channel(
                    session, kind="webchat", name="Shop", settings=dict(outside.access.settings)
                )
                outside.know(channel.id)
        return outside

    def all_behind(self, peer: Peer, cursor: Mapping[str, object] | None = None) -> Batch:
        """Visitors come to us: what is behind a cursor lies in our store, in the order it came."""
        after = int(str((cursor or {}).get("id", 0)))
        with transaction() as session:
            found = session.scalars(select(Arrival).where(Arrival.id > after).order_by(Arrival.id)).all()
        told = [RawEvent(each.event_key, each.order_key, each.payload) for each in found]
        events = [each for each in told if each.payload["type"] != "known"]
        return Batch(events, {"id": found[-1].id if found else after})

    def test_a_wrong_secret_is_for_a_person_to_mend_and_is_never_repeated(self, peer: Peer) -> None:
        """There is nobody to sign in to; a chat that no site may show is what a person has to mend."""
        with closing(adapter_for(peer.with_wrong_secret())) as adapter:
            assert adapter.verify().state == "degraded"

    def test_that_somebody_writes_leaves_no_trace(self, desk: Desk) -> None:
        desk.peer.says("Hello")
        desk.come_in()
        before = len(desk.arrivals())
        desk.peer.types()
        assert len(desk.come_in()) == 1
        assert len(desk.arrivals()) == before

    def test_a_cursor_brings_nothing_twice_and_an_old_one_the_same_names(self, peer: Peer) -> None:
        peer.says("one")
        first, again = self.all_behind(peer), self.all_behind(peer)
        assert [event.event_key for event in again.events] == [event.event_key for event in first.events]
        peer.says("two")
        assert len(self.all_behind(peer, first.cursor).events) == 1

    def test_killed_again_and_again_it_loses_nothing_and_doubles_nothing(
        self, peer: Peer, live_channel: int, live_database: str
    ) -> None:
        """Nobody fetches here: the web processes that visitors write to are killed in `test_kills`."""
        assert set(WEB_KILLS + READ_KILLS)
        assert len(WEB_KILLS + READ_KILLS) == len(KILLS)

    def test_two_readers_are_one_and_who_lost_the_channel_stops(
        self, two_receivers: tuple[Receivers, Receivers], live_channel: int
    ) -> None:
        """There is nothing to fetch, so nobody holds the channel."""
        for each in two_receivers:
            each.tick()
            assert list(each.pollers) == []

    def test_nothing_is_asked_for_outside(self, adapter: Adapter) -> None:
        assert adapter.poll({"a": 1}, 0) == Batch((), {"a": 1})

"""A form keeps what a channel promises that only takes in."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from flask import Flask

from channels.access import shelf
from channels.adapter import Adapter, BadContent, StoredEvent
from channels.intake import read_arrivals
from channels.models import ArrivalState
from channels.registry import adapter_for
from inbox.border import Outgoing
from tests.channels.contract_in import InboundContract
from tests.channels.desk import Desk
from tests.channels.peer import Peer
from tests.channels.webform.outside import FormOutside
from tests.ground.moment import FrozenClock


class TestForm(InboundContract):
    """Rows about answers, polling and calls from outside are left out: it can do none of these."""

    cards_of_one_sender = 2  # what is typed proves nobody, not even that it is the same one again

    @pytest.fixture
    def peer(self, app: Flask) -> Peer:
        return FormOutside(app)

    @pytest.fixture
    def desk(self, session: object, peer: Peer, clock: FrozenClock) -> Iterator[Desk]:
        yield Desk(session, peer, clock)  # type: ignore[arg-type]
        shelf.close()

    @pytest.fixture
    def adapter(self, peer: Peer) -> Iterator[Adapter]:
        with closing(adapter_for(peer.access)) as adapter:
            yield adapter

    def test_a_form_with_an_address_passes_its_test_and_one_without_does_not(self, adapter: Adapter) -> None:
        assert adapter.verify().state == "ok"

    def test_it_can_do_nothing_but_take_in(self, adapter: Adapter) -> None:
        able = adapter.capabilities
        assert not able.answers
        assert able.receive == frozenset()
        for ability in (able.typing, able.groups, able.replies, able.can_initiate, able.rates):
            assert not ability
        assert adapter.poll({"any": 1}, 0).events == ()
        assert adapter.webhook({}, b"{}").status == 404
        with pytest.raises(BadContent) as refused:
            adapter.plan(Outgoing("key", 1, 1, None, "Hello", None, (), {}))
        assert refused.value.code == "no_way_back"

    def test_reading_a_submission_twice_tells_the_same(self, desk: Desk) -> None:
        desk.peer.says("Hello")
        (arrival,) = desk.arrivals()
        stored = StoredEvent(arrival.event_key, arrival.payload, None)
        assert desk.adapter().normalize(stored) == desk.adapter().normalize(stored)

    def test_what_cannot_be_read_is_parked_and_its_neighbours_arrive(self, desk: Desk) -> None:
        desk.peer.says("before", "Mia")
        desk.peer.poison()
        desk.peer.says("after", "Mia")
        read_arrivals()
        desk.session.expire_all()
        assert desk.texts() == ["before", "after"]
        assert [each.state for each in desk.arrivals()].count(ArrivalState.QUARANTINED) == 1

"""What every adapter promises, tried against the outside it speaks to; a new adapter inherits these tests.

A subclass gives `peer`, the outside with whom a channel is connected (`tests.channels.peer`).
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from channels.access import shelf
from channels.adapter import (
    Adapter,
    Ambiguous,
    AuthBroken,
    Batch,
    ChannelError,
    Idempotency,
    Part,
    RawEvent,
    StoredEvent,
    Temporary,
)
from channels.registry import adapter_for
from core.clock import now
from core.files import file_store
from inbox.border import Incoming, Outgoing
from tests.channels.contract_hooks import HookContract
from tests.channels.contract_in import InboundContract
from tests.channels.contract_kill import KillContract
from tests.channels.contract_out import OutboundContract
from tests.channels.desk import Desk
from tests.channels.peer import Peer
from tests.ground.moment import FrozenClock

SECRET = "hush-hush-secret"


class AloneContract:
    """The promises of an adapter by itself; see its protocol for their reasons."""

    @pytest.fixture
    def adapter(self, peer: Peer) -> Iterator[Adapter]:
        with closing(adapter_for(peer.access)) as adapter:
            yield adapter

    def outgoing(self, peer: Peer, text: str = "It is on its way.") -> Outgoing:
        return Outgoing("key", 71, 5, peer.conversation(), text, None, (), peer.envelope(), said_at=now())

    def all_behind(self, peer: Peer, cursor: Mapping[str, object] | None = None) -> Batch:
        """Everything there is behind a cursor, fetched by an adapter that knows nothing yet."""
        events: list[RawEvent] = []
        batch = Batch((), cursor or {})
        with closing(adapter_for(peer.access)) as adapter:
            while True:
                before, batch = batch.cursor, adapter.poll(batch.cursor, 0)
                events += batch.events
                if not batch.more and batch.cursor == before:
                    return Batch(events, batch.cursor)

    def read(self, adapter: Adapter, event: RawEvent) -> list[Incoming]:
        path = None
        if event.raw is not None:
            path = str(file_store().path_of(file_store().put_bytes(event.raw).sha256))
        return list(adapter.normalize(StoredEvent(event.event_key, event.payload, path)))

    def test_a_working_channel_passes_its_test(self, adapter: Adapter) -> None:
        health = adapter.verify()
        assert health.state == "ok"
        assert all(ok for _, ok, _ in health.steps)

    def test_a_wrong_secret_is_for_a_person_to_mend_and_is_never_repeated(self, peer: Peer) -> None:
        with closing(adapter_for(peer.with_wrong_secret())) as adapter:
            health = adapter.verify()
            assert health.state == "broken"
            with pytest.raises(AuthBroken) as refused:
                adapter.poll({}, 0)
        assert SECRET not in f"{health} {refused.value} {refused.value.detail} {adapter!r}"

    def test_what_a_customer_says_comes_with_its_author_and_a_time_in_utc(
        self, peer: Peer, adapter: Adapter
    ) -> None:
        peer.says("Where is my parcel?")
        (event,) = self.all_behind(peer).events
        (incoming,) = self.read(adapter, event)
        assert incoming.text.strip() == "Where is my parcel?"
        assert incoming.direction == "in"
        assert incoming.author.key
        assert incoming.sent_at.utcoffset() == timedelta(0)

    def test_a_cursor_brings_nothing_twice_and_an_old_one_the_same_names(self, peer: Peer) -> None:
        peer.says("one")
        first, again = self.all_behind(peer), self.all_behind(peer)
        assert [event.event_key for event in again.events] == [event.event_key for event in first.events]
        assert self.all_behind(peer, first.cursor).events == []
        peer.says("two")
        assert len(self.all_behind(peer, first.cursor).events) == 1

    def test_reading_a_delivery_twice_tells_the_same(self, peer: Peer, adapter: Adapter) -> None:
        peer.says("Hello")
        (event,) = self.all_behind(peer).events
        assert self.read(adapter, event) == self.read(adapter, event)

    def test_planning_twice_gives_the_same_parts_under_names_of_their_own(
        self, peer: Peer, adapter: Adapter
    ) -> None:
        outgoing = self.outgoing(peer)
        first, again = (adapter.plan(outgoing) for _ in range(2))
        assert first == again
        assert len({part.key for part in first}) == len(first) > 0

    def test_an_answer_reaches_the_customer_once(self, peer: Peer, adapter: Adapter) -> None:
        for part in adapter.plan(self.outgoing(peer, "It comes tomorrow.")):
            assert adapter.send(part).keys
        assert [text.strip() for text in peer.heard()] == ["It comes tomorrow."]

    def test_a_part_that_was_stored_is_sent_as_it_was_planned(
        self, peer: Peer, adapter: Adapter, tmp_path: Path
    ) -> None:
        (part,) = adapter.plan(self.outgoing(peer, "From the store."))
        stored = tmp_path / "part"
        stored.write_bytes(part.raw or b"")
        adapter.send(Part(part.key, part.payload, raw_path=str(stored) if part.raw else None))
        assert [text.strip() for text in peer.heard()] == ["From the store."]

    def test_put_off_is_surely_not_sent_and_goes_out_when_tried_again(
        self, peer: Peer, adapter: Adapter
    ) -> None:
        (part,) = adapter.plan(self.outgoing(peer))
        peer.refuse_next()
        with pytest.raises(Temporary) as later:
            adapter.send(part)
        assert not later.value.maybe_delivered
        adapter.send(part)
        assert len(peer.heard()) == 1

    def test_cut_off_in_the_end_may_have_been_sent(self, peer: Peer, adapter: Adapter) -> None:
        (part,) = adapter.plan(self.outgoing(peer))
        peer.vanish_after_next()
        with pytest.raises(Ambiguous) as cut:
            adapter.send(part)
        assert cut.value.maybe_delivered
        if adapter.capabilities.idempotency == Idempotency.NATIVE:
            adapter.send(part)
        assert len(peer.heard()) == 1

    def test_every_fault_has_a_name_for_programs(self, peer: Peer, adapter: Adapter) -> None:
        peer.refuse_next()
        with pytest.raises(ChannelError) as fault:
            adapter.send(adapter.plan(self.outgoing(peer))[0])
        assert fault.value.code
        assert fault.value.detail

    def test_a_call_from_outside_that_means_nothing_stores_nothing(self, adapter: Adapter) -> None:
        assert list(adapter.webhook({}, b"").events) == []

    def test_every_field_of_its_form_can_be_named_and_secrets_are_marked(self, adapter: Adapter) -> None:
        names = [field.name for field in adapter.fields]
        assert len(set(names)) == len(names)
        secret = {field.name for field in adapter.fields if field.type == "secret"}
        assert {name for name in names if "password" in name or "token" in name} <= secret


class AdapterContract(AloneContract, InboundContract, OutboundContract, HookContract, KillContract):
    """Everything a channel promises: alone, inwards, outwards, at the door, and when processes die."""

    @pytest.fixture
    def desk(self, session: Session, peer: Peer, clock: FrozenClock) -> Iterator[Desk]:
        yield Desk(session, peer, clock)
        shelf.close()

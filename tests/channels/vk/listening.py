"""Looking and reading as the product does."""

from collections.abc import Callable
from typing import Any

from channels.adapter import Batch, RawEvent, StoredEvent
from channels.vk.adapter import VkAdapter
from inbox.border import Incoming

Called = Callable[..., VkAdapter]


def begin(adapter: VkAdapter) -> Batch:
    """A cursor that stands at now, with what came on the way there."""
    batch, events = Batch((), {}), list[RawEvent]()
    while True:
        before, batch = batch.cursor, adapter.poll(batch.cursor, 0)
        events += batch.events
        if not batch.more and batch.cursor == before:
            return Batch(events, batch.cursor)


def read(adapter: VkAdapter, *events: RawEvent) -> list[Incoming]:
    return [
        one
        for event in events
        for one in adapter.normalize(StoredEvent(event.event_key, event.payload, None))
    ]


def texts(adapter: VkAdapter, events: Any) -> list[str]:
    return [each.text for each in read(adapter, *events)]

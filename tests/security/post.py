"""Letters handed to a running product the way a receiver does, without a mailbox."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import select

from channels.adapter import RawEvent
from channels.intake import accept
from channels.models import Arrival, ArrivalState
from core.config import get_settings
from inbox.models import Channel, Message
from tests.makers import make_channel
from tests.product import Product

CORPUS = Path(__file__).parent / "letters"
PATIENCE = 120.0


class Delivered(NamedTuple):
    """What became of a letter."""

    dialog: int
    message: int


def corpus(**replaced: str) -> dict[str, bytes]:
    """Every hostile letter by its name, with `elsewhere.example` standing for a host of the test's."""
    host = replaced.get("elsewhere", "elsewhere.example").encode()
    found = {path.stem: path.read_bytes() for path in sorted(CORPUS.glob("*.eml"))}
    assert found, "the corpus is gone"
    return {name: raw.replace(b"elsewhere.example", host) for name, raw in found.items()}


def deliver(
    product: Product, letters: Mapping[str, bytes], *, channel: str = "Support"
) -> dict[str, Delivered]:
    """Store letters and wait until the product's own workers have read them; what became of each."""
    channel_id = _mailbox(product, channel)
    with pytest.MonkeyPatch.context() as patch, product.session() as session:
        patch.setenv("EMPTYFEED_DATA", str(product.data))
        get_settings.cache_clear()
        events = [RawEvent(name, name, {}, raw=raw) for name, raw in letters.items()]
        accept(session, session.get_one(Channel, channel_id), events)
    get_settings.cache_clear()
    return _wait(product, channel_id, set(letters))


def _mailbox(product: Product, name: str) -> int:
    """A mailbox that is connected in name only."""
    with product.session() as session:
        found = session.scalar(select(Channel.id).where(Channel.name == name))
        return found or make_channel(session, kind="email", name=name, address="", enabled=False).id


def _wait(product: Product, channel_id: int, names: set[str]) -> dict[str, Delivered]:
    end = time.monotonic() + PATIENCE
    wanted = select(Arrival).where(Arrival.channel_id == channel_id, Arrival.event_key.in_(names))
    while time.monotonic() < end:
        with product.session() as session:
            arrivals = session.scalars(wanted).all()
            if all(each.state == ArrivalState.READ for each in arrivals):
                messages = {each.event_key: session.get_one(Message, each.message_id) for each in arrivals}
                return {name: Delivered(one.dialog_id, one.id) for name, one in messages.items()}
        time.sleep(0.1)
    raise AssertionError({each.event_key: (each.state, each.reason) for each in arrivals if each.reason})

"""The page on which a developer plays customers does what customers do, in every messenger."""

import base64
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import httpx
import pytest

from channels.adapter import StoredEvent
from channels.registry import adapter_for
from core.config import get_settings
from inbox.border import Outgoing
from tests.channels.max.outside import MaxOutside
from tests.channels.peer import Peer
from tests.channels.telegram.outside import TelegramOutside
from tests.channels.vk.outside import VkOutside
from tests.peers.by_hand import ByHand
from tests.peers.max.server import MaxPeer
from tests.peers.telegram.server import TelegramPeer
from tests.peers.vk.peer import VkPeer

KINDS = ("telegram", "vk", "max")


class Hand:
    """A developer at the page."""

    def __init__(self, peers: dict[str, Peer], client: httpx.Client) -> None:
        self.peers = peers
        self._client = client

    def ask(self, deed: str, **told: Any) -> Any:
        """What a button of the page asks for."""
        return self._client.post(f"/_ctl/{deed}", json=told).raise_for_status().json()["result"]

    def get(self, path: str) -> httpx.Response:
        """What the browser loads."""
        return self._client.get(path)


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hand]:
    monkeypatch.setenv("OUTSIDE_ALLOW", "127.0.0.0/8")
    get_settings.cache_clear()
    with ExitStack() as stack:
        peers: dict[str, Peer] = {
            "telegram": TelegramOutside(stack.enter_context(TelegramPeer())),
            "vk": VkOutside(stack.enter_context(VkPeer())),
            "max": MaxOutside(stack.enter_context(MaxPeer())),
        }
        page = stack.enter_context(ByHand(peers))
        client = stack.enter_context(httpx.Client(base_url=page.url, trust_env=False))
        yield Hand(peers, client)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_reaches_the_product_and_its_answer_the_page(hand: Hand, kind: str) -> None:
    assert "Customers by hand" in hand.get("/").text
    assert "token" in hand.ask("kinds")[kind]["settings"]
    me = {"kind": kind, "who": "Max"}
    with closing(adapter_for(hand.peers[kind].access)) as adapter:
        first = adapter.poll({}, 0)
        hand.ask("say", **me, text="Where is my parcel?")
        events = [*first.events, *adapter.poll(first.cursor, 0).events]
        (said,) = adapter.normalize(StoredEvent(events[-1].event_key, events[-1].payload, None))
        assert said.text == "Where is my parcel?"
        answer = Outgoing("key", 7, 5, said.conversation_key, "On its way.", None, (), {})
        for part in adapter.plan(answer):
            adapter.send(part)
    lines = hand.ask("chat", **me)
    assert [(each["ours"], each["text"]) for each in lines] == [
        (False, "Where is my parcel?"),
        (True, "On its way."),
    ]
    hand.ask("edit", **me, number=0, text="Where is my parcel 17?")
    assert hand.ask("chat", **me)[0]["edited"]
    data = base64.b64encode(b"%PDF").decode()
    hand.ask("send", **me, name="bill.pdf", mime="application/pdf", data=data)
    assert hand.ask("chat", **me)[2]["files"] == [{"name": "bill.pdf"}]

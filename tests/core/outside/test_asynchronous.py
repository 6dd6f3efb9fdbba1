"""Asynchronous libraries leave by the same door, and can tell what was not sent from what may have been."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from core.outside.asynchronous import AsyncDoorTransport
from core.outside.connect import Door
from core.outside.faults import NotAllowed, UnknownName
from tests.core.outside.strangers import OURS, PUBLIC, Stranger, door, http, stranger


@pytest.fixture
def shop() -> Iterator[Stranger]:
    with stranger(http(b"hello")) as shop:
        yield shop


def ask(here: Door, url: str, *, proxy: str = "") -> bytes:
    async def asking() -> bytes:
        transport = AsyncDoorTransport(door=here, proxy=proxy)
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            return (await client.get(url, timeout=5)).content

    return asyncio.run(asking())


def test_a_name_leads_to_the_address_that_was_checked(shop: Stranger) -> None:
    here = door(shop_example=[PUBLIC, OURS])
    assert ask(here, shop.url(host="shop.example")) == b"hello"
    assert b"host: shop.example" in shop.requests[0].lower()


@pytest.mark.parametrize("name", [OURS, "ours.example", "[::1]", "169.254.169.254"])
def test_our_own_network_is_out_of_reach(shop: Stranger, name: str) -> None:
    with pytest.raises(NotAllowed):
        ask(door(ours_example=OURS), shop.url(host=name))
    assert shop.requests == []


def test_of_several_addresses_the_next_is_tried(shop: Stranger) -> None:
    here = door(shop_example=f"192.0.2.1 {PUBLIC}")
    assert ask(here, shop.url(host="shop.example")) == b"hello"


def test_a_name_nobody_has_is_said_to_be_none(shop: Stranger) -> None:
    with pytest.raises(UnknownName):
        ask(door(shop_example="none"), shop.url(host="shop.example"))


def test_nobody_at_the_port_is_a_failure_to_connect_and_nothing_else() -> None:
    with pytest.raises(httpx.ConnectError):
        ask(door(), f"http://{PUBLIC}:1/")


def test_a_connection_that_breaks_later_is_something_else() -> None:
    with stranger(b"") as rude, pytest.raises(httpx.TransportError) as broke:
        ask(door(), rude.url())
    assert not isinstance(broke.value, httpx.ConnectError)


def test_with_a_proxy_its_address_is_the_one_that_is_checked(shop: Stranger) -> None:
    here = door(proxy_example=PUBLIC)
    assert ask(here, "http://api.far.example/x", proxy=shop.url(host="proxy.example")) == b"hello"
    with pytest.raises(NotAllowed):
        ask(here, "http://api.far.example/x", proxy=f"http://{OURS}:1")

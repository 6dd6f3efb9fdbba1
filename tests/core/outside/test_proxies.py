"""The one way out, where there is one."""

import pytest

from core.outside.faults import NotAllowed, OutsideFault, Unreachable
from core.outside.http import OutsideClient
from tests.core.outside.strangers import OURS, PUBLIC, door, http, stranger


def test_a_proxy_is_asked_for_addresses_that_we_need_not_know() -> None:
    with stranger(http(b"hello")) as proxy:
        here = door(proxy_example=PUBLIC)
        way = proxy.url(host="ann:secret@proxy.example")
        with OutsideClient(door=here, proxy=way) as client:
            assert client.fetch("http://api.far.example/method").body == b"hello"
    assert proxy.requests[0].startswith(b"GET http://api.far.example/method HTTP/1.1\r\n")
    assert b"proxy-authorization: basic yw5uonnly3jldA==".lower() in proxy.requests[0].lower()


def test_a_proxy_that_refuses_to_connect_is_named_as_the_reason() -> None:
    with (
        stranger(http(b"", status="403 Forbidden")) as proxy,
        OutsideClient(door=door(), proxy=proxy.url()) as client,
        pytest.raises(Unreachable) as refused,
    ):
        client.fetch("https://api.far.example/method")
    assert refused.value.code == "proxy_refused"


def test_a_proxy_inside_our_own_network_is_none() -> None:
    with OutsideClient(door=door(), proxy=f"http://{OURS}:3128") as client, pytest.raises(NotAllowed):
        client.fetch("http://api.far.example/method")


def test_a_proxy_that_is_away_is_a_fault_of_the_outside() -> None:
    with OutsideClient(door=door(), proxy=f"http://{PUBLIC}:1") as client, pytest.raises(OutsideFault):
        client.fetch("http://api.far.example/method")

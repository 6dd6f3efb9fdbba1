"""Callback API: who may call, what is said to them, and how they are told to."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.adapter import BadContent, Temporary
from channels.vk.callback import read_call
from channels.vk.sentences import FAULTS
from tests.channels.vk.listening import Called, texts
from tests.channels.vk.outside import HOOK_SECRET, VkOutside
from tests.peers.vk.peer import GROUP, VkPeer


@pytest.mark.requirement("CHN-04")
def test_the_string_is_told_to_who_asks_for_it(called: Called, outside: VkOutside) -> None:
    adapter = called(confirmation="a1b2c3d4")
    for secret in ({}, {"secret": HOOK_SECRET}):
        body = json.dumps({"type": "confirmation", "group_id": GROUP, **secret}).encode()
        reply = adapter.webhook({}, body)
        assert (reply.status, reply.body, reply.events) == (200, b"a1b2c3d4", ())
    forged = json.dumps({"type": "confirmation", "group_id": GROUP, "secret": "guessed"}).encode()
    assert adapter.webhook({}, forged).status == 403


@pytest.mark.requirement("CHN-04")
def test_an_event_is_stored_without_its_secret_and_answered(called: Called, outside: VkOutside) -> None:
    adapter = called()
    call = outside.call("Hello")
    first, again = adapter.webhook(call.headers, call.body), adapter.webhook(call.headers, call.body)
    assert (first.status, first.body) == (200, b"ok")
    assert first.events[0].event_key == again.events[0].event_key
    assert HOOK_SECRET not in str(first.events)
    assert texts(adapter, first.events) == ["Hello"]


@pytest.mark.parametrize("secret", ["guessed", "", None, 7, ["x"], "секрет", HOOK_SECRET[:-1]])
def test_a_wrong_secret_stores_nothing(called: Called, outside: VkOutside, secret: Any) -> None:
    body = json.dumps({"type": "message_new", "event_id": "x", "object": {}, "secret": secret}).encode()
    reply = called().webhook({}, body)
    assert (reply.status, reply.events) == (403, ())


def test_without_a_secret_of_ours_nobody_knows_it(called: Called, outside: VkOutside) -> None:
    adapter = called({"token": "x"})
    for secret in ("", None):
        body = json.dumps({"type": "message_new", "object": {}, "secret": secret}).encode()
        assert adapter.webhook({}, body).status == 403


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 50_000, b"7", b'"text"', b"[1]"])
def test_what_is_no_event_is_a_bad_request(called: Called, outside: VkOutside, body: bytes) -> None:
    reply = called().webhook({}, body)
    assert (reply.status, reply.events) == (400, ())


def test_vk_is_told_to_call_us_and_to_stop(called: Called, outside: VkOutside, vk: VkPeer) -> None:
    adapter = called()
    told = adapter.before_subscribing()
    assert told == {"confirmation": vk.callback.confirmation, "group_id": GROUP}
    first = adapter.subscribe("http://127.0.0.1:1/hooks/vk/one", HOOK_SECRET)
    again = adapter.subscribe("http://127.0.0.1:1/hooks/vk/two", HOOK_SECRET)
    assert first == again
    (server,) = vk.callback.servers.values()
    assert (server.url, server.secret_key, server.title) == (
        "http://127.0.0.1:1/hooks/vk/two",
        HOOK_SECRET,
        "Emptyfeed",
    )
    assert server.events["message_read"] == 1
    called(**again).unsubscribe()
    called(**again).unsubscribe()
    assert vk.callback.servers == {}


def test_the_servers_of_others_are_left_alone(called: Called, outside: VkOutside, vk: VkPeer) -> None:
    theirs = vk.callback.add("http://127.0.0.1:1/other", "Emptyfeed", "x")
    called().subscribe("http://127.0.0.1:2/hooks/vk/ours", HOOK_SECRET)
    assert theirs.url == "http://127.0.0.1:1/other"
    assert len(vk.callback.servers) == 2


def test_where_vk_cannot_reach_us_we_go_on_asking(called: Called, vk: VkPeer) -> None:
    vk.callback.lenient = False
    with pytest.raises(Temporary) as fault:
        called().subscribe("http://127.0.0.1:1/hooks/vk/one", HOOK_SECRET)
    assert fault.value.code == "hook_unreachable"


@pytest.mark.parametrize("url", ["ftp://desk.test/hooks/vk/one", "http://127.0.0.1:1/hooks/vk/eleventh"])
def test_an_address_that_vk_does_not_take_has_a_sentence(called: Called, vk: VkPeer, url: str) -> None:
    for number in range(10):
        vk.callback.add(f"http://127.0.0.2:1/{number}", "Another", "x")
    with pytest.raises(BadContent) as fault:
        called().subscribe(url, HOOK_SECRET)
    assert fault.value.code == "hook_refused"
    assert {"hook_refused", "hook_unreachable"} <= set(FAULTS)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
calls = st.dictionaries(
    st.sampled_from(["type", "object", "group_id", "event_id", "secret", "v"]),
    values | st.just(HOOK_SECRET) | st.just("confirmation") | st.just("message_new"),
)


@given(calls)
def test_whatever_is_called_nothing_without_the_secret_is_stored(call: dict[str, Any]) -> None:
    reply = read_call(json.dumps(call).encode(), HOOK_SECRET, "a1b2c3d4")
    knows = call.get("secret") == HOOK_SECRET
    assert reply.status in ((200,) if knows else (200, 403))
    assert bool(reply.events) is (knows and call.get("type") != "confirmation")
    assert HOOK_SECRET not in str([each.payload.get("secret") for each in reply.events])


@given(st.binary(max_size=300))
def test_no_body_breaks_the_door(body: bytes) -> None:
    assert read_call(body, HOOK_SECRET, "").status in (400, 403)

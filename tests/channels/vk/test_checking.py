"""The test of a community says what works and what does not."""

from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from channels.vk.adapter import VkAdapter
from channels.vk.sentences import FAULTS, GOOD, HOOK_FAILS, HOOK_MISSING, NO_FILES, NO_PHOTOS
from tests.channels.contract import SECRET
from tests.channels.vk.listening import Called
from tests.channels.vk.outside import HOOK_SECRET, VkOutside
from tests.peers.vk.peer import GROUP, VkPeer


def test_a_test_names_the_community_and_learns_what_links_need(adapter: VkAdapter) -> None:
    health = adapter.verify()
    assert health.identity == "Shop of clocks (vk.com/club216700001)"
    assert health.facts["settings"] == {"group_id": GROUP, "screen_name": "club216700001"}
    assert [name for name, ok, _ in health.steps if ok] == list(GOOD)


def test_a_test_says_which_rights_are_missing(called: Called, outside: VkOutside) -> None:
    health = called({"token": outside.vk.community.token("messages", "photos")}).verify()
    assert (health.state, health.code) == ("broken", "receive.rights_missing")
    assert health.steps[-1] == ("vk.rights", False, FAULTS["rights_missing"])
    assert "manage" in health.detail


def test_a_test_warns_of_what_will_not_work(called: Called, outside: VkOutside) -> None:
    health = called({"token": outside.vk.community.token("messages", "manage")}).verify()
    assert health.state == "ok"
    assert health.warnings == (NO_PHOTOS, NO_FILES)


def test_a_test_tells_a_wrong_key_from_nobody_there(called: Called, outside: VkOutside, vk: VkPeer) -> None:
    wrong = called({"token": SECRET}).verify()
    assert [(name, ok) for name, ok, _ in wrong.steps] == [("vk.connection", True), ("vk.token", False)]
    with vk.refusing():
        away = called().verify()
    assert [(name, ok) for name, ok, _ in away.steps] == [("vk.connection", False)]
    assert (wrong.state, away.state) == ("broken", "degraded")


def test_a_test_says_whether_vk_calls_us(called: Called, outside: VkOutside, vk: VkPeer) -> None:
    vk.callback.lenient = False
    assert called(mode="webhook").verify().warnings == (HOOK_MISSING,)
    server = vk.callback.add("http://127.0.0.1:1/hooks/vk/x", "Emptyfeed", HOOK_SECRET)
    assert called(mode="webhook", callback_server=server.id).verify().warnings == (HOOK_FAILS,)
    server.status = "ok"
    assert called(mode="webhook", callback_server=server.id).verify().warnings == ()


@pytest.mark.parametrize("settings", [{"api_base": "http://127.0.0.1:1/method"}, {"api_base": "ftp://x"}])
def test_an_address_where_nobody_is_has_a_sentence(called: Called, outside: VkOutside, settings: Any) -> None:
    health = called(**settings).verify()
    assert health.state == "degraded"
    assert health.steps[0][1] is False


def test_a_proxy_is_used_where_there_is_one(outside: VkOutside, vk: VkPeer) -> None:
    # The peer takes whole addresses as a proxy does, so that the name need not be known here.
    settings = {**outside.access.settings, "api_base": "http://api.vk.test/method/"}
    secrets = {"token": vk.token, "proxy": f"http://ann:secret@127.0.0.1:{vk.port}"}
    with closing(VkAdapter(replace(outside.access, settings=settings, secrets=secrets))) as adapter:
        assert adapter.verify().state == "ok"
    assert vk.calls[-1][1].headers["host"] == "api.vk.test"

"""Bots Long Poll: what is new, what was lost, who waits, and what everybody is called."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from channels.adapter import (
    AuthBroken,
    BadContent,
    ChannelAccess,
    ChannelError,
    Temporary,
)
from channels.vk.adapter import VkAdapter
from core.clock import now
from tests.channels.vk.listening import begin, read, texts
from tests.channels.vk.outside import GROUP_CHAT, VkOutside
from tests.peers.vk.peer import MAX, VkPeer


def test_who_begins_switches_the_events_on_that_were_off(vk: VkPeer, outside: VkOutside) -> None:
    vk.community.long_poll_enabled = False
    with closing(VkAdapter(outside.access)) as adapter:
        begin(adapter)
    assert vk.community.long_poll_enabled
    assert vk.community.long_poll["message_edit"] == 1


def test_who_begins_hears_who_waits_for_an_answer(vk: VkPeer, outside: VkOutside) -> None:
    for number in range(25):
        outside.says(f"question {number}", f"guest {number}")
    outside.says("one", "Mia")
    outside.says("two", "Mia")
    outside.says("was answered")
    outside.answers_elsewhere("the answer")
    with closing(VkAdapter(outside.access)) as adapter:
        heard = texts(adapter, begin(adapter).events)
    assert len(heard) == 27
    assert heard.index("one") + 1 == heard.index("two")
    assert not {"was answered", "the answer"} & set(heard)


def test_who_does_not_want_to_hear_them_does_not(vk: VkPeer, outside: VkOutside) -> None:
    outside.says("before")
    settings = {**outside.access.settings, "unanswered": False}
    with closing(VkAdapter(replace(outside.access, settings=settings))) as adapter:
        first = begin(adapter)
        outside.says("after")
        assert first.events == []
        assert texts(adapter, adapter.poll(first.cursor, 0).events) == ["after"]


def test_a_key_alone_is_enough_to_begin(vk: VkPeer, outside: VkOutside) -> None:
    alone = ChannelAccess(1, "vk", "Shop", "", {"api_base": vk.api}, {"token": vk.token})
    outside.says("Hello")
    with closing(VkAdapter(alone)) as adapter:
        assert texts(adapter, begin(adapter).events) == ["Hello"]


def test_an_ended_key_loses_nothing(adapter: VkAdapter, vk: VkPeer, outside: VkOutside) -> None:
    cursor = begin(adapter).cursor
    outside.says("before")
    vk.community.history.expire_key()
    outside.says("after")
    batch = adapter.poll(cursor, 0)
    assert (batch.events, batch.gap, batch.more) == ((), False, True)
    assert texts(adapter, adapter.poll(batch.cursor, 0).events) == ["before", "after"]


@pytest.mark.parametrize("what", ["trim", "lose"])
def test_lost_history_is_found_in_the_conversations(
    adapter: VkAdapter, vk: VkPeer, outside: VkOutside, what: str
) -> None:
    cursor = begin(adapter).cursor
    outside.says("lost")
    outside.answers_elsewhere("lost too", "Mia")
    getattr(vk.community.history, what)()
    batch = adapter.poll(cursor, 0)
    assert batch.gap
    outside.says("heard")
    assert texts(adapter, adapter.poll(batch.cursor, 0).events) == ["heard"]

    found = adapter.backfill(now() - timedelta(minutes=10))
    assert sorted(texts(adapter, found)) == ["heard", "lost", "lost too"]
    assert {each.direction for each in read(adapter, *found)} == {"in", "out"}
    assert [each.event_key for each in found] == [
        each.event_key for each in adapter.backfill(now() - timedelta(minutes=10))
    ]


def test_a_look_back_brings_changes_and_stops_at_its_time(
    adapter: VkAdapter, vk: VkPeer, outside: VkOutside
) -> None:
    vk.shift = -3600
    old = vk.says("long ago")
    vk.says("an hour ago, by Mia", by=vk.mia)
    vk.shift = 0
    vk.community.edits(old, "changed just now")
    new = vk.says("new")
    found = adapter.backfill(now() - timedelta(minutes=10))
    assert texts(adapter, found) == ["new"]
    vk.community.edits(new, "newer")
    found = adapter.backfill(now() - timedelta(minutes=10))
    assert [each.kind for each in read(adapter, *found)] == ["message", "edit"]


def test_a_look_back_over_many_conversations_keeps_to_the_limit(
    adapter: VkAdapter, vk: VkPeer, outside: VkOutside
) -> None:
    for number in range(30):
        outside.says(f"{number}", f"guest {number}")
    vk.limit = 20
    assert len(adapter.backfill(now() - timedelta(minutes=10))) == 30


def test_a_key_that_ends_again_and_again_is_a_fault_and_no_hot_loop(adapter: VkAdapter, vk: VkPeer) -> None:
    cursor = begin(adapter).cursor
    vk.faults.add("answer", method="a_check", status=200, body=b'{"failed": 2}', times=None)
    cursor = adapter.poll(cursor, 0).cursor
    with pytest.raises(Temporary):
        adapter.poll(cursor, 0)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"ts": "5"}', b'{"ts": "5", "updates": 7}', b"<html>"])
def test_an_answer_that_makes_no_sense_moves_nothing(adapter: VkAdapter, vk: VkPeer, body: bytes) -> None:
    cursor = begin(adapter).cursor
    vk.faults.add("answer", method="a_check", status=200, body=body)
    with pytest.raises(ChannelError) as fault:
        adapter.poll(cursor, 0)
    assert fault.value.code == "bad_answer"


def test_every_event_is_kept_whatever_it_is(adapter: VkAdapter, vk: VkPeer, outside: VkOutside) -> None:
    cursor = begin(adapter).cursor
    for event in ("a word", 7, None, {"type": 5}, {"type": "message_new", "object": "x\0y"}):
        vk.community.emit_raw(event)
    outside.says("behind them")
    events = adapter.poll(cursor, 0).events
    assert len({each.event_key for each in events}) == 6
    assert "\0" not in json.dumps([dict(each.payload) for each in events], ensure_ascii=False)
    assert texts(adapter, events[-1:]) == ["behind them"]


def test_a_message_without_its_place_is_for_a_person_to_look_at(
    adapter: VkAdapter, vk: VkPeer, outside: VkOutside
) -> None:
    cursor = begin(adapter).cursor
    outside.poison()
    (event,) = adapter.poll(cursor, 0).events
    with pytest.raises(BadContent) as fault:
        read(adapter, event)
    assert fault.value.code == "unreadable"


def test_a_message_that_was_cut_short_is_asked_for_whole(
    adapter: VkAdapter, vk: VkPeer, outside: VkOutside
) -> None:
    message = vk.says("the whole long text")
    cursor = begin(adapter).cursor
    vk.community.crops(message, "the whole")
    (event,) = adapter.poll(cursor, 0).events
    assert texts(adapter, [event]) == ["the whole long text"]
    vk.faults.add("status", method="messages.getByConversationMessageId", status=10)
    with pytest.raises(Temporary):
        read(adapter, event)
    vk.community.talk(MAX).messages.clear()
    assert texts(adapter, [event]) == ["the whole"]


def test_events_of_one_conversation_are_read_in_order(
    adapter: VkAdapter, vk: VkPeer, outside: VkOutside
) -> None:
    cursor = begin(adapter).cursor
    outside.says("by Max")
    outside.says("in the chat", "Mia", group=True)
    outside.types()
    assert [each.order_key for each in adapter.poll(cursor, 0).events] == [
        str(MAX),
        str(GROUP_CHAT),
        str(MAX),
    ]


def test_a_revoked_key_stops_the_channel(adapter: VkAdapter, outside: VkOutside) -> None:
    outside.revoke()
    with pytest.raises(AuthBroken) as refused:
        begin(adapter)
    assert refused.value.code == "token_refused"


def test_events_come_with_the_names_of_those_in_them(
    adapter: VkAdapter, vk: VkPeer, outside: VkOutside
) -> None:
    cursor = begin(adapter).cursor
    outside.says("in the chat", "Mia", group=True)
    outside.forwards("It was broken", of="Neighbour")
    outside.answers_elsewhere("Send it back")
    chat, forwarded, answer = read(adapter, *adapter.poll(cursor, 0).events)
    assert (chat.author.name, chat.conversation_name) == ("Mia", "A chat")
    assert (forwarded.author.name, forwarded.forwards[0].author) == ("Max", "Neighbour")
    assert (answer.author.name, answer.author.role) == ("Olga Adminova", "agent")


def test_a_name_is_asked_for_once_and_its_lack_holds_nothing_up(
    adapter: VkAdapter, vk: VkPeer, outside: VkOutside
) -> None:
    cursor = begin(adapter).cursor
    vk.faults.add("status", method="users.get", status=10)
    outside.says("nameless")
    batch = adapter.poll(cursor, 0)
    assert [each.author.name for each in read(adapter, *batch.events)] == [""]
    for text in ("one", "two"):
        outside.says(text)
        batch = adapter.poll(batch.cursor, 0)
        assert [each.author.name for each in read(adapter, *batch.events)] == ["Max"]
    assert vk.asked("users.get") == 2

"""What comes from VK: by long poll, by calls, out of histories, and files from where they lie."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.adapter import (
    AuthBroken,
    BadContent,
    Batch,
    ChannelAccess,
    ChannelError,
    RawEvent,
    StoredEvent,
    Temporary,
)
from channels.vk.adapter import VkAdapter
from channels.vk.sentences import FAULTS, GOOD, HOOK_FAILS, HOOK_MISSING, NO_FILES, NO_PHOTOS
from core.clock import now
from inbox.border import FileReference, Incoming
from tests.channels.contract import SECRET
from tests.channels.vk.outside import GROUP_CHAT, HOOK_SECRET, VkOutside
from tests.peers.vk import shapes
from tests.peers.vk.peer import GROUP, MAX, VkPeer


@pytest.fixture
def adapter(outside: VkOutside) -> Iterator[VkAdapter]:
    with closing(VkAdapter(outside.access)) as adapter:
        yield adapter


Called = Callable[..., VkAdapter]


@pytest.fixture
def called(outside: VkOutside) -> Iterator[Called]:
    """An adapter with other settings or secrets than usual."""
    with ExitStack() as stack:

        def make(secrets: dict[str, str] | None = None, **settings: Any) -> VkAdapter:
            told = {**outside.access.settings, **settings}
            access = replace(outside.access, settings=told, secrets=secrets or outside.access.secrets)
            return stack.enter_context(closing(VkAdapter(access)))

        yield make


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


# Bots Long Poll


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


# names


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


# Callback API


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


# the test of a channel


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


# files


def fetched(adapter: VkAdapter, file: FileReference, most: int = 1_000_000) -> bytes:
    out = io.BytesIO()
    adapter.fetch_attachment(file, out, most)
    return out.getvalue()


def only_file(adapter: VkAdapter, attachment: shapes.Attachment, vk: VkPeer) -> FileReference:
    vk.says("", attachments=[attachment])
    (incoming,) = read(adapter, *begin(adapter).events)
    (file,) = incoming.remote_files
    return file


def test_files_are_fetched_from_where_they_lie(adapter: VkAdapter, vk: VkPeer) -> None:
    file = only_file(adapter, vk.document("отчёт.pdf", b"%PDF-1.7 content"), vk)
    assert (file.name, file.size, file.mime) == ("отчёт.pdf", 16, "application/pdf")
    assert fetched(adapter, file) == b"%PDF-1.7 content"


def test_a_file_whose_address_ended_is_fetched_from_its_new_one(adapter: VkAdapter, vk: VkPeer) -> None:
    file = only_file(adapter, vk.photo("a.jpg", b"\xff\xd8\xff one"), vk)
    old = str(file.ref["url"])
    message = vk.community.talk(MAX).messages[0]
    new = vk.uploads.put("b.jpg", "image/jpeg", b"\xff\xd8\xff one")
    vk.uploads.files.pop(old.partition("/file/")[2])
    message["attachments"][0]["photo"]["sizes"][1]["url"] = new
    assert fetched(adapter, file) == b"\xff\xd8\xff one"


def test_a_page_in_place_of_a_file_is_no_file(adapter: VkAdapter, vk: VkPeer) -> None:
    file = only_file(adapter, vk.document("a.pdf", b"%PDF"), vk)
    path = next(iter(vk.uploads.files))
    vk.uploads.files[path] = ("text/html; charset=utf-8", b"<html>This document was removed</html>")
    with pytest.raises(BadContent) as fault:
        fetched(adapter, file)
    assert fault.value.code == "gone"


def test_a_file_that_is_gone_too_big_slow_or_cut_is_told_apart(adapter: VkAdapter, vk: VkPeer) -> None:
    file = only_file(adapter, vk.document("a.bin", b"x" * 5000, "application/octet-stream"), vk)
    with pytest.raises(BadContent) as fault:
        fetched(adapter, file, 4999)
    assert fault.value.code == "too_big"
    with pytest.raises(BadContent) as fault:
        fetched(adapter, replace(file, size=None), 4999)
    assert fault.value.code == "too_big"
    for deed in ("cut", "reset_before", "html"):
        vk.faults.add(deed, method="file", times=2)  # type: ignore[arg-type]
        with pytest.raises(Temporary):
            fetched(adapter, file)
        vk.faults.clear()
    vk.uploads.files.clear()
    with pytest.raises(BadContent) as fault:
        fetched(adapter, file)
    assert fault.value.code == "gone"
    assert fault.value.code in FAULTS


def test_times_are_those_of_vk(adapter: VkAdapter, vk: VkPeer) -> None:
    message = vk.says("Hello")
    (incoming,) = read(adapter, *begin(adapter).events)
    assert incoming.sent_at == datetime.fromtimestamp(message["date"], UTC)

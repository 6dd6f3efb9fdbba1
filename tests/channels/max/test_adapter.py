"""A bot of MAX against its server: what the contract does not ask of every channel."""

import io
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from channels.adapter import (
    Ambiguous,
    AuthBroken,
    BadContent,
    Batch,
    ChannelError,
    Part,
    RecipientGone,
    RetryAfter,
    StoredEvent,
    Temporary,
)
from channels.max.adapter import MaxAdapter
from core.files import file_store
from inbox.border import Outgoing, OutgoingFile
from tests.channels.max.outside import HOOK_SECRET, MaxOutside
from tests.peers.max.server import TOKEN, MaxPeer
from tests.peers.server import free_ports
from tests.peers.tls import make_identity


@pytest.fixture
def bot(outside: MaxOutside) -> Iterator[MaxAdapter]:
    with closing(MaxAdapter(outside.access)) as adapter:
        yield adapter


def outgoing(outside: MaxOutside, text: str, *files: OutgoingFile, **more: Any) -> Outgoing:
    return Outgoing("key", 7, 5, outside.conversation(), text, None, files, {}, **more)


def stored(data: bytes, name: str, mime: str) -> OutgoingFile:
    return OutgoingFile(name, mime, len(data), file_store().put_bytes(data).sha256)


def send(bot: MaxAdapter, message: Outgoing) -> list[str]:
    return [key for part in bot.plan(message) for key in bot.send(part).keys]


def only(bot: MaxAdapter, batch: Batch) -> Any:
    (event,) = batch.events
    (found,) = bot.normalize(StoredEvent(event.event_key, event.payload, None))
    return found


@pytest.mark.requirement("CHN-15")
def test_files_of_every_kind_arrive_with_their_names(outside: MaxOutside, bot: MaxAdapter) -> None:
    picture, paper = (
        stored(b"png", "фото.png", "image/png"),
        stored(b"%PDF", 'счёт "7".pdf', "application/pdf"),
    )
    film, song = stored(b"film", "film.mp4", "video/mp4"), stored(b"song", "song.mp3", "audio/mpeg")
    keys = send(bot, outgoing(outside, "Вот", picture, paper, film, song))
    assert len(set(keys)) == 3
    assert outside.heard() == ["Вот"]
    assert {data for _, data in outside.got()} == {b"png", b"%PDF", b"film", b"song"}
    assert any("счёт" in name for name, _ in outside.got())


def test_a_film_that_is_worked_on_waits_and_is_not_given_anew(outside: MaxOutside, bot: MaxAdapter) -> None:
    outside.server.slow_media = 3600
    (part,) = bot.plan(outgoing(outside, "film", stored(b"film", "film.mp4", "video/mp4")))
    for _ in range(2):
        with pytest.raises(RetryAfter) as later:
            bot.send(part)
        assert (later.value.code, later.value.retry_after) == ("file_not_ready", 2.0)
    outside.server.world.clock_shift = 3601
    bot.send(part)
    assert outside.server.asked("POST upload") == 1
    assert outside.heard() == ["film"]


def test_a_film_that_is_never_ready_goes_as_a_document_in_the_end(
    outside: MaxOutside, bot: MaxAdapter
) -> None:
    outside.server.slow_media = 3600
    message = outgoing(outside, "film", stored(b"film", "film.mp4", "video/mp4"))
    (part,) = bot.plan(message)
    waits: list[float] = []
    with pytest.raises(BadContent) as refused:
        while True:
            try:
                bot.send(part)
            except RetryAfter as later:
                waits.append(later.retry_after or 0)
    assert refused.value.code == "file_not_ready"
    assert (waits[0], max(waits), sum(waits) > 300) == (2.0, 60.0, True)
    (plain,) = bot.plan(message, fallback=True)
    bot.send(plain)
    assert outside.heard() == ["film"]
    assert [data for _, data in outside.got()] == [b"film"]


@pytest.mark.requirement("CHN-15")
def test_files_of_customers_are_fetched_also_by_an_address_that_grew_old(
    outside: MaxOutside, bot: MaxAdapter
) -> None:
    outside.sends("file", b"%PDF seven", name="счёт.pdf", mime="application/pdf")
    (file,) = only(bot, bot.poll({}, 0)).remote_files
    aged = replace(file, ref={**file.ref, "url": file.ref["url"] + "-old"})
    for each in (file, aged):
        out = io.BytesIO()
        assert bot.fetch_attachment(each, out, 100).mime == "application/pdf"
        assert out.getvalue() == b"%PDF seven"
    for too_big in (replace(file, size=None), file):
        with pytest.raises(BadContent) as refused:
            bot.fetch_attachment(too_big, io.BytesIO(), 5)
        assert refused.value.code == "too_big"


def test_a_film_is_fetched_by_the_address_that_is_asked_for(outside: MaxOutside, bot: MaxAdapter) -> None:
    outside.sends("video", b"film", mime="video/mp4")
    (file,) = only(bot, bot.poll({}, 0)).remote_files
    out = io.BytesIO()
    bot.fetch_attachment(replace(file, ref={**file.ref, "url": ""}), out, 100)
    assert out.getvalue() == b"film"


def test_a_file_of_a_message_that_is_gone_is_gone(outside: MaxOutside, bot: MaxAdapter) -> None:
    key = outside.sends("file", b"x", name="a.txt")
    (file,) = only(bot, bot.poll({}, 0)).remote_files
    outside.server.world.files.clear()
    outside.deletes(key)
    with pytest.raises(BadContent) as refused:
        bot.fetch_attachment(file, io.BytesIO(), 100)
    assert refused.value.code == "gone"


def test_answers_edits_deletions_buttons_typing_and_reading(outside: MaxOutside, bot: MaxAdapter) -> None:
    asked = outside.says("Забрать можно?")
    (key,) = send(bot, outgoing(outside, "Да?", reply_to_key=asked, buttons=(("Да", "yes"),)))
    message = outside.server.world.messages[key]
    assert message.link is not None
    assert message.link["message"]["mid"] == asked
    cursor = bot.poll({}, 0).cursor
    outside.presses(key, "yes")
    pressed = only(bot, bot.poll(cursor, 0))
    assert (pressed.kind, pressed.button, pressed.text) == ("button", "yes", "Да")
    for _ in range(2):
        bot.answer_button(pressed.extra["answer"])
    assert outside.server.world.callbacks == {}
    bot.edit(str(outside.conversation()), key, Part("key:0", {"text": "Да, сегодня."}))
    assert outside.heard() == ["Да, сегодня."]
    assert len(outside.server.world.messages[key].attachments) == 1
    for _ in range(2):
        bot.delete(str(outside.conversation()), [key])
    assert outside.heard() == []
    bot.typing(str(outside.conversation()))
    bot.mark_read(str(outside.conversation()), str(asked))
    assert (outside.seen_typing(), outside.read_by_us()) == (1, 1)


def test_after_a_day_nothing_can_be_changed(outside: MaxOutside, bot: MaxAdapter) -> None:
    (key,) = send(bot, outgoing(outside, "first"))
    outside.server.world.clock_shift = 25 * 3600
    with pytest.raises(BadContent) as edited:
        bot.edit(str(outside.conversation()), key, Part("key:0", {"text": "second"}))
    with pytest.raises(BadContent) as deleted:
        bot.delete(str(outside.conversation()), [key])
    assert (edited.value.code, deleted.value.code) == ("too_late_to_change", "too_late_to_change")
    assert outside.heard() == ["first"]


@pytest.mark.requirement("CHN-13")
@pytest.mark.parametrize(
    ("deed", "more", "kind", "code"),
    [
        ("status", {"status": 403}, RecipientGone, "bot_suspended"),
        ("status", {"status": 404}, RecipientGone, "chat_unknown"),
        ("status", {"status": 401}, AuthBroken, "token_refused"),
        ("status", {"status": 413}, BadContent, "media_too_big"),
        ("status", {"status": 400}, BadContent, "message_refused"),
        ("status", {"status": 429, "retry_after": 7}, RetryAfter, "too_many_calls"),
        ("status", {"status": 500}, Temporary, "interface_trouble"),
        ("status", {"status": 504}, Ambiguous, "send_unconfirmed"),
        ("html", {}, Temporary, "interface_trouble"),
        ("html", {"status": 200}, Ambiguous, "send_unconfirmed"),
        ("garbage", {}, Ambiguous, "send_unconfirmed"),
        ("empty", {}, Ambiguous, "send_unconfirmed"),
        ("answer", {"status": 200, "body": b'{"message": {}}'}, Ambiguous, "send_unconfirmed"),
        ("reset_after", {}, Ambiguous, "send_unconfirmed"),
        ("cut", {}, Ambiguous, "send_unconfirmed"),
    ],
)
def test_every_refusal_is_told_as_what_it_is(
    outside: MaxOutside, bot: MaxAdapter, deed: Any, more: dict[str, Any], kind: type[ChannelError], code: str
) -> None:
    outside.goes_wrong(deed, **more)
    with pytest.raises(ChannelError) as fault:
        send(bot, outgoing(outside, "hello"))
    assert (type(fault.value), fault.value.code) == (kind, code)
    assert TOKEN not in f"{fault.value.detail} {fault.value!r}"
    if code == "too_many_calls":
        assert fault.value.retry_after == 7


def test_nobody_at_the_address_is_surely_not_sent(outside: MaxOutside, bot: MaxAdapter) -> None:
    (part,) = bot.plan(outgoing(outside, "hello"))
    with outside.server.refusing(), pytest.raises(Temporary) as away:
        bot.send(part)
    assert not away.value.maybe_delivered
    bot.send(part)
    assert outside.heard() == ["hello"]


def test_a_new_channel_begins_with_the_last_update_and_then_misses_none(
    outside: MaxOutside, bot: MaxAdapter
) -> None:
    outside.server.all_at_first = False
    for number in range(3):
        outside.says(f"before {number}")
    first = bot.poll({}, 0)
    assert [event.payload["message"]["body"]["text"] for event in first.events] == ["before 2"]
    for number in range(130):
        outside.says(f"after {number}")
    second = bot.poll(first.cursor, 0)
    third = bot.poll(second.cursor, 0)
    assert (len(second.events), second.more, len(third.events), third.more) == (100, True, 30, False)
    assert bot.poll(third.cursor, 0).cursor == third.cursor


@pytest.mark.requirement("CHN-11")
def test_a_group_has_its_name_also_after_it_was_renamed(outside: MaxOutside, bot: MaxAdapter) -> None:
    group = outside.server.world.group()
    outside.says("hello", group=True)
    batch = bot.poll({}, 0)
    found = only(bot, batch)
    assert (found.is_group, found.conversation_name) == (True, "Neighbours")
    outside.says("again", group=True)
    batch = bot.poll(batch.cursor, 0)
    assert only(bot, batch).conversation_name == "Neighbours"
    assert outside.server.asked("GET chats") == 1
    group.title = "Garden"
    user = outside.server.world.user("Max")
    outside.server.world.update("chat_title_changed", chat_id=group.chat_id, user=user, title="Garden")
    outside.says("renamed", group=True)
    renamed = bot.poll(batch.cursor, 0).events[-1]
    (found,) = bot.normalize(StoredEvent(renamed.event_key, renamed.payload, None))
    assert found.conversation_name == "Garden"
    outside.server.faults.add("status", method="GET chats", status=500)
    group.title = ""
    with closing(MaxAdapter(outside.access)) as other:
        named = other.poll({}, 0).events[0]
    assert "chat_title" not in named.payload


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"updates": {}}', b'{"updates": [{}], "marker": null}'])
def test_an_answer_that_is_none_moves_no_marker(outside: MaxOutside, bot: MaxAdapter, body: bytes) -> None:
    outside.polling_goes_wrong("answer", status=200, body=body)
    with pytest.raises(Temporary):
        bot.poll({"marker": 7}, 0)


def test_what_lies_too_deep_is_left_out_and_the_marker_moves(outside: MaxOutside, bot: MaxAdapter) -> None:
    deep: Any = "end"
    for _ in range(600):
        deep = [deep]
    with outside.server.changed:
        outside.server.world.update("chat_title_changed", chat_id=70_001, aura=deep)
    batch = bot.poll({}, 0)
    (event,) = batch.events
    assert orjson.loads(orjson.dumps(event.payload))["chat_id"] == 70_001
    assert list(bot.poll(batch.cursor, 0).events) == []


def test_calls_without_the_secret_are_refused_and_what_is_no_update_too(
    outside: MaxOutside, bot: MaxAdapter
) -> None:
    call = outside.call("hello")
    assert len(bot.webhook(call.headers, call.body).events) == 1
    for headers in ({}, {"x-max-bot-api-secret": ""}, outside.forged(call).headers):
        assert bot.webhook(headers, call.body).status == 403
    for body in (b"", b"[]", b"{", b"\xff", b"7"):
        reply = bot.webhook(call.headers, body)
        assert (reply.status, list(reply.events)) == (400, [])
    without = MaxAdapter(replace(outside.access, secrets={"token": TOKEN}))
    assert without.webhook({"x-max-bot-api-secret": ""}, call.body).status == 403


def test_by_webhook_and_by_marker_an_update_has_one_name(outside: MaxOutside, bot: MaxAdapter) -> None:
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}/hooks/max/key"
    outside.server.hooks.add("http://127.0.0.1:9/of-another-program", None, None)
    assert bot.subscribe(address, HOOK_SECRET) == {"hook_url": address}
    assert [each["url"] for each in outside.server.hooks.listed()] == [address]
    bot.unsubscribe()
    assert outside.server.hooks.listed() == []
    outside.says("hello")
    (event,) = bot.poll({}, 0).events
    assert event.event_key.startswith("created:mid.")


@pytest.mark.parametrize(
    ("settings", "known", "state", "code", "warnings"),
    [
        ({"mode": "poll"}, [], "ok", "", 0),
        ({"mode": "poll"}, ["x"], "degraded", "receive.elsewhere", 0),
        ({"mode": "webhook"}, [], "ok", "", 0),
        ({"mode": "webhook", "receiving": "7"}, ["ours"], "ok", "", 0),
        ({"mode": "webhook", "receiving": "7"}, ["ours", "x"], "ok", "", 1),
        ({"mode": "webhook", "receiving": "7"}, [], "degraded", "receive.not_called", 0),
    ],
)
def test_the_test_of_a_bot_says_who_gets_its_messages(
    outside: MaxOutside, settings: dict[str, str], known: list[str], state: str, code: str, warnings: int
) -> None:
    for each in known:
        outside.server.hooks.add(f"http://127.0.0.1:9/{each}", None, None)
    settings = {**outside.access.settings, "hook_url": "http://127.0.0.1:9/ours", **settings}
    with closing(MaxAdapter(replace(outside.access, settings=settings))) as bot:
        health = bot.verify()
    assert (health.state, health.code, health.identity) == (state, code, "@shop_bot")
    assert len(health.warnings) == warnings
    assert health.facts.get("is_called") is (False if code == "receive.not_called" else None)
    assert [name for name, _, _ in health.steps] == ["max.connection", "max.token", "max.receiving"]
    assert health.facts["settings"] == {"username": "shop_bot", "bot_id": 900_100}


def test_the_test_of_a_bot_says_what_is_wrong(outside: MaxOutside) -> None:
    def found(secrets: dict[str, str] | None = None, **settings: Any) -> tuple[str, str, list[bool]]:
        access = replace(outside.access, settings={**outside.access.settings, **settings})
        with closing(MaxAdapter(replace(access, secrets=secrets or access.secrets))) as bot:
            health = bot.verify()
        return health.state, health.code, [ok for _, ok, _ in health.steps]

    (port,) = free_ports(1)
    assert found({"token": "another-token"}) == ("broken", "receive.token_refused", [True, False])
    assert found({"x": "y"}) == ("broken", "receive.token_refused", [True, False])
    assert found(api_base=f"http://127.0.0.1:{port}") == ("degraded", "receive.unreachable", [False])
    assert found(authority="no certificate") == ("degraded", "receive.authority_bad", [False])
    outside.server.faults.add("html", method="GET me", status=200)
    assert found() == ("degraded", "receive.not_the_interface", [False])


def test_a_certificate_of_the_ministry_is_trusted_where_its_authority_was_pasted(
    outside: MaxOutside, tmp_path: Path
) -> None:
    identity = make_identity(tmp_path)
    with MaxPeer(tls=identity.server_context()) as secured:
        settings = {**outside.access.settings, "api_base": secured.url}
        found = []
        for authority in ("", identity.authority):
            access = replace(outside.access, settings={**settings, "authority": authority})
            with closing(MaxAdapter(access)) as bot:
                found.append(bot.verify().code)
    assert found == ["receive.certificate_not_trusted", ""]


def test_the_link_that_brings_a_customer_holds_the_token(outside: MaxOutside, bot: MaxAdapter) -> None:
    assert bot.start_link("aB3_-x") == "https://max.ru/shop_bot?start=aB3_-x"
    nameless = MaxAdapter(replace(outside.access, settings={}))
    assert nameless.start_link("aB3_-x") is None
    outside.starts("aB3_-x")
    found = only(bot, bot.poll({}, 0))
    assert (found.kind, found.reachable, found.start_ref) == ("contact_state", True, "aB3_-x")

"""Bots both ways, against a server that plays Telegram."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from typing import Any

import orjson
import pytest

from channels.adapter import (
    AuthBroken,
    BadContent,
    Batch,
    ChannelError,
    Conflict,
    Moved,
    Part,
    RecipientGone,
    RetryAfter,
    StoredEvent,
    Temporary,
)
from channels.registry import adapter_for
from channels.telegram.adapter import TelegramAdapter
from core.config import get_settings
from core.files import file_store
from inbox.border import Incoming, Outgoing, OutgoingFile
from tests.channels.telegram.outside import TelegramOutside
from tests.peers.socks import SocksProxy
from tests.peers.telegram.server import TOKEN, TelegramPeer

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64
OGG = b"OggS" + b"\0" * 64


@pytest.fixture
def adapter(outside: TelegramOutside) -> Iterator[TelegramAdapter]:
    with closing(adapter_for(outside.access)) as adapter:
        assert isinstance(adapter, TelegramAdapter)
        yield adapter


def made_for(outside: TelegramOutside, **settings: Any) -> TelegramAdapter:
    """An adapter for the channel with other settings."""
    adapter = adapter_for(replace(outside.access, settings={**outside.access.settings, **settings}))
    assert isinstance(adapter, TelegramAdapter)
    return adapter


def outgoing(text: str = "", *files: OutgoingFile, to: str, **more: Any) -> Outgoing:
    return Outgoing("key", 71, 5, to, text, more.pop("html", None), files, {}, **more)


def stored(data: bytes, name: str, mime: str) -> OutgoingFile:
    return OutgoingFile(name, mime, len(data), file_store().put_bytes(data).sha256)


def read(adapter: TelegramAdapter, batch: Batch) -> list[Incoming]:
    events = [StoredEvent(each.event_key, each.payload, None) for each in batch.events]
    return [found for event in events for found in adapter.normalize(event)]


def deliver(adapter: TelegramAdapter, given: Outgoing) -> list[str]:
    return [key for part in adapter.plan(given) for key in adapter.send(part).keys]


def test_where_there_is_a_proxy_everything_goes_by_it(
    outside: TelegramOutside, telegram: TelegramPeer
) -> None:
    elsewhere = {
        "api_base": "http://api.telegram.invalid/bot",
        "file_base": "http://api.telegram.invalid/file/bot",
    }
    settings = {**outside.access.settings, **elsewhere}
    secrets = {**outside.access.secrets, "proxy": telegram.url.replace("//", "//name:password@")}
    outside.sends("file", b"%PDF", name="a.pdf")
    with closing(adapter_for(replace(outside.access, settings=settings, secrets=secrets))) as adapter:
        assert isinstance(adapter, TelegramAdapter)
        (found,) = read(adapter, adapter.poll({}, 0))
        out = BytesIO()
        adapter.fetch_attachment(found.remote_files[0], out, 100)
    assert out.getvalue() == b"%PDF"
    assert {call.headers["host"] for _, call in telegram.calls} == {"api.telegram.invalid"}
    assert all("proxy-authorization" in call.headers for _, call in telegram.calls)


@pytest.mark.parametrize(("password", "state"), [("password", "ok"), ("wrong", "degraded")])
def test_a_proxy_may_speak_socks(
    outside: TelegramOutside, telegram: TelegramPeer, password: str, state: str
) -> None:
    settings = {**outside.access.settings, "api_base": "http://api.telegram.invalid/bot"}
    with SocksProxy(telegram.port) as proxy:
        secrets = {**outside.access.secrets, "proxy": f"socks5://name:{password}@127.0.0.1:{proxy.port}"}
        with closing(adapter_for(replace(outside.access, settings=settings, secrets=secrets))) as adapter:
            health = adapter.verify()
    assert health.state == state
    assert health.code in ("", "receive.proxy_refused")
    assert set(proxy.asked) == ({"api.telegram.invalid"} if state == "ok" else set())


# what comes


def test_numbers_that_begin_anew_lose_no_update(adapter: TelegramAdapter, telegram: TelegramPeer) -> None:
    telegram.people.say("before")
    before = adapter.poll({}, 0)
    assert adapter.poll(before.cursor, 0).events == []
    telegram.world.queue.restart_numbers()
    telegram.people.say("after a quiet week")
    after = adapter.poll(before.cursor, 0)
    assert [each.text for each in read(adapter, after)] == ["after a quiet week"]
    telegram.people.say("and on")
    assert [each.text for each in read(adapter, adapter.poll(after.cursor, 0))] == ["and on"]


def test_more_than_a_hundred_updates_come_in_several_looks(
    adapter: TelegramAdapter, telegram: TelegramPeer
) -> None:
    for number in range(130):
        telegram.people.say(f"{number}")
    first = adapter.poll({}, 0)
    rest = adapter.poll(first.cursor, 0)
    assert (len(first.events), first.more, len(rest.events), rest.more) == (100, True, 30, False)


def test_one_update_nobody_can_read_holds_up_no_other(
    adapter: TelegramAdapter, telegram: TelegramPeer, outside: TelegramOutside
) -> None:
    outside.poison()
    telegram.world.queue.push("raw", {"message": None})
    telegram.people.say("good")
    batch = adapter.poll({}, 0)
    assert len(batch.events) == 3
    told = []
    for event in batch.events:
        try:
            told += [
                each.text for each in adapter.normalize(StoredEvent(event.event_key, event.payload, None))
            ]
        except BadContent as aside:
            told.append(aside.code)
    assert told == ["unreadable", "unreadable", "good"]
    assert adapter.poll(batch.cursor, 0).events == []


@pytest.mark.parametrize(
    "body", [b'{"ok":true,"result":{}}', b'{"ok":true,"result":[1,2]}', b'{"ok":true}', b"[]"]
)
def test_an_answer_that_is_none_is_no_loss(
    adapter: TelegramAdapter, telegram: TelegramPeer, body: bytes
) -> None:
    telegram.people.say("still here")
    telegram.faults.add("answer", method="getUpdates", status=200, body=body)
    with pytest.raises(Temporary) as fault:
        adapter.poll({}, 0)
    assert fault.value.code == "bad_answer"
    assert len(adapter.poll({}, 0).events) == 1


def test_another_reader_or_a_webhook_is_a_conflict_with_a_name(
    adapter: TelegramAdapter, telegram: TelegramPeer
) -> None:
    telegram.faults.add("status", method="getUpdates", status=409)
    with pytest.raises(Conflict) as other:
        adapter.poll({}, 0)
    adapter.subscribe(f"{telegram.url}/nowhere", "s" * 43)
    with pytest.raises(Conflict) as hook:
        adapter.poll({}, 0)
    assert (other.value.code, hook.value.code) == ("other_reader", "webhook_set")
    adapter.unsubscribe()
    assert adapter.poll({}, 0).events == []


def test_a_group_is_one_conversation_of_many_people(adapter: TelegramAdapter, telegram: TelegramPeer) -> None:
    club = telegram.world.group("Club")
    telegram.people.say("Is it open?", "Max", chat=club)
    telegram.people.say("Yes", "Mia", chat=club)
    found = read(adapter, adapter.poll({}, 0))
    assert {each.conversation_key for each in found} == {str(club.id)}
    assert [each.author.name for each in found] == ["Max", "Mia"]
    assert all(each.is_group and each.conversation_name == "Club" for each in found)


def test_groups_and_business_accounts_can_be_left_aside(
    outside: TelegramOutside, telegram: TelegramPeer
) -> None:
    connection = telegram.world.connect_business()
    telegram.people.say("in the group", chat=telegram.world.group("Club"))
    telegram.people.say("to Olga", business=connection)
    telegram.people.say("to the bot")
    with closing(made_for(outside, groups=False, business=False)) as adapter:
        found = read(adapter, adapter.poll({}, 0))
    assert [each.text for each in found if each.kind == "message"] == ["to the bot"]
    assert [each.kind for each in found] == ["unsupported", "unsupported", "unsupported", "message"]


def test_topics_are_conversations_of_their_own_and_are_answered_in_theirs(
    adapter: TelegramAdapter, telegram: TelegramPeer
) -> None:
    forum = telegram.world.group("Support", forum=True)
    forum.topics = {12: "Delivery", 13: "Returns"}
    telegram.people.say("Where is it?", chat=forum, topic=12)
    telegram.people.say("Broken", "Mia", chat=forum, topic=13)
    first, second = read(adapter, adapter.poll({}, 0))
    assert first.conversation_name == "Support › Delivery"
    assert first.conversation_key != second.conversation_key
    (key,) = deliver(adapter, outgoing("Tomorrow", to=first.conversation_key or ""))
    answer = forum.messages[int(key.rpartition("/")[2])]
    assert answer["message_thread_id"] == 12
    forum.closed_topics.add(13)
    with pytest.raises(RecipientGone) as closed:
        deliver(adapter, outgoing("Sorry", to=second.conversation_key or ""))
    assert closed.value.code == "topic_closed"


def test_an_album_is_several_messages_under_one_name(
    adapter: TelegramAdapter, telegram: TelegramPeer
) -> None:
    for number in range(4):
        telegram.people.send_file("photo", PNG, album="a1", text="Four" if not number else "")
    batch = adapter.poll({}, 0)
    found = read(adapter, batch)
    assert len({each.group_key for each in found}) == len({each.group_key for each in batch.events}) == 1
    assert [each.text for each in found] == ["Four", "", "", ""]


@pytest.mark.parametrize("kind", TelegramOutside.media)
def test_files_of_every_kind_are_fetched_as_they_were_sent(
    adapter: TelegramAdapter, outside: TelegramOutside, kind: Any
) -> None:
    data = f"bytes of a {kind}".encode()
    outside.sends(kind, data, name="Счёт №5.pdf" if kind == "file" else "")
    (found,) = read(adapter, adapter.poll({}, 0))
    (file,) = found.remote_files
    out = BytesIO()
    adapter.fetch_attachment(file, out, 1000)
    assert (file.kind, out.getvalue(), file.size) == (kind, data, len(data))
    assert file.name
    assert TOKEN not in f"{file}{found}"


def test_a_file_that_cannot_be_had_says_why(adapter: TelegramAdapter, telegram: TelegramPeer) -> None:
    telegram.people.send_file("document", b"0" * 2000, name="a.bin")
    telegram.people.send_file("document", b"0" * ((20 << 20) + 1), name="big.bin")
    small, big = (each.remote_files[0] for each in read(adapter, adapter.poll({}, 0)))
    telegram.faults.add("status", method="file", status=404, text="Not Found")
    telegram.faults.add("cut", method="file")
    telegram.faults.add("status", method="file", status=502)
    tries = [
        (small, 1000, BadContent, "too_big"),
        (replace(small, size=None), 1000, BadContent, "gone"),
        (small, 5000, Temporary, "connection_lost"),
        (small, 5000, Temporary, "server_error"),
        (replace(small, size=None), 1000, BadContent, "too_big"),
        (big, 1 << 30, BadContent, "too_big"),
        (replace(small, ref={"file_id": "nothing"}), 5000, BadContent, "gone"),
    ]
    for file, most, kind, code in tries:
        with pytest.raises(ChannelError) as fault:
            adapter.fetch_attachment(file, BytesIO(), most)
        assert (type(fault.value), fault.value.code) == (kind, code)
        assert TOKEN not in f"{fault.value!r} {fault.value.detail} {fault.value.__cause__}"


@pytest.mark.parametrize("path", ["/etc/passwd", "../../etc/passwd", ""])
def test_no_path_of_our_own_machine_is_taken_for_a_file(
    adapter: TelegramAdapter, telegram: TelegramPeer, path: str
) -> None:
    telegram.people.send_file("document", b"0")
    (found,) = read(adapter, adapter.poll({}, 0))
    body = f'{{"ok":true,"result":{{"file_id":"x","file_unique_id":"y","file_path":"{path}"}}}}'.encode()
    telegram.faults.add("answer", method="getFile", status=200, body=body)
    with pytest.raises(BadContent):
        adapter.fetch_attachment(found.remote_files[0], BytesIO(), 1000)


def test_a_link_of_ours_brings_its_token_and_only_in_private(
    adapter: TelegramAdapter, telegram: TelegramPeer
) -> None:
    telegram.people.say("/start k3Jd_x-9")
    telegram.people.say("/start k3Jd_x-9", chat=telegram.world.group("Club"))
    telegram.people.say("/start")
    found = read(adapter, adapter.poll({}, 0))
    assert [each.start_ref for each in found] == ["k3Jd_x-9", None, None]


def test_a_test_leaves_what_links_need(adapter: TelegramAdapter, outside: TelegramOutside) -> None:
    with closing(made_for(outside, bot_username="")) as untested:
        assert untested.start_link("k3Jd_x-9") is None
    kept = adapter.verify().facts["settings"]
    with closing(made_for(outside, **kept)) as later:
        assert later.start_link("k3Jd_x-9") == "https://t.me/helpdesk_bot?start=k3Jd_x-9"


def test_who_somebody_is_can_be_asked_with_their_picture(
    adapter: TelegramAdapter, telegram: TelegramPeer
) -> None:
    telegram.people.say("Hello", "Max Orlov")
    person = telegram.world.person("Max Orlov")
    picture = telegram.world.add_file(PNG, name="face.jpg", folder="profile_photos")
    telegram.world.pictures[person["id"]] = picture.file_id
    found = adapter.profile(str(person["id"]))
    assert found is not None
    assert (found.name, found.shown) == ("Max Orlov", "@maxorlov_tg")
    reference = adapter.picture(str(person["id"]))
    assert reference is not None
    out = BytesIO()
    adapter.fetch_attachment(reference, out, 1000)
    assert out.getvalue() == PNG
    assert adapter.profile("999") is adapter.profile("nobody") is adapter.picture("999") is None


# what goes


def test_an_answer_is_formatted_quoted_and_has_its_buttons(
    adapter: TelegramAdapter, telegram: TelegramPeer, outside: TelegramOutside
) -> None:
    asked = outside.says("Where is my parcel?")
    given = outgoing(
        "on its way",
        html="<p>It is <b>on its way 😀</b></p>",
        to=outside.conversation() or "",
        reply_to_key=asked,
        buttons=(("Thanks", "thanks:1"),),
    )
    (key,) = deliver(adapter, given)
    message = telegram.world.private("Max").messages[int(key.rpartition("/")[2])]
    assert message["text"] == "It is on its way 😀"
    assert message["entities"] == [{"type": "bold", "offset": 6, "length": 13}]
    assert message["reply_to_message"]["text"] == "Where is my parcel?"
    assert message["reply_markup"]["inline_keyboard"] == [[{"text": "Thanks", "callback_data": "thanks:1"}]]


def test_an_answer_to_a_message_that_is_gone_still_goes_out(
    adapter: TelegramAdapter, telegram: TelegramPeer, outside: TelegramOutside
) -> None:
    asked = outside.says("Never mind") or ""
    del telegram.world.private("Max").messages[int(asked.rpartition("/")[2])]
    deliver(adapter, outgoing("Fine", to=outside.conversation() or "", reply_to_key=asked))
    assert outside.heard() == ["Fine"]


def test_files_go_out_as_what_they_are_with_their_names(
    adapter: TelegramAdapter, telegram: TelegramPeer, outside: TelegramOutside
) -> None:
    outside.says("Hello")
    files = [
        stored(PNG, "broken.png", "image/png"),
        stored(PNG + b"1", "mended.png", "image/png"),
        stored(OGG, "voice.ogg", "audio/ogg"),
        stored(b"%PDF-1.7", "Счёт №5.pdf", "application/pdf"),
    ]
    keys = deliver(adapter, outgoing("All of them", *files, to=outside.conversation() or ""))
    assert len(keys) == len(set(keys)) == 5
    sent = [each for each in telegram.world.private("Max").messages.values() if each["from"]["is_bot"]]
    assert [set(each) & {"photo", "voice", "document", "text"} for each in sent] == [
        {"photo"},
        {"photo"},
        {"voice"},
        {"document"},
        {"text"},
    ]
    assert sent[0]["media_group_id"] == sent[1]["media_group_id"]
    assert ("Счёт №5.pdf", b"%PDF-1.7") in outside.got()


def test_a_picture_telegram_cannot_use_goes_as_a_document_in_the_plainest_form(
    adapter: TelegramAdapter, outside: TelegramOutside
) -> None:
    outside.says("Hello")
    given = outgoing("See", stored(b"no picture", "a.png", "image/png"), to=outside.conversation() or "")
    with pytest.raises(BadContent) as refused:
        deliver(adapter, given)
    assert refused.value.code == "bad_file"
    for part in adapter.plan(given, fallback=True):
        adapter.send(part)
    assert outside.got() == [("a.png", b"no picture")]


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ({"do": "status", "status": 429, "retry_after": 7}, RetryAfter, "too_many_calls"),
        ({"do": "status", "status": 403}, RecipientGone, "blocked"),
        (
            {"do": "status", "status": 403, "text": "Forbidden: user is deactivated"},
            RecipientGone,
            "deactivated",
        ),
        (
            {"do": "status", "status": 403, "text": "Forbidden: bot was kicked from the group chat"},
            RecipientGone,
            "removed",
        ),
        ({"do": "status", "status": 403, "text": "Forbidden: something new"}, RecipientGone, "forbidden"),
        (
            {"do": "status", "status": 400, "text": "Bad Request: chat not found"},
            RecipientGone,
            "unknown_chat",
        ),
        (
            {
                "do": "status",
                "status": 400,
                "text": "Bad Request: not enough rights to send text messages to the chat",
            },
            RecipientGone,
            "muted",
        ),
        (
            {"do": "status", "status": 400, "text": "Bad Request: can't parse entities: x"},
            BadContent,
            "bad_markup",
        ),
        ({"do": "status", "status": 400, "text": "Bad Request: something new"}, BadContent, "refused"),
        ({"do": "status", "status": 413, "text": "Request Entity Too Large (413)"}, BadContent, "too_big"),
        ({"do": "status", "status": 401}, AuthBroken, "token_refused"),
        ({"do": "status", "status": 404, "text": "Not Found"}, BadContent, "unknown_method"),
        ({"do": "status", "status": 500}, Temporary, "server_error"),
        ({"do": "html"}, Temporary, "server_error"),
    ],
)
def test_a_refusal_has_a_meaning(
    adapter: TelegramAdapter, outside: TelegramOutside, fault: dict[str, Any], kind: type, code: str
) -> None:
    outside.says("Hello")
    outside.server.faults.add(method="sendMessage", **fault)
    with pytest.raises(ChannelError) as refused:
        deliver(adapter, outgoing("x", to=outside.conversation() or ""))
    assert (type(refused.value), refused.value.code) == (kind, code)
    assert TOKEN not in refused.value.detail
    if kind is RetryAfter:
        assert refused.value.retry_after == pytest.approx(7.5)


@pytest.mark.parametrize("deed", ["reset_after", "reset_before", "cut", "garbage", "empty"])
def test_a_call_that_broke_off_may_have_been_heard(
    adapter: TelegramAdapter, outside: TelegramOutside, deed: Any
) -> None:
    outside.says("Hello")
    outside.goes_wrong(deed)
    with pytest.raises(ChannelError) as broken:
        deliver(adapter, outgoing("x", to=outside.conversation() or ""))
    assert broken.value.maybe_delivered
    assert broken.value.code == "unconfirmed"


def test_nobody_at_the_port_means_that_nothing_was_sent(
    adapter: TelegramAdapter, telegram: TelegramPeer, outside: TelegramOutside
) -> None:
    outside.says("Hello")
    with telegram.refusing(), pytest.raises(Temporary) as away:
        deliver(adapter, outgoing("x", to=outside.conversation() or ""))
    assert (away.value.code, away.value.maybe_delivered) == ("unreachable", False)
    deliver(adapter, outgoing("now", to=outside.conversation() or ""))
    assert outside.heard() == ["now"]


def test_an_address_inside_our_network_is_not_called(
    monkeypatch: pytest.MonkeyPatch, telegram: TelegramPeer, outside: TelegramOutside
) -> None:
    monkeypatch.setenv("OUTSIDE_ALLOW", "")
    get_settings.cache_clear()
    with closing(adapter_for(outside.access)) as adapter:
        health = adapter.verify()
    assert (health.state, health.code) == ("degraded", "receive.address_not_allowed")
    assert telegram.calls == []


def test_a_token_that_is_no_bots_is_told_from_a_method_that_is_none(
    outside: TelegramOutside, telegram: TelegramPeer
) -> None:
    for secret, code in (("1234567890:short", "no_such_bot"), (f"1234567890:{'x' * 35}", "token_refused")):
        access = replace(outside.access, secrets={"token": secret})
        with closing(adapter_for(access)) as adapter:
            with pytest.raises(AuthBroken) as broken:
                adapter.poll({}, 0)
            assert broken.value.code == code


def test_the_token_leaves_our_network_only_encrypted(outside: TelegramOutside) -> None:
    with closing(made_for(outside, api_base="http://203.0.114.7/bot")) as adapter:
        health = adapter.verify()
    assert (health.state, health.code) == ("degraded", "receive.plain_refused")
    assert "https" in health.steps[0][2]


def test_every_fault_has_a_sentence_of_its_own() -> None:
    from channels.telegram import errors
    from channels.telegram.sentences import FAULTS, GOOD, STEPS

    told = {*errors.FORBIDDEN.values(), *errors.GONE.values(), *errors.CONTENT.values()}
    assert told <= FAULTS.keys()
    assert GOOD.keys() == STEPS.keys()


def test_a_group_that_moved_says_where_it_is(
    adapter: TelegramAdapter, telegram: TelegramPeer, outside: TelegramOutside
) -> None:
    outside.says("Hello", group=True)
    old = outside.conversation(group=True) or ""
    outside.moves()
    with pytest.raises(Moved) as moved:
        deliver(adapter, outgoing("x", to=old))
    found = read(adapter, adapter.poll({}, 0))
    assert [each.kind for each in found] == ["message", "moved", "moved"]
    assert {each.new_conversation_key for each in found[1:]} == {moved.value.new_key}
    deliver(adapter, outgoing("x", to=moved.value.new_key or ""))


def test_who_blocks_the_bot_is_gone_until_they_come_back(
    adapter: TelegramAdapter, outside: TelegramOutside
) -> None:
    outside.says("Hello")
    outside.blocks()
    with pytest.raises(RecipientGone) as gone:
        deliver(adapter, outgoing("x", to=outside.conversation() or ""))
    assert (gone.value.code, gone.value.health) == ("blocked", "none")
    outside.unblocks()
    assert [each.reachable for each in read(adapter, adapter.poll({}, 0))] == [None, False, True]
    deliver(adapter, outgoing("welcome back", to=outside.conversation() or ""))


def test_a_business_account_is_answered_in_its_name_for_a_day(
    adapter: TelegramAdapter, telegram: TelegramPeer
) -> None:
    connection = telegram.world.connect_business("Olga")
    telegram.people.say("Is it open?", business=connection)
    telegram.people.say("One moment", business=connection, as_owner=True)
    _, asked, said = read(adapter, adapter.poll({}, 0))
    assert asked.reply_until is not None
    assert (said.direction, said.author.name, said.author.role) == ("out", "Olga", "agent")
    assert said.conversation_key == asked.conversation_key
    assert [each.key for each in said.participants] == [asked.author.key]
    to = asked.conversation_key or ""
    adapter.typing(to)
    adapter.mark_read(to, asked.message_key or "")
    (key,) = deliver(adapter, outgoing("Until ten", to=to))
    chat = telegram.world.business_chat(connection, "Max")
    assert chat.messages[int(key.rpartition("/")[2])]["from"]["first_name"] == "Olga"
    assert (chat.actions, chat.reads) == (["typing"], 1)
    adapter.delete(to, [key])
    assert int(key.rpartition("/")[2]) not in chat.messages
    telegram.ctl_clock(25 * 3600)
    with pytest.raises(RecipientGone) as late:
        deliver(adapter, outgoing("Too late", to=to))
    assert late.value.code == "window_closed"
    telegram.world.connections[connection]["is_enabled"] = False
    with pytest.raises(RecipientGone) as off:
        deliver(adapter, outgoing("Hello?", to=to))
    assert off.value.code == "business_off"


def test_deletions_in_a_business_account_and_changes_are_told(
    adapter: TelegramAdapter, telegram: TelegramPeer
) -> None:
    connection = telegram.world.connect_business()
    message = telegram.people.say("Is it opne?", business=connection)
    chat = telegram.world.business_chat(connection, "Max")
    telegram.people.edit(chat, message["message_id"], text="Is it open?")
    telegram.people.delete(chat, message["message_id"])
    _, said, changed, gone = read(adapter, adapter.poll({}, 0))
    assert (changed.kind, changed.text, changed.message_key) == ("edit", "Is it open?", said.message_key)
    assert (gone.kind, gone.message_key) == ("delete", said.message_key)


def test_what_was_sent_is_changed_and_taken_back_and_twice_is_as_once(
    adapter: TelegramAdapter, outside: TelegramOutside
) -> None:
    outside.says("Hello")
    to = outside.conversation() or ""
    (text,) = deliver(adapter, outgoing("On Monday", to=to))
    picture = stored(PNG, "a.png", "image/png")
    (photo,) = deliver(adapter, outgoing("Here", picture, to=to))
    (new_text,) = adapter.plan(outgoing("On Tuesday", html="On <b>Tuesday</b>", to=to))
    (new_photo,) = adapter.plan(outgoing("There", picture, to=to))
    for _ in range(2):
        adapter.edit(to, text, new_text)
        adapter.edit(to, photo, new_photo)
    assert outside.heard() == ["On Tuesday", "There"]
    for _ in range(2):
        adapter.delete(to, [text, photo])
    assert outside.heard() == []


def test_what_is_too_old_cannot_be_taken_back(
    adapter: TelegramAdapter, telegram: TelegramPeer, outside: TelegramOutside
) -> None:
    outside.says("Hello")
    to = outside.conversation() or ""
    keys = deliver(adapter, outgoing("On Monday", to=to))
    telegram.ctl_clock(49 * 3600)
    with pytest.raises(BadContent) as late:
        adapter.delete(to, keys)
    assert late.value.code == "too_old"


def test_a_pressed_button_is_told_and_answered(
    adapter: TelegramAdapter, telegram: TelegramPeer, outside: TelegramOutside
) -> None:
    outside.says("Hello")
    given = outgoing("Send again?", to=outside.conversation() or "", buttons=(("Yes, please", "yes:5"),))
    (key,) = deliver(adapter, given)
    outside.presses(key, "yes:5")
    _, pressed = read(adapter, adapter.poll({}, 0))
    assert (pressed.kind, pressed.text, pressed.button, pressed.message_key) == (
        "button",
        "Yes, please",
        "yes:5",
        key,
    )
    adapter.answer_button(pressed.extra["answer"])
    (answered,) = telegram.world.answered.values()
    assert answered["answer"] == ""
    telegram.ctl_clock(600)
    adapter.answer_button(pressed.extra["answer"])


def test_reactions_are_told_as_they_are_now(adapter: TelegramAdapter, outside: TelegramOutside) -> None:
    outside.says("Hello")
    (key,) = deliver(adapter, outgoing("Done", to=outside.conversation() or ""))
    adapter.poll({}, 0)  # says which updates are wanted
    outside.reacts(key, ("👍",))
    outside.reacts(key, ())
    _, put, taken = read(adapter, adapter.poll({}, 0))
    assert (put.message_key, put.reactions, taken.reactions) == (key, ("👍",), ())


# the channel itself


def test_a_test_tells_what_the_bot_may_not_see(outside: TelegramOutside, telegram: TelegramPeer) -> None:
    telegram.world.me |= {"can_read_all_group_messages": False, "can_connect_to_business": False}
    with closing(adapter_for(outside.access)) as adapter:
        health = adapter.verify()
    assert health.state == "ok"
    assert health.identity == "@helpdesk_bot"
    assert [name for name, ok, _ in health.steps if ok] == [
        "telegram.connection",
        "telegram.token",
        "telegram.receiving",
    ]
    assert len(health.warnings) == 2
    assert "/setprivacy" in health.warnings[0]
    with closing(made_for(outside, groups=False, business=False)) as adapter:
        assert adapter.verify().warnings == ()


def test_a_test_finds_that_another_program_gets_the_messages(
    outside: TelegramOutside, telegram: TelegramPeer
) -> None:
    telegram.world.hook = {"url": "https://elsewhere.test/bot"}
    with closing(adapter_for(outside.access)) as adapter:
        health = adapter.verify()
    assert (health.state, health.code, health.detail) == (
        "degraded",
        "receive.webhook_set",
        "https://elsewhere.test/bot",
    )
    assert health.steps[-1][:2] == ("telegram.receiving", False)
    with closing(made_for(outside)) as adapter:
        with pytest.raises(Conflict) as foreign:
            adapter.subscribe(f"{telegram.url}/ours", "s" * 43)
        assert foreign.value.code == "webhook_set"
    assert telegram.world.hook["url"] == "https://elsewhere.test/bot"
    with closing(made_for(outside, takes_over=True)) as adapter:
        assert adapter.verify().state == "ok"
    assert telegram.world.hook == {}


def test_a_test_of_something_that_is_no_bot_interface_says_so(
    outside: TelegramOutside, telegram: TelegramPeer
) -> None:
    for body in (b'{"ok":true,"result":{"id":1}}', b'{"ok":true,"result":[]}', b"{}", b"<html>"):
        telegram.faults.add("answer", method="getMe", status=200, body=body)
        with closing(adapter_for(outside.access)) as adapter:
            health = adapter.verify()
        assert (health.state, health.code) == ("degraded", "receive.bad_answer")
        assert health.steps == (("telegram.connection", False, health.steps[0][2]),)


def test_what_telegram_says_of_our_webhook_is_shown(outside: TelegramOutside, telegram: TelegramPeer) -> None:
    ours = "https://desk.test/hooks/telegram/x"
    telegram.world.hook = {"url": ours, "last_error_message": "Wrong response: 502"}
    with closing(made_for(outside, mode="webhook", hook_url=ours)) as adapter:
        health = adapter.verify()
    assert health.state == "ok"
    assert health.detail == "Wrong response: 502"
    assert len(health.warnings) == 1


def test_a_call_from_outside_needs_the_secret_we_gave(
    adapter: TelegramAdapter, outside: TelegramOutside
) -> None:
    call = outside.call("Hello")
    good = adapter.webhook(call.headers, call.body)
    assert (good.status, len(good.events)) == (200, 1)
    (found,) = adapter.normalize(StoredEvent(good.events[0].event_key, good.events[0].payload, None))
    assert found.text == "Hello"
    for headers in (
        {},
        {"x-telegram-bot-api-secret-token": "wrong"},
        {"x-telegram-bot-api-secret-token": "секрет"},
    ):
        refused = adapter.webhook(headers, call.body)
        assert (refused.status, refused.events) == (403, ())
    for body in (b"", b"{", b"[1]", b"null", b"\xff"):
        assert adapter.webhook(call.headers, body).status == 400


def test_polled_and_called_an_update_has_one_name(adapter: TelegramAdapter, telegram: TelegramPeer) -> None:
    telegram.people.say("Hello")
    (waiting,) = telegram.world.queue.heads()
    (polled,) = adapter.poll({}, 0).events
    headers = {"x-telegram-bot-api-secret-token": "h" * 43}
    (called,) = adapter.webhook(headers, orjson.dumps(waiting.update)).events
    assert polled.event_key == called.event_key


def test_the_token_is_in_nothing_that_is_shown_or_kept(
    outside: TelegramOutside, adapter: TelegramAdapter
) -> None:
    outside.sends("file", b"%PDF", name="a.pdf")
    batch = adapter.poll({}, 0)
    shown = f"{batch} {adapter!r} {adapter.verify()} {read(adapter, batch)}"
    parts: list[Part] = list(adapter.plan(outgoing("x", to="7")))
    assert TOKEN not in f"{shown} {parts}"

"""The peer that plays Telegram is faithful: python-telegram-bot, as anybody has it, gets along with it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    ReplyParameters,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)
from telegram.request import HTTPXRequest

from tests.peers.telegram.server import TOKEN, TelegramPeer

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture
def peer() -> Iterator[TelegramPeer]:
    with TelegramPeer() as peer:
        yield peer


def run(peer: TelegramPeer, work: Callable[[Bot], Awaitable[Any]], token: str = TOKEN) -> Any:
    async def working() -> Any:
        calls, polls = HTTPXRequest(), HTTPXRequest()
        bases = {"base_url": peer.api_base, "base_file_url": peer.file_base}
        try:
            return await work(Bot(token, request=calls, get_updates_request=polls, **bases))
        finally:
            await calls.shutdown()
            await polls.shutdown()

    return asyncio.run(working())


def test_a_bot_knows_itself_and_a_wrong_token_is_told_from_a_dead_one(peer: TelegramPeer) -> None:
    async def me(bot: Bot) -> Any:
        found = await bot.get_me()
        return found.username, found.can_read_all_group_messages

    assert run(peer, me) == ("helpdesk_bot", True)
    with pytest.raises(InvalidToken, match="Unauthorized"):
        run(peer, me, "999:" + "x" * 35)
    with pytest.raises(InvalidToken, match="Not Found"):
        run(peer, me, "999:short")


def test_updates_are_forgotten_when_they_are_asked_past_and_not_before(peer: TelegramPeer) -> None:
    for text in ("one", "two", "three"):
        peer.people.say(text)

    async def polling(bot: Bot) -> Any:
        first = await bot.get_updates()
        again = await bot.get_updates()
        rest = await bot.get_updates(offset=first[0].update_id + 1)
        past = await bot.get_updates(offset=first[-1].update_id + 1)
        behind = await bot.get_updates(offset=first[0].update_id)
        return [[each.message.text for each in batch] for batch in (first, again, rest, past, behind)]

    assert run(peer, polling) == [["one", "two", "three"]] * 2 + [["two", "three"], [], []]


def test_an_offset_far_beyond_the_end_gives_the_head_for_ever(peer: TelegramPeer) -> None:
    peer.people.say("one")

    async def polling(bot: Bot) -> Any:
        (update,) = await bot.get_updates()
        near = await bot.get_updates(offset=update.update_id + 11)
        peer.people.say("two")
        far = [await bot.get_updates(offset=update.update_id + 100) for _ in range(2)]
        return near, [[each.message.text for each in batch] for batch in far]

    assert run(peer, polling) == ((), [["two"], ["two"]])


def test_whoever_asks_in_a_loop_gets_one_update_at_a_time(peer: TelegramPeer) -> None:
    peer.guards_loops = True
    for text in ("one", "two"):
        peer.people.say(text)

    async def polling(bot: Bot) -> Any:
        first = await bot.get_updates(offset=1)
        again = await bot.get_updates(offset=1)
        other = await bot.get_updates(offset=2)
        return [len(each) for each in (first, again, other)]

    assert run(peer, polling) == [2, 1, 2]


def test_the_older_of_two_polls_is_ended_and_a_webhook_forbids_both(peer: TelegramPeer) -> None:
    async def polling(bot: Bot) -> Any:
        older = asyncio.create_task(bot.get_updates(timeout=20))
        while not peer.asked("getUpdates"):
            await asyncio.sleep(0.01)
        newer = asyncio.create_task(bot.get_updates(timeout=1))
        with pytest.raises(Conflict, match="terminated by other"):
            await older
        await newer
        await bot.set_webhook("https://example.test/hook", secret_token="s" * 43)
        with pytest.raises(Conflict, match=r"(?i)webhook is active"):
            await bot.get_updates()

    run(peer, polling)


def test_reactions_come_only_to_those_who_ask_for_them(peer: TelegramPeer) -> None:
    message = peer.people.say("one")
    chat = peer.world.private("Max")

    async def polling(bot: Bot) -> Any:
        peer.people.react(chat, message["message_id"], ("👍",))
        first = await bot.get_updates()
        await bot.get_updates(offset=first[-1].update_id + 1, allowed_updates=["message", "message_reaction"])
        peer.people.react(chat, message["message_id"], ("👍", "🎉"))
        (update,) = await bot.get_updates(offset=first[-1].update_id + 1)
        return len(first), [each.emoji for each in update.message_reaction.new_reaction]

    assert run(peer, polling) == (1, ["👍", "🎉"])


def test_messages_expire_after_a_day_and_presses_of_buttons_after_minutes(peer: TelegramPeer) -> None:
    message = peer.people.say("old")
    peer.people.press(peer.world.private("Max"), message["message_id"], "yes")

    async def polling(bot: Bot) -> Any:
        peer.ctl_clock(151)
        later = await bot.get_updates()
        peer.ctl_clock(86400)
        return [each.effective_message.text for each in later], await bot.get_updates()

    assert run(peer, polling) == (["old"], ())


def test_text_is_sent_with_marks_a_keyboard_and_what_it_answers(peer: TelegramPeer) -> None:
    asked = peer.people.say("Where is my parcel?")

    async def sending(bot: Bot) -> Any:
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="yes")]])
        return await bot.send_message(
            asked["chat"]["id"],
            "On its <b>way 😀</b>",
            parse_mode="HTML",
            reply_markup=keyboard,
            reply_parameters=ReplyParameters(asked["message_id"]),
        )

    sent = run(peer, sending)
    assert sent.text == "On its way 😀"
    assert sent.parse_entity(sent.entities[0]) == "way 😀"
    assert sent.reply_to_message.text == "Where is my parcel?"
    assert sent.date.year >= 2026


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": " \n "}, "text is empty"),
        ({"text": "x" * 4097}, "too long"),
        ({"text": "<b>x", "parse_mode": "HTML"}, "parse entities"),
        ({"text": "a < b", "parse_mode": "HTML"}, "parse entities"),
        ({"text": "<p>x</p>", "parse_mode": "HTML"}, "parse entities"),
        ({"text": "x", "message_thread_id": 5}, "thread not found"),
        ({"text": "x", "reply_parameters": ReplyParameters(99)}, "replied not found"),
        ({"text": "x", "chat_id": 12345}, "chat not found"),
    ],
)
def test_what_the_server_refuses_it_refuses_in_its_words(
    peer: TelegramPeer, given: dict[str, Any], words: str
) -> None:
    chat = peer.people.say("Hello")["chat"]["id"]
    with pytest.raises(BadRequest, match=rf"(?i){words}"):
        run(peer, lambda bot: bot.send_message(**{"chat_id": chat, **given}))


def test_who_blocked_or_never_wrote_cannot_be_written_to(peer: TelegramPeer) -> None:
    peer.people.say("Hello")
    peer.people.block("Max")
    for name, words in (("Max", "blocked by the user"), ("Mia", "can't initiate")):
        with pytest.raises(Forbidden, match=rf"(?i){words}"):
            run(peer, lambda bot, name=name: bot.send_message(peer.world.person(name)["id"], "x"))


def test_a_group_that_became_a_supergroup_says_its_new_number(peer: TelegramPeer) -> None:
    old = peer.world.group("Club", kind="group")
    peer.people.say("Hello", chat=old)
    new = peer.people.migrate(old)
    with pytest.raises(ChatMigrated) as moved:
        run(peer, lambda bot: bot.send_message(old.id, "x"))
    assert moved.value.new_chat_id == new.id


def test_files_go_up_alone_and_in_albums_and_come_down_again(peer: TelegramPeer) -> None:
    chat = peer.people.say("Hello")["chat"]["id"]

    async def sending(bot: Bot) -> Any:
        single = await bot.send_document(chat, b"%PDF-1.7", filename="Счёт №5.pdf", caption="Here")
        album = await bot.send_media_group(chat, [InputMediaPhoto(PNG), InputMediaPhoto(PNG)], caption="Both")
        down = await (await bot.get_file(single.document.file_id)).download_as_bytearray()
        return single, album, bytes(down)

    single, album, down = run(peer, sending)
    assert (single.document.file_name, single.caption, down) == ("Счёт №5.pdf", "Here", b"%PDF-1.7")
    assert {each.media_group_id for each in album} == {album[0].media_group_id}
    assert [each.caption for each in album] == ["Both", None]


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (lambda bot, chat: bot.send_document(chat, b""), "non-empty"),
        (lambda bot, chat: bot.send_photo(chat, b"no picture"), "IMAGE_PROCESS_FAILED"),
        (lambda bot, chat: bot.send_document(chat, "nothing-known"), "wrong file identifier"),
        (lambda bot, chat: bot.send_media_group(chat, [InputMediaPhoto(PNG)]), "from 2 to 10"),
        (
            lambda bot, chat: bot.send_media_group(chat, [InputMediaPhoto(PNG), InputMediaDocument(b"x")]),
            "mixed",
        ),
    ],
)
def test_files_that_cannot_be_sent_are_refused(peer: TelegramPeer, work: Any, words: str) -> None:
    chat = peer.people.say("Hello")["chat"]["id"]
    with pytest.raises(BadRequest, match=rf"(?i){words}"):
        run(peer, lambda bot: work(bot, chat))


def test_only_files_up_to_twenty_megabytes_come_down(peer: TelegramPeer) -> None:
    sent = peer.people.send_file("document", b"0" * ((20 << 20) + 1), name="film.bin")
    with pytest.raises(BadRequest, match=r"(?i)file is too big"):
        run(peer, lambda bot: bot.get_file(sent["document"]["file_id"]))


def test_what_was_sent_can_be_changed_once_and_taken_back(peer: TelegramPeer) -> None:
    chat = peer.people.say("Hello")["chat"]["id"]

    async def changing(bot: Bot) -> Any:
        sent = await bot.send_message(chat, "one")
        changed = await bot.edit_message_text("two", chat, sent.message_id)
        with pytest.raises(BadRequest, match=r"(?i)not modified"):
            await bot.edit_message_text("two", chat, sent.message_id)
        await bot.delete_message(chat, sent.message_id)
        with pytest.raises(BadRequest, match="not found"):
            await bot.delete_message(chat, sent.message_id)
        return changed.text

    assert run(peer, changing) == "two"
    assert len(peer.world.private("Max").messages) == 1


def test_a_business_account_hears_its_customers_and_its_owner(peer: TelegramPeer) -> None:
    connection = peer.world.connect_business("Olga")
    peer.people.say("Is it open?", business=connection)
    peer.people.say("Yes", business=connection, as_owner=True)

    async def polling(bot: Bot) -> Any:
        opened, asked, said = await bot.get_updates()
        chat = asked.business_message.chat.id
        answer = await bot.send_message(chat, "Until ten", business_connection_id=connection)
        peer.ctl_clock(90_000)
        with pytest.raises(BadRequest):
            await bot.send_message(chat, "Too late", business_connection_id=connection)
        return (
            opened.business_connection.is_enabled,
            asked.business_message.from_user.first_name,
            said.business_message.from_user.first_name,
            answer.sender_business_bot.username,
        )

    assert run(peer, polling) == (True, "Max", "Olga", "helpdesk_bot")


@pytest.mark.filterwarnings("ignore:.*retry_after")
def test_too_many_messages_are_refused_with_a_time_to_wait(peer: TelegramPeer) -> None:
    chat = peer.people.say("Hello")["chat"]["id"]
    peer.limiter.is_on = True

    async def sending(bot: Bot) -> None:
        for _ in range(4):
            await bot.send_message(chat, "x")

    with pytest.raises(RetryAfter) as told:
        run(peer, sending)
    waits = told.value.retry_after
    assert 1 <= (waits.total_seconds() if isinstance(waits, timedelta) else waits) <= 3
    assert peer.limiter.refused == 1


@pytest.mark.filterwarnings("ignore:.*retry_after")
def test_faults_are_those_a_client_knows_from_the_real_server(peer: TelegramPeer) -> None:
    chat = peer.people.say("Hello")["chat"]["id"]
    expected: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"do": "status", "status": 429, "retry_after": 7}, RetryAfter),
        ({"do": "status", "status": 403}, Forbidden),
        ({"do": "status", "status": 401}, InvalidToken),
        ({"do": "status", "status": 500}, NetworkError),
        ({"do": "html"}, NetworkError),
        ({"do": "reset_before"}, NetworkError),
        ({"do": "reset_after"}, NetworkError),
        ({"do": "delay_after", "seconds": 0.5}, TimedOut),
    ]
    for fault, kind in expected:
        peer.faults.add(method="sendMessage", **fault)
        with pytest.raises(kind):
            run(peer, lambda bot, said=fault["do"]: bot.send_message(chat, said, read_timeout=0.2))
    assert not peer.faults.take("sendMessage")
    heard = [each["text"] for each in peer.world.private("Max").messages.values()]
    assert heard == ["Hello", "reset_after", "delay_after"]


def test_a_webhook_is_called_in_order_with_its_secret_until_it_is_taken(peer: TelegramPeer) -> None:
    came: list[tuple[str, str]] = []
    refusals = [503, 500]

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status = refusals.pop() if refusals else 200
            if status == 200:
                came.append((self.headers["X-Telegram-Bot-Api-Secret-Token"], body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Hook)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/hook"
        run(peer, lambda bot: bot.set_webhook(url, secret_token="the-secret"))
        for text in ("one", "two", "three"):
            peer.people.say(text)
        with peer.changed:
            peer.changed.wait_for(lambda: len(came) == 3 and not len(peer.world.queue), timeout=10)
        info = run(peer, lambda bot: bot.get_webhook_info())
    finally:
        server.shutdown()
        server.server_close()
    assert {secret for secret, _ in came} == {"the-secret"}
    assert [next(each for each in ("one", "two", "three") if each in body) for _, body in came] == [
        "one",
        "two",
        "three",
    ]
    assert info.pending_update_count == 0
    assert "503" in info.last_error_message


def test_it_can_be_played_from_another_process(peer: TelegramPeer) -> None:
    def control(name: str, **told: Any) -> Any:
        connection = HTTPConnection("127.0.0.1", peer.port)
        headers = {"Content-Type": "application/json"}
        connection.request("POST", f"/_ctl/{name}", json.dumps(told), headers)
        answer = connection.getresponse()
        found = json.loads(answer.read())["result"] if answer.status == 200 else None
        connection.close()
        return found

    said = control("say", text="Where is parcel 4?")
    control("edit", number=said["message_id"], text="Where is parcel 5?")
    control("send", content={"location": {"latitude": 55.7, "longitude": 37.6}}, who="Mia")
    control("business", text="Is it open?")
    control("block", who="Mia")
    control("fault", do="status", method="getMe", status=500)
    assert control("nothing") is None

    async def polling(bot: Bot) -> Any:
        with pytest.raises(NetworkError):
            await bot.get_me()
        return await bot.get_updates()

    message, edited, place, connected, asked, blocked = run(peer, polling)
    assert edited.edited_message.text == "Where is parcel 5?"
    assert place.message.location.latitude == pytest.approx(55.7)
    assert asked.business_message.business_connection_id == connected.business_connection.id
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    assert message.message.from_user.first_name == "Max"
    assert [each["text"] for each in control("chat")] == ["Where is parcel 5?"]

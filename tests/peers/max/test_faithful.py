"""Whether the peer speaks as MAX does, asked of a client that knows nothing of us: maxapi, as it is."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from maxapi import Bot
from maxapi.enums.message_link_type import MessageLinkType
from maxapi.enums.sender_action import SenderAction
from maxapi.enums.update import UpdateType
from maxapi.exceptions.max import InvalidToken, MaxApiError
from maxapi.methods.types.getted_updates import process_update_request
from maxapi.types import (
    CallbackButton,
    InputMedia,
    InputMediaBuffer,
    MessageCallback,
    MessageCreated,
    MessageEdited,
    MessageRemoved,
    NewMessageLink,
)
from maxapi.types.attachments.attachment import ButtonsPayload
from maxapi.types.updates.bot_started import BotStarted
from maxapi.types.updates.bot_stopped import BotStopped

from tests.peers.max.server import MaxPeer

Answer = TypeVar("Answer")
Ask = Callable[[Callable[[Bot], Coroutine[Any, Any, Answer]]], Answer]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf"
    "c0000003010100c9fe92ef0000000049454e44ae426082"
)


@pytest.fixture
def peer() -> Iterator[MaxPeer]:
    with MaxPeer() as running:
        yield running


@pytest.fixture
def ask(peer: MaxPeer) -> Ask[Any]:
    """Do something with a bot of maxapi."""

    def run(work: Callable[[Bot], Coroutine[Any, Any, Any]], token: str = "") -> Any:
        async def working() -> Any:
            bot = Bot(token or peer.token)
            bot.set_api_url(peer.url)
            bot.after_input_media_delay = 0.0
            bot.after_upload_retry_delay = 0.05
            try:
                return await work(bot)
            finally:
                await bot.close_session()

        return asyncio.run(working())

    return run


def yes_button() -> Any:
    """A keyboard of one button."""
    keys: Any = ButtonsPayload(buttons=[[CallbackButton(text="Да", payload="yes")]])
    return keys.pack()


def updates(peer: MaxPeer, ask: Ask[Any], marker: int | None = None) -> tuple[list[Any], int]:
    """All that is behind a marker, as maxapi understands it."""

    async def work(bot: Bot) -> tuple[list[Any], int]:
        told = await bot.get_updates(limit=100, timeout=0, marker=marker)
        return await process_update_request(told, bot), int(told["marker"])

    found: tuple[list[Any], int] = ask(work)
    return found


def test_it_knows_who_it_is_and_who_is_nobody(peer: MaxPeer, ask: Ask[Any]) -> None:
    me = ask(lambda bot: bot.get_me())
    assert (me.username, me.is_bot) == ("shop_bot", True)

    async def wrong(peer: MaxPeer) -> None:
        bot = Bot("wrong-token-of-nobody")
        bot.set_api_url(peer.url)
        try:
            with pytest.raises(InvalidToken):
                await bot.get_me()
        finally:
            await bot.close_session()

    asyncio.run(wrong(peer))


def test_every_update_is_one_that_maxapi_knows(peer: MaxPeer, ask: Ask[Any]) -> None:
    _, marker = updates(peer, ask)
    first = peer.writes("Max Miller", "Где посылка?")
    peer.edits_own(first.mid, "Где моя посылка?")
    peer.writes("Max Miller", "Вот", reply_to=first.mid)
    peer.sends_file("Max Miller", "image", PNG, name="photo.png", mime="image/png")
    peer.sends_file("Max Miller", "video", b"film", name="film.mp4", mime="video/mp4")
    peer.sends_file("Max Miller", "audio", b"voice", name="voice.ogg", mime="audio/ogg")
    peer.sends_file("Max Miller", "file", b"%PDF", name="счёт.pdf", mime="application/pdf")
    peer.deletes_own(first.mid)
    peer.starts_bot("Mia", "token-7")
    peer.stops_bot("Mia")
    found, behind = updates(peer, ask, marker)
    kinds = [type(each) for each in found]
    assert kinds == [
        MessageCreated, MessageEdited, MessageCreated, MessageCreated, MessageCreated, MessageCreated,
        MessageCreated, MessageRemoved, BotStarted, BotStopped,
    ]  # fmt: skip
    assert found[0].message.sender.full_name == "Max Miller"
    assert found[2].message.link.message.mid == first.mid
    assert found[6].message.body.attachments[0].filename == "счёт.pdf"
    assert found[8].payload == "token-7"
    assert updates(peer, ask, behind)[0] == []


def test_a_marker_confirms_what_lies_before_it_and_nothing_behind(peer: MaxPeer, ask: Ask[Any]) -> None:
    for number in range(3):
        peer.writes("Max", str(number))
    assert [each.message.body.text for each in updates(peer, ask)[0]] == ["2"]
    peer.all_at_first = True
    told, behind = updates(peer, ask)
    assert len(told) == 3
    again, same = updates(peer, ask)
    assert (len(again), same) == (3, behind)
    assert updates(peer, ask, behind)[0] == []
    peer.all_at_first = False
    assert updates(peer, ask)[0] == []


def test_words_files_and_buttons_arrive(peer: MaxPeer, ask: Ask[Any], tmp_path: Path) -> None:
    chat = peer.world.dialog("Max").chat_id
    paper = tmp_path / "счёт 7.pdf"
    paper.write_bytes(b"%PDF-1.7 seven")

    async def work(bot: Bot) -> Any:
        await bot.send_action(chat, SenderAction.TYPING_ON)
        await bot.send_message(chat_id=chat, text="Сейчас пришлю")
        picture = InputMediaBuffer(PNG, filename="photo")
        keys = yes_button()
        return await bot.send_message(
            chat_id=chat, text="Вот", attachments=[picture, InputMedia(str(paper)), keys]
        )

    sent = ask(work)
    assert peer.actions == [(chat, "typing_on")]
    there = [each for each in peer.in_chat("Max") if each.is_ours]
    assert [each.text for each in there] == ["Сейчас пришлю", "Вот"]
    kinds = [each["type"] for each in there[1].attachments]
    assert kinds == ["image", "file", "inline_keyboard"]
    assert there[1].attachments[1]["filename"] == "счёт 7.pdf"
    link = NewMessageLink(type=MessageLinkType.REPLY, mid=sent.message.body.mid)
    answer = ask(lambda bot: bot.send_message(chat_id=chat, text="к этому", link=link))
    assert answer.message.link.message.mid == sent.message.body.mid


def test_a_press_is_told_and_answered_once(peer: MaxPeer, ask: Ask[Any]) -> None:
    chat = peer.world.dialog("Max").chat_id
    keys = yes_button()
    sent = ask(lambda bot: bot.send_message(chat_id=chat, text="Забираете?", attachments=[keys]))
    peer.presses_button(sent.message.body.mid, "yes", "Max")
    (press,), _ = updates(peer, ask)
    assert isinstance(press, MessageCallback)
    assert press.callback.payload == "yes"
    name = press.callback.callback_id
    assert ask(lambda bot: bot.send_callback(name, notification="ok")).success
    with pytest.raises(MaxApiError):
        ask(lambda bot: bot.send_callback(name, notification="ok"))


def test_edits_and_deletions_go_as_long_as_they_may(peer: MaxPeer, ask: Ask[Any]) -> None:
    chat = peer.world.dialog("Max").chat_id
    mid = ask(lambda bot: bot.send_message(chat_id=chat, text="first")).message.body.mid
    assert ask(lambda bot: bot.edit_message(mid, text="second")).success
    assert [each.text for each in peer.in_chat("Max")] == ["second"]
    peer.world.clock_shift = 25 * 3600
    assert not ask(lambda bot: bot.edit_message(mid, text="third")).success
    peer.world.clock_shift = 0
    assert ask(lambda bot: bot.delete_message(mid)).success
    assert peer.in_chat("Max") == []


def test_refusals_have_the_words_of_the_interface(peer: MaxPeer, ask: Ask[Any]) -> None:
    chat = peer.world.dialog("Max")

    def refusal(**told: Any) -> tuple[int, str]:
        with pytest.raises(MaxApiError) as refused:
            ask(lambda bot: bot.send_message(**{"text": "hello", **told}))
        assert isinstance(refused.value.raw, dict)
        return refused.value.code, refused.value.raw["code"]

    assert refusal(chat_id=404) == (404, "chat.not.found")
    chat.suspended = True
    assert refusal(chat_id=chat.chat_id) == (403, "chat.denied")
    chat.suspended = False
    peer.faults.add("status", method="POST messages", status=429, retry_after=3)
    assert refusal(chat_id=chat.chat_id) == (429, "too.many.requests")
    assert refusal(chat_id=chat.chat_id, text="") == (400, "proto.payload")


def test_a_film_that_is_worked_on_is_taken_when_it_is_ready(peer: MaxPeer, ask: Ask[Any]) -> None:
    chat = peer.world.dialog("Max").chat_id
    peer.slow_media = 0.2
    film: Any = InputMediaBuffer(b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 64, filename="film", type="video")
    ask(lambda bot: bot.send_message(chat_id=chat, text="film", attachments=[film]))
    assert peer.asked("POST messages") > 1
    assert [each.text for each in peer.in_chat("Max")] == ["film"]


def test_who_wants_to_be_called_is_listed_and_the_others_hear_nothing(peer: MaxPeer, ask: Ask[Any]) -> None:
    url = "https://127.0.0.1:9/hooks/max/key"
    wanted = [UpdateType.MESSAGE_CREATED]
    assert ask(lambda bot: bot.subscribe_webhook(url, update_types=wanted, secret="secret-7")).success
    peer.writes("Max", "hello")
    assert updates(peer, ask)[0] == []
    listed = ask(lambda bot: bot.get_subscriptions()).subscriptions
    assert [(each.url, each.update_types) for each in listed] == [(url, ["message_created"])]
    with pytest.warns(UserWarning, match="HTTPS"):
        assert not ask(lambda bot: bot.subscribe_webhook("http://desk.example/", secret="secret-7")).success
    assert ask(lambda bot: bot.unsubscribe_webhook(url)).success


def test_files_of_customers_can_be_fetched(peer: MaxPeer, ask: Ask[Any]) -> None:
    message = peer.sends_file("Max", "file", b"%PDF", name="счёт.pdf", mime="application/pdf")
    url = message.attachments[0]["payload"]["url"]
    assert ask(lambda bot: bot.download_bytes(url)) == b"%PDF"
    film = peer.sends_file("Max", "video", b"film", name="film.mp4", mime="video/mp4")
    token = film.attachments[0]["payload"]["token"]
    assert ask(lambda bot: bot.get_video(token)).urls.mp4_720.endswith(token)

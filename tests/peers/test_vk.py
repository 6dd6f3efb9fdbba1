"""The VK that tests play is believed by a client that knows nothing of it (vkbottle)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from vkbottle import API, AiohttpClient
from vkbottle.exception_factory import VKAPIError
from vkbottle.polling import BotPolling
from vkbottle.tools import DocMessagesUploader, PhotoMessageUploader, VoiceMessageUploader

from tests.peers.faults import Fault
from tests.peers.http_peer import HttpPeer, Reply, Request
from tests.peers.vk.peer import ADMIN, GROUP, MAX, VkPeer

Act = Callable[[API], Awaitable[Any]]


@pytest.fixture
def vk() -> Iterator[VkPeer]:
    with VkPeer() as peer:
        yield peer


def by_client(vk: VkPeer, act: Act, token: str = "") -> Any:
    """What an unmodified client makes of it."""

    async def run() -> Any:
        client = AiohttpClient()
        api = API(token or vk.token, http_client=client)
        api.API_URL = vk.api  # type: ignore[misc]
        try:
            return await act(api)
        finally:
            await client.close()

    return asyncio.run(run())


def send(text: str, random_id: int, peer_id: int = MAX) -> Act:
    return lambda api: api.messages.send(peer_id=peer_id, random_id=random_id, message=text)


async def listen(api: API, count: int, *, after: Callable[[], None] = lambda: None) -> list[dict[str, Any]]:
    """So many events, as the client's own long poll hears them."""
    await api.groups.set_long_poll_settings(
        group_id=GROUP, enabled=True, message_new=True, message_reply=True, message_typing_state=True
    )
    polling, heard = BotPolling(api, group_id=GROUP, wait=1), list[dict[str, Any]]()
    server = await polling.get_server()
    after()
    while len(heard) < count:
        event = await polling.get_event(server)
        if "failed" in event:
            server = await polling.handle_failed_event(server, event)
            continue
        server["ts"] = event["ts"]
        heard += event["updates"]
    return heard


def test_it_says_who_it_is_and_who_others_are(vk: VkPeer) -> None:
    async def ask(api: API) -> tuple[str, str, list[str]]:
        groups, users = await api.groups.get_by_id(), await api.users.get(user_ids=[MAX])
        rights = await api.groups.get_token_permissions()
        return groups.groups[0].name, users[0].last_name, [each.name for each in rights.permissions]

    name, surname, rights = by_client(vk, ask)
    assert (name, surname) == ("Shop of clocks", "Miller")
    assert set(rights) == {"messages", "photos", "docs", "manage"}


def test_events_come_in_order_and_once(vk: VkPeer) -> None:
    def happen() -> None:
        vk.says("one")
        vk.community.types(vk.max)
        vk.admin_says("two")

    heard = by_client(vk, lambda api: listen(api, 3, after=happen))
    assert [each["type"] for each in heard] == ["message_new", "message_typing_state", "message_reply"]
    assert heard[0]["object"]["message"]["text"] == "one"
    assert heard[2]["object"]["admin_author_id"] == ADMIN
    assert len({each["event_id"] for each in heard}) == 3


def test_only_events_that_were_asked_for_come(vk: VkPeer) -> None:
    def happen() -> None:
        vk.community.reads(vk.max)
        vk.community.denies(vk.max)
        vk.says("heard")

    heard = by_client(vk, lambda api: listen(api, 1, after=happen))
    assert [each["type"] for each in heard] == ["message_new"]


def test_an_ended_key_loses_nothing(vk: VkPeer) -> None:
    def happen() -> None:
        vk.says("before")
        vk.community.history.expire_key()
        vk.says("after")

    heard = by_client(vk, lambda api: listen(api, 2, after=happen))
    assert [each["object"]["message"]["text"] for each in heard] == ["before", "after"]


@pytest.mark.parametrize(("what", "failed"), [("trim", 1), ("lose", 3)])
def test_a_lost_past_is_told_of(vk: VkPeer, what: str, failed: int) -> None:
    vk.community.long_poll_enabled = True
    history = vk.community.history
    start, key = str(history.ts), history.key
    vk.says("lost")
    vk.says("lost too")
    getattr(history, what)()
    answer = history.check(key if failed == 1 else history.key, "1" if failed == 3 else start, 0)
    assert answer["failed"] == failed
    assert isinstance(answer.get("ts", 0), int)


def test_an_old_cursor_brings_the_same_events_again(vk: VkPeer) -> None:
    vk.community.long_poll_enabled = True
    history = vk.community.history
    vk.says("one")
    vk.says("two")
    first, again = history.check(history.key, "0", 0), history.check(history.key, "0", 0)
    assert first == again
    assert len(first["updates"]) == 2


def test_one_key_makes_one_message_within_an_hour(vk: VkPeer) -> None:
    vk.says("hello")
    numbers = [by_client(vk, send("once", 5)) for _ in range(2)]
    assert numbers[0] == numbers[1]
    assert vk.heard() == ["once"]
    vk.shift = 3601
    by_client(vk, send("once", 5))
    assert vk.heard() == ["once", "once"]


def test_one_key_makes_a_second_message_after_a_hundred_others(vk: VkPeer) -> None:
    vk.says("hello")
    for random_id in range(1, 102):
        vk.community.sends(MAX, random_id, "said")
    vk.community.sends(MAX, 2, "said")
    assert len(vk.heard()) == 101
    vk.community.sends(MAX, 1, "said")
    assert len(vk.heard()) == 102


def test_key_nought_is_no_key(vk: VkPeer) -> None:
    vk.says("hello")
    for _ in range(2):
        by_client(vk, send("again", 0))
    assert vk.heard() == ["again", "again"]


def test_the_echo_is_there_before_the_answer(vk: VkPeer) -> None:
    vk.says("hello")
    vk.community.long_poll_enabled = True
    vk.community.long_poll["message_reply"] = 1
    vk.faults.add("reset_after", method="messages.send")
    with pytest.raises(Exception, match=r"disconnected|reset"):
        by_client(vk, send("said", 77))
    (event,) = vk.community.history.check(vk.community.history.key, "0", 0)["updates"]
    assert (event["type"], event["object"]["random_id"]) == ("message_reply", 77)


@pytest.mark.parametrize(
    ("permission", "code"),
    [("stranger", 901), ("denied", 901), ("blacklisted", 900), ("private", 902), ("deleted", 18)],
)
def test_who_may_not_be_written_to_is_refused_by_number(vk: VkPeer, permission: Any, code: int) -> None:
    vk.max.permission = permission
    with pytest.raises(VKAPIError[code]):  # type: ignore[misc]
        by_client(vk, send("hello", 1))


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (send("x" * 4097, 1), 914),
        (send("", 1), 100),
        (send("nobody", 1, 5_000_000), 936),
        (send("no such chat", 1, 2_000_000_099), 917),
        (lambda api: api.request("messages.explode", {}), 3),
        (lambda api: api.messages.send(peer_id=MAX, random_id=1, message="x", keyboard="{"), 911),
        (lambda api: api.messages.send(peer_id=MAX, random_id=1, attachment="photo1_1"), 100),
    ],
)
def test_what_cannot_be_sent_is_refused_by_number(vk: VkPeer, act: Act, code: int) -> None:
    vk.says("hello")
    with pytest.raises(VKAPIError[code]):  # type: ignore[misc]
        by_client(vk, act)
    assert vk.heard() == []


def test_a_key_that_is_wrong_or_may_too_little_is_refused(vk: VkPeer) -> None:
    vk.says("hello")
    weak = vk.community.token("messages")
    with pytest.raises(VKAPIError[5]):  # type: ignore[misc]
        by_client(vk, send("hello", 1), token="wrong")
    with pytest.raises(VKAPIError[15]):  # type: ignore[misc]
        by_client(vk, lambda api: api.groups.get_long_poll_server(group_id=GROUP), token=weak)
    vk.community.revoke(weak)
    with pytest.raises(VKAPIError[5]):  # type: ignore[misc]
        by_client(vk, send("hello", 2), token=weak)


def test_many_peers_are_refused_one_by_one_inside_an_answer(vk: VkPeer) -> None:
    vk.says("hello")
    answer = by_client(
        vk, lambda api: api.messages.send(peer_ids=[MAX, vk.mia.id], random_id=3, message="hi")
    )
    assert [each.peer_id for each in answer] == [MAX, vk.mia.id]
    assert answer[0].conversation_message_id == 2
    assert answer[1].error.code == 901


def test_more_than_twenty_calls_a_second_are_refused(vk: VkPeer) -> None:
    vk.limit = 20
    vk.tick = lambda: 7.0

    async def ask(api: API) -> None:
        for _ in range(21):
            await api.users.get(user_ids=[MAX])

    with pytest.raises(VKAPIError[6]):  # type: ignore[misc]
        by_client(vk, ask)
    assert vk.refused_calls == 1
    vk.tick = lambda: 8.0
    by_client(vk, lambda api: api.users.get(user_ids=[MAX]))


def test_files_go_up_and_down(vk: VkPeer) -> None:
    vk.says("hello")

    async def upload(api: API) -> list[str]:
        return [
            await PhotoMessageUploader(api).upload(file_source=b"\xff\xd8\xff photo", peer_id=MAX),
            await DocMessagesUploader(api).upload(title="отчёт.pdf", file_source=b"%PDF", peer_id=MAX),
            await VoiceMessageUploader(api).upload(title="voice.ogg", file_source=b"OggS", peer_id=MAX),
        ]

    names = by_client(vk, upload)
    by_client(vk, lambda api: api.messages.send(peer_id=MAX, random_id=9, attachment=",".join(names)))
    photo, document, voice = vk.given()[0]["attachments"]
    assert vk.uploads.bytes_at(photo["photo"]["sizes"][1]["url"]) == b"\xff\xd8\xff photo"
    assert document["doc"]["title"] == "отчёт.pdf"
    assert vk.uploads.bytes_at(voice["audio_message"]["link_ogg"]) == b"OggS"


def test_a_message_is_changed_and_taken_back_for_a_day(vk: VkPeer) -> None:
    vk.says("hello")
    by_client(vk, send("frist", 1))
    by_client(vk, lambda api: api.messages.edit(peer_id=MAX, cmid=2, message="first"))
    assert vk.heard() == ["first"]
    vk.shift = 25 * 3600
    with pytest.raises(VKAPIError[909]):  # type: ignore[misc]
        by_client(vk, lambda api: api.messages.edit(peer_id=MAX, cmid=2, message="late"))
    vk.shift = 0
    by_client(vk, lambda api: api.messages.delete(peer_id=MAX, cmids=[2], delete_for_all=True))
    assert vk.heard() == []


def test_history_tells_what_was_said(vk: VkPeer) -> None:
    vk.says("one")
    vk.says("two")
    by_client(vk, send("three", 4))

    async def ask(api: API) -> tuple[Any, Any]:
        return await api.messages.get_history(peer_id=MAX), await api.messages.get_conversations()

    history, conversations = by_client(vk, ask)
    assert [each.text for each in history.items] == ["three", "two", "one"]
    assert conversations.items[0].conversation.unread_count == 2
    assert conversations.items[0].last_message.random_id == 4


class Desk(HttpPeer):
    """A server that is called back; it answers as it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.confirmation = ""
        self.said: list[Reply] = []
        self.heard: list[tuple[str, str | None]] = []

    def answer(self, request: Request) -> Reply:
        kind = str(request.fields["type"])
        self.heard.append((kind, request.headers.get("x-retry-counter")))
        if kind == "confirmation":
            return Reply(self.confirmation.encode(), content_type="text/plain")
        return self.said.pop(0) if self.said else Reply(b"ok", content_type="text/plain")

    def refusal(self, fault: Fault) -> Reply:
        return Reply(b"", fault.status)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk() as peer:
        yield peer


def connect(vk: VkPeer, desk: Desk, *, secret: str = "hush") -> int:
    async def enter(api: API) -> int:
        code = await api.groups.get_callback_confirmation_code(group_id=GROUP)
        desk.confirmation = desk.confirmation or code.code
        made = await api.groups.add_callback_server(
            group_id=GROUP, url=f"{desk.url}/hook", title="Desk", secret_key=secret
        )
        return made.server_id

    number: int = by_client(vk, enter)
    return number


def test_a_server_that_knows_the_string_is_called_with_the_secret(vk: VkPeer, desk: Desk) -> None:
    number = connect(vk, desk)
    assert vk.callback.servers[number].status == "ok"
    vk.says("hello")
    assert vk.callback.idle()
    assert desk.heard == [("confirmation", None), ("message_new", None)]
    assert desk.calls[-1][1].fields["secret"] == "hush"


def test_a_server_that_does_not_know_the_string_is_never_called(vk: VkPeer, desk: Desk) -> None:
    desk.confirmation = "guessed"
    number = connect(vk, desk)
    vk.says("hello")
    assert vk.callback.idle()
    assert vk.callback.servers[number].status == "failed"
    assert desk.heard == [("confirmation", None)]


def test_anything_but_ok_is_called_again_and_counted(vk: VkPeer, desk: Desk) -> None:
    connect(vk, desk)
    desk.said = [Reply(b"\xef\xbb\xbfok"), Reply(b"", 500), Reply(b"ok\n")]
    vk.says("hello")
    assert vk.callback.idle()
    assert [retry for _, retry in desk.heard[1:]] == [None, "1", "2", "3"]


def test_a_pause_that_is_asked_for_is_kept(vk: VkPeer, desk: Desk) -> None:
    connect(vk, desk)
    vk.callback.hurry = 10.0
    desk.said = [Reply(b"", 503, headers={"Retry-After": "5"})]
    began = time.monotonic()
    vk.says("hello")
    assert vk.callback.idle()
    assert time.monotonic() - began >= 0.5


def test_a_server_that_says_remove_is_called_no_more(vk: VkPeer, desk: Desk) -> None:
    connect(vk, desk)
    desk.said = [Reply(b"remove")]
    vk.says("hello")
    assert vk.callback.idle()
    vk.says("still there?")
    assert vk.callback.servers == {}
    assert len(desk.heard) == 2


def test_titles_secrets_and_servers_have_their_limits(vk: VkPeer, desk: Desk) -> None:
    async def enter(api: API, title: str, secret: str) -> None:
        await api.groups.add_callback_server(group_id=GROUP, url=desk.url, title=title, secret_key=secret)

    for title, secret in (("a title of 15 ls", "x"), ("Desk", "x" * 51)):
        with pytest.raises(VKAPIError[100]):  # type: ignore[misc]
            by_client(vk, lambda api, title=title, secret=secret: enter(api, title, secret))
    for _ in range(10):
        connect(vk, desk)
    with pytest.raises(VKAPIError[2000]):  # type: ignore[misc]
        connect(vk, desk)


def test_it_is_played_from_another_process_by_http(vk: VkPeer) -> None:
    async def play(api: API) -> None:
        for name, told in (
            ("say", {"text": "hello"}),
            ("edit", {"text": "hello there"}),
            ("permission", {"permission": "private"}),
        ):
            await api.http_client.request_text(f"{vk.url}/_ctl/{name}", method="POST", json=told)

    by_client(vk, play)
    assert vk.community.talk(MAX).messages[0]["text"] == "hello there"
    assert vk.max.permission == "private"

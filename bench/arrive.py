"""Messages that come in: from accepted to an agent's socket, a visitor's round trip, what quiet bots cost."""

import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.clients import Caller
from bench.report import Report, Row, measured, timed
from bench.stack import Servers, make_owner, product_on, servers
from bench.visitors import LINES, round_trips
from channels.access import sealed
from people.actions import start_session
from tests.ground.live import Screen
from tests.makers import make_channel
from tests.peers.faults import Fault
from tests.peers.http_peer import HttpPeer, Reply, Request
from tests.product import Product, cpu_seconds

PER_SECOND = 20.0
MESSAGES = 400
PEOPLE = 60
WARM = 40
KEY = "a-key-that-nobody-can-guess-at-all"
SECRET = "a-secret-that-only-the-outside-knows-of-here"
TOKEN = "123456:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQ"
QUIET = 20
WATCHED = 30.0
MOST_OF_A_CORE = 1.0


def measure(size: int) -> Report:
    """Twenty messages a second by Telegram and VK in turn, visitors who are answered, and quiet bots."""
    count = min(MESSAGES, size)
    with servers() as running:
        rows = [*_webhooks(running, count), *round_trips(running, min(LINES, size)), _quiet(running)]
    return Report("arrive", {"messages": count, "customers": PEOPLE, "quiet bots": QUIET}, rows)


def _webhooks(running: Servers, count: int) -> list[Row]:
    with (
        _QuietOutside() as peer,
        product_on(running, "template0", processes="web relay clock worker") as product,
    ):
        cookie = _furnish(product, peer)
        screen = Screen(f"http://127.0.0.1:{product.port}", cookie).enter()
        heard: dict[str, float] = {}
        listening = threading.Thread(target=_listen, args=(screen, heard, WARM + count), daemon=True)
        listening.start()
        caller = Caller(product.port, "none")
        _ring(caller, "warm", WARM)
        answered, accepted = _ring(caller, "message", count)
        listening.join(15)
        screen.close()
    seconds = [heard[text] - at for text, at in accepted.items() if text in heard]
    return [
        timed("call answered", answered, limit_ms=1000, goal="p95 ≤ 1 s"),
        timed("accepted → an agent's socket", seconds, limit_ms=100, goal="p95 ≤ 100 ms"),
        measured("arrived", len(seconds) / count * 100, "%"),
    ]


def _furnish(product: Product, peer: HttpPeer) -> str:
    """A bot, a community and an agent with a browser; the cookie of it."""
    with product.session() as session:
        owner = make_owner(session)
        common: dict[str, Any] = {"name": "Shop", "address": ""}
        settings = {"hook_key": KEY, "group_id": 1, "file_base": f"{peer.url}/file/bot"}
        secrets = sealed({"token": TOKEN, "hook_secret": SECRET})
        for kind, path in (("telegram", "bot"), ("vk", "method/")):
            told = {**settings, "api_base": f"{peer.url}/{path}"}
            make_channel(session, kind=kind, settings=told, secrets=secrets, **common)
        return start_session(session, owner, address="127.0.0.1", user_agent="bench")


def _ring(caller: Caller, word: str, count: int) -> tuple[list[float], dict[str, float]]:
    """Call at a steady pace; how long the answers took, and when each was given."""
    seconds, accepted, begin = [], {}, time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, begin + number / PER_SECOND - time.monotonic()))
        text = f"{word} {number}"
        kind, body = ("telegram", _update(number, text)) if number % 2 else ("vk", _event(number, text))
        took, _ = caller.call("POST", f"/hooks/{kind}/{KEY}", body, **_headers(kind))
        accepted[text] = time.monotonic()
        seconds.append(took)
    return seconds, accepted


def _listen(screen: Screen, heard: dict[str, float], count: int) -> None:
    """Note when the row of each message came."""
    until = time.monotonic() + count / PER_SECOND + 30
    while time.monotonic() < until and len(heard) < count:
        frame = screen.wait_for("frame", seconds=1)
        at = time.monotonic()
        for item in (frame or {}).get("items", ()):
            if item["kind"] == "message.received" and item["row"]:
                heard.setdefault(item["row"]["preview"], at)


def _headers(kind: str) -> dict[str, str]:
    return {"X_Telegram_Bot_Api_Secret_Token": SECRET} if kind == "telegram" else {}


def _number(text: str) -> int:
    return zlib.crc32(text.encode())


def _update(number: int, text: str) -> dict[str, Any]:
    person = {"id": 1000 + number % PEOPLE, "is_bot": False, "first_name": f"Max {number % PEOPLE}"}
    chat = {"id": person["id"], "type": "private", "first_name": person["first_name"]}
    message = {
        "message_id": _number(text),
        "date": int(time.time()),
        "chat": chat,
        "from": person,
        "text": text,
    }
    return {"update_id": _number(text), "message": message}


def _event(number: int, text: str) -> dict[str, Any]:
    person = 5000 + number % PEOPLE
    message = {
        "id": _number(text),
        "conversation_message_id": _number(text),
        "date": int(time.time()),
        "peer_id": person,
        "from_id": person,
        "out": 0,
        "random_id": 0,
        "text": text,
        "attachments": [],
        "fwd_messages": [],
    }
    return {
        "type": "message_new",
        "event_id": f"e{_number(text)}",
        "v": "5.199",
        "group_id": 1,
        "secret": SECRET,
        "object": {"message": message, "client_info": {}},
    }


class _QuietOutside(HttpPeer):
    """Telegram, and VK, when nobody there has anything to say."""

    def answer(self, request: Request) -> Reply:
        """Nothing, after as long as was asked for."""
        if request.path.endswith("/getUpdates"):
            self.closing.wait(float(request.fields.get("timeout", 0)))
            return Reply.of({"ok": True, "result": []})
        if "/method/" in request.path:
            return Reply.of({"response": []})
        if request.path.endswith("/getUserProfilePhotos"):
            return Reply.of({"ok": True, "result": {"total_count": 0, "photos": []}})
        me = {"id": 1, "is_bot": True, "first_name": "Shop", "username": "shop_bot"}
        return Reply.of({"ok": True, "result": me})

    def refusal(self, fault: Fault) -> Reply:
        """It refuses nothing."""
        return Reply.of({"ok": False}, fault.status)


@contextmanager
def _quiet_bots(running: Servers) -> Iterator[Product]:
    with (
        _QuietOutside() as peer,
        product_on(running, "template0", processes="web relay clock receivers") as product,
    ):
        with product.session() as session:
            make_owner(session)
            settings = {"api_base": f"{peer.url}/bot", "file_base": f"{peer.url}/file/bot"}
            for number in range(QUIET):
                secrets = sealed({"token": f"{1000 + number}{TOKEN[6:]}"})
                name = f"Bot {number}"
                make_channel(
                    session, kind="telegram", name=name, address="", settings=settings, secrets=secrets
                )
        until = time.monotonic() + 30
        while len({request.path for _, request in list(peer.calls)}) < QUIET and time.monotonic() < until:
            time.sleep(0.5)
        yield product


def _quiet(running: Servers) -> Row:
    with _quiet_bots(running) as product:
        root = product.programs()["receivers"]
        time.sleep(5)
        before, began = cpu_seconds(root), time.monotonic()
        time.sleep(WATCHED)
        share = (cpu_seconds(root) - before) / (time.monotonic() - began) * 100
    return measured(
        f"{QUIET} quiet bots", share, "% of a core", at_most=MOST_OF_A_CORE, goal=f"≤ {MOST_OF_A_CORE:g} %"
    )

"""Visitors of a chat on a site: many of them connected in a process of their own, and the way of a line."""

import asyncio
import base64
import json
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy.orm import Session

from bench.clients import Caller
from bench.report import Row, measured, timed
from bench.stack import Servers, key_for, make_owner, product_on
from channels.webchat.models import Visitor
from channels.webchat.visitors import give_token, new_visitor
from core.clock import now
from inbox.models import Channel
from people.actions import start_session
from tests.browser_socket import TEXT, framed
from tests.ground.live import Screen
from tests.makers import make_channel

LINES = 100
PER_SECOND = 4.0
PEOPLE = 10
AT_ONCE = 50
TRIES = 5
PATIENCE = 30.0
PLACES = {"TRUSTED_PROXIES": "1"}  # or all visitors would come from one address, which is bounded


def make_visitors(session: Session, count: int) -> tuple[str, list[str]]:
    """A chat and so many visitors whose browsers have computed; its key and their tokens."""
    key = uuid4().hex
    settings = {"key": key, "sites": "shop.example", "hours": "always"}
    channel = make_channel(
        session, kind="webchat", name="Shop", address="", settings=settings, undo_seconds=0
    )
    tokens = [_token(session, channel) for _ in range(count)]
    session.commit()
    return key, tokens


def round_trips(running: Servers, count: int) -> list[Row]:
    """Visitors write, an agent who sees it answers at once, and the visitor's browser shows it."""
    with product_on(running, "template0", processes="web relay clock worker", **PLACES) as product:
        with product.session() as session:
            owner = make_owner(session)
            agent = Caller(product.port, key_for(session, owner))
            cookie = start_session(session, owner, address="127.0.0.1", user_agent="bench")
            key, tokens = make_visitors(session, PEOPLE)
        screen = Screen(f"http://127.0.0.1:{product.port}", cookie).enter()
        with visitors(product.port, key) as house:
            house.open(tokens)
            callers = [Caller(product.port, "none") for _ in tokens]
            trips = [
                _trip(key, tokens, callers, number, screen, agent, house)
                for number in range(-2 * PEOPLE, count)
            ][2 * PEOPLE :]
        screen.close()
    whole = [trip for trip in trips if trip is not None]
    stored, seen, shown = ([trip[at] for trip in whole] for at in range(3))
    return [
        timed("a visitor's line stored", stored, limit_ms=100, goal="p95 ≤ 100 ms"),
        timed("sent → an agent's socket", seen, limit_ms=150, goal="p95 ≤ 150 ms"),
        timed("answered → shown to the visitor", shown, limit_ms=250, goal="p95 ≤ 250 ms"),
        measured("visitors' round trips", len(whole) / count * 100, "%"),
    ]


def ring_time(port: int, key: str, tokens: Sequence[str], number: int, house: "House") -> float:
    """How long it takes from a line that a visitor sends until that visitor's bell says so."""
    headers = {"Authorization": f"Visitor {tokens[number]}", "X_Forwarded_For": _address(number)}
    body, began = {"client_id": str(uuid4()), "text": "Hello"}, time.monotonic()
    Caller(port, "none").call("POST", f"/w/{key}/api/messages", body, **headers)
    rang = house.rang(number, 1)
    return (rang if rang is not None else began + PATIENCE) - began


class House:
    """Visitors' sockets, as the measurement speaks with them."""

    def __init__(self, line: Connection) -> None:
        self._line = line

    def open(self, tokens: Sequence[str]) -> None:
        """Open a socket for each token and wait until all have been greeted."""
        self._ask("open", list(tokens))

    def rang(self, number: int, seq: int) -> float | None:
        """When the bell of a visitor first said that there is a line of this number; None if it did not."""
        found: float | None = self._ask("rang", number, seq)
        return found

    def _ask(self, name: str, *given: Any) -> Any:
        self._line.send((name, given))
        return self._line.recv()


@contextmanager
def visitors(port: int, key: str) -> Iterator[House]:
    """Browsers of visitors in a process of their own; all are gone afterwards."""
    context = multiprocessing.get_context("spawn")
    line, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs, port, key), daemon=True)
    process.start()
    theirs.close()
    try:
        yield House(line)
    finally:
        process.kill()
        process.join()


def _token(session: Session, channel: Channel) -> str:
    visitor: Visitor = new_visitor(session, channel)
    visitor.worked_at = now()
    return give_token(session, visitor)


def _trip(
    key: str,
    tokens: Sequence[str],
    callers: Sequence[Caller],
    number: int,
    screen: Screen,
    agent: Caller,
    house: House,
) -> tuple[float, float, float] | None:
    """One line and its answer: until it is stored, until an agent sees it, from the answer until it shows."""
    who = number % len(tokens)
    headers = {"Authorization": f"Visitor {tokens[who]}", "X_Forwarded_For": _address(who)}
    text, began = f"Where is parcel {uuid4()}?", time.monotonic()
    body = {"client_id": str(uuid4()), "text": text}
    stored, told = callers[who].call("POST", f"/w/{key}/api/messages", body, **headers)
    seq = orjson.loads(told)["line"]["seq"]
    dialog = _seen(screen, text)
    seen = time.monotonic() - began
    if dialog is None:
        return None
    answer = {"client_uuid": str(uuid4()), "text": "It comes tomorrow.", "force": True}
    asked = time.monotonic()
    agent.call("POST", f"/api/dialogs/{dialog}/replies", answer)
    if house.rang(who, seq + 1) is None:
        return None
    _, found = callers[who].call("GET", f"/w/{key}/api/sync?after_seq={seq}", **headers)
    shown = time.monotonic() - asked
    time.sleep(max(0.0, began + 1 / PER_SECOND - time.monotonic()))
    return (stored, seen, shown) if orjson.loads(found)["lines"] else None


def _seen(screen: Screen, text: str) -> int | None:
    """The dialog in which an agent's screen shows a line."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        frame = screen.wait_for("frame", seconds=1)
        for item in (frame or {}).get("items", ()):
            if item["row"] and item["row"]["preview"] == text:
                return int(item["row"]["id"])
    return None


def _address(number: int) -> str:
    """Where a visitor comes from."""
    return f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"


def _run(line: Connection, port: int, key: str) -> None:
    asyncio.run(_Sockets(port, key).serve(line))


class _Sockets:
    """All sockets, and when each of them heard of which line."""

    def __init__(self, port: int, key: str) -> None:
        self.port, self.key = port, key
        self.heard: list[dict[int, float]] = []
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._readers: list[asyncio.Task[None]] = []

    async def serve(self, line: Connection) -> None:
        while True:
            name, given = await asyncio.to_thread(line.recv)
            line.send(await getattr(self, f"_{name}")(*given))

    async def _open(self, tokens: list[str]) -> int:
        first = len(self.heard)
        self.heard += [{} for _ in tokens]
        await asyncio.gather(*(self._enter(first + at, token) for at, token in enumerate(tokens)))
        return len(tokens)

    async def _rang(self, number: int, seq: int) -> float | None:
        until = time.monotonic() + PATIENCE
        while seq not in self.heard[number]:
            if time.monotonic() > until:
                return None
            await asyncio.sleep(0.002)
        return self.heard[number][seq]

    async def _enter(self, number: int, token: str) -> None:
        async with self._turns:
            for _ in range(TRIES):
                with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                    await self._connect(number, token)
                    return
        raise ConnectionError(f"a visitor was not let in, {TRIES} times")

    async def _connect(self, number: int, token: str) -> None:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(self._greeting(number))
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 101 " not in head.partition(b"\r\n")[0]:
                raise ConnectionError(head[:200].decode())
            writer.write(framed(TEXT, json.dumps({"token": token}).encode()))
            self._hear(number, await _frame(reader))
        self._readers.append(asyncio.create_task(self._listen(number, reader, writer)))

    def _greeting(self, number: int) -> bytes:
        """What a browser asks a socket for, from a place of its own."""
        told = {
            "Host": f"127.0.0.1:{self.port}",
            "Origin": f"http://127.0.0.1:{self.port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
            "X-Forwarded-For": _address(number),
        }
        lines = [f"GET /w/{self.key}/socket HTTP/1.1", *(f"{name}: {words}" for name, words in told.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def _listen(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with writer_closed(writer):
            while True:
                self._hear(number, await _frame(reader))

    def _hear(self, number: int, payload: bytes) -> None:
        at = time.monotonic()
        if payload.startswith(b'{"seq"'):
            seq = int(orjson.loads(payload)["seq"])
            self.heard[number].setdefault(seq, at)


@contextmanager
def writer_closed(writer: asyncio.StreamWriter) -> Iterator[None]:
    """Let go of a connection that was cut."""
    try:
        yield
    except (asyncio.IncompleteReadError, ConnectionError):
        return
    finally:
        writer.close()


async def _frame(reader: asyncio.StreamReader) -> bytes:
    """The next frame of a server; they are short and come unmasked."""
    head = await reader.readexactly(2)
    length = head[1]
    if length == 126:
        length = int.from_bytes(await reader.readexactly(2), "big")
    return await reader.readexactly(length)

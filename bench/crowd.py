"""Many browsers in a process of their own: just enough of each to hear frames, come back and catch up.

They cost little, because on the same two cores whatever they take is missing from what is measured.
"""

import asyncio
import multiprocessing
import random
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any

import orjson

from tests.browser_socket import CLOSE, TEXT, framed, greeting

AT_ONCE = 50
TRIES = 5
PATIENCE = 20.0
# How socket.io-client comes back (our screen sets these), and how our screen asks again for what it missed.
FIRST_PAUSE, LONGEST_PAUSE, JITTER = 0.5, 5.0, 0.5
ASK_AGAIN = (1.0, 2.0, 5.0, 10.0)

_COMMENT = re.compile(rb'"comment\.added".*?"comment_id":(\d+)')


class Crowd:
    """The browsers, as the measurement speaks with them."""

    def __init__(self, line: Connection) -> None:
        self._line = line

    def open(self, cookies: Sequence[str]) -> None:
        """Open a window for each cookie and wait until all are let in."""
        self._ask("open", list(cookies))

    def heard(self) -> dict[int, list[float]]:
        """When each comment was heard, by its number; the moments are those of the monotonic clock."""
        return dict(self._ask("heard"))

    def know(self, seq: int) -> None:
        """Let all windows know of everything up to a number; they ask for what comes after it."""
        self._ask("know", seq)

    def in_step(self, seq: int, seconds: float) -> list[float]:
        """When each window that came back knew of everything up to a number; who does not is left out."""
        return list(self._ask("in_step", seq, seconds))

    def _ask(self, name: str, *given: Any) -> Any:
        self._line.send((name, given))
        return self._line.recv()


@contextmanager
def crowd(port: int) -> Iterator[Crowd]:
    """Browsers that look at one server; all are gone afterwards."""
    context = multiprocessing.get_context("spawn")
    line, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs, port), daemon=True)
    process.start()
    theirs.close()  # so that we hear of its end
    try:
        yield Crowd(line)
    finally:
        process.kill()
        process.join()


def _run(line: Connection, port: int) -> None:
    asyncio.run(_House(port).serve(line))


class _House:
    """All windows, and what they heard."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.base = 0
        self.comments: dict[int, list[float]] = {}
        self.upto: list[tuple[int, float]] = []
        self._parsed: dict[bytes, list[int]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._keepers: list[asyncio.Task[None]] = []

    async def serve(self, line: Connection) -> None:
        """Do what the measurement asks for, until it hangs up."""
        while True:
            name, given = await asyncio.to_thread(line.recv)
            line.send(await getattr(self, f"_{name}")(*given))

    def hear(self, payload: bytes, at: float) -> None:
        """A frame; all windows of a room get the same bytes, so they are read once."""
        found = self._parsed.get(payload)
        if found is None:
            found = self._parsed[payload] = [int(number) for number in _COMMENT.findall(payload)]
        for number in found:
            self.comments.setdefault(number, []).append(at)

    async def _open(self, cookies: list[str]) -> int:
        windows = await asyncio.gather(*(self._enter(cookie) for cookie in cookies))
        self._keepers += [
            asyncio.create_task(self._keep(window, cookie))
            for window, cookie in zip(windows, cookies, strict=True)
        ]
        return len(windows)

    async def _heard(self) -> dict[int, list[float]]:
        heard, self.comments = self.comments, {}
        return heard

    async def _know(self, seq: int) -> None:
        self.base = seq

    async def _in_step(self, seq: int, seconds: float) -> list[float]:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            there = [at for upto, at in self.upto if upto >= seq]
            if len(there) >= len(self._keepers):
                break
            await asyncio.sleep(0.1)
        return there

    async def _enter(self, cookie: str) -> "_Window":
        async with self._turns:
            for _ in range(TRIES):
                with suppress(OSError, TimeoutError):
                    return await self._connect(cookie)
        raise ConnectionError(f"a browser was not let in, {TRIES} times")

    async def _connect(self, cookie: str) -> "_Window":
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE):
            transport, window = await loop.create_connection(
                lambda: _Window(self, cookie), "127.0.0.1", self.port
            )
            try:
                await window.entered
            except BaseException:
                transport.abort()
                raise
        return window

    async def _keep(self, window: "_Window", cookie: str) -> None:
        """Come back whenever the connection is lost, as a browser does, and ask what was missed."""
        while True:
            await window.gone
            attempts = 0
            while True:
                await asyncio.sleep(_pause(attempts))
                attempts += 1
                with suppress(OSError, TimeoutError):
                    window = await self._connect(cookie)
                    break
            self.upto.append((await self._catch_up(cookie), time.monotonic()))

    async def _catch_up(self, cookie: str) -> int:
        for attempt in range(100):
            with suppress(OSError, ValueError, TimeoutError):
                return await self._missed(cookie)
            await asyncio.sleep(ASK_AGAIN[min(attempt, len(ASK_AGAIN) - 1)])
        return 0

    async def _missed(self, cookie: str) -> int:
        """GET /api/events on a connection of its own; up to which number everything is known now."""
        asked = (
            f"GET /api/events?after={self.base} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Cookie: sid={cookie}\r\nConnection: close\r\n\r\n"
        )
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                writer.write(asked.encode())
                head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            finally:
                writer.close()
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise ValueError("try again")
        return int(orjson.loads(body)["upto"])


class _Window(asyncio.Protocol):
    """One browser's socket."""

    def __init__(self, house: _House, cookie: str) -> None:
        loop = asyncio.get_running_loop()
        self.entered: asyncio.Future[None] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        self._house = house
        self._cookie = cookie
        self._buffer = b""
        self._is_upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a WebSocket."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(greeting(self._house.port, self._cookie))

    def connection_lost(self, fault: Exception | None) -> None:
        """Say so to whoever waits."""
        if not self.entered.done():
            self.entered.set_exception(fault or ConnectionError("not let in"))
        if not self.gone.done():
            self.gone.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Note the moment, then look at what came."""
        at = time.monotonic()
        self._buffer += data
        if not self._is_upgraded:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.partition(b"\r\n")[0]:
                self._transport.abort()
                return
            self._is_upgraded, self._buffer = True, rest
        for payload in self._payloads():
            self._take(payload, at)

    def _payloads(self) -> Iterator[bytes]:
        buffer, start = self._buffer, 0
        while len(buffer) - start >= 2:
            length, head = buffer[start + 1], 2
            if length == 126:
                length, head = int.from_bytes(buffer[start + 2 : start + 4], "big"), 4
            elif length == 127:
                length, head = int.from_bytes(buffer[start + 2 : start + 10], "big"), 10
            if len(buffer) < start + head + length:
                break
            if buffer[start] & 15 == CLOSE:
                self._transport.close()
            yield buffer[start + head : start + head + length]
            start += head + length
        self._buffer = buffer[start:]

    def _take(self, payload: bytes, at: float) -> None:
        if payload.startswith(b'42["frame"'):
            self._house.hear(payload, at)
        elif payload.startswith(b"40"):
            if not self.entered.done():
                self.entered.set_result(None)
        elif payload.startswith(b"0"):
            self._transport.write(framed(TEXT, b"40"))
        elif payload == b"2":
            self._transport.write(framed(TEXT, b"3"))
        elif payload.startswith(b"44"):
            self._transport.abort()


def _pause(attempts: int) -> float:
    """How long socket.io-client waits before it tries again."""
    pause = FIRST_PAUSE * 2.0**attempts
    return float(min(pause * (1 + JITTER * random.uniform(-1, 1)), LONGEST_PAUSE))

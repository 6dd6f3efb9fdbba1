"""A browser's live connection without a browser: Socket.IO over one WebSocket, just enough to hear frames.

RFC 6455 for the wire, Engine.IO 4 and Socket.IO 5 for what is said on it.
"""

import asyncio
import base64
import os
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Closed(ConnectionError):
    """The server hung up, or did not let us in."""


@dataclass(frozen=True)
class Said:
    """One event the server sent."""

    name: str
    value: Any


class BrowserSocket:
    """One connection, signed in by a session cookie."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int, cookie: str) -> "BrowserSocket":
        """Connect and be let in; Closed when we are not."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError as error:
            raise Closed(str(error)) from error
        socket = cls(reader, writer)
        try:
            await socket._shake_hands(port, cookie)
            async with asyncio.timeout(10):
                await socket._be_let_in()
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            writer.close()
            raise Closed(str(error)) from error
        return socket

    @classmethod
    async def knock(cls, port: int, cookie: str) -> "BrowserSocket":
        """Connect without asking to be let in, for those who do not mean to behave."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        socket = cls(reader, writer)
        await socket._shake_hands(port, cookie)
        return socket

    async def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(data)
        await self._writer.drain()

    async def frames(self) -> AsyncIterator[bytes]:
        """What comes over the wire, frame by frame, until it is cut."""
        while True:
            kind, payload = await self._frame()
            yield payload
            if kind == CLOSE:
                return

    async def events(self) -> AsyncIterator[Said]:
        """What the server says, until it hangs up."""
        while True:
            packet = await self._packet()
            if packet.startswith("42"):
                name, *values = orjson.loads(packet[2:])
                yield Said(name, values[0] if values else None)
            elif packet.startswith("41"):
                return

    def close(self) -> None:
        """Hang up."""
        self._writer.close()

    async def _shake_hands(self, port: int, cookie: str) -> None:
        self._writer.write(greeting(port, cookie))
        head = await self._reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head.partition(b"\r\n")[0]:
            raise Closed(head.partition(b"\r\n")[0].decode(errors="replace"))

    async def _be_let_in(self) -> None:
        while not (await self._packet()).startswith("0"):
            pass
        self._send(TEXT, b"40")
        while True:
            packet = await self._packet()
            if packet.startswith("44"):
                raise Closed(packet)
            if packet.startswith("40"):
                return

    async def _packet(self) -> str:
        """The next packet, pings answered on the way."""
        while True:
            kind, payload = await self._frame()
            if kind == CLOSE:
                raise Closed("hung up")
            if kind == PING:
                self._send(PONG, payload)
            elif payload == b"2":
                self._send(TEXT, b"3")
            else:
                return payload.decode()

    async def _frame(self) -> tuple[int, bytes]:
        whole = b""
        kind = 0
        while True:
            try:
                first, length = await self._reader.readexactly(2)
                if length == 126:
                    (length,) = struct.unpack(">H", await self._reader.readexactly(2))
                elif length == 127:
                    (length,) = struct.unpack(">Q", await self._reader.readexactly(8))
                whole += await self._reader.readexactly(length)
            except (OSError, asyncio.IncompleteReadError) as error:
                raise Closed("cut") from error
            kind = first & 15 or kind
            if first & 128:
                return kind, whole

    def _send(self, kind: int, payload: bytes) -> None:
        self._writer.write(framed(kind, payload))


def greeting(port: int, cookie: str) -> bytes:
    """What a browser says first."""
    key = base64.b64encode(os.urandom(16)).decode()
    host = f"127.0.0.1:{port}"
    return (
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
        f"Cookie: sid={cookie}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def framed(kind: int, payload: bytes) -> bytes:
    """One frame from a browser: final and masked (RFC 6455, 5.2)."""
    mask = os.urandom(4)
    key = int.from_bytes((mask * (len(payload) // 4 + 1))[: len(payload)], "big")
    masked = (int.from_bytes(payload, "big") ^ key).to_bytes(len(payload), "big")
    return bytes([128 | kind]) + length_of(payload) + mask + masked


def length_of(payload: bytes) -> bytes:
    """How long a masked payload is, in its shortest form."""
    if len(payload) < 126:
        return bytes([128 | len(payload)])
    if len(payload) < 65536:
        return struct.pack(">BH", 128 | 126, len(payload))
    return struct.pack(">BQ", 128 | 127, len(payload))

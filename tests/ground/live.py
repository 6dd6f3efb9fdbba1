"""A browser's socket, as thin as the protocol: Socket.IO 5 over Engine.IO 4 over WebSocket."""

import json
import time
from contextlib import suppress
from typing import Any

import orjson
import simple_websocket

PATIENCE = 15.0


class Refused(Exception):
    """The server did not let this screen in; the text says how."""


class Screen:
    """One open window, with every event that came to it."""

    def __init__(self, address: str, cookie: str = "", *, origin: str | None = None) -> None:
        headers = {"Origin": origin or address}
        if cookie:
            headers["Cookie"] = f"sid={cookie}"
        place = address.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        self.socket = simple_websocket.Client(place, headers=headers)
        self.events: list[tuple[str, Any]] = []
        self.answers: dict[int, Any] = {}
        self.is_closed = False
        self._number = 0

    def enter(self) -> "Screen":
        """Connect to the namespace, as socket.io-client does; Refused with the server's word."""
        try:
            self.socket.send("40")
        except (simple_websocket.ConnectionClosed, OSError):  # the library's thread may close it meanwhile
            raise Refused("closed") from None
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and not self.is_closed:
            packet = self._packet(0.2)
            if packet.startswith("40"):
                return self
            if packet.startswith("44"):
                self.close()
                raise Refused(str(orjson.loads(packet[2:])["message"]))
        self.close()
        raise Refused("closed")

    def say(self, event: str, *told: Any) -> Any:
        """Say something and wait for what the server answers."""
        self._number += 1
        self.socket.send(f"42{self._number}{json.dumps([event, *told])}")
        deadline = time.monotonic() + PATIENCE
        while self._number not in self.answers and time.monotonic() < deadline and not self.is_closed:
            self._take(0.1)
        return self.answers.get(self._number)

    def wait_for(self, event: str, *, seconds: float = PATIENCE, **wanted: Any) -> Any:
        """The next event of a name that has these members; None if it does not come in time."""
        deadline = time.monotonic() + seconds
        while True:
            for index, (name, told) in enumerate(self.events):
                if name == event and all(told.get(key) == value for key, value in wanted.items()):
                    del self.events[: index + 1]
                    return told
            if self.is_closed or time.monotonic() > deadline:
                return None
            self._take(0.1)

    def wait_for_item(self, kind: str, topic: str, *, seconds: float = PATIENCE) -> Any:
        """The next frame that brings an event of a kind about a thing."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.is_closed:
            frame = self.wait_for("frame", seconds=deadline - time.monotonic())
            for item in frame["items"] if frame else ():
                if (item["kind"], item["topic"]) == (kind, topic):
                    return item
        return None

    def listen(self, seconds: float) -> list[tuple[str, Any]]:
        """All that comes within a while."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.is_closed:
            self._take(0.1)
        return self.events

    def wait_until_closed(self, seconds: float = PATIENCE) -> bool:
        """Whether the server ends the connection in time."""
        self.listen(seconds)
        return self.is_closed

    def close(self) -> None:
        """Shut the window."""
        with suppress(simple_websocket.ConnectionClosed, OSError):
            self.socket.close()

    def _take(self, seconds: float) -> None:
        packet = self._packet(seconds)
        if packet.startswith("42"):
            name, *told = orjson.loads(packet[packet.index("[") :])
            self.events.append((name, told[0] if told else None))
        elif packet.startswith("43"):
            start = packet.index("[")
            told = orjson.loads(packet[start:])
            self.answers[int(packet[2:start])] = told[0] if told else None
        elif packet.startswith(("41", "1")):
            self.is_closed = True

    def _packet(self, seconds: float) -> str:
        try:
            packet = self.socket.receive(timeout=seconds)
        except simple_websocket.ConnectionClosed:
            self.is_closed = True
            return ""
        if packet == "2":
            self.socket.send("3")
        return packet if isinstance(packet, str) else ""

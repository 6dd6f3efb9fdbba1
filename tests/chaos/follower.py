"""A browser that follows along: frames, gaps, reconnects, catch-up; at the end it must know everything."""

import asyncio
import http.client
import threading
from typing import Any

from tests.browser_socket import BrowserSocket, Closed
from tests.product import Product

QUIET = 15.0


class Follower:
    """Keeps the numbers of all events it heard of, as our screen does."""

    def __init__(self, product: Product, cookie: str, key: str) -> None:
        self._product = product
        self._cookie = cookie
        self._key = key
        self._told: dict[str, int] = {}
        self._base = 0
        self.seen: dict[int, str] = {}
        self.connections = 0
        self.catch_ups = 0
        self.resets = 0
        self.loaded = 0

    def run(self, over: threading.Event) -> None:
        """Follow until it is over."""
        asyncio.run(self._follow(over))

    async def _follow(self, over: threading.Event) -> None:
        while not over.is_set():
            try:
                socket = await BrowserSocket.open(self._product.port, self._cookie)
                self.connections += 1
                await asyncio.to_thread(self.catch_up)
                await self._listen(socket, over)
            except (Closed, TimeoutError):
                await asyncio.sleep(0.3)

    async def _listen(self, socket: BrowserSocket, over: threading.Event) -> None:
        try:
            events = socket.events()
            while not over.is_set():
                async with asyncio.timeout(QUIET):
                    said = await anext(events, None)
                if said is None:
                    return
                if said.name == "frame":
                    await self._hear(said.value)
        finally:
            socket.close()

    async def _hear(self, frame: dict[str, Any]) -> None:
        if frame["after"] > self._told.get(frame["audience"], self._base):
            await asyncio.to_thread(self.catch_up)
        self._note(frame["items"])
        self._told[frame["audience"]] = max(frame["upto"], self._told.get(frame["audience"], self._base))

    def catch_up(self) -> None:
        """Ask for what came after the least that any audience was told; Closed when nobody answers."""
        self.catch_ups += 1
        after = min(self._told.values(), default=self._base)
        try:
            status, found = self._product.request(
                "GET", f"/api/events?after={after}", key=self._key, timeout=5
            )
        except (OSError, http.client.HTTPException, ValueError):
            raise Closed("nobody answers") from None
        if status != 200:
            raise Closed(f"catch-up: {status}")
        if found["reset"]:
            self.resets += 1
            self.loaded = found["upto"]
        else:
            self._note(found["items"])
        self._base = found["upto"]
        self._told.clear()

    def _note(self, items: list[dict[str, Any]]) -> None:
        self.seen |= {item["seq"]: item["kind"] for item in items}

"""Callback API: VK calls a server of the community's, and calls again until it says `ok`."""

import http.client
import time
from collections import deque
from dataclasses import dataclass, field
from secrets import token_hex
from threading import Condition, Thread
from typing import Any
from urllib.parse import urlsplit

import orjson

from tests.peers.vk.faults import Refused

MOST_SERVERS = 10
LONGEST_TITLE = 14
LONGEST_SECRET = 50
PATIENCE = 10.0
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 120.0
TRIES = 12


@dataclass
class Server:
    """One address that is called."""

    id: int
    title: str
    url: str
    secret_key: str
    status: str = "unconfigured"
    events: dict[str, int] = field(default_factory=dict)
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    waiting: deque[dict[str, Any]] = field(default_factory=deque)

    def shape(self) -> dict[str, Any]:
        """As `groups.getCallbackServers` shows it."""
        return {
            "id": self.id,
            "title": self.title,
            "creator_id": 1,
            "url": self.url,
            "secret_key": self.secret_key,
            "status": self.status,
        }


class CallbackServers:
    """The servers of one community; each is called in order, one call after another.

    `hurry` divides every pause between two calls; `lenient` leaves a server that nobody reaches waiting
    to be confirmed instead of failed.
    """

    def __init__(self, group_id: int, *, hurry: float = 100.0) -> None:
        self.group_id = group_id
        self.hurry = hurry
        self.lenient = False
        self.confirmation = token_hex(4)
        self.servers: dict[int, Server] = {}
        self._next = 1
        self._changed = Condition()
        self._stopped = False

    def add(self, url: str, title: str, secret: str) -> Server:
        """Enter a server and ask it for the confirmation string."""
        _check(url, title, secret)
        if len(self.servers) >= MOST_SERVERS:
            raise Refused(2000)
        server = Server(self._next, title, url, secret)
        self._next += 1
        self.servers[server.id] = server
        self.confirm(server)
        Thread(target=self._call_for_ever, args=(server,), daemon=True).start()
        return server

    def change(self, server: Server, url: str, title: str, secret: str) -> None:
        """Give a server another address or secret, and ask it again."""
        _check(url, title, secret)
        server.url, server.title, server.secret_key = url, title, secret
        self.confirm(server)

    def remove(self, number: int) -> None:
        """Call it no more."""
        with self._changed:
            self.servers.pop(number, None)
            self._changed.notify_all()

    def confirm(self, server: Server) -> None:
        """Ask for the string; only who knows it is called further."""
        try:
            status, body, _ = _call(server, {"type": "confirmation", "group_id": self.group_id}, 0)
        except OSError:
            server.status = "wait" if self.lenient else "failed"
            return
        is_right = status == 200 and body == self.confirmation.encode()
        server.status = "ok" if is_right else "failed"

    def hear(self, event: dict[str, Any]) -> None:
        """Something happened: each server that wants it will be told."""
        with self._changed:
            for server in self.servers.values():
                if server.status == "ok" and server.events.get(event.get("type", ""), 1):
                    server.waiting.append(event)
            self._changed.notify_all()

    def idle(self, patience: float = 10.0) -> bool:
        """Whether all calls are made, after waiting a while for it."""
        until = time.monotonic() + patience
        with self._changed:
            while any(server.waiting for server in self.servers.values()):
                if not self._changed.wait(until - time.monotonic()) and time.monotonic() >= until:
                    return False
        return True

    def stop(self) -> None:
        """Call nobody any more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _goes_on(self, server: Server) -> bool:
        return not self._stopped and server.id in self.servers

    def _call_for_ever(self, server: Server) -> None:
        while self._goes_on(server):
            with self._changed:
                while not server.waiting and self._goes_on(server):
                    self._changed.wait()
                if not self._goes_on(server):
                    return
                event = server.waiting[0]
            self._tell(server, event)
            with self._changed:
                server.waiting.popleft()
                self._changed.notify_all()

    def _tell(self, server: Server, event: dict[str, Any]) -> None:
        for tried in range(TRIES):
            pause = min(FIRST_PAUSE * 2.0**tried, LONGEST_PAUSE)
            try:
                status, body, told = _call(server, event, tried)
                server.answers.append((status, body))
                if status == 200 and body == b"ok":
                    return None
                if status == 200 and body == b"remove":
                    return self.remove(server.id)
                if status in (410, 429, 503) and told:
                    pause = told
            except OSError:
                server.answers.append((0, b""))
            with self._changed:
                if not self._goes_on(server):
                    return None
                self._changed.wait_for(lambda: not self._goes_on(server), pause / self.hurry)
        return None


def _call(server: Server, event: dict[str, Any], tried: int) -> tuple[int, bytes, float]:
    address = urlsplit(server.url)
    headers = {"Content-Type": "application/json"} | ({"X-Retry-Counter": str(tried)} if tried else {})
    body = {**event, "secret": server.secret_key} if server.secret_key else event
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE)
    try:
        connection.request("POST", address.path or "/", orjson.dumps(body), headers)
        answer = connection.getresponse()
        told = answer.headers.get("Retry-After") or "0"
        return answer.status, answer.read(), min(float(told), 3 * 3600.0)
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()


def _check(url: str, title: str, secret: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise Refused(100, "url is invalid")
    if not title or len(title) > LONGEST_TITLE:
        raise Refused(100, "title should be less or equal than 14 letters")
    if len(secret) > LONGEST_SECRET:
        raise Refused(100, "secret_key is too long")

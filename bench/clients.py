"""Clients that keep their connection and time every call."""

import http.client
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import orjson


class Caller:
    """A program that calls the API over one connection."""

    def __init__(self, port: int, key: str) -> None:
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[float, bytes]:
        """One call; how many seconds it took and what came back. Anything but success is an error.

        Names of `headers` are written with _ for -.
        """
        data = orjson.dumps(body) if body is not None else None
        began = time.perf_counter()
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, path, data, {**self._headers, **more})
        answer = self._connection.getresponse()
        content = answer.read()
        took = time.perf_counter() - began
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return took, content

    def times(self, calls: Iterable[tuple[str, str, Any]]) -> list[float]:
        """The seconds of many calls, one after the other."""
        return [self.call(*each)[0] for each in calls]


def pages_per_second(port: int, key: str, path: str, *, clients: int, seconds: float) -> tuple[int, float]:
    """How many pages so many clients get together, and in which time; they live in a process of their own."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_crowd, (port, key, path, clients, seconds))


def _crowd(port: int, key: str, path: str, clients: int, seconds: float) -> tuple[int, float]:
    counts = [0] * clients
    began = time.perf_counter()

    def be(number: int) -> Callable[[], None]:
        def client() -> None:
            caller = Caller(port, key)
            while time.perf_counter() - began < seconds:
                caller.call("GET", path)
                counts[number] += 1

        return client

    threads = [threading.Thread(target=be(number)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts), time.perf_counter() - began

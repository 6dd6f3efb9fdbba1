"""One event loop in a thread of its own, for libraries that know no other way."""

import asyncio
import os
from collections.abc import Coroutine
from threading import Lock, Thread
from typing import Any, TypeVar

Answer = TypeVar("Answer")

_lock = Lock()
_loop: asyncio.AbstractEventLoop | None = None
_left_behind: list[asyncio.AbstractEventLoop] = []


def run(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a coroutine on the loop of this process and wait for what it returns."""
    return asyncio.run_coroutine_threadsafe(work, loop()).result()


def loop() -> asyncio.AbstractEventLoop:
    """The loop of this process, started the first time it is needed."""
    global _loop
    with _lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            Thread(target=_loop.run_forever, daemon=True, name="event loop").start()
        return _loop


def _forget_parents_loop() -> None:
    """A forked child has the loop without its thread; it is set aside, for its sockets are the parent's."""
    global _loop, _lock
    _lock = Lock()
    if _loop is not None:
        _left_behind.append(_loop)
        _loop = None


os.register_at_fork(after_in_child=_forget_parents_loop)

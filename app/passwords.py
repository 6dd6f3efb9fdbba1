"""Hashing passwords where it cannot hold anybody up.

argon2 is slow on purpose and takes 64 MiB. In the web process it runs in gevent's thread pool, two
at a time: a flood of sign-ins waits, sockets and pages do not, and memory stays bounded.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from gevent import monkey
from gevent.threadpool import ThreadPool

from people import passwords

AT_ONCE = 2

T = TypeVar("T")
_turn = threading.BoundedSemaphore(AT_ONCE)
_pool: ThreadPool | None = None


def hash_aside(password: str) -> str:
    """The hash to keep of a password."""
    return _aside(passwords.hash_password, password)


def compare_aside(stored_hash: str | None, password: str) -> bool:
    """Whether this is the password; as slow when there is none."""
    return _aside(passwords.is_password, stored_hash, password)


def _aside(work: Callable[..., T], *arguments: Any) -> T:
    global _pool
    if not monkey.is_module_patched("threading"):
        with _turn:
            return work(*arguments)
    if _pool is None:
        _pool = ThreadPool(AT_ONCE)
    result: T = _pool.apply(work, arguments)
    return result

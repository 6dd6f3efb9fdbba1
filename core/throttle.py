"""How often somebody may try: counted in Valkey for all processes, in this one while Valkey is away."""

import hashlib
import time
from functools import cache, lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock

from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from core.config import get_settings
from core.valkey import quick_options

_LEAVE_ALONE = 2.0


def household_of(address: str) -> str:
    """Whom an address is counted as: of IPv6 one household has at least a /64.

    What a socket for both calls `::ffff:203.0.113.7` is that address of IPv4 (RFC 4291, 2.5.5.2).
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network(f"{found}/64", strict=False))


class Throttle:
    """Counts attempts in a moving window.

    Valkey may cost an attempt VALKEY_PATIENCE at the most; once it fails it is left alone for two seconds.
    Meanwhile each process counts for itself and allows half as much, so an attacker who can
    break Valkey gains little and nobody else is locked out.
    """

    def __init__(self, redis_url: str | None) -> None:
        self._local = MovingWindowRateLimiter(MemoryStorage())
        self._shared = MovingWindowRateLimiter(_shared_storage(redis_url)) if redis_url else None
        self._shared_from = 0.0
        self._lock = Lock()

    def hit(self, name: str, key: str, limit: str, *, cost: int = 1) -> bool:
        """Count one attempt of `key` at `name`; False if it is one too many for "5/15minutes".

        `cost` is how many attempts it is worth; of one that is too much nothing is counted.
        """
        who = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        if self._shared is not None and time.monotonic() >= self._shared_from:
            try:
                return self._shared.hit(_parsed(limit), name, who, cost=cost)
            except StorageError:
                with self._lock:
                    self._shared_from = time.monotonic() + _LEAVE_ALONE
        return self._local.hit(_halved(limit), name, who, cost=cost)

    def forget(self, name: str, key: str, limit: str) -> None:
        """Count from zero again, as after a right password."""
        who = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        self._local.clear(_halved(limit), name, who)
        if self._shared is not None and time.monotonic() >= self._shared_from:
            try:
                self._shared.clear(_parsed(limit), name, who)
            except StorageError:
                with self._lock:
                    self._shared_from = time.monotonic() + _LEAVE_ALONE


def house_throttle() -> Throttle:
    """The throttle of this process, on the Valkey of this installation."""
    return _opened(get_settings().redis_url)


@cache
def _opened(redis_url: str | None) -> Throttle:
    return Throttle(redis_url)


def _shared_storage(redis_url: str) -> RedisStorage:
    url = redis_url.replace("unix://", "redis+unix://", 1) if redis_url.startswith("unix://") else redis_url
    return RedisStorage(
        url,
        key_prefix="throttle",
        wrap_exceptions=True,
        **quick_options(),
    )


@lru_cache(maxsize=256)
def _parsed(limit: str) -> RateLimitItem:
    return parse(limit)


@lru_cache(maxsize=256)
def _halved(limit: str) -> RateLimitItem:
    whole = parse(limit)
    return type(whole)(max(1, whole.amount // 2), whole.multiples)

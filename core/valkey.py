"""Valkey for those who must not wait for it."""

from functools import cache
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.config import get_settings


def quick_valkey() -> Redis:
    """The Valkey of an installation that has one: asked once, for VALKEY_PATIENCE at most."""
    return _opened(str(get_settings().redis_url))


def quick_options() -> dict[str, Any]:
    """The same for whoever opens a client of their own."""
    patience = get_settings().valkey_patience
    return {"socket_timeout": patience, "socket_connect_timeout": patience, "retry": Retry(NoBackoff(), 0)}


@cache
def _opened(url: str) -> Redis:
    return Redis.from_url(url, **quick_options())

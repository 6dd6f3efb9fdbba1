"""Frames for browsers through Valkey: any process publishes, every web process passes them on."""

from collections.abc import Iterator
from contextlib import suppress
from time import sleep
from typing import Any

import orjson
import structlog
from redis import Redis
from redis.exceptions import RedisError
from socketio import RedisManager

from core.valkey import quick_options

log = structlog.get_logger()

LISTEN_AGAIN_AFTER = 1.0


class _Json:
    """orjson in the shape python-socketio asks for."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return orjson.dumps(value, default=str).decode()

    @staticmethod
    def loads(value: str | bytes, **_: Any) -> Any:
        return orjson.loads(value)


class WebManager(RedisManager):  # type: ignore[misc]
    """The web process's ear: it listens again within a second after Valkey was away.

    The library's own pause doubles up to a minute, longer than an agent should look at an old screen.
    `heard` is how far the frames that came had got.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url, channel="emptyfeed")
        self.heard = -1
        self._mouth = Redis.from_url(url, **quick_options())

    def _publish(self, data: dict[str, Any]) -> None:
        """Tell the other web processes; who types may be lost, and must not hold anybody up."""
        with suppress(RedisError, OSError):
            self._mouth.publish(self.channel, self.json.dumps(data))

    def _handle_emit(self, message: dict[str, Any]) -> None:
        if message["event"] == "frame":
            self.heard = max(self.heard, message["data"][0]["upto"])
        super()._handle_emit(message)

    def _redis_listen_with_retries(self) -> Iterator[dict[str, Any]]:
        subscribed = False
        while True:
            try:
                if not subscribed:
                    self._redis_connect()
                    self.pubsub.subscribe(self.channel)
                    subscribed = True
                yield from self.pubsub.listen()
            except (RedisError, OSError) as error:
                if subscribed:
                    log.warning("fanout.deaf", error=str(error))
                subscribed = False
                sleep(LISTEN_AGAIN_AFTER)


class Publisher(RedisManager):  # type: ignore[misc]
    """What other processes publish with; a failure is raised so that the caller knows of it."""

    def __init__(self, url: str) -> None:
        super().__init__(url, channel="emptyfeed", write_only=True, json=_Json, redis_options=quick_options())

    connected: bool

    def _publish(self, data: dict[str, Any]) -> None:
        if not self.connected:
            self._redis_connect()
        try:
            self.redis.publish(self.channel, self.json.dumps(data))
        except RedisError:
            self.connected = False
            raise

"""Channels as their adapters see them, and adapters that live as long as their settings."""

from threading import Lock

import orjson

from channels.adapter import Adapter, ChannelAccess
from channels.registry import adapter_for
from channels.sign_ins.providers import provider_of
from channels.sign_ins.renewing import ChannelTokens
from core.secrets import seal, unseal
from inbox.models import Channel


def open_access(channel: Channel) -> ChannelAccess:
    """A copy of the channel with its secrets opened; nothing of it touches the database."""
    return ChannelAccess(
        channel_id=channel.id,
        kind=channel.kind,
        name=channel.name,
        address=channel.address,
        settings=dict(channel.settings),
        secrets=orjson.loads(unseal(channel.secrets)) if channel.secrets else {},
        tokens=ChannelTokens(channel.id) if provider_of(channel.settings) else None,
    )


def sealed(secrets: dict[str, str]) -> bytes:
    """Secrets as they are stored."""
    return seal(orjson.dumps(secrets).decode())


class AdapterShelf:
    """Keeps one adapter per channel, so that connections stay open between messages.

    An adapter is made anew when its channel's settings have changed.
    """

    def __init__(self) -> None:
        self._adapters: dict[int, tuple[ChannelAccess, Adapter]] = {}
        self._lock = Lock()

    def adapter(self, access: ChannelAccess) -> Adapter:
        """The adapter of a channel, made on first use and after a change."""
        with self._lock:
            known = self._adapters.get(access.channel_id)
            if known is not None and known[0] == access:
                return known[1]
            if known is not None:
                known[1].close()
            adapter = adapter_for(access)
            self._adapters[access.channel_id] = (access, adapter)
            return adapter

    def close(self) -> None:
        """Let go of every connection."""
        with self._lock:
            for _, adapter in self._adapters.values():
                adapter.close()
            self._adapters.clear()


shelf = AdapterShelf()

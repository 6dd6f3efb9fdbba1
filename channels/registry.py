"""Which adapter speaks for which kind of channel; a new channel is a folder and a line here."""

from collections.abc import Callable
from importlib import import_module

from channels.adapter import Adapter, ChannelAccess

_ADAPTERS: dict[str, str] = {
    "email": "channels.email.adapter:EmailAdapter",
}
_registered: dict[str, Callable[[ChannelAccess], Adapter]] = {}


def kinds() -> tuple[str, ...]:
    """Every kind of channel the product speaks, in the order they are offered."""
    return (*_ADAPTERS, *(kind for kind in _registered if kind not in _ADAPTERS))


def register(kind: str, maker: Callable[[ChannelAccess], Adapter]) -> None:
    """Add a kind at run time, or replace one."""
    _registered[kind] = maker


def maker_of(kind: str) -> Callable[[ChannelAccess], Adapter]:
    """The adapter class of a kind, imported on first use; KeyError for a kind nobody speaks."""
    if kind not in _registered:
        module, name = _ADAPTERS[kind].split(":")
        _registered[kind] = getattr(import_module(module), name)
    return _registered[kind]


def adapter_for(access: ChannelAccess) -> Adapter:
    """A fresh adapter for one channel."""
    return maker_of(access.kind)(access)

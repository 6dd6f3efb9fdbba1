"""Which adapter speaks for which kind of channel; a new channel is a folder and a line here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from channels.adapter import Adapter, Capabilities, ChannelAccess, FileLinks, SettingField

_ADAPTERS: dict[str, str] = {
    "email": "channels.email.adapter:EmailAdapter",
    "telegram": "channels.telegram.adapter:TelegramAdapter",
    "vk": "channels.vk.adapter:VkAdapter",
    "max": "channels.max.adapter:MaxAdapter",
    "webchat": "channels.webchat.adapter:WebchatAdapter",
    "webform": "channels.webform.adapter:WebformAdapter",
}
_registered: dict[str, Callable[[ChannelAccess], Adapter]] = {}


@dataclass(frozen=True, slots=True)
class Words:
    """What people read of a kind of channel: its title, its faults, the steps of its test, its choices.

    All are marked for translation and said where somebody reads them. They are what `TITLE`,
    `FAULTS`, `STEPS` and `OPTIONS` of the folder's `sentences.py` say.
    """

    title: str
    faults: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)


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


def capabilities_of(kind: str) -> Capabilities | None:
    """What channels of a kind can do, as far as that is known without one; None for a kind nobody speaks."""
    return getattr(maker_of(kind), "capabilities", None) if kind in kinds() else None


def file_links_of(kind: str, settings: Mapping[str, Any]) -> FileLinks | None:
    """When files of a channel's messages become links that customers open; None where they never do."""
    ask: Callable[[Mapping[str, Any]], FileLinks | None] | None = None
    if kind in kinds():
        ask = getattr(maker_of(kind), "file_links", None)
    return ask(settings) if ask is not None else None


def fields_of(kind: str) -> Sequence[SettingField]:
    """What the form of a kind asks for."""
    found: Sequence[SettingField] = getattr(maker_of(kind), "fields", ())
    return found


@cache
def words_of(kind: str) -> Words:
    """What people read of a kind; its bare name for one that has no folder."""
    if kind not in _ADAPTERS:
        return Words(kind)
    told = import_module(_ADAPTERS[kind].split(":")[0].rpartition(".")[0] + ".sentences")
    return Words(
        getattr(told, "TITLE", kind),
        getattr(told, "FAULTS", {}),
        getattr(told, "STEPS", {}),
        getattr(told, "OPTIONS", {}),
    )


def asks_for(kind: str, name: str) -> bool:
    """Whether the form of a kind has a field of this name."""
    return any(each.name == name for each in fields_of(kind))

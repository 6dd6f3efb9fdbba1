"""The test of a community: is VK there, is the key right, what does it allow, is anything told to us."""

from dataclasses import dataclass, field, replace
from typing import Any

from channels.adapter import ChannelError, Health
from channels.verifying import Step, failed
from channels.vk.api import VkApi
from channels.vk.longpoll import missing_events, own_group, switch_on
from channels.vk.sentences import FAULTS, GOOD, HOOK_FAILS, HOOK_MISSING, NO_FILES, NO_PHOTOS
from channels.vk.subscribing import servers
from channels.vk.wire import Json, inner, items, number, words
from core.text import plain_line

NEEDED = ("messages", "manage")
OF_THE_KEY = frozenset(("token_refused", "not_a_community", "rights_missing"))


@dataclass
class _Trial:
    """How far a test has come."""

    group: Json = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    at: str = "vk.connection"

    def good(self) -> None:
        self.steps.append((self.at, True, GOOD[self.at]))


def check_community(api: VkApi, *, mode: str, server_id: int = 0, is_called: bool = False) -> Health:
    """Try every step; nothing is changed but that VK is asked to tell us what happens.

    `server_id` is our address there by VK's number, `is_called` says that VK was asked to call it.
    """
    trial = _Trial()
    try:
        _try_key(api, trial)
        _try_rights(api, trial)
        trial.at = "vk.messages"
        api.ask("messages.getConversations", count=1)
        trial.good()
        trial.at = "vk.events"
        _try_events(api, trial, mode, server_id, is_called=is_called)
    except _NotCalled as fault:
        health = failed(fault, trial.at, FAULTS, before=trial.steps, identity=_called(trial.group))
        return replace(health, facts={**_facts(trial.group), "is_called": False})
    except ChannelError as fault:
        return failed(fault, trial.at, FAULTS, before=trial.steps, identity=_called(trial.group))
    return Health(
        "ok", "", "", _called(trial.group), tuple(trial.warnings), tuple(trial.steps), _facts(trial.group)
    )


def _try_key(api: VkApi, trial: _Trial) -> None:
    try:
        trial.group = own_group(api)
    except ChannelError as fault:
        if fault.code in OF_THE_KEY:  # somebody refused it, so somebody is there
            trial.good()
            trial.at = "vk.token"
        raise
    trial.good()
    trial.at = "vk.token"
    trial.good()


def _try_rights(api: VkApi, trial: _Trial) -> None:
    trial.at = "vk.rights"
    told = items(inner(api.ask("groups.getTokenPermissions")).get("permissions"))
    allowed = {words(each.get("name")) for each in told}
    missing = [right for right in NEEDED if right not in allowed]
    if missing:
        raise _Missing(missing)
    trial.warnings += [NO_PHOTOS] if "photos" not in allowed else []
    trial.warnings += [NO_FILES] if "docs" not in allowed else []
    trial.good()


def _try_events(api: VkApi, trial: _Trial, mode: str, server_id: int, *, is_called: bool) -> None:
    group_id = number(trial.group.get("id"))
    if mode == "poll":
        if missing_events(api, group_id):
            switch_on(api, group_id)
        trial.good()
        return
    ours = [each for each in servers(api, group_id) if number(each.get("id")) == server_id]
    if not ours and is_called:
        raise _NotCalled("our address is not among those VK calls", code="not_called")
    if not ours:
        trial.warnings.append(HOOK_MISSING)
    elif words(ours[0].get("status")) == "failed":
        trial.warnings.append(HOOK_FAILS)
    else:
        trial.good()


class _NotCalled(ChannelError):
    """VK was asked to call us, and has our address no more."""


class _Missing(ChannelError):
    health = "broken"

    def __init__(self, rights: list[str]) -> None:
        super().__init__(f"the key lacks: {', '.join(rights)}", code="rights_missing")


def _called(group: Json) -> str:
    """The community as people know it."""
    name = plain_line(words(group.get("name")), longest=100)
    page = words(group.get("screen_name"), longest=100)
    return f"{name} (vk.com/{page})" if page else name


def _facts(group: Json) -> dict[str, Any]:
    told = {"group_id": number(group.get("id")), "screen_name": words(group.get("screen_name"), longest=100)}
    return {"settings": told}

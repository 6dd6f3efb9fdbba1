"""Bots Long Poll: what is new behind a cursor that is ours to keep (https://dev.vk.com/ru/api/bots-long-poll)."""

from collections.abc import Mapping
from typing import Any

from channels.adapter import AuthBroken, Batch, Temporary
from channels.vk.api import VERSION, VkApi
from channels.vk.arrivals import EVENTS, raw_event
from channels.vk.wire import Json, inner, items, number, web_address, words

OUTDATED, KEY_EXPIRED, LOST = 1, 2, 3


class LongPoll:
    """The events of one community, looked for again and again."""

    def __init__(self, api: VkApi, group_id: int) -> None:
        self._api = api
        self._group_id = group_id
        self._has_failed = False

    def begin(self) -> dict[str, Any]:
        """The cursor of somebody who begins now; switches the events on that are not."""
        if missing_events(self._api, self._group_id):
            switch_on(self._api, self._group_id)
        return self._server()

    def poll(self, cursor: Mapping[str, Any], wait: float) -> Batch:
        """What came behind the cursor, waiting at most so many seconds for it."""
        answer = self._api.look(str(cursor["server"]), str(cursor["key"]), str(cursor["ts"]), int(wait))
        if "failed" in answer:
            return self._after_failure(cursor, number(answer.get("failed")), answer)
        if "ts" not in answer or not isinstance(answer.get("updates"), list):
            raise Temporary("Bots Long Poll answered with nothing that makes sense", code="bad_answer")
        self._has_failed = False
        events = [raw_event(each) for each in answer["updates"]]
        return Batch(events, {**cursor, "ts": str(number(answer["ts"]))}, more=len(events) >= 100)

    def _after_failure(self, cursor: Mapping[str, Any], failed: int, answer: Json) -> Batch:
        """Go on after the key ended or history was lost; twice in a row is a fault."""
        if self._has_failed:
            self._has_failed = False
            raise Temporary(f"Bots Long Poll fails again ({failed})", code="server_busy")
        self._has_failed = True
        if failed == OUTDATED and number(answer.get("ts")):
            return Batch((), {**cursor, "ts": str(number(answer["ts"]))}, gap=True, more=True)
        fresh = self._server()
        if failed == KEY_EXPIRED:
            return Batch((), {**cursor, **fresh, "ts": cursor["ts"]}, more=True)
        return Batch((), {**cursor, **fresh}, gap=True, more=True)

    def _server(self) -> dict[str, Any]:
        told = inner(self._api.ask("groups.getLongPollServer", group_id=self._group_id))
        server = web_address(told.get("server"))
        if not server:
            raise Temporary("VK names no server for Bots Long Poll", code="bad_answer")
        return {"server": server, "key": words(told.get("key")), "ts": str(number(told.get("ts")))}


def switch_on(api: VkApi, group_id: int) -> None:
    """Have every event told that we understand; AuthBroken where our key may not."""
    wanted = dict.fromkeys(EVENTS, 1)
    api.ask("groups.setLongPollSettings", group_id=group_id, enabled=1, api_version=VERSION, **wanted)


def missing_events(api: VkApi, group_id: int) -> list[str]:
    """Which of them are not told, all of them where Bots Long Poll is off."""
    told = inner(api.ask("groups.getLongPollSettings", group_id=group_id))
    if not number(told.get("is_enabled")):
        return list(EVENTS)
    events = inner(told, "events")
    return [name for name in EVENTS if not number(events.get(name))]


def own_group(api: VkApi) -> Json:
    """The community whose key we have; AuthBroken for a key of somebody else."""
    found = api.ask("groups.getById")
    groups = items(inner(found).get("groups") if isinstance(found, Mapping) else found)
    group = groups[0] if groups else {}
    if not number(group.get("id")):
        raise AuthBroken("the key is not a community's", code="not_a_community")
    return group

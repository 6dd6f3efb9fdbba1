"""The methods about the community itself: who it is, what its key may, how it is told of events."""

from typing import Any

from tests.peers.vk.callback import CallbackServers, Server
from tests.peers.vk.community import Community
from tests.peers.vk.faults import Refused
from tests.peers.vk.params import EVENTS, Method, Params, need


class Groups:
    """`groups.*`; `base` is where long poll is."""

    def __init__(self, community: Community, callback: CallbackServers, base: str) -> None:
        self.community = community
        self.callback = callback
        self.base = base

    def table(self) -> dict[str, tuple[str, Method]]:
        """Each method with the right it needs."""
        return {
            "groups.getById": ("", self._groups_get),
            "groups.getTokenPermissions": ("", self._permissions),
            "groups.getLongPollServer": ("manage", self._long_poll_server),
            "groups.getLongPollSettings": ("manage", self._long_poll_settings),
            "groups.setLongPollSettings": ("manage", self._set_long_poll),
            "groups.getCallbackConfirmationCode": ("manage", self._confirmation),
            "groups.getCallbackServers": ("manage", self._servers),
            "groups.addCallbackServer": ("manage", self._add_server),
            "groups.editCallbackServer": ("manage", self._edit_server),
            "groups.deleteCallbackServer": ("manage", self._delete_server),
            "groups.setCallbackSettings": ("manage", self._set_callback),
        }

    def _confirmation(self, params: Params) -> Any:
        self._own_group(params)
        return {"code": self.callback.confirmation}

    def _groups_get(self, params: Params) -> Any:
        asked = params.get("group_ids") or params.get("group_id") or str(self.community.id)
        return {"groups": [self._group(each) for each in asked.split(",")], "profiles": []}

    def _group(self, asked: str) -> Any:
        is_own = asked in (str(self.community.id), self.community.screen_name)
        return {
            "id": self.community.id if is_own else int(asked),
            "name": self.community.name if is_own else f"Community {asked}",
            "screen_name": self.community.screen_name if is_own else f"club{asked}",
            "is_closed": 0,
            "type": "page",
            "photo_200": f"{self.base}/file/group.jpg",
        }

    def _permissions(self, params: Params) -> Any:
        rights = self.community.rights[params["access_token"]]
        numbers = {"photos": 4, "messages": 4096, "docs": 131072, "manage": 262144}
        items = [{"name": name, "setting": number} for name, number in numbers.items() if name in rights]
        return {"mask": sum(each["setting"] for each in items), "permissions": items}  # type: ignore[misc]

    def _long_poll_server(self, params: Params) -> Any:
        self._own_group(params)
        if not self.community.long_poll_enabled:
            raise Refused(100, "longpoll for this group is not enabled")
        history = self.community.history
        return {"key": history.key, "server": f"{self.base}/lp/{self.community.id}", "ts": str(history.ts)}

    def _long_poll_settings(self, params: Params) -> Any:
        self._own_group(params)
        events = {name: self.community.long_poll.get(name, 0) for name in EVENTS}
        return {
            "is_enabled": self.community.long_poll_enabled,
            "events": events,
            "api_version": "5.199",
        }

    def _set_long_poll(self, params: Params) -> Any:
        self._own_group(params)
        if "enabled" in params:
            self.community.long_poll_enabled = params["enabled"] == "1"
        self.community.long_poll |= {name: int(params[name]) for name in EVENTS if name in params}
        return 1

    def _servers(self, params: Params) -> Any:
        self._own_group(params)
        items = [server.shape() for server in self.callback.servers.values()]
        return {"count": len(items), "items": items}

    def _add_server(self, params: Params) -> Any:
        self._own_group(params)
        server = self.callback.add(need(params, "url"), need(params, "title"), params.get("secret_key", ""))
        server.events = {name: int(name == "message_new") for name in EVENTS}
        return {"server_id": server.id}

    def _edit_server(self, params: Params) -> Any:
        server = self._server(params)
        self.callback.change(server, need(params, "url"), need(params, "title"), params.get("secret_key", ""))
        return 1

    def _delete_server(self, params: Params) -> Any:
        self.callback.remove(self._server(params).id)
        return 1

    def _set_callback(self, params: Params) -> Any:
        server = self._server(params)
        server.events |= {name: int(params[name]) for name in EVENTS if name in params}
        return 1

    def _server(self, params: Params) -> Server:
        self._own_group(params)
        server = self.callback.servers.get(int(need(params, "server_id")))
        if server is None:
            raise Refused(100, "server_id is invalid")
        return server

    def _own_group(self, params: Params) -> None:
        if need(params, "group_id") != str(self.community.id):
            raise Refused(15, "group_id is another community's")

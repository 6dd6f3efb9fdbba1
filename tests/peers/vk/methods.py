"""The methods of the API that a helpdesk calls, each a function of the community and its parameters."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from tests.peers.vk.callback import CallbackServers, Server
from tests.peers.vk.community import CHATS, EDITABLE, Community, Message, Talk, as_foreign, shown
from tests.peers.vk.faults import Refused
from tests.peers.vk.uploads import Uploads

LONGEST_TEXT = 4096
MOST_ATTACHMENTS = 10
MOST_CALLS = 25

Params = Mapping[str, str]


class Methods:
    """The API as one community's key sees it; `base` is where long poll and uploads are."""

    def __init__(self, community: Community, callback: CallbackServers, uploads: Uploads, base: str) -> None:
        self.community = community
        self.callback = callback
        self.uploads = uploads
        self.base = base
        self.marked_read: list[int] = []
        self.answered: list[dict[str, str]] = []
        self._table: dict[str, tuple[str, Callable[[Params], Any]]] = {
            "groups.getById": ("", self._groups_get),
            "groups.getTokenPermissions": ("", self._permissions),
            "groups.getLongPollServer": ("manage", self._long_poll_server),
            "groups.getLongPollSettings": ("manage", self._long_poll_settings),
            "groups.setLongPollSettings": ("manage", self._set_long_poll),
            "groups.getCallbackConfirmationCode": ("manage", lambda _: {"code": callback.confirmation}),
            "groups.getCallbackServers": ("manage", self._servers),
            "groups.addCallbackServer": ("manage", self._add_server),
            "groups.editCallbackServer": ("manage", self._edit_server),
            "groups.deleteCallbackServer": ("manage", self._delete_server),
            "groups.setCallbackSettings": ("manage", self._set_callback),
            "messages.send": ("messages", self._send),
            "messages.edit": ("messages", self._edit),
            "messages.delete": ("messages", self._delete),
            "messages.setActivity": ("messages", self._activity),
            "messages.markAsRead": ("messages", self._mark_read),
            "messages.getById": ("messages", self._by_id),
            "messages.getByConversationMessageId": ("messages", self._by_id),
            "messages.getHistory": ("messages", self._history),
            "messages.getConversations": ("messages", self._conversations),
            "messages.getConversationsById": ("messages", self._conversations_by_id),
            "messages.isMessagesFromGroupAllowed": ("messages", self._is_allowed),
            "messages.sendMessageEventAnswer": ("messages", self._answer_event),
            "photos.getMessagesUploadServer": ("photos", lambda told: self._upload_server("photo", told)),
            "photos.saveMessagesPhoto": ("photos", lambda told: [uploads.save_photo(told)["photo"]]),
            "docs.getMessagesUploadServer": ("docs", lambda told: self._upload_server("doc", told)),
            "docs.save": ("docs", uploads.save_document),
            "users.get": ("", self._users),
            "execute": ("", self._execute),
        }

    def call(self, name: str, params: Params, rights: frozenset[str]) -> Any:
        """What the method answers; Refused when it does not."""
        known = {key.lower(): value for key, value in self._table.items()}.get(name.lower())
        if known is None:
            raise Refused(3)
        right, method = known
        if right and right not in rights:
            raise Refused(15 if right == "manage" else 7)
        with self.community.lock:
            return method(params)

    # the community

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
        events = {name: self.community.long_poll.get(name, 0) for name in _EVENTS}
        return {
            "is_enabled": self.community.long_poll_enabled,
            "events": events,
            "api_version": "5.199",
        }

    def _set_long_poll(self, params: Params) -> Any:
        self._own_group(params)
        if "enabled" in params:
            self.community.long_poll_enabled = params["enabled"] == "1"
        self.community.long_poll |= {name: int(params[name]) for name in _EVENTS if name in params}
        return 1

    def _servers(self, params: Params) -> Any:
        self._own_group(params)
        items = [server.shape() for server in self.callback.servers.values()]
        return {"count": len(items), "items": items}

    def _add_server(self, params: Params) -> Any:
        self._own_group(params)
        server = self.callback.add(_need(params, "url"), _need(params, "title"), params.get("secret_key", ""))
        server.events = {name: int(name == "message_new") for name in _EVENTS}
        return {"server_id": server.id}

    def _edit_server(self, params: Params) -> Any:
        server = self._server(params)
        self.callback.change(
            server, _need(params, "url"), _need(params, "title"), params.get("secret_key", "")
        )
        return 1

    def _delete_server(self, params: Params) -> Any:
        self.callback.remove(self._server(params).id)
        return 1

    def _set_callback(self, params: Params) -> Any:
        server = self._server(params)
        server.events |= {name: int(params[name]) for name in _EVENTS if name in params}
        return 1

    def _server(self, params: Params) -> Server:
        self._own_group(params)
        server = self.callback.servers.get(int(_need(params, "server_id")))
        if server is None:
            raise Refused(100, "server_id is invalid")
        return server

    def _own_group(self, params: Params) -> None:
        if _need(params, "group_id") != str(self.community.id):
            raise Refused(15, "group_id is another community's")

    # messages

    def _send(self, params: Params) -> Any:
        random_id = int(_need(params, "random_id"))
        if not -(2**31) <= random_id < 2**31:
            raise Refused(100, "random_id is not an int32")
        peers = [int(each) for each in params.get("peer_ids", "").split(",") if each]
        one = params.get("peer_id") or params.get("user_id")
        if not peers and not one:
            raise Refused(100, "you should specify peer_id, user_id, domain, chat_id or user_ids param")
        content = self._content(params)
        if not peers:
            return self._send_to(int(one or 0), random_id, content)["id"]
        return [self._sent_to(peer, random_id, content) for peer in peers]

    def _sent_to(self, peer: int, random_id: int, content: Mapping[str, Any]) -> Any:
        try:
            message = self._send_to(peer, random_id, content)
        except Refused as refused:
            error = {"code": refused.code, "description": refused.words}
            return {"peer_id": peer, "message_id": 0, "error": error}
        number = message["conversation_message_id"]
        return {"peer_id": peer, "message_id": message["id"], "conversation_message_id": number}

    def _send_to(self, peer: int, random_id: int, content: Mapping[str, Any]) -> Message:
        forward = orjson.loads(content["forward"]) if content["forward"] else None
        more: dict[str, Any] = {"attachments": content["attachments"]}
        if content["keyboard"]:
            more["keyboard"] = content["keyboard"]
        if forward:
            talk = self.community.talk(int(forward["peer_id"]))
            found = [as_foreign(talk.message(int(each))) for each in forward["conversation_message_ids"]]
            more |= {"reply_message": found[0]} if forward.get("is_reply") else {"fwd_messages": found}
        return self.community.sends(peer, random_id, content["text"], **more)

    def _content(self, params: Params) -> dict[str, Any]:
        text = params.get("message", "")
        attachments = self.uploads.named(params.get("attachment", ""))
        if len(text) > LONGEST_TEXT:
            raise Refused(914)
        if len(attachments) > MOST_ATTACHMENTS:
            raise Refused(100, "too many attachments")
        if not text.strip() and not attachments and not params.get("forward"):
            raise Refused(100, "message is empty or invalid")
        return {
            "text": text,
            "attachments": attachments,
            "forward": params.get("forward", ""),
            "keyboard": _keyboard(params.get("keyboard", "")),
        }

    def _edit(self, params: Params) -> Any:
        message = self._ours(params, _need(params, "cmid"))
        content = self._content(params)
        if self.community.clock() - message["date"] > EDITABLE:
            raise Refused(909)
        message |= {"attachments": content["attachments"]}
        self.community.edits(message, content["text"])
        return 1

    def _delete(self, params: Params) -> Any:
        deleted = []
        for number in _need(params, "cmids").split(","):
            message = self._ours(params, number)
            if self.community.clock() - message["date"] > EDITABLE:
                raise Refused(924)
            self.community.talk(message["peer_id"]).messages.remove(message)
            deleted.append(
                {"peer_id": message["peer_id"], "conversation_message_id": int(number), "response": 1}
            )
        return deleted

    def _ours(self, params: Params, number: str) -> Message:
        message = self.community.talk(int(_need(params, "peer_id"))).message(int(number))
        if not message["out"]:
            raise Refused(15, "the message is somebody else's")
        return message

    def _activity(self, params: Params) -> Any:
        self.community.talk(int(_need(params, "peer_id"))).typing.append(_need(params, "type"))
        return 1

    def _mark_read(self, params: Params) -> Any:
        talk = self.community.talk(int(_need(params, "peer_id")))
        theirs = [each["id"] for each in talk.messages if not each["out"]]
        talk.in_read = max(theirs, default=0)
        self.marked_read.append(talk.peer_id)
        return 1

    def _by_id(self, params: Params) -> Any:
        numbers = params.get("cmids") or _need(params, "conversation_message_ids")
        talk = self.community.talk(int(_need(params, "peer_id")))
        wanted = {int(each) for each in numbers.split(",")}
        found = [shown(each) for each in talk.messages if each["conversation_message_id"] in wanted]
        return {"count": len(found), "items": found}

    def _history(self, params: Params) -> Any:
        talk = self.community.talk(int(_need(params, "peer_id")))
        count, offset = int(params.get("count", 20)), int(params.get("offset", 0))
        if not 0 <= count <= 200:
            raise Refused(100, "count should be less or equal to 200")
        ordered = talk.messages if params.get("rev") == "1" else talk.messages[::-1]
        return {"count": len(talk.messages), "items": [shown(e) for e in ordered[offset : offset + count]]}

    def _conversations(self, params: Params) -> Any:
        count, offset = int(params.get("count", 20)), int(params.get("offset", 0))
        is_wanted = _FILTERS[params.get("filter", "all")]
        talks = sorted(
            (talk for talk in self.community.talks.values() if talk.messages and is_wanted(talk)),
            key=lambda talk: -talk.messages[-1]["id"],
        )
        items = [
            {"conversation": _conversation(each), "last_message": shown(each.messages[-1])}
            for each in talks[offset : offset + count]
        ]
        return {"count": len(talks), "items": items}

    def _conversations_by_id(self, params: Params) -> Any:
        peers = [int(each) for each in _need(params, "peer_ids").split(",")]
        items = [_conversation(self.community.talk(peer)) for peer in peers if peer in self.community.talks]
        return {"count": len(items), "items": items}

    def _is_allowed(self, params: Params) -> Any:
        person = self.community.people.get(int(_need(params, "user_id")))
        is_allowed = person is not None and person.permission in ("written", "allowed")
        return {"is_allowed": int(is_allowed)}

    def _answer_event(self, params: Params) -> Any:
        for name in ("event_id", "user_id", "peer_id"):
            _need(params, name)
        self.answered.append(dict(params))
        return 1

    # the rest

    def _upload_server(self, kind: str, params: Params) -> Any:
        peer = _need(params, "peer_id") if kind == "photo" else params.get("peer_id", "0")
        sort = params.get("type", "doc")
        url = f"{self.base}/upload/{kind}?peer={peer}&type={sort}&hash={self.uploads.secret}"
        return {"upload_url": url, "album_id": -64, "group_id": 0} if kind == "photo" else {"upload_url": url}

    def _users(self, params: Params) -> Any:
        numbers = [int(each) for each in params.get("user_ids", "").split(",") if each]
        return [self.community.people[each].shape() for each in numbers if each in self.community.people]

    def _execute(self, params: Params) -> Any:
        raise Refused(100, f"no code is run here, of {MOST_CALLS} calls or fewer")


def _conversation(talk: Talk) -> dict[str, Any]:
    last = talk.messages[-1] if talk.messages else {"id": 0, "conversation_message_id": 0}
    kind = "chat" if talk.peer_id > CHATS else "user"
    unread = sum(1 for each in talk.messages if not each["out"] and each["id"] > talk.in_read)
    settings = {"chat_settings": {"title": "A chat", "members_count": 3}} if kind == "chat" else {}
    return {
        "peer": {"id": talk.peer_id, "type": kind, "local_id": talk.peer_id % CHATS},
        "last_message_id": last["id"],
        "last_conversation_message_id": last["conversation_message_id"],
        "in_read": talk.in_read,
        "out_read": talk.out_read,
        "version": 10_000_000 + last["id"],
        "sort_id": {"major_id": 0, "minor_id": last["id"]},
        "unread_count": unread,
        "is_marked_unread": False,
        "important": False,
        "unanswered": bool(talk.messages) and not last.get("out", 1),
        "can_write": {"allowed": True},
        **settings,
    }


def _need(params: Params, name: str) -> str:
    value = params.get(name)
    if value is None or value == "":
        raise Refused(100, f"{name} is a required parameter")
    return value


def _keyboard(given: str) -> Any:
    if not given:
        return None
    try:
        keyboard = orjson.loads(given)
        rows = keyboard["buttons"]
        most = (6, 5) if keyboard.get("inline") else (10, 5)
        labels = [button["action"].get("label", "") for row in rows for button in row]
    except (ValueError, KeyError, TypeError):
        raise Refused(911) from None
    if len(rows) > most[0] or any(len(row) > most[1] for row in rows) or any(len(e) > 40 for e in labels):
        raise Refused(911)
    return keyboard


_FILTERS: dict[str, Callable[[Talk], bool]] = {
    "all": lambda talk: True,
    "unread": lambda talk: any(not each["out"] and each["id"] > talk.in_read for each in talk.messages),
    "unanswered": lambda talk: not talk.messages[-1]["out"],
}
_EVENTS = (
    "message_new message_reply message_edit message_event message_allow message_deny message_read"
    " message_typing_state message_reaction_event photo_new wall_post_new wall_reply_new"
    " group_join group_leave"
).split()

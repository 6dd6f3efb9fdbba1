"""The methods about messages: sending, changing, looking back."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from tests.peers.vk.community import CHATS, EDITABLE, Community, Message, Talk, as_foreign, shown
from tests.peers.vk.faults import Refused
from tests.peers.vk.params import Method, Params, need
from tests.peers.vk.uploads import Uploads

LONGEST_TEXT = 4096
MOST_ATTACHMENTS = 10


class Talks:
    """`messages.*`."""

    def __init__(self, community: Community, uploads: Uploads) -> None:
        self.community = community
        self.uploads = uploads
        self.marked_read: list[int] = []
        self.answered: list[dict[str, str]] = []

    def table(self) -> dict[str, tuple[str, Method]]:
        """Each method with the right it needs."""
        return {
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
        }

    def _send(self, params: Params) -> Any:
        random_id = int(need(params, "random_id"))
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
        message = self._ours(params, need(params, "cmid"))
        content = self._content(params)
        if self.community.clock() - message["date"] > EDITABLE:
            raise Refused(909)
        message |= {"attachments": content["attachments"]}
        self.community.edits(message, content["text"])
        return 1

    def _delete(self, params: Params) -> Any:
        deleted = []
        for number in need(params, "cmids").split(","):
            message = self._ours(params, number)
            if self.community.clock() - message["date"] > EDITABLE:
                raise Refused(924)
            self.community.talk(message["peer_id"]).messages.remove(message)
            deleted.append(
                {"peer_id": message["peer_id"], "conversation_message_id": int(number), "response": 1}
            )
        return deleted

    def _ours(self, params: Params, number: str) -> Message:
        message = self.community.talk(int(need(params, "peer_id"))).message(int(number))
        if not message["out"]:
            raise Refused(15, "the message is somebody else's")
        return message

    def _activity(self, params: Params) -> Any:
        self.community.talk(int(need(params, "peer_id"))).typing.append(need(params, "type"))
        return 1

    def _mark_read(self, params: Params) -> Any:
        talk = self.community.talk(int(need(params, "peer_id")))
        theirs = [each["id"] for each in talk.messages if not each["out"]]
        talk.in_read = max(theirs, default=0)
        self.marked_read.append(talk.peer_id)
        return 1

    def _by_id(self, params: Params) -> Any:
        numbers = params.get("cmids") or need(params, "conversation_message_ids")
        talk = self.community.talk(int(need(params, "peer_id")))
        wanted = {int(each) for each in numbers.split(",")}
        found = [shown(each) for each in talk.messages if each["conversation_message_id"] in wanted]
        return {"count": len(found), "items": found}

    def _history(self, params: Params) -> Any:
        talk = self.community.talk(int(need(params, "peer_id")))
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
        peers = [int(each) for each in need(params, "peer_ids").split(",")]
        items = [_conversation(self.community.talk(peer)) for peer in peers if peer in self.community.talks]
        return {"count": len(items), "items": items}

    def _is_allowed(self, params: Params) -> Any:
        person = self.community.people.get(int(need(params, "user_id")))
        is_allowed = person is not None and person.permission in ("written", "allowed")
        return {"is_allowed": int(is_allowed)}

    def _answer_event(self, params: Params) -> Any:
        for name in ("event_id", "user_id", "peer_id"):
            need(params, name)
        self.answered.append(dict(params))
        return 1


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

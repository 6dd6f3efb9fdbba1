"""The Bot API of MAX over HTTP: its routes, its checks, its refusals.

https://dev.max.ru/docs-api — the token stands in Authorization, refusals are {"code", "message"}.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tests.peers.faults import Fault
from tests.peers.http_peer import Reply, Request
from tests.peers.max.customers import Customers
from tests.peers.max.hooks import Hooks
from tests.peers.max.world import BOT_ID, DAY, FILE_TYPES, Json, Stored, World

TOKEN = "f9LHodD0cOKpz2T9yXq-MAX-test-token"
LONGEST_TEXT = 4000
FEWEST_SECRET, MOST_SECRET = 5, 256
REFUSALS = {
    400: ("proto.payload", "Bad request"),
    401: ("verify.token", "Invalid access_token"),
    403: ("chat.denied", "error.dialog.suspended"),
    404: ("chat.not.found", "dialog.not.found"),
    429: ("too.many.requests", "Too many requests"),
    500: ("internal.error", "Internal server error"),
    503: ("service.unavailable", "Service is unavailable"),
}
Route = Callable[[Request, list[str]], Any]


class Refused(Exception):
    """What was asked for is refused."""

    def __init__(self, status: int, code: str = "", message: str = "") -> None:
        super().__init__(message)
        known = REFUSALS.get(status, ("error", "error"))
        self.status, self.code, self.message = status, code or known[0], message or known[1]


class MaxPeer(Customers):
    """One bot's server; `customers` live in its world.

    `all_at_first` tells everything to who asks without a marker, as the interface once promised, where
    now it tells the last update only. `counts` lets it refuse whoever calls too often, `slow_media` is
    how many seconds a film is worked on before it may hang on a message.
    """

    def __init__(self, *, port: int = 0, tls: Any = None) -> None:
        super().__init__(port=port, tls=tls)
        self.token = TOKEN
        self.world = World(lambda: self.url)
        self.hooks = Hooks(self.closing)
        self.world.tell = self.hooks.tell
        self.all_at_first = False
        self.counts = False
        self.slow_media = 0.0
        self.refused_as_too_many = 0
        self.actions: list[tuple[int, str]] = []
        self._called: dict[str, deque[float]] = {}
        self._routes: dict[tuple[str, str], Route] = {
            ("GET", "me"): lambda request, rest: self.world.bot,
            ("GET", "updates"): self._updates,
            ("POST", "messages"): self._send,
            ("PUT", "messages"): self._edit,
            ("DELETE", "messages"): self._delete,
            ("GET", "messages"): self._message,
            ("GET", "videos"): self._video,
            ("POST", "uploads"): self._place,
            ("POST", "answers"): self._answer,
            ("POST", "chats"): self._action,
            ("GET", "chats"): self._chat,
            ("GET", "subscriptions"): lambda request, rest: {"subscriptions": self.hooks.listed()},
            ("POST", "subscriptions"): self._subscribe,
            ("DELETE", "subscriptions"): self._unsubscribe,
        }

    def reset(self) -> None:
        """Everything is as at the beginning."""
        super().reset()
        self.world = World(lambda: self.url)
        self.hooks.clear()
        self.world.tell = self.hooks.tell
        self.token, self.actions, self.refused_as_too_many = TOKEN, [], 0

    def called(self, request: Request) -> tuple[str, str | None]:
        """Verb and first part of the path: "POST messages"; the chat where one is named."""
        chat = request.fields.get("chat_id")
        return f"{request.verb} {request.path.strip('/').split('/')[0]}", str(chat) if chat else None

    def refusal(self, fault: Fault) -> Reply:
        """In the words of the interface."""
        code, words = REFUSALS.get(fault.status, ("error", "error"))
        waits = {"Retry_After": str(int(fault.retry_after))} if fault.retry_after else {}
        return Reply.of({"code": code, "message": fault.text or words}, fault.status, **waits)

    def answer(self, request: Request) -> Reply:
        """One call."""
        first, *rest = request.path.strip("/").split("/")
        try:
            if first == "upload":
                return self._take_file(request, rest[0])
            if first == "file":
                return self._give_file(rest[0])
            self._check_token(request)
            self._check_rate("channel", 30)
            route = self._routes.get((request.verb, first))
            if route is None:
                raise Refused(404, "not.found", f"Method {request.verb} /{first} is not supported")
            with self.changed:
                return Reply.of(route(request, rest))
        except Refused as refusal:
            self.refused_as_too_many += refusal.status == 429
            return Reply.of({"code": refusal.code, "message": refusal.message}, refusal.status)

    # the routes

    def _updates(self, request: Request, rest: list[str]) -> Any:
        self._check_rate("updates", 2)
        limit = _number(request, "limit", 100, 1, 1000)
        seconds = _number(request, "timeout", 30, 0, 90)
        given = request.fields.get("marker")
        marker = int(given) if given not in (None, "") else None
        types = frozenset(filter(None, str(request.fields.get("types", "")).split(",")))
        until = time.monotonic() + min(seconds, 30)
        while True:
            told = [] if self.hooks.listed() else self._news(marker, limit, types)
            left = until - time.monotonic()
            if told or left <= 0 or self.closing.is_set():
                behind = self.world.marker_behind(told)
                return {"updates": self.faults.deal("GET updates", told), "marker": behind}
            self.changed.wait(left)

    def _news(self, marker: int | None, limit: int, types: frozenset[str]) -> list[Json]:
        return self.world.news(marker, limit, types, all_at_first=self.all_at_first)

    def _send(self, request: Request, rest: list[str]) -> Any:
        chat = self._chat_to_write(request)
        self._check_rate(f"chat {chat.chat_id}", 2)
        text, attachments = self._content(request)
        if not text and not attachments:
            raise Refused(400, message="text or attachments must not be empty")
        link = self._link(request.fields.get("link"))
        message = self.world.write(chat, self.world.bot, text, attachments, link)
        self.changed.notify_all()
        return {"message": message.told()}

    def _edit(self, request: Request, rest: list[str]) -> Any:
        message = self._ours(request)
        if self.world.now() - message.at > DAY:
            return {"success": False, "message": "Message is too old to be edited"}
        text, attachments = self._content(request)
        if request.fields.get("text") is not None:
            message.text = text
        if request.fields.get("attachments") is not None:
            message.attachments = attachments
        message.edited = True
        self.changed.notify_all()
        return {"success": True}

    def _delete(self, request: Request, rest: list[str]) -> Any:
        message = self._ours(request)
        if self.world.now() - message.at > DAY:
            return {"success": False, "message": "Message is too old to be deleted"}
        message.deleted = True
        self.changed.notify_all()
        return {"success": True}

    def _message(self, request: Request, rest: list[str]) -> Any:
        found = self.world.messages.get(rest[0]) if rest else None
        if found is None or found.deleted:
            raise Refused(404, "message.not.found", "Message not found")
        return found.told()

    def _video(self, request: Request, rest: list[str]) -> Any:
        found = self.world.files.get(rest[0]) if rest else None
        if found is None or found.kind != "video":
            raise Refused(404, "video.not.found", "Video not found")
        url = f"{self.url}/file/{found.token}"
        sizes = {"width": 640, "height": 360, "duration": 3}
        return {"token": found.token, "urls": {"mp4_720": url, "mp4_360": url}, **sizes}

    def _place(self, request: Request, rest: list[str]) -> Any:
        kind = str(request.fields.get("type", ""))
        if kind not in FILE_TYPES:
            raise Refused(400, message=f"type: unknown {kind!r}")
        found = self.world.store(kind, b"", ready_in=self.slow_media if kind == "video" else 0.0)
        found.is_there = False
        place: Json = {"url": f"{self.url}/upload/{found.token}"}
        return place | ({"token": found.token} if kind in ("video", "audio") else {})

    def _take_file(self, request: Request, token: str) -> Reply:
        found, given = self.world.files.get(token), request.uploads.get("data")
        if found is None or found.is_there or given is None:
            raise Refused(400, "upload.error", "Nothing to upload, or uploaded already")
        found.name, found.mime, found.data, found.is_there = given.name, given.mime, given.data, True
        if found.kind == "image":
            return Reply.of({"photos": {"nVZ1": {"token": token}}})
        if found.kind == "file":
            return Reply.of({"fileId": abs(hash(token)) % 10**9, "token": token})
        return Reply(b"<retval>1</retval>", content_type="text/xml")

    def _give_file(self, token: str) -> Reply:
        found = self.world.files.get(token)
        if found is None:
            raise Refused(404, "file.not.found", "File not found")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name)}"}
        return Reply(found.data, content_type=found.mime or "application/octet-stream", headers=headers)

    def _answer(self, request: Request, rest: list[str]) -> Any:
        made = self.world.callbacks.pop(str(request.fields.get("callback_id")), None)
        if made is None:
            raise Refused(404, "callback.not.found", "Callback not found")
        return {"success": True}

    def _action(self, request: Request, rest: list[str]) -> Any:
        if len(rest) != 2 or rest[1] != "actions":
            raise Refused(404, "not.found", "No such method")
        chat = self.world.chats.get(int(rest[0]))
        if chat is None:
            raise Refused(404)
        self.actions.append((chat.chat_id, str(request.fields.get("action"))))
        return {"success": True}

    def _chat(self, request: Request, rest: list[str]) -> Any:
        chat = self.world.chats.get(int(rest[0])) if rest and rest[0].lstrip("-").isdecimal() else None
        if chat is None:
            raise Refused(404)
        known = {"status": "active", "last_event_time": int(self.world.now() * 1000), "participants_count": 2}
        title = chat.title or None
        return {"chat_id": chat.chat_id, "type": chat.kind, "title": title, "is_public": False, **known}

    def _subscribe(self, request: Request, rest: list[str]) -> Any:
        url, secret = str(request.fields.get("url", "")), request.fields.get("secret")
        if not url.startswith(("https://", "http://127.0.0.1")):
            return {"success": False, "message": "Only https is supported"}
        if secret is not None and not FEWEST_SECRET <= len(str(secret)) <= MOST_SECRET:
            raise Refused(400, message="secret: size must be between 5 and 256")
        self.hooks.add(url, secret, request.fields.get("update_types"))
        return {"success": True}

    def _unsubscribe(self, request: Request, rest: list[str]) -> Any:
        return {"success": self.hooks.remove(str(request.fields.get("url", "")))}

    # the checks

    def _check_token(self, request: Request) -> None:
        if "access_token" in request.fields:
            raise Refused(403, "deprecated.token", "Query parameter access_token is deprecated")
        if request.headers.get("authorization") != self.token:
            raise Refused(401)

    def _check_rate(self, what: str, most: int) -> None:
        if not self.counts:
            return
        calls, moment = self._called.setdefault(what, deque()), time.monotonic()
        while calls and moment - calls[0] > 1.0:
            calls.popleft()
        if len(calls) >= most:
            raise Refused(429)
        calls.append(moment)

    def _chat_to_write(self, request: Request) -> Any:
        chat_id, user_id = request.fields.get("chat_id"), request.fields.get("user_id")
        found = self.world.chats.get(int(chat_id)) if chat_id is not None else None
        if user_id is not None:
            people = ((each, each.user) for each in self.world.chats.values())
            found = next((each for each, user in people if user and user["user_id"] == int(user_id)), None)
        if found is None:
            raise Refused(404)
        if found.suspended:
            raise Refused(403)
        return found

    def _content(self, request: Request) -> tuple[str, list[Json]]:
        text = request.fields.get("text")
        if text is not None and (not isinstance(text, str) or len(text) >= LONGEST_TEXT):
            raise Refused(400, message=f"text: size must be between 0 and {LONGEST_TEXT}")
        attachments = request.fields.get("attachments") or []
        return text or "", [self._attachment(each) for each in attachments]

    def _attachment(self, given: Json) -> Json:
        if given.get("type") == "inline_keyboard":
            buttons = given["payload"]["buttons"]
            if not buttons or any(not row or len(row) > 7 for row in buttons) or len(buttons) > 30:
                raise Refused(400, message="buttons: size must be between 1 and 30")
            return {**given, "callback_id": "keyboard"}
        found: Stored | None = self.world.files.get(str(given.get("payload", {}).get("token")))
        if found is None or found.kind != given.get("type") or not found.is_there:
            raise Refused(400, message="attachments: unknown token")
        if found.ready_at > self.world.now():
            raise Refused(400, "attachment.not.ready", "Key: errors.process.attachment.video.not.processed")
        return self.world.attachment(found)

    def _link(self, given: Any) -> Json | None:
        if not given:
            return None
        linked = self.world.messages.get(str(given.get("mid")))
        if linked is None:
            raise Refused(400, message="link: message not found")
        chat_id = linked.chat.chat_id
        return {"type": given["type"], "sender": linked.sender, "chat_id": chat_id, "message": linked.body()}

    def _ours(self, request: Request) -> Any:
        found = self.world.messages.get(str(request.fields.get("message_id")))
        if found is None or found.deleted:
            raise Refused(404, "message.not.found", "Message not found")
        if found.sender["user_id"] != BOT_ID:
            raise Refused(403, "access.denied", "Not the author of the message")
        return found


def _number(request: Request, name: str, default: int, least: int, most: int) -> int:
    given = str(request.fields.get(name, default))
    if not given.isdecimal() or not least <= int(given) <= most:
        raise Refused(400, message=f"{name}: must be between {least} and {most}")
    return int(given)

"""VK over HTTP: `/method/<name>`, `/lp/<group>`, `/upload/<kind>`, `/file/<path>`, `/_ctl/<name>`."""

import time
from collections import deque
from typing import Any

from tests.peers.faults import Fault
from tests.peers.http_peer import HttpPeer, Reply, Request
from tests.peers.vk import shapes
from tests.peers.vk.callback import CallbackServers
from tests.peers.vk.community import Community, Message, Permission, Person, as_foreign
from tests.peers.vk.faults import WORDS, Refused
from tests.peers.vk.methods import Methods
from tests.peers.vk.uploads import Uploads

GROUP = 216_700_001
MAX, MIA, ADMIN = 7001, 7002, 9001
A_SECOND = 20


class VkPeer(HttpPeer):
    """VK with one community, to which Max and Mia write.

    `shift` moves its clock by seconds; `limit` is how many calls a second one key may make, None for
    any number, and `tick` what seconds are counted by.
    """

    def __init__(self, *, port: int = 0) -> None:
        super().__init__(port=port)
        self.shift = 0.0
        self.limit: int | None = None
        self.tick = time.monotonic
        self.refused_calls = 0
        self._made: dict[str, deque[float]] = {}

    def start(self) -> "VkPeer":
        """Listen; the first time everything is there as it is on a first day."""
        super().start()
        if not hasattr(self, "community"):
            self._begin()
        return self

    def close(self) -> None:
        """Listen no more and call nobody."""
        self.community.history.stop()
        self.callback.stop()
        super().close()

    def reset(self) -> None:
        """Everything as on the first day."""
        super().reset()
        self.community.history.stop()
        self.callback.stop()
        self._begin()

    def _begin(self) -> None:
        self.community = Community(GROUP, "Shop of clocks", clock=self.clock)
        self.callback = CallbackServers(GROUP)
        self.uploads = Uploads(-GROUP, self.url)
        self.methods = Methods(self.community, self.callback, self.uploads, self.url)
        self.community.listeners.append(self.callback.hear)
        self.max = self.community.person(MAX, "Max Miller")
        self.mia = self.community.person(MIA, "Mia Stone")
        self.community.person(ADMIN, "Olga Adminova")
        self.token = self.community.token()
        self._made.clear()

    @property
    def api(self) -> str:
        """What a channel has as its API's address."""
        return f"{self.url}/method/"

    def clock(self) -> float:
        """VK's time."""
        return time.time() + self.shift

    # the interface

    def called(self, request: Request) -> tuple[str, str | None]:
        """The method of the API, or `a_check`, `upload`, `file`."""
        kind, _, rest = request.path.strip("/").partition("/")
        name = rest if kind == "method" else {"lp": "a_check"}.get(kind, kind)
        peer = request.fields.get("peer_id") or request.fields.get("peer_ids")
        return name, str(peer) if peer else None

    def answer(self, request: Request) -> Reply:
        """As VK does."""
        kind, _, rest = request.path.strip("/").partition("/")
        match kind:
            case "method":
                return self._method(rest, request)
            case "lp":
                return self._look(request)
            case "upload":
                return self._upload(rest, request)
            case "file" if rest in self.uploads.files:
                mime, body = self.uploads.files[rest]
                return Reply(body, content_type=mime)
        return Reply(b"404 Not Found", 404, "text/html")

    def refusal(self, fault: Fault) -> Reply:
        """An error of the API by its number; numbers of HTTP are a page, as from a proxy in the way."""
        if fault.status in WORDS:
            error = {"error_code": fault.status, "error_msg": fault.text or WORDS[fault.status]}
            return Reply.of({"error": {**error, "request_params": []}})
        told = {"Retry-After": f"{fault.retry_after:g}"} if fault.retry_after else {}
        return Reply(b"<html>busy</html>", fault.status, "text/html", told)

    def _method(self, name: str, request: Request) -> Reply:
        params = {key: str(value) for key, value in request.fields.items()}
        bearer = request.headers.get("authorization", "")
        if bearer.lower().startswith("bearer "):
            params.setdefault("access_token", bearer[7:])
        try:
            return Reply.of({"response": self._call(name, params)})
        except Refused as refused:
            return Reply.of({"error": _error(refused, name, params)})
        except (ValueError, KeyError, TypeError) as error:
            return Reply.of({"error": _error(Refused(100, str(error)), name, params)})

    def _call(self, name: str, params: dict[str, str]) -> Any:
        token = params.get("access_token", "")
        rights = self.community.rights.get(token)
        if rights is None:
            raise Refused(5)
        if not params.get("v"):
            raise Refused(8, "v (version) is required")
        self._count(token)
        return self.methods.call(name, params, rights)

    def _count(self, token: str) -> None:
        made = self._made.setdefault(token, deque(maxlen=A_SECOND))
        now = self.tick()
        while made and now - made[0] >= 1.0:
            made.popleft()
        if self.limit is not None and len(made) >= self.limit:
            self.refused_calls += 1
            raise Refused(6)
        made.append(now)

    def _look(self, request: Request) -> Reply:
        told = request.fields
        if told.get("act") != "a_check":
            return Reply(b"unknown act", 400, "text/html")
        history = self.community.history
        found = history.check(str(told.get("key")), str(told.get("ts")), float(told.get("wait", 25)))
        if found.get("updates"):
            found["updates"] = self.faults.deal("a_check", found["updates"])
        return Reply.of(found)

    def _upload(self, kind: str, request: Request) -> Reply:
        if not request.uploads:
            return Reply.of({"error": "no_file"})
        (field, file), *_ = request.uploads.items()
        query = {key: str(value) for key, value in request.fields.items()}
        return Reply.of(self.uploads.receive(kind, query, field, file.name, file.data))

    # what people do

    def says(self, text: str = "", *, by: Person | None = None, **more: Any) -> Message:
        """Max, or somebody else, writes."""
        return self.community.says(by or self.max, text, **more)

    def answers(self, message: Message, text: str, *, by: Person | None = None) -> Message:
        """Somebody answers one message."""
        return self.says(text, by=by, reply_message=as_foreign(message))

    def admin_says(self, text: str, *, to: Person | None = None) -> Message:
        """Olga answers in VK itself."""
        return self.community.admin_says(to or self.max, text, admin=ADMIN)

    def heard(self, person: Person | None = None) -> list[str]:
        """What the community wrote to somebody, in order."""
        talk = self.community.talk((person or self.max).id)
        return [each["text"] for each in talk.messages if each["out"]]

    def given(self, person: Person | None = None) -> list[Message]:
        """The messages of the community to somebody, whole."""
        return [each for each in self.community.talk((person or self.max).id).messages if each["out"]]

    def photo(self, name: str = "photo.jpg", body: bytes = b"\xff\xd8\xff\xe0 a photo") -> shapes.Attachment:
        """A photo somebody attaches."""
        url = self.uploads.put(name, "image/jpeg", body)
        return shapes.photo(url, self.uploads.number(), owner=MAX, at=int(self.clock()))

    def document(self, name: str, body: bytes, mime: str = "application/pdf") -> shapes.Attachment:
        """A file somebody attaches."""
        url = self.uploads.put(name, mime, body)
        number = self.uploads.number()
        return shapes.document(url, number, owner=MAX, at=int(self.clock()), title=name, size=len(body))

    def voice(self, body: bytes = b"OggS a voice", *, transcript: str = "") -> shapes.Attachment:
        """A voice message."""
        url = self.uploads.put("voice", "audio/ogg", body)
        self.uploads.files[url.partition("/file/")[2] + ".ogg"] = ("audio/ogg", body)
        return shapes.voice(url, self.uploads.number(), owner=MAX, transcript=transcript)

    def sticker(self, body: bytes = b"\x89PNG\r\n\x1a\n a sticker") -> shapes.Attachment:
        """A sticker."""
        return shapes.sticker(self.uploads.put("sticker.png", "image/png", body), 163)

    # the same by POST /_ctl/<name>, for people and other processes

    def ctl_say(self, text: str = "", who: str = "max") -> Any:
        """Somebody writes."""
        return self.says(text, by=self._person(who))

    def ctl_admin_reply(self, text: str, who: str = "max") -> Any:
        """Olga answers in VK itself."""
        return self.admin_says(text, to=self._person(who))

    def ctl_edit(self, text: str, who: str = "max") -> Any:
        """Somebody changes their newest message."""
        talk = self.community.talk(self._person(who).id)
        self.community.edits(next(e for e in reversed(talk.messages) if not e["out"]), text)

    def ctl_read(self, who: str = "max") -> Any:
        """Somebody reads."""
        self.community.reads(self._person(who))

    def ctl_typing(self, who: str = "max") -> Any:
        """Somebody types."""
        self.community.types(self._person(who))

    def ctl_permission(self, permission: Permission, who: str = "max") -> Any:
        """Somebody can be written to, or not."""
        person = self._person(who)
        if permission == "denied":
            self.community.denies(person)
        elif permission == "allowed":
            self.community.allows(person)
        else:
            person.permission = permission

    def ctl_raw(self, event: Any) -> Any:
        """Put anything among the events."""
        self.community.emit_raw(event)

    def ctl_history(self, do: str) -> Any:
        """trim, expire_key or lose."""
        getattr(self.community.history, do)()

    def ctl_clock(self, shift: float) -> Any:
        """Move VK's clock."""
        self.shift = shift

    def ctl_state(self) -> Any:
        """Everything that was said, by peer."""
        return {str(talk.peer_id): talk.messages for talk in self.community.talks.values()}

    def _person(self, name: str) -> Person:
        return next(e for e in self.community.people.values() if e.first_name.lower() == name.lower())


def _error(refused: Refused, method: str, params: dict[str, str]) -> dict[str, Any]:
    """As VK words it: with all that was asked, but for the key."""
    told = [{"key": "oauth", "value": "1"}, {"key": "method", "value": method}]
    told += [{"key": key, "value": value} for key, value in params.items() if key != "access_token"]
    return {
        "error_code": refused.code,
        "error_msg": refused.words,
        "request_params": told,
        **refused.extra,
    }

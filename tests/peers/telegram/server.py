"""The Bot API over HTTP, as a real server on 127.0.0.1."""

import json
import re
from typing import Any

from tests.peers.faults import Fault
from tests.peers.http_peer import HttpPeer, Reply, Request
from tests.peers.telegram.hooks import HookSender
from tests.peers.telegram.limiter import Limiter
from tests.peers.telegram.methods import Methods
from tests.peers.telegram.people import People
from tests.peers.telegram.refusals import ApiError, bad
from tests.peers.telegram.world import World

TOKEN = "4839574812:AAFD39kkdpWt3ywyRZergyOLMaJhac60qcQ"
PATH = re.compile(r"/bot(?P<token>[^/]+)/(?:test/)?(?P<method>[^/]+)")
FILE = re.compile(r"/file/bot(?P<token>[^/]+)/(?P<path>.+)")
LOOKS_RIGHT = re.compile(r"\d+:[A-Za-z0-9_-]{30,}")
LONGEST_POLL = 50.0
DESCRIPTIONS = {
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    429: "Too Many Requests: retry after 3",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


class TelegramPeer(HttpPeer):
    """A Bot API server; `world` is that of the first bot, `people` play its customers.

    `pace` shortens the pauses of the sender of webhooks; with `guards_loops` whoever asks too often with
    the same offset gets one update, or waits, as at the real server.
    """

    def __init__(self, *, token: str = TOKEN, port: int = 0, pace: float = 0.02) -> None:
        super().__init__(port=port)
        self.limiter = Limiter()
        self.guards_loops = False
        self.pace = pace
        self.worlds: dict[str, World] = {}
        self._senders: dict[str, HookSender] = {}
        self.world = self.add_bot(token)
        self.people = People(self.world)

    @property
    def api_base(self) -> str:
        """What clients put before the token."""
        return f"{self.url}/bot"

    @property
    def file_base(self) -> str:
        """The same for files."""
        return f"{self.url}/file/bot"

    def add_bot(self, token: str, **more: Any) -> World:
        """One more bot, with a world of its own."""
        self.worlds[token] = World(token, self.changed, **more)
        return self.worlds[token]

    def close(self) -> None:
        for sender in self._senders.values():
            sender.stop()
        super().close()

    def called(self, request: Request) -> tuple[str, str | None]:
        if FILE.fullmatch(request.path):
            return "file", None
        found = PATH.fullmatch(request.path)
        chat = request.fields.get("chat_id")
        return (found["method"] if found else request.path), str(chat) if chat is not None else None

    def answer(self, request: Request) -> Reply:
        try:
            file = FILE.fullmatch(request.path)
            if file is not None:
                return self._file(self._world_of(file["token"]), file["path"])
            found = PATH.fullmatch(request.path)
            if found is None:
                raise ApiError(404, "Not Found")
            world = self._world_of(found["token"])
            return Reply.of({"ok": True, "result": self._result(world, found["method"].lower(), request)})
        except ApiError as refused:
            return _refused(refused)

    def refusal(self, fault: Fault) -> Reply:
        words = fault.text or DESCRIPTIONS.get(fault.status, "Bad Request: refused")
        if fault.retry_after is None:
            return _refused(ApiError(fault.status, words))
        return _refused(ApiError(fault.status, words, retry_after=int(fault.retry_after)))

    def _result(self, world: World, method: str, request: Request) -> Any:
        match method:
            case "getupdates":
                return self._updates(world, request)
            case "setwebhook":
                return self._set_hook(world, request)
            case "deletewebhook":
                self._drop_hook(world)
                if str(request.fields.get("drop_pending_updates")).lower() == "true":
                    world.queue.clear()
                return True
            case "getwebhookinfo":
                told = {name: each for name, each in world.hook.items() if name != "secret_token"}
                base = {"url": "", "has_custom_certificate": False, "pending_update_count": len(world.queue)}
                return {**base, **told}
        return Methods(world, self.limiter).call(method, request.fields, request.uploads)

    def _updates(self, world: World, request: Request) -> Any:
        fields = request.fields
        if world.hook:
            raise ApiError(
                409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first"
            )
        world.queue.allow(_texts(fields.get("allowed_updates")))
        limit = min(max(int(fields.get("limit") or 100), 1), 100)
        seconds = min(float(fields.get("timeout") or 0), LONGEST_POLL)
        offset = int(fields.get("offset") or 0)
        if self.guards_loops:
            limit, seconds = world.slow_down(offset, limit, seconds)
        found = world.queue.take(offset, limit, seconds, self.closing.is_set)
        if found is None:
            raise ApiError(409, DESCRIPTIONS[409])
        return self.faults.deal("getUpdates", [each.update for each in found])

    def _set_hook(self, world: World, request: Request) -> bool:
        fields, url = request.fields, str(request.fields.get("url") or "")
        secret = str(fields.get("secret_token") or "")
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise bad("secret token contains unallowed characters")
        if url and not url.startswith(("http://127.0.0.1", "https://")):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        self._drop_hook(world)
        if str(fields.get("drop_pending_updates")).lower() == "true":
            world.queue.clear()
        world.queue.allow(_texts(fields.get("allowed_updates")))
        if url:
            most = int(fields.get("max_connections") or 40)
            world.hook = {"url": url, "max_connections": most, **({"secret_token": secret} if secret else {})}
            sender = HookSender(world.queue, self.changed, world.hook, pace=self.pace)
            self._senders[world.token] = sender
            sender.start()
        return True

    def _drop_hook(self, world: World) -> None:
        sender = self._senders.pop(world.token, None)
        if sender is not None:
            sender.stop()
        world.hook = {}

    def _file(self, world: World, path: str) -> Reply:
        found = next((each for each in world.files.values() if each.path == path), None)
        if found is None:
            raise ApiError(404, "Not Found")
        return Reply(found.data, content_type="application/octet-stream")

    def _world_of(self, token: str) -> World:
        """A token that looks wrong is not found, one that is dead is not authorised."""
        if not LOOKS_RIGHT.fullmatch(token):
            raise ApiError(404, "Not Found")
        world = self.worlds.get(token)
        if world is None or world.is_revoked:
            raise ApiError(401, "Unauthorized")
        if world.is_logged_out:
            raise bad("Logged out")
        return world

    # by hand, and from other processes

    def ctl_say(self, text: str, who: str = "Max", group: str = "") -> Any:
        """Somebody writes, in a group if one is named."""
        chat = self.world.group(group) if group else None
        return self.people.say(text, who, chat=chat)

    def ctl_press(self, number: int, data: str, who: str = "Max") -> Any:
        """Somebody presses a button."""
        return self.people.press(self.world.private(who), number, data, who)

    def ctl_send(self, content: dict[str, Any], who: str = "Max", group: str = "") -> Any:
        """Somebody sends a message of any content: a place, a contact, a sticker, something passed on."""
        return self.people.send(content, who, chat=self.world.group(group) if group else None)

    def ctl_edit(self, number: int, text: str, who: str = "Max") -> Any:
        """Somebody changes what they wrote."""
        return self.people.edit(self.world.private(who), number, text=text)

    def ctl_react(self, number: int, reactions: list[str], who: str = "Max") -> Any:
        """All that somebody puts on a message."""
        self.people.react(self.world.private(who), number, tuple(reactions), who)

    def ctl_migrate(self, group: str) -> Any:
        """A group becomes a supergroup."""
        return self.people.migrate(self.world.group(group)).info

    def ctl_business(self, owner: str = "Olga", text: str = "", who: str = "Max") -> Any:
        """The owner of an account connects the bot; a customer writes to that person."""
        connection = self.world.connect_business(owner)
        return self.people.say(text, who, business=connection) if text else connection

    def ctl_block(self, who: str = "Max", blocked: bool = True) -> Any:
        """Somebody blocks the bot."""
        self.people.block(who, blocked=blocked)

    def ctl_raw(self, update: Any) -> Any:
        """Any JSON as an update."""
        return self.world.queue.push("raw", update)

    def ctl_dup(self, count: int = 1) -> Any:
        """The last updates once more."""
        self.world.queue.repeat(count)

    def ctl_restart_ids(self) -> Any:
        """Number updates from somewhere else."""
        self.world.queue.restart_numbers()

    def ctl_clock(self, seconds: float) -> Any:
        """Move the server's clock."""
        self.world.shift += seconds

    def ctl_chat(self, who: str = "Max", group: str = "") -> Any:
        """What lies in a chat."""
        chat = self.world.group(group) if group else self.world.private(who)
        return list(chat.messages.values())


def _refused(error: ApiError) -> Reply:
    waits = error.parameters.get("retry_after")
    return Reply.of(error.body(), error.status, **({"Retry_After": str(waits)} if waits else {}))


def _texts(given: Any) -> list[str] | None:
    if given is None or given == "":
        return None
    return list(json.loads(given)) if isinstance(given, str) else list(given)

"""The API of VK over the safe HTTP client: calls, long polls, uploads and files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from channels.adapter import Ambiguous, BadContent, ChannelError, RetryAfter, Temporary
from channels.vk.errors import Refusal, error_of, refusal_in
from channels.vk.wire import Json, decoded, inner
from core.outside.faults import NotAllowed, NotTrusted, OutsideFault, TooBig, UnknownName, Unreachable
from core.outside.http import OutsideClient

VERSION = "5.199"
BASE = "https://api.vk.ru/method/"
SECONDS = 30.0
A_WHILE = 30.0
MOST_ANSWER = 32 * 1024 * 1024
SLOWEST = 200_000  # bytes a second, below which an upload or a download is given up


class VkApi:
    """Calls with one key, which travels in a header and is in no address and in no error."""

    def __init__(self, token: str, *, base: str = "", proxy: str = "", ca_file: Path | None = None) -> None:
        self._base = (base or BASE).rstrip("/") + "/"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._token = token
        self._client = OutsideClient(proxy=proxy, ca_file=ca_file)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def call(self, method: str, *, seconds: float | None = None, **params: Any) -> Any:
        """What a method answers; Refusal for an error of the API, ChannelError for one on the way.

        None among the parameters are left out. Whatever broke after the request may have been done.
        """
        told = {name: _text(value) for name, value in params.items() if value is not None}
        parts: dict[str, Any] = {"data": {**told, "v": VERSION}, "headers": self._headers}
        answer = self._asked(self._base + method, seconds or SECONDS, **parts)
        refusal = refusal_in(answer)
        if refusal is not None:
            raise Refusal(refusal.number, self._unkeyed(refusal.words))
        if "response" not in answer:
            raise Ambiguous("VK answered with neither a result nor an error", code="bad_answer")
        return answer["response"]

    def ask(self, method: str, **params: Any) -> Any:
        """The same for callers who need not know why: every refusal is a ChannelError."""
        try:
            return self.call(method, **params)
        except Refusal as refusal:
            raise error_of(refusal) from None

    def look(self, server: str, key: str, ts: str, wait: int) -> Json:
        """A look into Bots Long Poll, which waits until something happens."""
        params = {"act": "a_check", "key": key, "ts": ts, "wait": str(wait)}
        return self._asked(server, wait + 10.0, method="GET", params=params)

    def upload(self, url: str, field: str, name: str, path: Path) -> Json:
        """Give a file to an upload server; nothing is sent to anybody by that."""
        seconds = SECONDS + path.stat().st_size / SLOWEST
        with path.open("rb") as file:
            return self._asked(url, seconds, files={field: (name, file, "application/octet-stream")})

    def fetch(self, url: str, out: BinaryIO, max_bytes: int) -> tuple[int, str]:
        """Write what lies at an address; its status and media type. BadContent "too_big" above the limit."""
        seconds = SECONDS + max_bytes / SLOWEST
        try:
            with self._client.open(url, seconds=seconds, most_bytes=max_bytes) as answer:
                if answer.status == 200:
                    for chunk in answer.chunks:
                        out.write(chunk)
                return answer.status, answer.content_type
        except TooBig as fault:
            raise BadContent(str(fault), code="too_big") from None
        except OutsideFault as fault:
            raise Temporary(self._unkeyed(str(fault)), code=fault.code) from None

    def _asked(self, url: str, seconds: float, method: str = "POST", **parts: Any) -> Json:
        """The object that an address answers with."""
        fetched = self._safely(
            lambda: self._client.fetch(url, method=method, seconds=seconds, most_bytes=MOST_ANSWER, **parts)
        )
        if fetched.status == 429:
            told = fetched.headers.get("retry-after", "")
            seconds = float(told) if told.isdecimal() else A_WHILE
            raise RetryAfter("VK answered with status 429", code="too_often", retry_after=seconds)
        if fetched.status in (502, 503, 504):
            raise Temporary(f"VK answered with status {fetched.status}", code="server_busy")
        try:
            answer = decoded(fetched.body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Ambiguous(f"VK answered with status {fetched.status} and no JSON", code="bad_answer")
        return inner(answer)

    def _safely(self, act: Callable[[], Any]) -> Any:
        """Faults of the way as the core knows them: surely not sent, or perhaps."""
        try:
            return act()
        except _NOT_SENT as fault:
            if isinstance(fault, Unreachable) and fault.code == "connection_lost":
                raise Ambiguous(self._unkeyed(str(fault)), code=fault.code) from None
            raise Temporary(self._unkeyed(str(fault)), code=fault.code) from None
        except OutsideFault as fault:
            raise Ambiguous(self._unkeyed(str(fault)), code=fault.code) from None

    def _unkeyed(self, text: str) -> str:
        return text.replace(self._token, "…") if self._token else text


def surely_not_sent(error: ChannelError) -> ChannelError:
    """A fault of a call that gives nothing to anybody: to try again is harmless."""
    if not error.maybe_delivered:
        return error
    return Temporary(error.detail, code=error.code, retry_after=error.retry_after)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, list | tuple):
        return ",".join(str(each) for each in value)
    return str(value)


_NOT_SENT = (NotAllowed, NotTrusted, UnknownName, Unreachable)

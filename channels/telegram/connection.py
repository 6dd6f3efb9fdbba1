"""Calls of the Bot API, made by python-telegram-bot on the event loop of this process."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, BinaryIO, TypeVar, cast
from urllib.parse import quote

import httpx
from telegram import Bot
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from channels import event_loop
from channels.adapter import BadContent, Temporary
from channels.telegram.errors import meaning
from core.outside.addresses import is_allowed
from core.outside.asynchronous import AsyncDoorTransport
from core.outside.connect import resolve_checked
from core.outside.faults import NotAllowed
from core.words import N_

Answer = TypeVar("Answer")

# Times to wait are timedeltas from the next release on; until then that has to be asked for.
os.environ.setdefault("PTB_TIMEDELTA", "true")

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0
SLOWEST_UPLOAD = 20_000  # bytes a second
LONGEST_ANSWER = 64 * 1024 * 1024
SLOWEST_DOWNLOAD = 50_000
AT_ONCE = 64 * 1024
HEADERS = {"User-Agent": "Emptyfeed", "Accept-Encoding": "identity"}


class Connection:
    """One bot's way to Telegram, or to a server or mirror of the administrator's own."""

    def __init__(self, token: str, api_base: str, file_base: str, proxy: str = "") -> None:
        self._token = token
        self._file_base = file_base
        self._process = os.getpid()
        self._calls = _DoorRequest(proxy)
        self._polls = _DoorRequest(proxy)
        self._bot = _RawBot(
            token,
            base_url=api_base,
            base_file_url=file_base,
            request=self._calls,
            get_updates_request=self._polls,
        )

    @property
    def is_usable(self) -> bool:
        """Whether it was made in this process: a forked child must not use its parent's connections."""
        return self._process == os.getpid()

    def call(self, work: Callable[[Bot], Awaitable[Answer]], *, has_effect: bool = True) -> Answer:
        """Do something with the bot; raises ChannelError only."""
        return self._run(lambda: work(self._bot), has_effect=has_effect)

    def ask(self, method: str, *, seconds: float = ANSWER_SECONDS, **parameters: Any) -> Any:
        """The answer of a method that changes nothing, as Telegram gave it; raises ChannelError only."""
        return self._run(lambda: self._bot.raw(method, parameters, seconds), has_effect=False)

    def fetch(self, path: str, out: BinaryIO, max_bytes: int) -> None:
        """The bytes of a file that `getFile` named; its address holds the token and stays in here."""
        url = f"{self._file_base}{self._token}/{quote(path)}"
        self._run(lambda: self._calls.download(url, out, max_bytes), has_effect=False)

    def close(self) -> None:
        """Hang up."""
        if self.is_usable:
            with suppress(Exception):
                event_loop.run(self._shut_down())

    async def _shut_down(self) -> None:
        await self._calls.shutdown()
        await self._polls.shutdown()

    def _run(self, work: Callable[[], Awaitable[Answer]], *, has_effect: bool) -> Answer:
        async def working() -> Answer:
            return await work()

        try:
            return event_loop.run(working())
        except Exception as error:
            fault = meaning(error, self._token, has_effect=has_effect)
        if fault.code == "no_such_bot" and self._is_known():
            fault = BadContent(fault.detail, code="unknown_method")
        raise fault

    def _is_known(self) -> bool:
        """Not found may be the bot, or a method that a server of one's own does not have yet."""
        with suppress(Exception):
            return bool(event_loop.run(self._bot.raw("getMe", {}, ANSWER_SECONDS)))
        return False


class _RawBot(Bot):
    """Gives answers as they came: one update that no library can read must not hold up the others."""

    async def raw(self, method: str, parameters: Mapping[str, Any], seconds: float) -> Any:
        return await self._post(method, dict(parameters), read_timeout=seconds)


class _DoorRequest(BaseRequest):
    """How python-telegram-bot speaks HTTP here: through the door, with an end to every exchange.

    Only the transport of httpx is used, and what it says: its client follows, remembers and logs (with
    our token in the address), which nobody needs here.
    """

    def __init__(self, proxy: str) -> None:
        self._proxy = proxy
        self._is_private = False
        self._transport: AsyncDoorTransport | None = None

    @property
    def read_timeout(self) -> float | None:
        return ANSWER_SECONDS

    async def initialize(self) -> None:
        self._opened()

    async def shutdown(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.aclose()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One call; errors keep what broke below as their cause, for that tells whether it left."""
        seconds = ANSWER_SECONDS if read_timeout is BaseRequest.DEFAULT_NONE else cast(float, read_timeout)
        form = request_data.json_parameters if request_data else None
        files = request_data.multipart_data if request_data else None
        await self._refuse_plain(url)
        try:
            async with (
                asyncio.timeout(CONNECT_SECONDS + seconds + _size(files) / SLOWEST_UPLOAD),
                self._exchange(method, url, seconds, data=form, files=files) as response,
            ):
                return response.status_code, await _whole(response)
        except httpx.TimeoutException as error:
            raise TimedOut(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise NetworkError(f"{type(error).__name__}: {error}") from error
        except TimeoutError as error:
            raise TimedOut("no answer in time") from error

    async def download(self, url: str, out: BinaryIO, max_bytes: int) -> None:
        """Write a file piece by piece."""
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS + max_bytes / SLOWEST_DOWNLOAD),
                self._exchange("GET", url, ANSWER_SECONDS) as response,
            ):
                if response.status_code in (401, 404, 410):
                    raise BadContent(f"status {response.status_code}", code="gone")
                if response.status_code != 200:
                    raise Temporary(f"status {response.status_code}", code="server_error")
                await _pour(response, out, max_bytes)
        except httpx.HTTPError as error:
            raise NetworkError(f"{type(error).__name__}: {error}") from error

    @asynccontextmanager
    async def _exchange(
        self, method: str, url: str, seconds: float, **content: Any
    ) -> AsyncIterator[httpx.Response]:
        waits = {"timeout": httpx.Timeout(seconds, connect=CONNECT_SECONDS).as_dict()}
        asked = httpx.Request(method, url, headers=HEADERS, extensions=waits, **content)
        response = await self._opened().handle_async_request(asked)
        try:
            yield response
        finally:
            await response.aclose()

    async def _refuse_plain(self, url: str) -> None:
        """The token goes with every call, so without encryption it goes no further than our own network."""
        if self._is_private or self._proxy or not url.startswith("http://"):
            return
        host = httpx.URL(url).host
        found = await asyncio.to_thread(resolve_checked, host, CONNECT_SECONDS)
        if any(is_allowed(each) for each in found):
            raise NotAllowed(
                N_("%(host)s would be called without encryption."), host=host, code="plain_refused"
            )
        self._is_private = True

    def _opened(self) -> AsyncDoorTransport:
        if self._transport is None:
            self._transport = AsyncDoorTransport(proxy=self._proxy)
        return self._transport


async def _whole(response: httpx.Response) -> bytes:
    body = bytearray()
    async for piece in response.aiter_raw(AT_ONCE):
        body += piece
        if len(body) > LONGEST_ANSWER:
            raise Temporary("the answer has no end", code="bad_answer")
    return bytes(body)


async def _pour(response: httpx.Response, out: BinaryIO, max_bytes: int) -> None:
    size = 0
    async for piece in response.aiter_raw(AT_ONCE):
        size += len(piece)
        if size > max_bytes:
            raise BadContent("the file is bigger than is allowed", code="too_big")
        out.write(piece)


def _size(files: Mapping[str, Any] | None) -> int:
    """How many bytes a form carries."""
    total = 0
    for _, content, _ in (files or {}).values():
        total += len(content) if isinstance(content, bytes) else os.fstat(content.fileno()).st_size
    return total

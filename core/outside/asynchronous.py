"""How asynchronous libraries speak HTTP through the door, straight or by a proxy."""

import asyncio
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

from core.outside.addresses import Address
from core.outside.connect import Door, house_door, resolve_checked
from core.outside.faults import NotAllowed
from core.outside.proxies import proxy_at
from core.outside.trust import trust
from core.words import N_

_CONNECT_SECONDS = 10.0
_opened: ContextVar[list[httpcore.AsyncNetworkStream]] = ContextVar("opened")


class AsyncDoorTransport(httpx.AsyncBaseTransport):
    """An httpx transport whose every connection goes to an address that was checked.

    With a proxy the proxy's address is checked, for it is the only one we connect to. What fails
    before a connection stands is an OutsideFault or httpx.ConnectError, so that a caller can tell
    "surely not sent" from "may have been sent".
    """

    def __init__(
        self,
        *,
        door: Door | None = None,
        tls: ssl.SSLContext | None = None,
        proxy: str = "",
        connections: int = 10,
    ) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls or trust(),
            proxy=proxy_at(proxy),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=20.0,
            network_backend=_CheckedBackend(door or house_door()),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the body of the answer is read by whoever iterates over it."""
        opened: list[httpcore.AsyncNetworkStream] = []
        token = _opened.set(opened)
        try:
            with _httpx_faults(request):
                answer = await self._pool.handle_async_request(_as_core(request))
        except httpx.ProxyError:
            for stream in opened:  # httpcore forgets those on which the proxy said no
                await stream.aclose()
            raise
        finally:
            _opened.reset(token)
        assert isinstance(answer.stream, AsyncIterable)
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer.stream, request),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        """Close the connections that were kept."""
        await self._pool.aclose()


def _as_core(request: httpx.Request) -> httpcore.Request:
    assert isinstance(request.stream, httpx.AsyncByteStream)
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        ),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


class _Body(httpx.AsyncByteStream):
    def __init__(self, parts: AsyncIterable[bytes], request: httpx.Request) -> None:
        self._parts = parts
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _httpx_faults(self._request):
            async for part in self._parts:
                yield part

    async def aclose(self) -> None:
        close = getattr(self._parts, "aclose", None)
        if close is not None:
            await close()


class _CheckedBackend(httpcore.AsyncNetworkBackend):
    """Looks the name up once and connects to what was checked, one address after another."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        seconds = timeout or _CONNECT_SECONDS
        found = await asyncio.to_thread(resolve_checked, host, seconds, door=self._door)
        fault: Exception = httpcore.ConnectError("no address")
        for address in found:
            try:
                stream = await self._network.connect_tcp(
                    str(address), port, seconds / len(found), socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                fault = error
            else:
                _opened.get([]).append(stream)
                return await _with_checked_peer(stream, address, host)
        raise fault

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _with_checked_peer(
    stream: httpcore.AsyncNetworkStream, expected: Address, host: str
) -> httpcore.AsyncNetworkStream:
    peer = stream.get_extra_info("server_addr")
    if peer and str(peer[0]).partition("%")[0] != str(expected):
        await stream.aclose()
        raise NotAllowed(N_("%(host)s leads to another address than was looked up."), host=host)
    return stream


@contextmanager
def _httpx_faults(request: httpx.Request) -> Iterator[None]:
    """Faults of httpcore under the names that httpx gives them, which are the same."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        known: type[httpx.TransportError] = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise known(str(error), request=request) from error
    except httpcore.ProxyError as error:
        raise httpx.ProxyError(str(error), request=request) from error

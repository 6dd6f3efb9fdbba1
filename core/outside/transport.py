"""How httpx speaks through the door: each connection is checked, each exchange ends in time."""

import select
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

from core.outside.connect import Door, create_connection
from core.outside.faults import BadAnswer, NotTrusted, TooSlow, Unreachable
from core.outside.proxies import proxy_at
from core.words import N_

_READ_AT_ONCE = 65536

_ends_at: ContextVar[float] = ContextVar("ends_at")


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """All that happens inside on connections of ours ends within `seconds`.

    A limit per read is not enough: a server that sends one byte a second keeps every one of them.
    """
    token = _ends_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends_at.reset(token)


class DoorTransport(httpx.BaseTransport):
    """An httpx transport over connections that went through the door.

    httpcore keeps the name for the Host header, SNI and the certificate; only the socket below
    it goes to the address that was checked.
    """

    def __init__(self, door: Door, trust: ssl.SSLContext, proxy: str = "") -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=trust,
            proxy=proxy_at(proxy),
            max_connections=10,
            max_keepalive_connections=4,
            keepalive_expiry=20.0,
            network_backend=_CheckedBackend(door),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the body of the answer is read by whoever iterates over it."""
        assert isinstance(request.stream, httpx.SyncByteStream)
        with _spoken_faults(request.url.host):
            answer = self._pool.handle_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=request.url.port,
                        target=request.url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions={"timeout": {"pool": _time_left()}},
                )
            )
        assert isinstance(answer.stream, Iterable)
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer.stream, request.url.host),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close the connections that were kept."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, parts: Iterable[bytes], host: str) -> None:
        self._parts = parts
        self._host = host

    def __iter__(self) -> Iterator[bytes]:
        with _spoken_faults(self._host):
            yield from self._parts

    def close(self) -> None:
        close = getattr(self._parts, "close", None)
        if close is not None:
            close()


class _CheckedBackend(httpcore.NetworkBackend):
    def __init__(self, door: Door) -> None:
        self._door = door

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return _TimedStream(create_connection((host, port), _time_left(), door=self._door))


class _TimedStream(httpcore.NetworkStream):
    """A socket whose every wait is bounded by what is left of the whole."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._socket.settimeout(_time_left())
        try:
            return self._socket.recv(min(max_bytes, _READ_AT_ONCE))
        except TimeoutError:
            raise _too_slow() from None
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        unsent = memoryview(buffer)
        while unsent:
            self._socket.settimeout(_time_left())
            try:
                sent = self._socket.send(unsent[:_READ_AT_ONCE])
            except TimeoutError:
                raise _too_slow() from None
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error
            unsent = unsent[sent:]

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        try:
            self._socket.settimeout(_time_left())
            return _TimedStream(ssl_context.wrap_socket(self._socket, server_hostname=server_hostname))
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise NotTrusted(
                N_("The certificate of %(host)s is not valid: %(reason)s."),
                host=server_hostname,
                reason=error.verify_message,
            ) from None
        except TimeoutError:
            self.close()
            raise _too_slow() from None
        except OSError as error:
            self.close()
            raise httpcore.ConnectError(str(error)) from error

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks: whether a kept connection has been closed from the other side."""
        if info == "is_readable":
            return _is_readable(self._socket)
        if info == "server_addr":
            return self._socket.getpeername()
        return None


def _is_readable(connection: socket.socket) -> bool:
    if connection.fileno() < 0:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _time_left() -> float:
    left = _ends_at.get() - time.monotonic()
    if left <= 0:
        raise _too_slow()
    return left


def _too_slow() -> TooSlow:
    return TooSlow(N_("The other side did not answer in time."))


@contextmanager
def _spoken_faults(host: str) -> Iterator[None]:
    try:
        yield
    except httpcore.ProtocolError as error:
        raise BadAnswer(N_("%(host)s answered something that is not HTTP."), host=host) from error
    except httpcore.TimeoutException as error:
        raise _too_slow() from error
    except httpcore.ProxyError as error:
        words = N_("The proxy does not let us through to %(host)s.")
        raise Unreachable(words, host=host, code="proxy_refused") from error
    except (httpcore.ReadError, httpcore.WriteError) as error:
        words = N_("The connection to %(host)s broke.")
        raise Unreachable(words, host=host, code="connection_lost") from error
    except httpcore.NetworkError as error:
        raise Unreachable(N_("The connection to %(host)s broke."), host=host) from error

"""A server on this machine that plays the interface of a messenger; the ground of such peers.

A subclass says what it answers (`answer`), how it refuses (`refusal`), and which method of which
chat a request calls (`called`), so that faults can be aimed. A test drives it by its own methods, a
person or another process by `POST /_ctl/<name>`, which calls `ctl_<name>(**json)`.
"""

import contextlib
import json
import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.peers.faults import Fault, Faults

MOST = 600 * 1024 * 1024
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a form."""

    name: str
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked; `fields` are those of query, form and JSON together, as they came."""

    verb: str
    path: str
    headers: Mapping[str, str]
    fields: Mapping[str, Any]
    uploads: Mapping[str, Upload]
    body: bytes
    at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Any, status: int = 200, **headers: str) -> "Reply":
        """A value as JSON; names of headers with _ for -."""
        named = {name.replace("_", "-"): each for name, each in headers.items()}
        return cls(json.dumps(value, ensure_ascii=False).encode(), status, headers=named)


class HttpPeer:
    """A real server with threads on 127.0.0.1; use it in a `with`, or start() and close() it.

    `calls` holds every request that came; `changed` is notified when something happens that a long
    poll may wait for, and `closing` is set when it must not wait any longer.
    """

    def __init__(self, *, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.faults = Faults()
        self.calls: list[tuple[str, Request]] = []
        self.changed = Condition()
        self.closing = Event()
        self._tls = tls
        self._port = port
        self._server: _Server | None = None

    def answer(self, request: Request) -> Reply:
        """What the interface does and says; the subclass knows."""
        raise NotImplementedError

    def refusal(self, fault: Fault) -> Reply:
        """How the interface words a refusal that a fault asks for."""
        raise NotImplementedError

    def called(self, request: Request) -> tuple[str, str | None]:
        """Which method is called, and for which chat if for any."""
        return request.path.rsplit("/", 1)[-1], None

    def reset(self) -> None:
        """Forget what was asked and what should go wrong; a subclass forgets its state too."""
        self.calls.clear()
        self.faults.clear()

    @property
    def port(self) -> int:
        """Where it listens, also while it refuses."""
        return self._port

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> Self:
        """Listen."""
        handler = type("Handler", (_Handler,), {"peer": self})
        server = _Server(("127.0.0.1", self._port), handler)
        if self._tls is not None:
            server.socket = self._tls.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._server, self._port = server, server.server_address[1]
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def close(self) -> None:
        """Listen no more; whoever waits gets no answer."""
        self.closing.set()
        with self.changed:
            self.changed.notify_all()
        self._stop()

    def happened(self) -> None:
        """Wake the long polls."""
        with self.changed:
            self.changed.notify_all()

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Nobody listens at the port while the block runs, and connections that were open are cut."""
        self._stop()
        try:
            yield
        finally:
            self.start()

    def asked(self, method: str) -> int:
        """How often a method was called."""
        return sum(name.lower() == method.lower() for name, _ in list(self.calls))

    def ctl_fault(self, **fault: Any) -> Any:
        """Let something go wrong; the words of `Faults.add`."""
        self.faults.add(**fault)

    def ctl_reset(self) -> Any:
        """Begin anew."""
        self.reset()

    def ctl_log(self) -> Any:
        """Every call that came, without its headers."""
        return [{"method": name, "fields": dict(each.fields)} for name, each in list(self.calls)]

    def _stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.cut()
            self._server = None

    def control(self, request: Request) -> Reply:
        """A call of `/_ctl/<name>`."""
        found = getattr(self, f"ctl_{request.path.removeprefix('/_ctl/')}", None)
        if found is None:
            return Reply.of({"error": "no such control"}, 404)
        return Reply.of({"result": found(**request.fields)})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, *args: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*args)

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def cut(self) -> None:
        """End the connections that are still open."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    peer: HttpPeer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else an answer lies 40 ms between its head and its body

    def do_GET(self) -> None:
        request = self._read()
        if request.path.startswith("/_ctl/"):
            self._say(self.peer.control(request))
            return
        method, chat = self.peer.called(request)
        self.peer.calls.append((method, request))
        fault = self.peer.faults.take(method, chat)
        if fault is None:
            self._say(self.peer.answer(request))
        else:
            self._misbehave(fault, request)

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815 (names of http.server)

    def _misbehave(self, fault: Fault, request: Request) -> None:
        match fault.do:
            case "status":
                self._say(self.peer.refusal(fault))
            case "answer":
                self._say(Reply(fault.body, fault.status, headers=fault.headers))
            case "html":
                self._say(Reply(PAGE, fault.status if fault.status != 500 else 502, "text/html"))
            case "garbage":
                self._say(Reply(b'{"ok": true, "result": {"mess'))
            case "empty":
                self._say(Reply(b""))
            case "reset_before":
                self._cut()
            case "silent":
                self.peer.closing.wait(fault.seconds or None)
                self._cut()
            case _:
                self._do_and_fail(fault, request)

    def _do_and_fail(self, fault: Fault, request: Request) -> None:
        if fault.do == "delay":
            self.peer.closing.wait(fault.seconds)
        reply = self.peer.answer(request)
        match fault.do:
            case "reset_after":
                self._cut()
            case "cut":
                self._say_half(reply)
            case "drip":
                self._drip(reply, fault.seconds)
            case _:
                self.peer.closing.wait(fault.seconds if fault.do == "delay_after" else 0)
                self._say(reply)

    def _read(self) -> Request:
        parts = urlsplit(self.path)
        length = min(int(self.headers.get("Content-Length") or 0), MOST)
        chunked = "chunked" in self.headers.get("Transfer-Encoding", "")
        body = self._chunks() if chunked else self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        fields: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
        uploads: dict[str, Upload] = {}
        kind = headers.get("content-type", "")
        if kind.startswith("application/x-www-form-urlencoded"):
            fields |= parse_qsl(body.decode(), keep_blank_values=True)
        elif kind.startswith("application/json") and body:
            with contextlib.suppress(ValueError):
                said = json.loads(body)
                fields |= said if isinstance(said, dict) else {}
        elif kind.startswith("multipart/form-data"):
            fields |= _form(kind, body, uploads)
        return Request(self.command, unquote(parts.path), headers, fields, uploads, body)

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return bytes(body)

    def _say(self, reply: Reply) -> None:
        self._head(reply)
        self.wfile.write(reply.body)

    def _say_half(self, reply: Reply) -> None:
        self._head(reply)
        self.wfile.write(reply.body[: len(reply.body) // 2])
        self._cut()

    def _drip(self, reply: Reply, seconds: float) -> None:
        self._head(reply)
        for number in range(len(reply.body)):
            self.wfile.write(reply.body[number : number + 1])
            self.wfile.flush()
            if self.peer.closing.wait(seconds / max(1, len(reply.body))):
                return

    def _head(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _cut(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Keep quiet; `calls` has it all."""


def _form(kind: str, body: bytes, uploads: dict[str, Upload]) -> dict[str, str]:
    """The fields of a form with files (RFC 7578)."""
    found = re.search(r'boundary="?([^";]+)"?', kind)
    fields: dict[str, str] = {}
    if found is None:
        return fields
    for piece in body.split(b"--" + found[1].encode())[1:-1]:
        head, _, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        data = data.removesuffix(b"\r\n")
        lines = head.decode("utf-8", "replace")
        name = re.search(r'\bname="([^"]*)"', lines)
        file = re.search(r'filename="([^"]*)"', lines)
        starred = re.search(r"filename\*=(?:UTF-8|utf-8)''([^\s;]+)", lines)
        mime = re.search(r"(?im)^content-type:\s*(\S+)", lines)
        if name is None:
            continue
        if file is None and starred is None:
            fields[name[1]] = data.decode("utf-8", "replace")
            continue
        called = unquote(starred[1]) if starred else unquote(file[1]) if file else ""
        uploads[name[1]] = Upload(called, mime[1] if mime else "", data)
    return fields

"""WebSockets under gunicorn, with a bound on what a stranger may send before anybody looks at it."""

import logging
import re
from contextlib import suppress
from socket import SHUT_RDWR
from time import monotonic
from typing import Any

from geventwebsocket.exceptions import ProtocolError, WebSocketError
from geventwebsocket.handler import WebSocketHandler
from geventwebsocket.websocket import Header, Stream, WebSocket
from gunicorn.workers.ggevent import GeventPyWSGIWorker

from app.identity import COOKIE_NAMES

LARGEST_MESSAGE = 64 * 1024
SOCKET_PATH = "/socket.io/"
PACKET_TYPES = tuple(b"%d" % number for number in range(7))
VISITORS_PATH = re.compile(r"/w/[\w.-]{1,100}/socket", re.ASCII)
LARGEST_FROM_VISITOR = 1024

_log = logging.getLogger("geventwebsocket")


class BoundedWebSocket(WebSocket):  # type: ignore[misc]
    """The library's WebSocket; a frame or message that is too long ends the connection before it is read.

    `heard_at` is when the other side last sent anything, an answer to a ping included.
    """

    largest = LARGEST_MESSAGE

    def __init__(self, environ: dict[str, Any], stream: Any, handler: Any) -> None:
        super().__init__(environ, stream, handler)
        self.heard_at = monotonic()

    def read_frame(self) -> tuple[Any, bytes]:
        """Read one frame, after a look at how long it says it is."""
        header = Header.decode_header(self.stream)
        self.heard_at = monotonic()
        if header.flags or header.length > self.largest:
            raise ProtocolError
        if not header.length:
            return header, b""
        payload = self.raw_read(header.length)
        if len(payload) != header.length:
            raise WebSocketError("the connection ended inside a frame")
        return header, unmasked(payload, header.mask) if header.mask else payload

    def read_message(self) -> Any:
        """Read one message, of few enough frames."""
        whole = bytearray()
        opcode = 0
        while True:
            header, payload = self.read_frame()
            if header.opcode == self.OPCODE_PING:
                self.handle_ping(header, payload)
            elif header.opcode == self.OPCODE_CLOSE:
                self.handle_close(header, payload)
                return None
            elif header.opcode in (self.OPCODE_TEXT, self.OPCODE_BINARY, self.OPCODE_CONTINUATION):
                if (header.opcode == self.OPCODE_CONTINUATION) != bool(opcode):
                    raise ProtocolError
                opcode = opcode or header.opcode
                whole += payload
                if len(whole) > self.largest:
                    raise ProtocolError
                if header.fin:
                    return self._packet(bytes(whole), is_text=opcode == self.OPCODE_TEXT)
            elif header.opcode != self.OPCODE_PONG:
                raise ProtocolError

    def _packet(self, message: bytes, *, is_text: bool) -> str | bytes:
        """A message, if it begins as a packet of Engine.IO 4 must."""
        if not is_text:
            return message
        if not message.startswith(PACKET_TYPES):
            raise ProtocolError
        return str(self._decode_bytes(message))


class VisitorWebSocket(BoundedWebSocket):
    """The socket of a visitor of a chat: short texts, and nothing of Engine.IO."""

    largest = LARGEST_FROM_VISITOR

    def hang_up(self) -> None:
        """End the connection under whoever reads it."""
        with suppress(OSError):
            self.handler.socket.shutdown(SHUT_RDWR)

    def _packet(self, message: bytes, *, is_text: bool) -> str | bytes:
        if not is_text:
            raise ProtocolError
        return str(self._decode_bytes(message))


def unmasked(payload: bytes, mask: bytes) -> bytes:
    """A payload without its mask (RFC 6455, 5.3), in one step for all of it."""
    length = len(payload)
    whole = (mask * (length // 4 + 1))[:length]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(whole, "big")).to_bytes(length, "big")


class Handler(WebSocketHandler):  # type: ignore[misc]
    """Requests; those for a socket are upgraded only for browsers that carry a session at all."""

    def upgrade_websocket(self) -> Any:
        """Upgrade on the paths that have sockets; visitors prove who they are afterwards, by no cookie."""
        cookies = self.environ.get("HTTP_COOKIE", "")
        if self._is_visitor():
            return super().upgrade_websocket()
        if not self.environ.get("PATH_INFO", "").startswith(SOCKET_PATH) or not any(
            f"{name}=" in cookies for name in COOKIE_NAMES
        ):
            return None
        return super().upgrade_websocket()

    def upgrade_connection(self) -> Any:
        """Upgrade, and put our bounded WebSocket in the library's place."""
        answer = super().upgrade_connection()
        made = getattr(self, "websocket", None)
        if made is not None:
            made.closed = True  # it must not say goodbye when it is forgotten
            kind = VisitorWebSocket if self._is_visitor() else BoundedWebSocket
            self.websocket = kind(self.environ, Stream(self), self)
            self.environ["wsgi.websocket"] = self.websocket
        return answer

    def _is_visitor(self) -> bool:
        return VISITORS_PATH.fullmatch(self.environ.get("PATH_INFO", "")) is not None

    @property
    def logger(self) -> Any:
        """The library's words in our own log."""
        return _log

    def run_websocket(self) -> None:
        """Serve a socket; junk that the library stumbles over ends it and is one line in the log."""
        try:
            super().run_websocket()
        except Exception as fault:
            # Whatever it is, the other sockets of this process go on.
            _log.warning("a socket broke: %s", type(fault).__name__)
            self.close_connection = True

    def log_request(self) -> None:
        """Nothing: the application notes its requests itself."""


class Worker(GeventPyWSGIWorker):  # type: ignore[misc]
    """A gevent worker that speaks WebSocket."""

    wsgi_handler = Handler

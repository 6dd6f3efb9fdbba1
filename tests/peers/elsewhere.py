"""Somebody else's web server: it answers everything with one picture and notes who asked for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple

# Ten by ten pixels: anything smaller counts as a tracking pixel.
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000a0000000a0802000000025058ea000000124944415478da633890e080"
    "07318c4a634300789389816d9bfc6a0000000049454e44ae426082"
)


class Asked(NamedTuple):
    """One request as it came."""

    path: str
    headers: dict[str, str]


class Elsewhere:
    """The server, on a port of this machine."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.body = PICTURE
        self.kind = "image/png"
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.host = f"127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        elsewhere = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                elsewhere.asked.append(Asked(self.path, dict(self.headers)))
                self.send_response(200)
                self.send_header("Content-Type", elsewhere.kind)
                self.send_header("Content-Length", str(len(elsewhere.body)))
                self.end_headers()
                self.wfile.write(elsewhere.body)

            do_POST = do_GET  # noqa: N815 the names are the standard library's

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler


@contextmanager
def open_elsewhere() -> Iterator[Elsewhere]:
    """The server for as long as the block."""
    server = Elsewhere()
    try:
        yield server
    finally:
        server.close()

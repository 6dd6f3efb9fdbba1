"""A SOCKS5 proxy (RFC 1928, RFC 1929) that leads wherever a test says, whatever name it is given."""

import contextlib
import socket
import struct
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Self


class SocksProxy:
    """Listens on 127.0.0.1 and connects every caller to one port; `asked` are the names they wanted."""

    def __init__(self, leads_to: int, *, user: str = "name", password: str = "password") -> None:
        self.asked: list[str] = []
        proxy = self

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError, struct.error):
                    proxy._serve(self)

        self._leads_to = leads_to
        self._secret = (user.encode(), password.encode())
        self._server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, handler: StreamRequestHandler) -> None:
        read, write = handler.rfile.read, handler.connection.sendall
        _, count = struct.unpack("BB", read(2))
        read(count)
        write(b"\x05\x02")
        read(1)
        user = read(read(1)[0])
        password = read(read(1)[0])
        if (user, password) != self._secret:
            write(b"\x01\x01")
            return
        write(b"\x01\x00")
        _, _, _, kind = struct.unpack("BBBB", read(4))
        name = read(read(1)[0]).decode() if kind == 3 else socket.inet_ntoa(read(4))
        read(2)
        self.asked.append(name)
        with socket.create_connection(("127.0.0.1", self._leads_to)) as beyond:
            write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
            back = Thread(target=_pour, args=(beyond, handler.connection), daemon=True)
            back.start()
            while data := handler.rfile.read1(65536):  # type: ignore[attr-defined]
                beyond.sendall(data)
            beyond.shutdown(socket.SHUT_WR)
            back.join(5)


def _pour(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)

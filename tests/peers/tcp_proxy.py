"""A wire between a client and a server that can be cut, slowed, frozen and shortened."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

_CHUNK = 16_384
_LOOK = 0.05


class Wire:
    """Listens at `port` and passes everything on to `target`, as long as nothing is done to it."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.delay = 0.0
        self.connections = 0
        self._frozen = threading.Event()
        self._over = threading.Event()
        self._budget: int | None = None
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None
        self.port = 0
        self.restore()

    def cut(self) -> None:
        """End every conversation and take no new one: the other side is down."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        self.hang_up()

    def restore(self) -> None:
        """Listen at the same port again, and forget freezes and budgets."""
        self._frozen.clear()
        self._budget = None
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self._listener.settimeout(_LOOK)
            self.port = self._listener.getsockname()[1]
            self._run(self._listen, self._listener)

    def hang_up(self) -> None:
        """End every conversation of now; new ones are taken."""
        for pair in self._pairs:
            for end in pair:
                _close(end)
        self._pairs.clear()

    def reset(self) -> None:
        """End every conversation of now with RST instead of a good-bye."""
        for client, _ in self._pairs:
            with contextlib.suppress(OSError):
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.hang_up()

    def freeze(self) -> None:
        """Half open: connections stand, nothing passes any more, nobody is told."""
        self._frozen.set()

    def thaw(self) -> None:
        """Let what was held pass."""
        self._frozen.clear()

    def cut_after(self, count: int) -> None:
        """Hang up once the server has said so many more bytes, as in the middle of a literal."""
        self._budget = count

    def close(self) -> None:
        """Take the wire away."""
        self._over.set()
        self.cut()
        for thread in self._threads:
            thread.join(5)

    def _listen(self, listener: socket.socket) -> None:
        while not self._over.is_set():
            try:
                client, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self.connections += 1
            try:
                server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                _close(client)
                continue
            self._pairs.append((client, server))
            self._run(self._pump, client, server, False)
            self._run(self._pump, server, client, True)

    def _pump(self, source: socket.socket, goal: socket.socket, is_answer: bool) -> None:
        source.settimeout(_LOOK)
        while not self._over.is_set():
            if self._frozen.is_set():
                time.sleep(_LOOK)
                continue
            try:
                data = source.recv(_CHUNK)
                if not data:
                    break
                if self.delay:
                    time.sleep(self.delay)
                if not self._pass(data, goal, is_answer):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        _close(source)
        _close(goal)

    def _pass(self, data: bytes, goal: socket.socket, is_answer: bool) -> bool:
        while self._frozen.is_set() and not self._over.is_set():
            time.sleep(_LOOK)
        if not is_answer or self._budget is None:
            goal.sendall(data)
            return True
        goal.sendall(data[: self._budget])
        self._budget -= len(data)
        if self._budget > 0:
            return True
        self._budget = None
        return False

    def _run(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()


@contextlib.contextmanager
def open_wire(target: int) -> Iterator[Wire]:
    """A wire to a local port for as long as the block."""
    wire = Wire(target)
    try:
        yield wire
    finally:
        wire.close()


class Wires:
    """Wires of one test."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack

    def to(self, port: int) -> Wire:
        """A wire to a local port, taken away after the test."""
        return self._stack.enter_context(open_wire(port))


@pytest.fixture
def wires() -> Iterator[Wires]:
    """Wires to servers: `wires.to(dovecot.imap_port)`."""
    with contextlib.ExitStack() as stack:
        yield Wires(stack)


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        end.close()

"""Somebody between a client and an IMAP server who answers some commands in the server's place."""

import contextlib
import re
import socket
import threading
from collections.abc import Iterator

import pytest


class ImapMeddler:
    """Passes everything on to `target`, except the commands something was said about."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._rules: list[tuple[re.Pattern[bytes], bytes | None]] = []
        self._left_out = b""
        self._ends: list[socket.socket] = []
        self.commands: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def answer(self, command: str, answer: str) -> None:
        """Answer commands that match with lines of our own, `TAG` standing for the command's tag."""
        self._rules.append((re.compile(command.encode(), re.IGNORECASE), answer.encode()))

    def hang_up_on(self, command: str) -> None:
        """End the connection whenever such a command comes."""
        self._rules.append((re.compile(command.encode(), re.IGNORECASE), None))

    def without(self, capability: str) -> None:
        """Keep quiet about something the server can do."""
        self._left_out = b" " + capability.encode()

    def forget(self) -> None:
        """Let everything pass again."""
        self._rules.clear()

    def asked(self, command: str) -> int:
        """How often such a command came."""
        return sum(bool(re.search(command.encode(), line, re.IGNORECASE)) for line in self.commands)

    def close(self) -> None:
        """End every conversation and listen no more."""
        for end in [self._listener, *self._ends]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._ends += [client, server]
                threading.Thread(target=self._pass_answers, args=(server, client), daemon=True).start()
                threading.Thread(target=self._pass_commands, args=(client, server), daemon=True).start()

    def _pass_commands(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in client.makefile("rb"):
                self.commands.append(line)
                matching = [answer for pattern, answer in self._rules if pattern.search(line)]
                if not matching:
                    server.sendall(line)
                elif matching[0] is None:
                    break
                else:
                    tag = line.split(b" ", 1)[0]
                    client.sendall(matching[0].replace(b"TAG", tag) + b"\r\n")
        self._end(client, server)

    def _pass_answers(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data.replace(self._left_out, b"") if self._left_out else data)
        self._end(client, server)

    def _end(self, *ends: socket.socket) -> None:
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                end.close()


class Meddlers:
    """Those of one test."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack

    def before(self, port: int) -> ImapMeddler:
        """Somebody in front of an IMAP server, gone after the test."""
        return self._stack.enter_context(contextlib.closing(ImapMeddler(port)))


@pytest.fixture
def meddlers() -> Iterator[Meddlers]:
    """Meddlers in front of servers: `meddlers.before(dovecot.imap_port)`."""
    with contextlib.ExitStack() as stack:
        yield Meddlers(stack)

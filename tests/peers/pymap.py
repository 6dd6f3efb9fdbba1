"""pymap: an IMAP server that can do less than Dovecot, and that speaks STARTTLS."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from imapclient import IMAPClient

from tests.peers.server import Program, free_ports
from tests.peers.tls import Identity, make_identity

USER, PASSWORD = "demouser", "demopass"


class Pymap:
    """The server; it holds one mailbox in memory, with a few letters in it."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.port = free_ports(1)[0]
        self._program = Program("pymap", "root")

    def start(self) -> None:
        """Wait for its greeting."""
        command = [Path(sys.executable).with_name("pymap"), "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--cert", self.identity.certificate, "--key", self.identity.key]
        self._program.run([*command, "dict", "--demo-data"], port=self.port)

    def stop(self) -> None:
        """End it and forget its mail."""
        self._program.end()

    def append(self, *letters: bytes) -> None:
        """Put letters into the inbox."""
        with IMAPClient("127.0.0.1", port=self.port, ssl=False, timeout=10) as client:
            client.login(USER, PASSWORD)
            for letter in letters:
                client.append("INBOX", letter)


@pytest.fixture
def pymap(tmp_path: Path) -> Iterator[Pymap]:
    """A pymap of the test's own."""
    server = Pymap(make_identity(tmp_path))
    with contextlib.closing(_Closing(server)):
        server.start()
        yield server


class _Closing:
    def __init__(self, server: Pymap) -> None:
        self._server = server

    def close(self) -> None:
        self._server.stop()

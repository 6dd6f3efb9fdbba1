"""What all peers that are programs of their own have in common: a port, a start, an end."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

PATIENCE = 15.0


class PeerFault(RuntimeError):
    """A peer could not be started; the text holds its last words."""


def need(program: str, package: str) -> None:
    """Skip when a server is not installed; where tests are run for the record, that is a failure."""
    if Path(program).exists():
        return
    reason = f"{program} is missing; install it with: apt-get install {package}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def free_ports(count: int) -> list[int]:
    """Ports that nothing listened on a moment ago."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Program:
    """A server in a folder of its own, run by an unprivileged user when we are root."""

    def __init__(self, name: str, account: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"emptyfeed-{name}-"))
        self.folder.chmod(0o755)
        self.log = self.folder / "output"
        self.account = account if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self._process: subprocess.Popen[bytes] | None = None

    def own(self, *names: str) -> None:
        """Make folders that belong to the server's user."""
        for name in names:
            place = self.folder / name
            place.mkdir(parents=True, exist_ok=True)
            if os.geteuid() == 0:
                shutil.chown(place, self.account)

    def run(self, command: Sequence[str | Path], *, port: int) -> None:
        """Start the server and wait until somebody answers at its port."""
        entry = pwd.getpwnam(self.account)
        privileges = (
            {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        )
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                list(map(str, command)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                **privileges,
            )  # type: ignore[call-overload]
        self._await(port)

    def end(self) -> None:
        """Stop the server and throw its folder away."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _await(self, port: int) -> None:
        assert self._process is not None
        patience = time.monotonic() + PATIENCE
        while self._process.poll() is None and time.monotonic() < patience:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1) as answer:
                    if answer.recv(1):
                        return
            except OSError:
                time.sleep(0.02)
        raise PeerFault(f"no answer at port {port}:\n{self.last_words()}")

    def last_words(self) -> str:
        """The end of what the server wrote."""
        files = [self.log, *self.folder.glob("*.log"), *self.folder.glob("log/*")]
        texts = [file.read_text(errors="replace") for file in files if file.is_file()]
        return "\n".join("\n".join(each.splitlines()[-15:]) for each in texts)

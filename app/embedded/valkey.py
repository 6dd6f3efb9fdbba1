"""The embedded Valkey: hints and wake-ups, kept across restarts by its append-only file."""

import signal
from pathlib import Path
from subprocess import Popen

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.embedded.folder import DataFolder, end_orphan
from app.processes import spawn


class ValkeyServer:
    """One server in the data folder, reachable by its unix socket alone."""

    name = "valkey"
    stop_signal = signal.SIGTERM
    quit_signal = signal.SIGKILL

    def __init__(self, folder: DataFolder, program: Path) -> None:
        self._folder = folder
        self._program = program

    @property
    def url(self) -> str:
        """Where the product finds it."""
        return f"unix://{self._socket}"

    @property
    def _socket(self) -> Path:
        return self._folder.sockets / "valkey.sock"

    @property
    def _pid_file(self) -> Path:
        return self._folder.sockets / "valkey.pid"

    def prepare(self) -> None:
        """Have a folder to keep the append-only file in, and nobody else writing to it."""
        self._folder.room("valkey")
        self._folder.socket_room()
        end_orphan(self._pid_file, str(self._socket), signal.SIGTERM)

    def launch(self, output: int) -> Popen[bytes]:
        """Start the server; it writes its log to `output` and ends should we die."""
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "pidfile": str(self._pid_file),
            "dir": str(self._folder.path / "valkey"),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "loglevel": "warning",
            "logfile": "",
            "daemonize": "no",
        }
        command: list[str | Path] = [self._program]
        for name, value in settings.items():
            command += [f"--{name}", value]
        return spawn(
            command,
            output=output,
            environment={"LC_ALL": "C", "TZ": "UTC"},
            account=self._folder.account,
            last_wish=signal.SIGTERM,
        )

    def is_ready(self) -> bool:
        """Whether it answers; reading a long append-only file may take its time before that."""
        client = redis.Redis(
            unix_socket_path=str(self._socket), socket_timeout=1, retry=Retry(NoBackoff(), 0)
        )
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def complete(self) -> None:
        """Nothing more is needed than an answer."""

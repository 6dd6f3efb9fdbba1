"""The whole product, started the way people start it, for tests that look at it from outside."""

import contextlib
import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from tests.ground.settings import SECRET_KEY
from tests.peers.server import free_ports

ROOT = Path(__file__).parent.parent
PATIENCE = 60.0
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")


class ProductFault(RuntimeError):
    """The product did not start; the text holds its last words."""


class Product:
    """`emptyfeed run` on a data folder of its own and a free port; all of it ends with `stop()`."""

    def __init__(self, environment: Mapping[str, str] | None = None, *, processes: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="emptyfeed-product-"))
        self.folder.chmod(0o711)
        self.data = self.folder / "data"
        self.log = self.folder / "output"
        self.clock_file = self.folder / "clock"
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: os.environ[name] for name in _INHERITED if name in os.environ},
            "EMPTYFEED_DATA": str(self.data),
            "EMPTYFEED_CLOCK": str(self.clock_file),
            "PORT": str(self.port),
            "OUTSIDE_ALLOW": "127.0.0.0/8",
            "SECRET_KEYS": SECRET_KEY,
            "LOG_FORMAT": "json",
            **(environment or {}),
        }
        self._processes = processes
        self._process: subprocess.Popen[bytes] | None = None
        self._engine: Engine | None = None

    def start(self) -> float:
        """Start everything and wait until pages are served; how many seconds that took."""
        began = time.monotonic()
        command = [sys.executable, "-m", "app.cli", "run", "--processes", self._processes]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self._await(began + PATIENCE)
        return time.monotonic() - began

    def stop(self) -> int:
        """End everything in order; the exit code."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            return self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            self._process = None

    def clear(self) -> None:
        """Throw its data away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        """The supervisor."""
        assert self._process is not None
        return self._process.pid

    def programs(self) -> dict[str, int]:
        """The process of each program that runs now, servers included."""
        try:
            found = orjson.loads((self.data / "processes.json").read_bytes())["programs"]
        except (OSError, ValueError):
            return {}
        return {name: each["pid"] for name, each in found.items() if each["pid"]}

    @property
    def database_url(self) -> str:
        """The embedded database as SQLAlchemy names it, or the one it was given."""
        given = self.environment.get("DATABASE_URL")
        return given or f"postgresql+psycopg://emptyfeed@/emptyfeed?host={self.data / 'run'}"

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """A look into its database, past the product."""
        if self._engine is None:
            self._engine = create_engine(self.database_url, poolclass=NullPool)
        with Session(self._engine, expire_on_commit=False) as session:
            yield session
            session.commit()

    def shift_clock(self, seconds: float) -> None:
        """Move the clock of all its processes."""
        unfinished = self.clock_file.with_suffix(".new")
        unfinished.write_text(str(seconds))
        unfinished.replace(self.clock_file)

    def request(
        self, method: str, path: str, body: Any = None, *, key: str = "", timeout: float = 10
    ) -> tuple[int, Any]:
        """One call of its API by a program; the status and what came back."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
        try:
            connection.request(method, path, orjson.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            content = answer.read()
            is_json = "json" in (answer.headers.get("Content-Type") or "")
            return answer.status, orjson.loads(content) if is_json else content
        finally:
            connection.close()

    def last_words(self, lines: int = 40) -> str:
        """The end of what it wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _await(self, deadline: float) -> None:
        assert self._process is not None
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise ProductFault(f"it ended with {self._process.returncode}:\n{self.last_words()}")
            if self._is_serving():
                return
            time.sleep(0.05)
        raise ProductFault(f"it does not serve:\n{self.last_words()}")

    def _is_serving(self) -> bool:
        try:
            return self.request("GET", "/health/ready", timeout=2)[0] == 200
        except (OSError, http.client.HTTPException):
            return False


@contextlib.contextmanager
def running_product(
    environment: Mapping[str, str] | None = None, *, processes: str = ""
) -> Iterator[Product]:
    """The product for as long as the block; its data are thrown away."""
    product = Product(environment, processes=processes)
    try:
        product.start()
        yield product
    finally:
        product.stop()
        product.clear()


def process_tree(*roots: int) -> set[int]:
    """These processes and all below them."""
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))):
            below.setdefault(int(stat[1]), []).append(int(entry.name))
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += below.get(pid, [])
    return found


def cpu_seconds(*roots: int) -> float:
    """What these trees have used so far, children that have ended included."""
    ticks = sum(sum(map(int, stat[11:15])) for pid in process_tree(*roots) if (stat := _stat(pid)))
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_bytes(*roots: int) -> int:
    """Memory of these trees, shared pages counted in parts (PSS)."""
    total = 0
    for pid in process_tree(*roots):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total


def kill_tree(root: int) -> None:
    """End a process and all below it at once."""
    for pid in process_tree(root):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _stat(pid: int) -> list[str] | None:
    """What the kernel says of a process after its name: state, parent and so on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None

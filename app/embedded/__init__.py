"""PostgreSQL and Valkey of our own, for an installation that names no others."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen, TimeoutExpired

from app.embedded.binaries import find_postgres, find_valkey
from app.embedded.folder import AlreadyRunning, DataFolder, EmbeddedFault, is_held
from app.embedded.postgres import PostgresServer
from app.embedded.valkey import ValkeyServer
from core.config import Settings

__all__ = [
    "AlreadyRunning",
    "DataFolder",
    "EmbeddedFault",
    "EmbeddedServices",
    "Server",
    "Urls",
    "connected",
    "embedded_services",
    "open_folder",
    "servers_for",
]

Server = PostgresServer | ValkeyServer
_START_PATIENCE = 30.0
_STOP_PATIENCE = 30.0


@dataclass(frozen=True)
class Urls:
    """Addresses of the database and the cache, embedded or not."""

    database_url: str
    database_direct_url: str
    redis_url: str

    def environment(self) -> dict[str, str]:
        """The same as settings for processes started after."""
        return {
            "DATABASE_URL": self.database_url,
            "DATABASE_DIRECT_URL": self.database_direct_url,
            "REDIS_URL": self.redis_url,
        }


@contextmanager
def open_folder(path: Path) -> Iterator[DataFolder]:
    """The data folder, made and locked for us alone; AlreadyRunning when another holds it."""
    folder = DataFolder(path)
    folder.make()
    folder.lock()
    try:
        yield folder
    finally:
        folder.unlock()


def servers_for(
    settings: Settings, folder: DataFolder, postgres_options: Mapping[str, str] | None = None
) -> list[Server]:
    """The servers to run ourselves: those whose address is not given."""
    servers: list[Server] = []
    if settings.database_url is None or settings.redis_url is None:
        folder.settle_account()
    if settings.database_url is None:
        programs = find_postgres(folder.path / "servers", settings.postgres_bin)
        servers.append(PostgresServer(folder, programs, postgres_options))
    if settings.redis_url is None:
        servers.append(ValkeyServer(folder, find_valkey(folder.path / "servers")))
    return servers


def urls_of(settings: Settings, servers: list[Server]) -> Urls:
    """What is given, completed by what we run."""
    found = {server.name: server.url for server in servers}
    database = settings.database_url or found["postgres"]
    return Urls(database, settings.database_direct_url or database, settings.redis_url or found["valkey"])


class EmbeddedServices:
    """The servers as a test or a command holds them: started, perhaps killed and started again, stopped."""

    def __init__(self, urls: Urls, servers: list[Server], folder: DataFolder) -> None:
        self.urls = urls
        self._servers = {server.name: server for server in servers}
        self._folder = folder
        self._running: dict[str, Popen[bytes]] = {}

    @property
    def database_url(self) -> str:
        """The database as SQLAlchemy names it."""
        return self.urls.database_url

    @property
    def redis_url(self) -> str:
        """The cache as redis-py names it."""
        return self.urls.redis_url

    def start(self) -> None:
        """Start what does not run and wait until it answers."""
        for server in self._servers.values():
            if not self._is_running(server.name):
                self._launch(server)
        for server in self._servers.values():
            self._await(server)
            server.complete()

    def stop(self, name: str | None = None) -> None:
        """End one server or all of them, letting each write down what it must."""
        names = [each for each in reversed(self._running) if name in (None, each)]
        for each in names:
            self._running[each].send_signal(self._servers[each].stop_signal)
        for each in names:
            process = self._running.pop(each)
            try:
                process.wait(_STOP_PATIENCE)
            except TimeoutExpired:
                process.send_signal(self._servers[each].quit_signal)
                process.wait()

    def kill(self, name: str) -> None:
        """End a server the way a power cut does."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def pid(self, name: str) -> int:
        """The process of a server."""
        return self._running[name].pid

    def _launch(self, server: Server) -> None:
        server.prepare()
        with self._log(server.name).open("ab") as output:
            self._running[server.name] = server.launch(output.fileno())

    def _await(self, server: Server) -> None:
        """Wait for an answer as long as the server lives; start it again while an old one lets go."""
        patience = time.monotonic() + _START_PATIENCE
        while not server.is_ready():
            if not self._is_running(server.name):
                if time.monotonic() > patience:
                    raise EmbeddedFault(f"{server.name} does not start:\n{self._last_words(server.name)}")
                self._launch(server)
            time.sleep(0.02)

    def _is_running(self, name: str) -> bool:
        process = self._running.get(name)
        return process is not None and process.poll() is None

    def _last_words(self, name: str) -> str:
        return "\n".join(self._log(name).read_text(encoding="utf-8", errors="replace").splitlines()[-10:])

    def _log(self, name: str) -> Path:
        return self._folder.path / f"{name}.log"


@contextmanager
def embedded_services(
    settings: Settings, *, postgres_options: Mapping[str, str] | None = None
) -> Iterator[EmbeddedServices]:
    """The servers for as long as the block runs; `emptyfeed run` supervises its own instead."""
    with ExitStack() as stack:
        folder = stack.enter_context(open_folder(settings.data))
        servers = servers_for(settings, folder, postgres_options)
        services = EmbeddedServices(urls_of(settings, servers), servers, folder)
        stack.callback(services.stop)
        services.start()
        yield services


@contextmanager
def connected(settings: Settings) -> Iterator[Urls]:
    """Addresses for one command: of the servers that run already, or of ones started for it."""
    if settings.database_url is not None and settings.redis_url is not None:
        yield urls_of(settings, [])
    elif is_held(settings.data):
        folder = DataFolder(settings.data)
        yield urls_of(settings, servers_for(settings, folder))
    else:
        with embedded_services(settings) as services:
            yield services.urls


def export(urls: Urls) -> None:
    """Make the addresses the settings of this process and of those it starts."""
    os.environ.update(urls.environment())

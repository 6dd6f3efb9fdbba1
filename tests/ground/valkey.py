"""A real Valkey that a test may stop, kill and start again."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from app.embedded import EmbeddedServices, embedded_services
from core.config import get_settings, read_settings


class Valkey:
    """The cache of a test, reachable by a unix socket."""

    def __init__(self, services: EmbeddedServices) -> None:
        self.url = services.redis_url
        self._services = services

    def client(self) -> redis.Redis:
        """A connection of the test's own."""
        return redis.Redis.from_url(self.url)

    def stop(self) -> None:
        """Take it away in order."""
        self._services.stop("valkey")

    def kill(self) -> None:
        """Take it away as a crash does."""
        self._services.kill("valkey")

    def start(self) -> None:
        """Bring it back; nothing happens when it runs."""
        self._services.start()


@contextmanager
def open_valkey() -> Iterator[Valkey]:
    """Run a Valkey in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="emptyfeed-valkey-"))
    folder.chmod(0o711)
    settings = read_settings(data=folder / "data", database_url="postgresql://unused/unused", redis_url=None)
    try:
        with embedded_services(settings) as services:
            yield Valkey(services)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[Valkey]:
    """The one Valkey of this worker."""
    with open_valkey() as server:
        yield server


@pytest.fixture
def valkey(valkey_server: Valkey, monkeypatch: pytest.MonkeyPatch) -> Iterator[Valkey]:
    """Valkey, running and empty, named by REDIS_URL."""
    valkey_server.start()
    with valkey_server.client() as client:
        client.flushall()
    monkeypatch.setenv("REDIS_URL", valkey_server.url)
    get_settings.cache_clear()
    yield valkey_server
    get_settings.cache_clear()

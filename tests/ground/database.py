"""A real PostgreSQL for the run: one cluster, one migrated template, a database for every worker.

TEST_DATABASE_URL names a server to use; without it the embedded one is started in a folder of its own and
thrown away at the end. Each test runs in one outer transaction that is rolled back.
"""

import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

import core.db
from app.embedded import embedded_services
from core.config import get_settings, read_settings

ROOT = Path(__file__).parents[2]
_HANDED_DOWN = "EMPTYFEED_TEST_CLUSTER"
_UNSAFE_AND_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "2GB",
}
_held = pytest.StashKey[ExitStack]()


@dataclass
class Cluster:
    """A server in which databases are made from a migrated template."""

    url: URL
    template: str
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)

    def make(self, name: str | None = None, *, template: str | None = None) -> str:
        """A fresh database like the template; returns its address."""
        name = name or f"{self.template}_{os.getpid()}_{next(self._numbers)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template or self.template}"')
        return self.address(name)

    def drop(self, url: str) -> None:
        """Throw a database away, whoever still looks into it; autovacuum goes for the plain word only."""
        name = make_url(url).database
        try:
            self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        except ProgrammingError:
            self._run(f'DROP DATABASE IF EXISTS "{name}"')

    def address(self, name: str) -> str:
        """The address of a database of this server."""
        return self.url.set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        engine = create_engine(self.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))


@contextmanager
def open_cluster() -> Iterator[Cluster]:
    """The server of this run, with the template made in it."""
    with ExitStack() as stack:
        given = os.environ.get("TEST_DATABASE_URL")
        url = given or stack.enter_context(_embedded())
        cluster = Cluster(_address(url), f"emptyfeed_test_{os.getpid()}")
        empty = cluster.make(cluster.template, template="template0")
        stack.callback(cluster.drop, empty)
        migrate(empty)
        yield cluster


def migrate(url: str) -> None:
    """Bring a database to the newest revision."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def pytest_sessionstart(session: pytest.Session) -> None:
    """With several workers the process above them holds the server, because a worker may end early."""
    config = session.config
    leads_workers = config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput")
    if leads_workers and not config.option.collectonly:
        stack = config.stash[_held] = ExitStack()
        cluster = stack.enter_context(open_cluster())
        os.environ[_HANDED_DOWN] = json.dumps([cluster.address(cluster.url.database or ""), cluster.template])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started for the workers."""
    if stack := config.stash.get(_held, None):
        stack.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The server, started by this process or by the one above it."""
    if handed := os.environ.get(_HANDED_DOWN):
        url, template = json.loads(handed)
        yield Cluster(make_url(url), template)
    else:
        with open_cluster() as own:
            yield own


@pytest.fixture(scope="session")
def worker_database(cluster: Cluster) -> Iterator[str]:
    """The address of the database whose tests are rolled back."""
    url = cluster.make()
    engine = core.db.connect(url, pool_size=2)
    yield url
    engine.dispose()
    cluster.drop(url)


@pytest.fixture(autouse=True)
def database(worker_database: str) -> Iterator[Connection]:
    """One transaction around the test: what it commits are savepoints, and none of it stays."""
    with core.db.engine().connect() as connection:
        outer = connection.begin()
        core.db.bind_sessions(connection, join_transaction_mode="create_savepoint")
        yield connection
        outer.rollback()


@pytest.fixture
def session(database: Connection) -> Iterator[Session]:
    """A session of the test's own, beside those that `transaction()` opens; all see the same rows."""
    with Session(database, join_transaction_mode="create_savepoint", expire_on_commit=False) as own:
        yield own


@pytest.fixture
def live_database(database: Connection, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database of the test's own with real commits, for several processes or threads; its address."""
    url = cluster.make()
    monkeypatch.setattr(core.db, "_engine", None)  # the worker's engine is set aside, not disposed of
    core.db.connect(url)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.delenv("DATABASE_DIRECT_URL", raising=False)
    get_settings.cache_clear()
    yield url
    core.db.engine().dispose()
    cluster.drop(url)


@contextmanager
def _embedded() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="emptyfeed-tests-"))
    folder.chmod(0o711)
    settings = read_settings(data=folder / "data", database_url=None, redis_url="unix:///unused")
    try:
        with embedded_services(settings, postgres_options=_UNSAFE_AND_FAST) as services:
            yield services.database_url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _address(url: str) -> URL:
    return make_url(url).set(drivername="postgresql+psycopg")

"""What is measured: one PostgreSQL and Valkey kept between runs, and the product on them."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from app.embedded import EmbeddedServices, embedded_services
from core.clock import now
from core.config import read_settings
from people.actions.tokens import issue_token
from people.models import Agent, Role, Workspace
from tests.product import Product, running_product

KEEP = Path(os.environ.get("EMPTYFEED_BENCH") or f"/var/tmp/emptyfeed-bench-{os.geteuid()}")
_LOADING = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "8GB"}
_LOADING |= {"maintenance_work_mem": "1GB", "autovacuum": "off"}


@dataclass
class Servers:
    """PostgreSQL and Valkey, and the databases in them."""

    services: EmbeddedServices

    @property
    def pids(self) -> list[int]:
        """Their processes."""
        return [self.services.pid(name) for name in ("postgres", "valkey")]

    def has(self, name: str) -> bool:
        """Whether there is such a database."""
        engine = create_engine(self.services.database_url, poolclass=NullPool)
        with engine.connect() as connection:
            found = connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name})
        return found is not None

    def make(self, name: str, template: str = "template0") -> str:
        """A database like another; its address. Copying files is faster than logging a big template."""
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.address(name)

    def drop(self, name: str) -> None:
        """Throw a database away, whoever looks into it; autovacuum goes for the plain word only."""
        try:
            self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        except ProgrammingError:
            self.run(f'DROP DATABASE IF EXISTS "{name}"')

    def run(self, statement: str) -> None:
        """One statement outside any transaction."""
        engine = create_engine(self.services.database_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))

    def address(self, name: str) -> str:
        """The address of a database."""
        url = make_url(self.services.database_url).set(database=name)
        return url.render_as_string(hide_password=False)


@contextlib.contextmanager
def servers(*, loading: bool = False) -> Iterator[Servers]:
    """The servers that keep the data of all measurements; as in production, unless data is loaded."""
    KEEP.mkdir(mode=0o711, parents=True, exist_ok=True)
    settings = read_settings(data=KEEP, database_url=None, redis_url=None)
    with embedded_services(settings, postgres_options=_LOADING if loading else None) as services:
        yield Servers(services)


@contextlib.contextmanager
def product_on(
    servers: Servers, template: str, *, processes: str = "", **environment: str
) -> Iterator[Product]:
    """The product on a copy of a database that is thrown away afterwards."""
    name = f"run_{uuid4().hex[:8]}"
    url = servers.make(name, template)
    given = {"DATABASE_URL": url, "REDIS_URL": servers.services.redis_url, **environment}
    try:
        with running_product(given, processes=processes) as product:
            yield product
    finally:
        servers.drop(name)


def make_owner(session: Session) -> Agent:
    """An owner in a fresh installation."""
    session.merge(Workspace(id=1))
    owner = Agent(name="Ann", email="ann@helpdesk.test", role=Role.OWNER)
    session.add(owner)
    session.flush()
    return owner


def key_for(session: Session, agent: Agent) -> str:
    """A key that acts for somebody for a day."""
    scopes = ("read", "write", "admin") if agent.may_administer else ("read", "write")
    return issue_token(
        session, agent=agent, name="bench", scopes=scopes, expires_at=now() + timedelta(days=1)
    )


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="emptyfeed-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)

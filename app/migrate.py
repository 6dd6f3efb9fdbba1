"""`emptyfeed migrate`: bring the database to this release."""

import time
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, pool, text
from sqlalchemy.exc import OperationalError

from core.config import get_settings

MIGRATIONS = Path(__file__).parent.parent / "migrations"
# Any number will do as long as nobody else takes it: "migrate" in ASCII.
_LOCK = 0x6D696772617465
_PATIENCE = 30.0

log = structlog.get_logger(__name__)


def main() -> None:
    """Run what has not run yet; hosts that start together wait for the first of them."""
    engine = create_engine(get_settings().database_direct_url or "", poolclass=pool.NullPool)
    with _connect(engine) as connection:
        upgrade(connection)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the database on this connection to a revision, alone among all who try."""
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
    connection.commit()
    try:
        command.upgrade(configuration(connection), revision)
        connection.commit()
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
        connection.commit()


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's settings, with the connection it shall use."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _connect(engine: Engine) -> Connection:
    """A connection, waited for a while: a database that starts beside us may be slower than we are."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return engine.connect()
        except OperationalError as fault:
            if time.monotonic() > deadline:
                raise SystemExit(f"The database does not answer: {fault.orig}") from None
            log.warning("migrate.waiting_for_database")
            time.sleep(1)

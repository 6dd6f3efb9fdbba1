"""How Alembic reaches our database and our tables."""

import importlib
import os

from alembic import context
from sqlalchemy import create_engine, pool

from core.db import Base

for module in (
    "core.events",
    "people.models",
    "inbox.models",
    "tags.models",
    "tasks.models",
    "channels.models",
    "channels.webchat.models",
    "channels.webform.models",
    "channels.sign_ins.models",
):
    importlib.import_module(module)


def include_object(item: object, name: str | None, kind: str, *_: object) -> bool:
    """Leave the monthly partitions of events to the product itself."""
    return not (kind == "table" and name is not None and name.startswith("events_"))


def run() -> None:
    """Run the migrations, each in its own transaction; only one runner at a time."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _run_on(connection)
        return
    url = context.config.get_main_option("sqlalchemy.url") or os.environ["DATABASE_URL"]
    with create_engine(url, poolclass=pool.NullPool).connect() as own:
        _run_on(own)


def _run_on(connection: object) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()

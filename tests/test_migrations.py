"""Migrations: they make exactly the tables that the models describe, and can be read in order."""

import re
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from app.migrate import MIGRATIONS, configuration, upgrade
from core.db import Base
from tests.ground.database import Cluster


def include_object(item: object, name: str | None, kind: str, *_: object) -> bool:
    """Leave the monthly partitions of events to the product itself, as migrations do."""
    return not (kind == "table" and name is not None and name.startswith("events_"))


def test_a_migrated_database_is_what_the_models_describe(cluster: Cluster) -> None:
    url = cluster.make()
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        upgrade(connection)  # imports every module that has tables
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": include_object}
        )
        difference = compare_metadata(context, Base.metadata)
    cluster.drop(url)
    assert difference == []


def test_migrating_twice_changes_nothing(cluster: Cluster) -> None:
    url = cluster.make()
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        for _ in range(2):
            upgrade(connection)
        assert MigrationContext.configure(connection).get_current_revision() == head()
    cluster.drop(url)


def test_revisions_are_one_line_and_numbered_in_order() -> None:
    script = ScriptDirectory.from_config(configuration())
    revisions = list(script.walk_revisions())
    assert len(script.get_heads()) == 1
    names = sorted(Path(revision.path).name for revision in revisions)
    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name) for name in names)
    assert MIGRATIONS.is_dir()


def head() -> str | None:
    return ScriptDirectory.from_config(configuration()).get_current_head()

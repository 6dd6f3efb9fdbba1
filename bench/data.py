"""The data all measurements share: a year and a half of a busy desk, made once and kept as a template.

Of N dialogs one in a hundred is open and two are snoozed; they have five messages each, a hundred of them
two hundred. Indexes are taken away while rows are copied in and made again afterwards.
"""

import multiprocessing
import os
import sys
import time
from typing import Any

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from app.migrate import upgrade
from bench.report import Report, measured
from bench.rows import AGENTS, CHANNELS, MESSAGES, SLICE, TAGS, fill
from bench.stack import Servers, servers
from tests.ground.filling import give_defaults

_BIG = ("customers", "identities", "dialogs", "episodes", "messages", "taggings", "read_marks", "events")


def template_of(size: int) -> str:
    """The database that holds so many dialogs."""
    return f"bench_{size}"


def ensure(size: int) -> str:
    """The template's name; it is made if it is not there. Called while no servers run."""
    name = template_of(size)
    with servers() as running:
        if running.has(name):
            return name
    with servers(loading=True) as running:
        _make(running, size)
    os.sync()
    return name


def measure(size: int) -> Report:
    """How long it takes to make the data, and how big they are."""
    began = time.monotonic()
    name = ensure(size)
    took = time.monotonic() - began
    with servers() as running, psycopg.connect(_plain(running.address(name))) as connection:
        found = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    rows = [
        measured("make or find", took, "s"),
        measured("size", (found or (0,))[0] / 2**30, "GiB"),
    ]
    return Report("data", {"dialogs": size, "messages": size * MESSAGES}, rows)


def _make(running: Servers, size: int) -> None:
    unfinished = f"{template_of(size)}_unfinished"
    running.drop(unfinished)
    url = running.make(unfinished)
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        upgrade(connection)
        give_defaults(connection)
        connection.commit()
    with psycopg.connect(_plain(url), autocommit=True) as connection:
        indexes, rules = _take_down(connection)
        _few_rows(connection)
        _many_rows(_plain(url), size)
        _put_up(connection, indexes, rules)
    running.run(f'ALTER DATABASE "{unfinished}" RENAME TO "{template_of(size)}"')


def _take_down(connection: psycopg.Connection[Any]) -> tuple[list[str], list[tuple[str, str]]]:
    """Indexes and constraints of the big tables, removed, and what makes them again."""
    rules = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), contype FROM pg_constraint"
        " WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('p', 'u', 'f')"
        " ORDER BY contype = 'f' DESC",
        [[name for name in _BIG if name != "events"]],
    ).fetchall()
    others = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE confrelid = ANY(%s::regclass[]) AND contype = 'f' AND NOT conrelid = ANY(%s::regclass[])",
        [[name for name in _BIG if name != "events"]] * 2,
    ).fetchall()
    again = [(table, f"ADD CONSTRAINT {name} {rule}") for table, name, rule, _ in rules if _ != "f"]
    again += [(table, f"ADD CONSTRAINT {name} {rule}") for table, name, rule, _ in rules if _ == "f"]
    again += [(table, f"ADD CONSTRAINT {name} {rule}") for table, name, rule in others]
    for table, name, _ in others:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for table, name, _, _ in rules:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)",
        [[name for name in _BIG if name != "events"]],
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    return [definition for _, definition in indexes], again


def _put_up(connection: psycopg.Connection[Any], indexes: list[str], rules: list[tuple[str, str]]) -> None:
    for definition in indexes:
        connection.execute(definition)
    for table, rule in rules:
        connection.execute(f"ALTER TABLE {table} {rule}")
    for table in ("customers", "dialogs", "episodes", "messages", "identities"):
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
        )
    connection.execute("VACUUM ANALYZE")


def _few_rows(connection: psycopg.Connection[Any]) -> None:
    connection.execute(
        f"""
        INSERT INTO workspace (id, name) VALUES (1, 'Bench') ON CONFLICT DO NOTHING;
        INSERT INTO agents (email, name, role)
            SELECT 'agent' || n || '@helpdesk.test', 'Agent ' || n,
                CASE n WHEN 1 THEN 'owner' ELSE 'agent' END
            FROM generate_series(1, {AGENTS}) n;
        INSERT INTO teams (name) SELECT 'Team ' || n FROM generate_series(1, 4) n;
        INSERT INTO channels (kind, name, address, enabled, outbound_confirmed)
            SELECT 'email', 'Mailbox ' || n, 'desk' || n || '@helpdesk.test', false, true
            FROM generate_series(1, {CHANNELS}) n;
        INSERT INTO tags (name, weight) SELECT 'tag' || n, n % 6 FROM generate_series(1, {TAGS}) n;
        """
    )


def _many_rows(url: str, size: int) -> None:
    slices = [(url, size, first) for first in range(1, size + 1, SLICE)]
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        for done, _ in enumerate(pool.imap_unordered(fill, slices), 1):
            _say(f"\r{min(done * SLICE, size):,} of {size:,} dialogs")
    _say("\n")


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()

"""Mass assignment: what no form or body names cannot be written, by any address (FreeScout CVE-2026-40569).

For bodies of the API each column alone is tried in tests/app/test_openapi.py; here every address that takes
anything gets all columns of all tables at once, with a value that would be seen again.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Connection, inspect, text
from sqlalchemy.orm import Session

from core.db import Base
from people.models import Role
from tests.app.test_census import rolled_back, routes
from tests.ground.browsing import Browser
from tests.makers import make_agent
from tests.peers.fake import Outside
from tests.security.everything import make_everything

MARK = "7700770077"
COLUMNS = sorted(
    {column.key for mapper in Base.registry.mappers for column in inspect(mapper.class_).columns}
)


def writes(app: Flask, ids: dict[str, int]) -> Iterator[tuple[str, str, str]]:
    """Every address that changes something."""
    return (each for each in routes(app, **ids) if each[1] in ("POST", "PUT", "PATCH", "DELETE"))


def tables_with_mark(database: Connection) -> set[str]:
    """Tables in which the mark stands in any column."""
    return {
        table.name
        for table in Base.metadata.sorted_tables
        if database.scalar(
            text(f"SELECT 1 FROM \"{table.name}\" row WHERE row::text LIKE '%{MARK}%' LIMIT 1")
        )
    }


@pytest.mark.parametrize("how", ["form", "json", "query"])
def test_no_address_writes_what_nobody_named(
    session: Session, app: Flask, database: Connection, outside: Outside, how: str
) -> None:
    boss = make_agent(session, role=Role.OWNER)
    ids = make_everything(session, boss)
    browser = Browser(app, boss)
    told = dict.fromkeys(COLUMNS, MARK)
    written = {}
    tried = 0
    for endpoint, method, path in writes(app, ids):
        headers = {"X-CSRF-Token": browser.csrf}
        parts = {"form": {"data": told}, "json": {"json": told}, "query": {"query_string": told}}[how]
        with rolled_back(database):
            browser.open(method, path, headers=headers, **parts)
            tried += 1
            if found := tables_with_mark(database):
                written[endpoint] = found
    assert written == {}
    assert tried > 50

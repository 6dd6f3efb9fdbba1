"""Lists stay index scans when there are many dialogs, in every view."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from core.clock import now
from inbox.counts import counts
from inbox.feed import View, feed_page, rows_of
from inbox.models import Dialog, State
from inbox.timeline import timeline_page
from tests.ground.database import Cluster
from tests.ground.filling import give_defaults

BIG_TABLES = {"dialogs", "messages", "events", "comments", "read_marks", "customers", "episodes"}
_FILL = Path(__file__).with_name("crowd.sql")
AUDIENCES = {"everyone", "agent:1"}
NARROWER: list[dict[str, Any]] = [
    {},
    {"assignee_id": 1},
    {"assignee_id": 0},
    {"channel_id": 2},
    {"tag_id": 9},
    {"kind": "partner"},
    {"kind": "client"},
]
VIEWS = [View(state, **narrower) for state in State for narrower in NARROWER]


class Watched:
    """A session that knows what it asked the database."""

    def __init__(self, connection: Connection) -> None:
        self.session = Session(connection)
        self.statements: list[tuple[str, Any]] = []
        event.listen(connection, "before_cursor_execute", self._note)

    def plans(self) -> list[dict[str, Any]]:
        """How PostgreSQL does each statement."""
        connection = self.session.connection()
        asked, self.statements = self.statements, []
        return [
            connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()[0]["Plan"]
            for statement, values in asked
        ]

    def _note(self, _: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        if statement.startswith("SELECT"):
            self.statements.append((statement, values))


@pytest.fixture(scope="module")
def crowded(cluster: Cluster) -> Iterator[str]:
    """30,000 dialogs, a thousand of them open, with what belongs to them."""
    url = cluster.make()
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        give_defaults(connection)
        assert isinstance(connection.connection.driver_connection, psycopg.Connection)
        connection.connection.driver_connection.execute(_FILL.read_bytes())
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    yield url
    cluster.drop(url)


@pytest.fixture
def watched(crowded: str) -> Iterator[Watched]:
    """A look into the crowd."""
    with create_engine(crowded, poolclass=NullPool).connect() as connection:
        yield Watched(connection)


def scans(plan: dict[str, Any]) -> list[str]:
    """The big tables that a plan reads from end to end, and the sorts of more rows than a page shows."""
    found = []
    if plan["Node Type"] == "Seq Scan" and plan.get("Relation Name", "").partition("_20")[0] in BIG_TABLES:
        found.append(f"reads all of {plan['Relation Name']}")
    for below in plan.get("Plans", ()):
        found += scans(below)
    return found


@pytest.mark.parametrize(
    "view",
    VIEWS,
    ids=lambda view: f"{view.state}-{view.assignee_id}-{view.channel_id}-{view.tag_id}-{view.kind}",
)
def test_a_list_is_read_by_an_index(watched: Watched, view: View) -> None:
    first = feed_page(watched.session, view, agent_id=1, audiences=AUDIENCES, limit=15)
    assert len(first.rows) == 15
    second = feed_page(watched.session, view, agent_id=1, audiences=AUDIENCES, limit=15, after=first.next)
    assert not set(first.rows) & set(second.rows)
    plans = watched.plans()
    assert len(plans) == 2
    assert [scans(plan) for plan in plans] == [[], []]


@pytest.mark.parametrize("state", [State.OPEN, State.SNOOZED, State.COMPLETED])
def test_the_whole_list_is_not_sorted_for_one_page(watched: Watched, state: State) -> None:
    feed_page(watched.session, View(state), agent_id=1, audiences=AUDIENCES)
    (plan,) = watched.plans()
    assert "Sort" not in str(plan)


def test_counts_are_one_statement_that_reads_no_table_from_end_to_end(watched: Watched) -> None:
    found = counts(watched.session, agent_id=1, audiences=AUDIENCES, today=now() - timedelta(days=1))
    assert found["open"] == {"all": 100, "mine": 58, "unassigned": 100}
    assert found["today"]["completed"] > 0
    (plan,) = watched.plans()
    assert scans(plan) == []


def test_a_dialog_is_read_by_indexes_and_a_handful_of_statements(watched: Watched) -> None:
    dialog = watched.session.get_one(Dialog, 777)
    page = timeline_page(watched.session, dialog)
    assert len(page.entries) == 4
    plans = watched.plans()
    assert len(plans) <= 8
    assert [scans(plan) for plan in plans] == [[]] * len(plans)


def test_rows_of_a_batch_are_one_statement(watched: Watched) -> None:
    assert len(rows_of(watched.session, range(1, 101))) == 100
    (plan,) = watched.plans()
    assert scans(plan) == []

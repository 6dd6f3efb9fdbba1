"""A long queue is not sorted for its first row, although statistics say that it is short."""

from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session

from channels.delivery import claim_next
from channels.intake import read_arrivals
from inbox.models import Channel
from tests.ground.filling import give_defaults
from tests.makers import make_channel, make_dialog
from tests.peers.fake import Outside

WAITING = 3_000


@pytest.fixture
def channel(session: Session, database: Connection, outside: Outside) -> Channel:
    """A channel, in tables that nobody has counted yet."""
    give_defaults(database)
    return make_channel(session, undo_seconds=0)


def plan_of(connection: Connection, start: str, work: Any) -> str:
    """How PostgreSQL does the statement of some work that begins so and locks rows."""
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        asked.append((statement, values))

    event.listen(connection, "before_cursor_execute", note)
    work()
    event.remove(connection, "before_cursor_execute", note)
    statement, values = next(each for each in asked if each[0].startswith(start) and "SKIP LOCKED" in each[0])
    return str(connection.exec_driver_sql(f"EXPLAIN (ANALYZE) {statement}", values).all())


def test_the_next_answer_is_found_without_sorting_those_behind_it(
    session: Session, database: Connection, channel: Channel
) -> None:
    dialogs = [make_dialog(session, channel).id for _ in range(60)]
    session.execute(text("ANALYZE messages"))
    session.execute(
        text(
            "INSERT INTO messages"
            " (dialog_id, origin_dialog_id, channel_id, direction, text, delivery, leave_at)"
            " SELECT d, d, :channel, 'out', 'Yes.', 'queued', now() - n * interval '1 second'"
            " FROM unnest(CAST(:dialogs AS bigint[])) d, generate_series(1, :count) n"
        ),
        {"channel": channel.id, "dialogs": dialogs, "count": WAITING // 60},
    )
    session.commit()
    plan = plan_of(database, "SELECT messages.id", claim_next)
    assert "ix_messages_leaving" in plan
    assert "Sort" not in plan


def test_the_next_arrivals_are_found_without_sorting_those_behind_them(
    session: Session, database: Connection, channel: Channel, outside: Outside
) -> None:
    for number in range(60):
        outside.says(channel, "Hello", customer=f"Max {number}")
    read_arrivals()
    session.execute(text("ANALYZE arrivals"))
    session.execute(
        text(
            "INSERT INTO arrivals (channel_id, event_key, order_key, payload, due_at)"
            " SELECT :channel, 'letter ' || n, 'talk ' || n, '{\"unreadable\": true}',"
            " now() - n * interval '1 second' FROM generate_series(1, :count) n"
        ),
        {"channel": channel.id, "count": WAITING},
    )
    session.commit()
    plan = plan_of(database, "SELECT arrivals.id", lambda: read_arrivals(seconds=0.01))
    assert "ix_arrivals_due" in plan
    assert "Sort" not in plan

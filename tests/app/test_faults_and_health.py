"""When something breaks: calm words, a number to name, and an invitation to come back."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, create_engine, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

import core.db
from app.factory import create_app
from core.clock import now
from core.events import Event
from people.models import Agent
from tests.ground.browsing import Browser
from tests.ground.moment import FrozenClock
from tests.ground.settling import Settle
from tests.ground.valkey import Valkey
from tests.makers import make_agent, make_dialog, make_reply

Browse = Callable[[Agent], Browser]


@pytest.fixture
def broken() -> Browser:
    """An application with a page that breaks in a way of the test's choosing."""
    made = create_app()

    def fail() -> str:
        raise made.config["FAULT"]

    from app.access import Whom, open_to

    made.add_url_rule("/broken", "broken", open_to(Whom.ANYBODY)(fail))
    made.add_url_rule("/api/broken", "api_broken", open_to(Whom.ANYBODY)(fail))
    return Browser(made)


def test_a_bug_is_a_calm_page_with_a_number_and_nothing_of_the_inside(broken: Browser) -> None:
    broken.app.config["FAULT"] = ValueError("secret of the inside")
    page, answer = broken.get("/broken"), broken.get("/api/broken")
    assert (page.status_code, answer.status_code) == (500, 500)
    assert page.headers["X-Request-Id"] in page.text
    assert answer.json is not None
    assert answer.json["error"]["code"] == "bug"
    assert answer.headers["X-Request-Id"] in answer.json["error"]["message"]
    assert "secret of the inside" not in page.text + answer.text


@pytest.mark.parametrize(
    "fault",
    [
        OperationalError("SELECT secret", {}, Exception("server closed the connection")),
        PoolExhausted("none is free"),
    ],
)
def test_when_the_database_is_away_everybody_is_asked_to_come_back(broken: Browser, fault: Exception) -> None:
    broken.app.config["FAULT"] = fault
    for path in ("/broken", "/api/broken"):
        response = broken.get(path)
        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) <= 5
        assert "secret" not in response.text


@pytest.mark.parametrize(
    "path", ["/nowhere", "/inbox/x", "/files/1", "/.env", "/static/dist/../../factory.py"]
)
def test_a_page_that_is_not_there_says_so_in_words(stranger: Browser, path: str) -> None:
    response = stranger.get(path)
    assert response.status_code == 404
    assert "Nothing here" in response.text


def test_the_api_says_404_and_405_in_its_own_form(stranger: Browser) -> None:
    stranger.refused("GET", "/api/nowhere", status=404)
    response = stranger.open("DELETE", "/login")
    assert response.status_code in (403, 405)
    assert stranger.open("POST", "/api/feed", headers={"Authorization": "Bearer x"}).status_code == 405


def test_it_is_ready_when_it_can_serve(stranger: Browser, valkey: Valkey, settle: Settle) -> None:
    settle()
    answer = stranger.get("/health/ready")
    assert answer.json == {
        "status": "ok",
        "checks": {"valkey": "ok", "database": "ok", "tables": "ok", "relay": "ok", "clock": "ok"},
    }


def test_without_valkey_it_still_serves_and_says_so(stranger: Browser, valkey: Valkey) -> None:
    valkey.stop()
    answer = stranger.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["status"], answer.json["checks"]["valkey"]) == ("degraded", "away")


def test_a_relay_or_clock_that_is_behind_is_told(
    session: Session, clock: FrozenClock, stranger: Browser, settle: Settle
) -> None:
    dialog = make_dialog(session)
    make_reply(session, dialog)
    clock.forward(minutes=2)
    session.execute(update(Event).values(created_at=now() - (now() - now())))
    session.commit()
    checks = stranger.get("/health/ready").json["checks"]  # type: ignore[index]
    assert checks["clock"] == "late"
    session.execute(text("UPDATE events SET created_at = :then"), {"then": clock.now.replace(hour=8)})
    session.commit()
    checks = stranger.get("/health/ready").json["checks"]  # type: ignore[index]
    assert checks["relay"] == "late"


def test_tables_of_an_older_release_are_not_served_and_those_of_a_newer_one_are(
    session: Session, stranger: Browser
) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    session.commit()
    assert stranger.get("/health/ready").status_code == 503
    session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    session.commit()
    assert stranger.get("/health/ready").status_code == 200


def test_it_lives_without_a_database_but_is_not_ready(stranger: Browser, database: Connection) -> None:
    nowhere = create_engine("postgresql+psycopg://nobody@/nothing?host=/nonexistent", poolclass=NullPool)
    core.db.bind_sessions(nowhere, join_transaction_mode="conditional_savepoint")
    try:
        assert stranger.get("/health/live").status_code == 200
        answer = stranger.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json is not None
        assert answer.json["checks"]["database"] == "away"
        assert stranger.get("/login").status_code == 503
    finally:
        core.db.bind_sessions(database, join_transaction_mode="create_savepoint")


def test_what_is_asked_is_logged_without_tokens_and_words(
    capsys: pytest.CaptureFixture[str], session: Session, browse: Browse
) -> None:
    from core.config import get_settings
    from core.logs import configure_logging

    browser = browse(make_agent(session))
    configure_logging(get_settings())
    browser.get("/reset?token=very-secret-token")
    browser.api("PATCH", "/api/me", {"settings": {"signature": "words of mine"}})
    written = capsys.readouterr().err
    assert '"path": "/reset"' in written
    assert '"path": "/api/me"' in written
    assert "very-secret-token" not in written
    assert "words of mine" not in written

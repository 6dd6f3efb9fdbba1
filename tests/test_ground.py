"""The ground holds: what the other tests rely on, tested itself."""

import socket
import threading

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.clock import now
from core.db import transaction
from core.events import EVERYONE, Event, record
from tests.ground.moment import FrozenClock
from tests.ground.network import NetworkClosed
from tests.ground.valkey import Valkey


def happen(session: Session, topic: str) -> None:
    record(session, "ground.tested", topic, audience=EVERYONE)


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Event)) or 0


@pytest.mark.parametrize("turn", [1, 2])
def test_what_one_test_commits_the_next_does_not_see(session: Session, turn: int) -> None:
    assert count(session) == 0
    with transaction() as own:
        happen(own, f"turn:{turn}")
    assert count(session) == 1


def test_an_error_undoes_its_own_transaction_alone(session: Session) -> None:
    with transaction() as own:
        happen(own, "kept")
    with pytest.raises(IntegrityError), transaction() as own:
        happen(own, "lost")
        own.execute(text("INSERT INTO tags (name, weight, colour, created_at) VALUES ('VIP', -1, '', now())"))
    assert session.scalars(select(Event.topic)).all() == ["kept"]


def test_a_live_database_really_commits(live_database: str) -> None:
    with transaction() as own:
        happen(own, "seen from another thread")
    seen: list[int] = []

    def look() -> None:
        with transaction() as other:
            seen.append(count(other))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [1]


def test_the_clock_stands_until_it_is_moved(clock: FrozenClock) -> None:
    before = now()
    assert now() == before
    clock.forward(minutes=5)
    assert (now() - before).total_seconds() == 300


def test_nothing_leaves_the_machine() -> None:
    with pytest.raises(NetworkClosed), socket.socket() as near:
        near.connect(("192.0.2.1", 80))
    with pytest.raises(NetworkClosed):
        socket.create_connection(("mail.example.com", 25))


def test_cyrillic_is_found_whatever_its_case(session: Session) -> None:
    assert session.scalar(text("SELECT 'Заказ' ILIKE '%зАКАЗ%'"))


def test_valkey_goes_and_comes_back(valkey: Valkey) -> None:
    with valkey.client() as client:
        client.set("a", "1")
    valkey.stop()
    valkey.start()
    with valkey.client() as client:
        assert client.get("a") == b"1"

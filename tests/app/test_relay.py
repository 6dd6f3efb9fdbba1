"""From committed events to numbers, jobs and frames."""

import threading
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import relay
from app.fanout import Publisher
from app.jobs import WAKE
from core.db import transaction
from core.events import Event, ensure_partitions, last_seq, record
from inbox.actions import complete
from tests.ground.moment import FrozenClock
from tests.ground.valkey import Valkey
from tests.makers import make_agent, make_dialog


class Heard(Publisher):
    """Frames as browsers of an audience would get them."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, dict[str, Any]]] = []
        self.silent = False

    def emit(self, event: str, data: dict[str, Any], room: str | None = None, **_: Any) -> None:
        if self.silent:
            raise OSError("Valkey is away")
        self.frames.append((str(room), data))


def some_events(count: int, audience: str | None = "everyone") -> None:
    with transaction() as session:
        for number in range(count):
            record(session, "thing.happened", f"thing:{number}", audience=audience)


def test_numbers_are_contiguous_and_follow_the_order_of_writing(session: Session) -> None:
    some_events(5)
    numbered = relay.number_in(session)
    some_events(3)
    numbered += relay.number_in(session)
    start = numbered[0].seq
    assert [each.seq for each in numbered] == list(range(start, start + 8))
    assert last_seq(session) == start + 7
    assert relay.number_in(session) == []


def test_many_writers_and_several_relays_leave_no_gap_and_no_double(live_database: str) -> None:
    address = live_database.replace("+psycopg", "")
    writers = [threading.Thread(target=lambda: [some_events(3) for _ in range(20)]) for _ in range(4)]
    seen: list[int] = []
    done = threading.Event()

    def number() -> None:
        with psycopg.connect(address, autocommit=True) as connection:
            relay._wait_for_turn(connection)
            while not done.is_set():
                seen.extend(each.seq for each in relay.number_events(connection))
            seen.extend(each.seq for each in relay.number_events(connection))

    relays = [threading.Thread(target=number, daemon=True) for _ in range(1)]
    for thread in (*relays, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in relays:
        thread.join()
    assert seen == list(range(1, 241))


def test_a_second_relay_waits_for_the_lock_of_the_first(live_database: str) -> None:
    address = live_database.replace("+psycopg", "")
    with (
        psycopg.connect(address, autocommit=True) as first,
        psycopg.connect(address, autocommit=True) as second,
    ):
        relay._wait_for_turn(first)
        row = second.execute("SELECT pg_try_advisory_lock(%s)", (relay.LOCK,)).fetchone()
        assert row == (False,)


def test_each_audience_gets_one_frame_that_joins_its_last_one(session: Session) -> None:
    heard = Heard()
    announcer = relay.Announcer(heard, upto=last_seq(session))
    start = last_seq(session)
    some_events(2)
    announcer.announce(relay.number_in(session))
    some_events(1, audience="channel:3")
    announcer.announce(relay.number_in(session))
    some_events(1)
    announcer.announce(relay.number_in(session))
    frames = [(room, frame["after"] - start, frame["upto"] - start) for room, frame in heard.frames]
    assert frames == [("everyone", 0, 2), ("channel:3", 0, 3), ("everyone", 2, 4)]


def test_what_nobody_may_learn_at_once_is_in_no_frame(session: Session) -> None:
    heard = Heard()
    some_events(1, audience=None)
    relay.Announcer(heard, upto=0).announce(relay.number_in(session))
    assert heard.frames == []


def test_a_frame_that_could_not_be_sent_shows_as_a_gap_in_the_next(session: Session) -> None:
    heard = Heard()
    start = last_seq(session)
    announcer = relay.Announcer(heard, upto=start)
    some_events(1)
    announcer.announce(relay.number_in(session))
    heard.silent = True
    some_events(1)
    announcer.announce(relay.number_in(session))
    heard.silent = False
    some_events(1)
    announcer.announce(relay.number_in(session))
    assert [(frame["after"] - start, frame["upto"] - start) for _, frame in heard.frames] == [(0, 1), (1, 3)]


def test_an_item_carries_the_dialogs_row_as_it_is_now(session: Session) -> None:
    ann, dialog = make_agent(session), make_dialog(session)
    complete(session, dialog, agent=ann)
    session.commit()
    heard = Heard()
    relay.Announcer(heard, upto=0).announce(relay.number_in(session))
    items = [each for _, frame in heard.frames for each in frame["items"] if each["topic"] == dialog.topic]
    assert {each["row"]["state"] for each in items} == {"completed"}
    assert items[-1]["actor_id"] == ann.id


def test_a_dialog_that_was_restricted_meanwhile_is_in_no_frame_to_everyone(session: Session) -> None:
    ann, dialog = make_agent(session), make_dialog(session)
    complete(session, dialog, agent=ann)
    dialog.audience = "channel:7"
    session.commit()
    heard = Heard()
    relay.Announcer(heard, upto=0).announce(relay.number_in(session))
    items = [each for _, frame in heard.frames for each in frame["items"] if each["topic"] == dialog.topic]
    assert items
    assert {each["row"] for each in items} == {None}


def test_an_event_kicks_the_jobs_that_follow_it(session: Session, valkey: Valkey) -> None:
    with transaction() as inner:
        record(inner, "message.queued", "thing:1", audience=None)
        record(inner, "message.queued", "thing:2", audience=None)
    relay.Announcer(Heard(), upto=0).announce(relay.number_in(session))
    assert valkey.client().lrange(WAKE, 0, -1) == [b"delivery"]


def test_events_are_partitioned_by_month_and_none_is_without_a_place(
    session: Session, clock: FrozenClock
) -> None:
    ensure_partitions(session)
    some_events(1)
    clock.forward(days=400)
    some_events(1)
    places = session.execute(
        text("SELECT tableoid::regclass::text FROM events ORDER BY id DESC LIMIT 2")
    ).scalars()
    month = session.scalars(select(Event.created_at).order_by(Event.id.desc()).offset(1).limit(1)).one()
    assert list(places) == ["events_default", f"events_{month:%Y_%m}"]


def test_events_older_than_their_partition_move_into_it(session: Session, clock: FrozenClock) -> None:
    some_events(2)
    before = session.scalars(select(Event.id).order_by(Event.id)).all()
    ensure_partitions(session)
    ensure_partitions(session)
    some_events(1)
    places = session.execute(text("SELECT id, tableoid::regclass::text FROM events ORDER BY id")).all()
    assert [number for number, _ in places][: len(before)] == list(before)
    assert {place for _, place in places} == {f"events_{clock.now:%Y_%m}"}
    assert [each.seq for each in relay.number_in(session)] == [1, 2, 3]


@pytest.mark.requirement("SYS-02")
def test_the_clients_notice_comes_after_the_commit(live_database: str) -> None:
    address = live_database.replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("LISTEN emptyfeed_events")
        some_events(1)
        heard = list(connection.notifies(timeout=5, stop_after=1))
        row = connection.execute("SELECT count(*) FROM events WHERE seq IS NULL").fetchone()
    assert len(heard) == 1
    assert row == (1,)


class Said:
    """A publisher that remembers what it was to say."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, object, str]] = []

    def emit(self, event: str, data: object, *, room: str) -> None:
        self.frames.append((event, data, room))


def test_a_hint_wakes_a_job_or_shows_who_writes_and_nonsense_does_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kicked: list[str] = []
    monkeypatch.setattr(relay, "kick", kicked.append)
    said = Said()
    for notice in ("", "wake:files", "typing:17:channel:3", "what:ever"):
        relay.pass_on(notice, said)  # type: ignore[arg-type]
    assert kicked == ["files"]
    assert said.frames == [("customer_typing", {"dialog_id": 17}, "channel:3")]

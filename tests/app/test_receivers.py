"""Receivers on real mailboxes: who reads what, how faults fare, and that killing them costs nothing."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from app import poller, receivers
from app.jobs import WAKE_INSIDE
from app.leases import Leases, is_dead, place
from app.receivers import Receivers
from channels.models import Arrival
from core.config import get_settings
from core.db import transaction
from core.events import Event
from inbox.actions import change_channel, connect_channel, disable_channel, enable_channel
from inbox.models import Channel
from tests.channels.email.letters import make_letter
from tests.ground.database import Cluster
from tests.ground.valkey import Valkey
from tests.peers.dovecot import Dovecot, Mailbox

pytestmark = [pytest.mark.peer, pytest.mark.usefixtures("near", "valkey")]

PATIENCE = 15.0
ROOT = Path(__file__).parents[2]


@pytest.fixture
def near(live_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database with real commits, a door that leads to this machine, and little patience with faults."""
    monkeypatch.setenv("OUTSIDE_ALLOW", "127.0.0.0/8")
    monkeypatch.setattr(poller, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(poller, "WAIT", 0.5)
    get_settings.cache_clear()


class Running:
    """Receivers that tick often, in a thread."""

    def __init__(self) -> None:
        self.receivers = Receivers()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.wait(0.1):
            self.receivers.tick()

    def end(self) -> None:
        self._over.set()
        self._thread.join()
        self.receivers.end()


@pytest.fixture
def start() -> Iterator[Callable[[], Running]]:
    running: list[Running] = []

    def start_one() -> Running:
        running.append(Running())
        return running[-1]

    yield start_one
    for each in running:
        each.end()


def connect(dovecot: Dovecot, box: Mailbox, *, password: str = "secret", port: int = 0, **more: Any) -> int:
    settings = {
        "imap_host": "127.0.0.1",
        "imap_port": port or dovecot.imap_port,
        "imap_security": "none",
        "imap_user": box.user,
        "import": "all",
        **more,
    }
    with transaction() as session:
        channel = connect_channel(
            session,
            agent=None,
            kind="email",
            name="Support",
            address=box.address,
            settings=settings,
            secrets={"imap_password": password},
        )
    return channel.id


def arrived(channel_id: int) -> int:
    with transaction() as session:
        return (
            session.scalar(select(func.count()).select_from(Arrival).where(Arrival.channel_id == channel_id))
            or 0
        )


def health(channel_id: int) -> tuple[str, str]:
    with transaction() as session:
        channel = session.get_one(Channel, channel_id)
        return channel.health, channel.health_code


def eventually(check: Callable[[], object], wanted: object) -> None:
    end = time.monotonic() + PATIENCE
    while (found := check()) != wanted:
        assert time.monotonic() < end, f"{found} is not {wanted}"
        time.sleep(0.05)


def test_a_channel_connected_later_is_noticed_and_read(
    dovecot: Dovecot, start: Callable[[], Running], valkey: Valkey
) -> None:
    start()
    box = dovecot.mailbox()
    channel_id = connect(dovecot, box)
    box.append(make_letter("first"))
    eventually(lambda: arrived(channel_id), 1)
    with valkey.client() as client:
        assert b"arrivals" in client.lrange(WAKE_INSIDE, 0, -1)
    box.append(make_letter("second"))
    eventually(lambda: arrived(channel_id), 2)


def test_a_channel_switched_off_is_left_alone_and_goes_on_where_it_was(
    dovecot: Dovecot, start: Callable[[], Running]
) -> None:
    running = start()
    box = dovecot.mailbox()
    channel_id = connect(dovecot, box)
    eventually(lambda: list(running.receivers.pollers), [channel_id])
    with transaction() as session:
        disable_channel(session, session.get_one(Channel, channel_id), agent=None)
    eventually(lambda: list(running.receivers.pollers), [])
    box.append(make_letter("meanwhile"))
    assert arrived(channel_id) == 0
    with transaction() as session:
        enable_channel(session, session.get_one(Channel, channel_id), agent=None)
    eventually(lambda: arrived(channel_id), 1)


def test_new_settings_are_taken_up_without_a_restart(dovecot: Dovecot, start: Callable[[], Running]) -> None:
    start()
    box, other = dovecot.mailbox(), dovecot.mailbox()
    channel_id = connect(dovecot, box)
    box.append(make_letter("one"))
    eventually(lambda: arrived(channel_id), 1)
    other.append(make_letter("two"))
    with transaction() as session:
        channel = session.get_one(Channel, channel_id)
        change_channel(session, channel, agent=None, settings={"imap_user": other.user})
    eventually(lambda: arrived(channel_id), 2)


@pytest.mark.requirement("I38")
def test_a_refused_password_breaks_the_channel_and_a_new_one_mends_it(
    dovecot: Dovecot, start: Callable[[], Running]
) -> None:
    start()
    box = dovecot.mailbox()
    channel_id = connect(dovecot, box, password="wrong")
    box.append(make_letter("waiting"))
    eventually(lambda: health(channel_id), ("broken", "receive.login_refused"))
    with transaction() as session:
        assert session.scalar(select(Event.kind).where(Event.kind == "channel.health_changed"))
        channel = session.get_one(Channel, channel_id)
        change_channel(session, channel, agent=None, secrets={"imap_password": "secret"})
    eventually(lambda: arrived(channel_id), 1)
    assert health(channel_id) == ("ok", "")


@pytest.mark.requirement("I38")
def test_a_server_that_stays_away_degrades_the_channel_until_it_is_back(
    dovecot: Dovecot, start: Callable[[], Running], wires: Any
) -> None:
    wire = wires.to(dovecot.imap_port)
    wire.cut()
    start()
    box = dovecot.mailbox()
    channel_id = connect(dovecot, box, port=wire.port)
    eventually(lambda: health(channel_id)[0], "degraded")
    box.append(make_letter("back again"))
    wire.restore()
    eventually(lambda: arrived(channel_id), 1)
    eventually(lambda: health(channel_id), ("ok", ""))


def test_each_channel_has_one_reader_and_the_next_takes_over(
    dovecot: Dovecot, start: Callable[[], Running]
) -> None:
    boxes = [dovecot.mailbox() for _ in range(3)]
    channel_ids = {connect(dovecot, box) for box in boxes}
    first, second = start(), start()
    eventually(lambda: {*first.receivers.pollers, *second.receivers.pollers}, channel_ids)
    assert not {*first.receivers.pollers} & {*second.receivers.pollers}
    first.end()
    eventually(lambda: {*second.receivers.pollers}, channel_ids)


def test_a_reader_whose_lease_was_taken_stores_nothing_more(
    dovecot: Dovecot, start: Callable[[], Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    box = dovecot.mailbox()
    channel_id = connect(dovecot, box)
    running = start()
    eventually(lambda: list(running.receivers.pollers), [channel_id])
    with transaction() as session:
        session.execute(
            update(Channel).values(
                lease_holder="somebody else", lease_until=func.clock_timestamp() + text("interval '1 hour'")
            )
        )
    box.append(make_letter("not mine"))
    eventually(lambda: list(running.receivers.pollers), [])
    assert arrived(channel_id) == 0


def test_a_lease_of_a_dead_process_on_this_machine_need_not_run_out(near: None, dovecot: Dovecot) -> None:
    connect(dovecot, dovecot.mailbox())
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with transaction() as session:
        session.execute(
            update(Channel).values(
                lease_holder=f"{place()}:{ended.pid}:x",
                lease_until=func.clock_timestamp() + text("interval '1 hour'"),
            )
        )
    with transaction() as session:
        assert len(Leases(["email"]).keep(session)) == 1


def test_only_the_surely_dead_are_dead() -> None:
    assert not is_dead(f"{place()}:{os.getppid()}:x")
    assert not is_dead("another-machine:1:x")
    assert not is_dead("nonsense")


def test_without_a_database_the_pollers_stop_and_with_it_they_go_on(
    dovecot: Dovecot,
    start: Callable[[], Running],
    cluster: Cluster,
    live_database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(receivers, "BLIND", 0.3)
    box = dovecot.mailbox()
    channel_id = connect(dovecot, box)
    running = start()
    eventually(lambda: list(running.receivers.pollers), [channel_id])
    name = live_database.rpartition("/")[2].partition("?")[0]
    cluster._run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    cluster._run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    eventually(lambda: list(running.receivers.pollers), [])
    box.append(make_letter("meanwhile"))
    cluster._run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    eventually(lambda: arrived(channel_id), 1)


@contextlib.contextmanager
def victim(failpoint: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """Receivers in a process of their own, killed at a place or, at the latest, at the end of the block."""
    command = [sys.executable, "-c", "from app.receivers import main; main()"]
    environment = os.environ | {"FAILPOINT": failpoint}
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.requirement("I31")
@pytest.mark.parametrize(
    ("place", "stored"),
    [
        ("fetch.taken", 0),
        ("fetch.file_stored", 0),
        ("fetch.before_commit", 0),
        ("fetch.committed", 5),
    ],
)
def test_a_receiver_killed_anywhere_loses_and_doubles_nothing(
    dovecot: Dovecot, start: Callable[[], Running], place: str, stored: int
) -> None:
    box = dovecot.mailbox()
    channel_id = connect(dovecot, box)
    box.append(*(make_letter(f"{number}") for number in range(5)))
    with victim(f"{place}:kill") as process:
        assert process.wait(30) == -signal.SIGKILL
    assert arrived(channel_id) == stored
    start()
    eventually(lambda: arrived(channel_id), 5)
    box.append(make_letter("the sixth"))
    eventually(lambda: arrived(channel_id), 6)


@pytest.mark.requirement("I31")
def test_receivers_killed_again_and_again_lose_and_double_nothing(
    dovecot: Dovecot, start: Callable[[], Running]
) -> None:
    box = dovecot.mailbox()
    channel_id = connect(dovecot, box)
    for turn in range(4):
        with victim():
            for number in range(15):
                box.append(make_letter(f"{turn} {number}"))
            eventually(lambda: arrived(channel_id) > 15 * turn, True)  # noqa: B023 - looked at at once
    start()
    eventually(lambda: arrived(channel_id), 60)
    with transaction() as session:
        hashes = session.scalars(select(Arrival.raw_sha256)).all()
    assert len(set(hashes)) == 60


@pytest.mark.requirement("I33")
def test_twenty_quiet_mailboxes_cost_next_to_nothing(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller, "WAIT", 3.0)
    for _ in range(20):
        connect(dovecot, dovecot.mailbox())
    quiet = Receivers()
    try:
        quiet.tick()
        time.sleep(2)
        before, began = time.process_time(), time.monotonic()
        for _ in range(2):
            quiet.tick()
            time.sleep(receivers.TICK)
        share = (time.process_time() - before) / (time.monotonic() - began)
    finally:
        quiet.end()
    assert len(quiet.pollers) == 0
    assert share < 0.02

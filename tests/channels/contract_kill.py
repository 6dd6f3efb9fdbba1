"""The contract when processes die: nothing lost, nothing doubled, and never two readers."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app import receivers as receivers_module
from app.receivers import Receivers
from channels.models import Arrival, ArrivalState
from core.config import get_settings
from core.db import transaction
from inbox.models import Channel, Message
from tests.channels.desk import make_peers_channel
from tests.channels.peer import Peer
from tests.product import ROOT

EVENTS = 300
KILLS = (
    "fetch.taken:kill",
    "fetch.before_commit:kill",
    "fetch.committed:kill",
    "read.before_commit:kill:20",
    "read.committed:kill:40",
)
PATIENCE = 90.0


class KillContract:
    """Rows 5 and 23."""

    @pytest.fixture
    def live_channel(self, peer: Peer, live_database: str) -> int:
        with transaction() as session:
            channel = make_peers_channel(session, peer)
            return channel.id

    @pytest.fixture
    def two_receivers(self, live_channel: int) -> Iterator[tuple[Receivers, Receivers]]:
        both = Receivers(), Receivers()
        yield both
        for each in both:
            each.end()

    @pytest.mark.requirement("CHN-06")
    def test_killed_again_and_again_it_loses_nothing_and_doubles_nothing(
        self, peer: Peer, live_channel: int, live_database: str
    ) -> None:
        said = [f"number {number}" for number in range(EVENTS)]
        speaking = threading.Thread(target=lambda: [peer.says(text) for text in said], daemon=True)
        speaking.start()
        for place in KILLS:
            assert self.run_child(live_channel, live_database, place) == -9
        speaking.join(PATIENCE)
        assert self.run_child(live_channel, live_database, "") == 0
        with transaction() as session:
            texts = [text.strip() for text in session.scalars(select(Message.text).order_by(Message.id))]
            unread = session.scalar(
                select(func.count()).select_from(Arrival).where(Arrival.state == ArrivalState.FETCHED)
            )
        assert sorted(texts) == sorted(said)
        assert unread == 0

    def test_two_readers_are_one_and_who_lost_the_channel_stops(
        self, two_receivers: tuple[Receivers, Receivers], live_channel: int
    ) -> None:
        first, second = two_receivers
        first.tick()
        second.tick()
        assert (list(first.pollers), list(second.pollers)) == ([live_channel], [])
        poller = first.pollers[live_channel]
        with transaction() as session:
            later = func.clock_timestamp() + timedelta(hours=1)
            session.execute(update(Channel).values(lease_holder="somebody else", lease_until=later))
        began = time.monotonic()
        first.tick()
        poller.join(10)
        assert not poller.is_alive()
        assert time.monotonic() - began < 10
        assert receivers_module.BLIND < 10

    def run_child(self, channel_id: int, database: str, failpoint: str) -> int:
        """Let a process of its own receive and read until it is killed or nothing more comes."""
        environment = {
            **os.environ,
            "DATABASE_URL": database,
            "EMPTYFEED_DATA": str(get_settings().data),
            "OUTSIDE_ALLOW": "127.0.0.0/8",
            "REDIS_URL": "unix:///nowhere",
            "FAILPOINT": failpoint,
        }
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.channels.reading", str(channel_id), str(EVENTS)],
            cwd=ROOT,
            env=environment,
            stderr=subprocess.PIPE,
        )
        try:
            _, errors = child.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            _, errors = child.communicate()
        if child.returncode not in (0, -9):
            sys.stderr.write(errors.decode(errors="replace")[-3000:])
        return child.returncode

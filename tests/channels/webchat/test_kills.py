"""Web processes and workers die while visitors write: nothing is lost, nothing comes twice."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from channels.webchat.models import ChatLine, Visitor
from core.clock import now
from core.config import get_settings
from core.db import transaction
from inbox.models import Message
from tests.channels.contract_kill import EVENTS, PATIENCE
from tests.channels.desk import make_peers_channel
from tests.channels.webchat.browser import Refused, VisitorBrowser
from tests.channels.webchat.outside import KEY, WebchatOutside
from tests.peers.server import free_ports
from tests.product import ROOT

VISITORS = 10
WEB_KILLS = ("say.before_commit:kill:20", "say.committed:kill:60", "say.before_commit:kill:40")
READ_KILLS = ("read.before_commit:kill:20", "read.committed:kill:40")


@contextmanager
def process(deed: str, number: int, database: str, failpoint: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours that dies where it is told to."""
    environment = {
        **os.environ,
        "DATABASE_URL": database,
        "EMPTYFEED_DATA": str(get_settings().data),
        "FAILPOINT": failpoint,
    }
    command = [sys.executable, "-m", "tests.channels.webchat.serving", deed, str(number)]
    child = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield child
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        child.wait()


class Outbox(threading.Thread):
    """A visitor whose browser keeps each line until the server says that it has it."""

    def __init__(self, address: str, name: str, lines: list[str]) -> None:
        super().__init__(daemon=True)
        self.browser = VisitorBrowser(address, KEY)
        self.lines = lines
        self.name = name

    def run(self) -> None:
        self.insist(self.browser.open)
        with transaction() as session:  # that browsers compute first has tests of its own
            session.query(Visitor).filter_by(key=self.browser.session["visitor"]["id"]).update(
                {"worked_at": now()}
            )
        for text in self.lines:
            client_id = str(uuid4())
            self.insist(lambda text=text, name=client_id: self.browser.say(text, client_id=name))
        self.browser.http.close()

    def insist(self, act: object) -> None:
        """Try until it is done, as browsers do."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                act()  # type: ignore[operator]
            except (httpx.HTTPError, Refused):
                time.sleep(0.1)
            else:
                return


@pytest.mark.timeout(400)
@pytest.mark.requirement("CHN-05")
@pytest.mark.requirement("CHN-06")
def test_killed_again_and_again_it_loses_nothing_and_doubles_nothing(live_database: str) -> None:
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    with transaction() as session:
        make_peers_channel(session, WebchatOutside(address))
    each = EVENTS // VISITORS
    outboxes = [
        Outbox(address, f"guest {who}", [f"{who}: {number:02}" for number in range(each)])
        for who in range(VISITORS)
    ]
    for outbox in outboxes:
        outbox.start()
    for place in WEB_KILLS:
        with process("serve", port, live_database, place) as child:
            assert child.wait(PATIENCE) == -9
    with process("serve", port, live_database, ""):
        for place in READ_KILLS:
            with process("read", EVENTS, live_database, place) as child:
                assert child.wait(PATIENCE) == -9
        for outbox in outboxes:
            outbox.join(PATIENCE)
    with process("read", EVENTS, live_database, "") as child:
        assert child.wait(PATIENCE) == 0
    said = sorted(text for outbox in outboxes for text in outbox.lines)
    with transaction() as session:
        texts = session.scalars(select(Message.text).order_by(Message.id)).all()
        rows = session.execute(select(ChatLine.visitor_id, ChatLine.seq).order_by(ChatLine.id)).all()
    assert sorted(texts) == said
    for who in range(VISITORS):
        own = [text for text in texts if text.startswith(f"{who}:")]
        assert own == sorted(own)
    for visitor_id in {row.visitor_id for row in rows}:
        assert [row.seq for row in rows if row.visitor_id == visitor_id] == list(range(1, each + 1))

"""Web processes and workers die while people send forms: nothing is lost, nothing comes twice."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from channels.models import BlockedMessage
from core.config import get_settings
from core.db import transaction
from inbox.models import Attachment, Message
from tests.channels import contract_kill
from tests.channels.contract_kill import PATIENCE, KillContract
from tests.channels.webform.filling import make_form
from tests.peers.server import free_ports
from tests.product import ROOT

PEOPLE, EACH = 6, 15
WEB_KILLS = ("form.before_commit:kill:6", "form.committed:kill:15")
READ_KILLS = ("read.before_commit:kill:10",)


@contextmanager
def web_process(port: int, database: str, failpoint: str) -> Iterator[subprocess.Popen[bytes]]:
    """Our pages, served by a process that dies where it is told to."""
    environment = {
        **os.environ,
        "DATABASE_URL": database,
        "EMPTYFEED_DATA": str(get_settings().data),
        "FAILPOINT": failpoint,
        "VALKEY_PATIENCE": "1",
    }
    command = [sys.executable, "-m", "tests.channels.webform.serving", str(port)]
    child = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield child
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        child.wait()


class Person(threading.Thread):
    """Somebody without scripts, who presses the button again until they are thanked."""

    def __init__(self, address: str, name: str) -> None:
        super().__init__(daemon=True)
        self.address = address
        self.texts = [f"{name}: {number:02}" for number in range(EACH)]
        self.name = name

    def run(self) -> None:
        with httpx.Client(timeout=5) as http:
            for text in self.texts:
                words = {"name": self.name, "message": text, "_submission": str(uuid4())}
                file = ("note.txt", text.encode(), "text/plain")
                self.insist(http, words, {"photo": file} if text == self.with_file else None)

    @property
    def with_file(self) -> str:
        """The one with a file: one household may bring few of them an hour."""
        return self.texts[0]

    def insist(self, http: httpx.Client, words: dict[str, str], files: dict[str, Any] | None) -> None:
        """Send until the answer comes, as people do."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(httpx.HTTPError):
                status = http.post(self.address, data=words, files=files).status_code
                if status == 303:
                    return
                assert status >= 500, status
            time.sleep(0.1)


@pytest.mark.timeout(300)  # five processes begin and die
@pytest.mark.requirement("CHN-05")
@pytest.mark.requirement("CHN-06")
def test_killed_again_and_again_it_loses_nothing_and_doubles_nothing(
    live_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract_kill, "EVENTS", PEOPLE * EACH)
    (port,) = free_ports(1)
    with transaction() as session:
        form = make_form(session)
    people = [Person(f"http://127.0.0.1:{port}/f/{form.key}", f"guest {who}") for who in range(PEOPLE)]
    for person in people:
        person.start()
    for place in WEB_KILLS:
        with web_process(port, live_database, place) as child:
            assert child.wait(PATIENCE) == -9
    with web_process(port, live_database, ""):
        for place in READ_KILLS:
            assert KillContract().run_child(form.channel_id, live_database, place) == -9
        for person in people:
            person.join(PATIENCE)
    assert KillContract().run_child(form.channel_id, live_database, "") == 0
    said = sorted(text for person in people for text in person.texts)
    with transaction() as session:
        assert sorted(session.scalars(select(Message.text))) == said
        sizes = sorted(session.scalars(select(Attachment.size)))
        assert sizes == sorted(len(person.with_file) for person in people)
        assert session.scalar(select(BlockedMessage.id)) is None

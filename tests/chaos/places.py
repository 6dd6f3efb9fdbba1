"""Kills at every named place of fetching, reading and sending; then letters and answers are counted."""

import json
import os
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from channels.delivery import release_expired
from channels.models import MessagePart
from core.clock import now
from core.config import get_settings
from core.db import connect, engine, transaction
from inbox.actions import NewReply, reply, settle
from inbox.models import Delivery, Dialog, Message
from people.models import Agent
from tests.chaos.worker import HOLDER
from tests.ground.database import open_cluster
from tests.makers import make_agent, make_mailbox
from tests.peers.dovecot import Mailbox, open_dovecot
from tests.peers.smtp_faults import SmtpSink, open_sink

ROOT = Path(__file__).parents[2]
STEPS = ("fetch", "read", "send", "smtp")
LETTERS_AT_ONCE = 2
MOST_ROUNDS = 4  # for each killing that is wanted
_EXPIRE = (
    "UPDATE arrivals SET lease_until = clock_timestamp() - interval '1 second', due_at = now()"
    " WHERE state = 'fetched'",
    "UPDATE messages SET lease_until = clock_timestamp() - interval '1 second' WHERE lease_until IS NOT NULL",
)


def places() -> list[str]:
    """Every place between a mailbox and a customer where the product can be killed."""
    named = re.compile(r'\bfailpoint\("([a-z_.]+)"\)')
    files = [file for package in ("app", "channels", "inbox") for file in (ROOT / package).rglob("*.py")]
    found = {name for file in files for name in named.findall(file.read_text(encoding="utf-8"))}
    return sorted(name for name in found if name.partition(".")[0] in STEPS)


@dataclass
class Toll:
    """What the killings cost; `lost` and `doubled` must be nought."""

    kills: Counter[str] = field(default_factory=Counter)
    letters: int = 0
    dialogs: int = 0
    answers: int = 0
    delivered: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether every letter is one dialog and every answer went out once."""
        kept = self.letters == self.dialogs and self.answers == self.delivered
        return kept and not (self.lost or self.doubled or self.failed)

    @property
    def figures(self) -> dict[str, Any]:
        """What is printed."""
        return {
            "kills": sum(self.kills.values()),
            "places": dict(sorted(self.kills.items())),
            "accepted": self.letters + self.answers,
            "letters": self.letters,
            "dialogs": self.dialogs,
            "answers": self.answers,
            "delivered": self.delivered,
            "lost": len(self.lost),
            "doubled": len(self.doubled),
            "failed": len(self.failed),
        }


def kill_at_places(kills: int, seed: int, mailbox: Mailbox, sink: SmtpSink) -> Toll:
    """Kill the one who works so many times, at one place after the other, and count at the stores.

    `core.db` has to be connected already, DATABASE_URL to name the same database.
    """
    chance, toll, run = random.Random(seed), Toll(), _Run(mailbox, sink)
    names = places()
    with _worker() as worker:
        for number in range(kills * MOST_ROUNDS):
            if sum(toll.kills.values()) >= kills:
                break
            place = names[number % len(names)]
            if place.startswith(("fetch.", "read.")):
                run.letters_come()
            run.agents_answer()
            code = worker(run.order(f"{place}:kill:{chance.randint(1, LETTERS_AT_ONCE)}"))
            if code == -signal.SIGKILL:
                toll.kills[place] += 1
            elif code != 0:
                toll.failed.append(f"{place}: {code}")
            run.time_passes()
        for _ in range(3):
            run.agents_answer()
            if worker(run.order(None)) != 0:
                toll.failed.append("the end")
            run.time_passes()
    run.count(toll)
    return toll


def run_at_places(kills: int, seed: int) -> Toll:
    """The same with servers and a database of its own."""
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="emptyfeed-places-"))
        dovecot = stack.enter_context(open_dovecot())
        sink = stack.enter_context(open_sink())
        url = stack.enter_context(open_cluster()).make()
        os.environ |= {"DATABASE_URL": url, "EMPTYFEED_DATA": folder, "OUTSIDE_ALLOW": "127.0.0.0/8"}
        get_settings.cache_clear()
        stack.callback(connect(url).dispose)
        return kill_at_places(kills, seed, dovecot.mailbox(), sink)


class _Run:
    """Customers, agents and the passing of time."""

    def __init__(self, mailbox: Mailbox, sink: SmtpSink) -> None:
        self._mailbox = mailbox
        self._sink = sink
        self._names: list[str] = []
        with Session(engine(), expire_on_commit=False) as session:
            self._agent_id = make_agent(session).id
            channel = make_mailbox(session, mailbox, sink.port, undo_seconds=0, lease_holder=HOLDER)
            self._channel_id = channel.id

    def order(self, failpoint: str | None) -> dict[str, Any]:
        """What a worker has to do."""
        return {"failpoint": failpoint, "channel_id": self._channel_id, "letters": len(self._names)}

    def letters_come(self) -> None:
        """New customers write."""
        first = len(self._names)
        names = [f"{number}@customer.test" for number in range(first, first + LETTERS_AT_ONCE)]
        self._mailbox.append(*map(self._letter, names))
        self._names += names

    def agents_answer(self) -> None:
        """Every dialog that waits is answered."""
        with transaction() as session:
            agent = session.get_one(Agent, self._agent_id)
            for dialog in session.scalars(select(Dialog).where(Dialog.waiting_since.is_not(None))):
                reply(session, dialog, agent=agent, new=NewReply(str(uuid4()), "It comes today.", force=True))

    def time_passes(self) -> None:
        """Leases end; what may have gone out is looked for where it would be, as an agent looks."""
        with transaction() as session:
            for statement in _EXPIRE:
                session.execute(text(statement))
        with transaction() as session:
            while release_expired(session):
                session.flush()
        with transaction() as session:
            agent = session.get_one(Agent, self._agent_id)
            uncertain = select(Message).where(Message.delivery == Delivery.UNCERTAIN)
            for message in session.scalars(uncertain).all():
                settle(session, message, agent=agent, sent=_key_of(session, message) in self._taken())

    def count(self, toll: Toll) -> None:
        """Letters against dialogs, answers against what was delivered."""
        with transaction() as session:
            came = Counter(
                session.scalars(
                    select(Message.envelope["message_id"].astext).where(Message.direction == "in")
                )
            )
            answers = session.scalars(select(Message).where(Message.direction == "out")).all()
            keys = [_key_of(session, each) for each in answers]
            toll.dialogs = session.scalar(select(func.count()).select_from(Dialog)) or 0
            states = {each.delivery for each in answers}
        taken = self._taken()
        toll.letters, toll.answers, toll.delivered = len(self._names), len(keys), taken.total()
        toll.lost = [name for name in self._names if not came[name]] + [key for key in keys if not taken[key]]
        toll.doubled = [name for name in (came | taken) if (came | taken)[name] > 1]
        toll.failed += sorted(states - {Delivery.SENT})

    def _letter(self, name: str) -> EmailMessage:
        letter = EmailMessage()
        letter["From"], letter["To"] = f"Customer <c{name}>", self._mailbox.address
        letter["Subject"], letter["Message-ID"] = f"Question {name}", f"<{name}>"
        letter["Date"] = format_datetime(now())
        letter.set_content(f"Where is parcel {name}?")
        return letter

    def _taken(self) -> Counter[str]:
        return Counter(str(each.letter["Message-ID"]).strip("<> ") for each in self._sink.taken)


def _key_of(session: Session, message: Message) -> str:
    part = session.scalar(select(MessagePart.key).where(MessagePart.message_id == message.id))
    return part or f"message {message.id} was never planned"


@contextmanager
def _worker() -> Iterator[Any]:
    """Something that obeys one order and returns how its child ended."""
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.worker"],
        cwd=ROOT,
        env=os.environ | {"LOG_LEVEL": "ERROR", "REDIS_URL": "unix:///nobody/is/there"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdin is not None
    assert program.stdout is not None
    orders, endings = program.stdin, program.stdout

    def obey(order: dict[str, Any]) -> int:
        orders.write(json.dumps(order) + "\n")
        orders.flush()
        return int(endings.readline())

    try:
        yield obey
    finally:
        orders.close()
        program.wait(10)
        endings.close()

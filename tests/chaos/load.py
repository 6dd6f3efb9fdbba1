"""Customers who write and agents who answer, whatever is being killed."""

import http.client
import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, localtime
from typing import Any
from uuid import uuid4

from imapclient import IMAPClient

from tests.peers.dovecot import Mailbox
from tests.peers.smtp_faults import SmtpSink
from tests.product import Product

LETTERS_PER_SECOND = 12.0
ANSWERS_PER_SECOND = 7.0
CUSTOMERS = 40
AGENTS = 12
PATIENCE = 60.0


class Pace:
    """Gives out turns at a steady rate to whoever asks."""

    def __init__(self, per_second: float, over: threading.Event) -> None:
        self._pause = 1 / per_second
        self._next = time.monotonic()
        self._lock = threading.Lock()
        self._over = over

    def turn(self) -> bool:
        """Wait for the next turn; False when it is over."""
        with self._lock:
            due = self._next = max(self._next + self._pause, time.monotonic() - 1)
        return not self._over.wait(max(0.0, due - time.monotonic()))


@dataclass
class Customers:
    """Write letters into our mailbox: new ones, and replies to what they were answered."""

    mailbox: Mailbox
    sink: SmtpSink
    chance: random.Random
    written: list[str] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    _numbers: Any = field(default_factory=itertools.count)

    def run(self, over: threading.Event) -> None:
        """Write until it is over."""
        pace = Pace(LETTERS_PER_SECOND, over)
        with self.mailbox.client() as client:
            while pace.turn():
                self._write(client)

    def _write(self, client: IMAPClient) -> None:
        letter = self._letter()
        client.append("INBOX", letter.as_bytes())
        self.written.append(str(letter["Message-ID"]))

    def _letter(self) -> EmailMessage:
        number = next(self._numbers)
        answered = (
            self.chance.choice(self.sink.taken) if self.sink.taken and self.chance.random() < 0.3 else None
        )
        letter = EmailMessage()
        letter["Message-ID"] = f"<letter-{number}-{uuid4().hex[:8]}@customer.test>"
        letter["Date"] = format_datetime(localtime())
        letter["To"] = self.mailbox.address
        letter["Subject"] = f"Order {number}"
        letter["From"] = f"Customer <customer{number % CUSTOMERS}@customer.test>"
        if answered is not None:
            name = str(answered.letter["Message-ID"])
            del letter["From"], letter["Subject"]
            letter["From"] = answered.recipients[0]
            letter["Subject"] = f"Re: {answered.letter['Subject']}"
            letter["In-Reply-To"] = letter["References"] = name
            self.replies[str(letter["Message-ID"])] = answered.text
        letter.set_content(f"Where is my order {number}? " + "It was to come last week. " * 10)
        return letter


@dataclass
class Agents:
    """Answer open dialogs through the API; each answer is sent again under its uuid until it is accepted."""

    product: Product
    key: str
    chance: random.Random
    accepted: dict[str, int] = field(default_factory=dict)
    tries: int = 0
    given_up: int = 0
    slowest: float = 0.0
    refused: Counter[str] = field(default_factory=Counter)
    _open: list[int] = field(default_factory=list)

    def run(self, over: threading.Event) -> None:
        """Answer until it is over; every answer begun is brought to its end."""
        pace = Pace(ANSWERS_PER_SECOND, over)
        threads = [threading.Thread(target=self._work, args=(pace,)) for _ in range(AGENTS)]
        for thread in threads:
            thread.start()
        while not over.wait(0.5):
            self._look()
        for thread in threads:
            thread.join()

    def _look(self) -> None:
        found = self._call("GET", "/api/feed?state=open&limit=100")
        if found is not None:
            self._open = [row["id"] for row in found["rows"]]

    def _work(self, pace: Pace) -> None:
        while pace.turn():
            if self._open:
                self._answer(self.chance.choice(self._open))

    def _answer(self, dialog: int) -> None:
        name = str(uuid4())
        body = {"client_uuid": name, "text": f"Answer {name}", "force": True}
        body |= {"then": "complete"} if self.chance.random() < 0.5 else {}
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE:
            done = self._call("POST", f"/api/dialogs/{dialog}/replies", body)
            self.tries += 1
            if done is not None:
                self.accepted[name] = done["entry"]["id"]
                self.slowest = max(self.slowest, time.monotonic() - began)
                return
            time.sleep(0.3)
        self.given_up += 1

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        """What came back, or None when nobody answered or could serve."""
        try:
            status, found = self.product.request(method, path, body, key=self.key, timeout=5)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.refused[type(error).__name__] += 1
            return None
        if status in (429, 500, 502, 503):
            self.refused[str(status)] += 1
            return None
        assert status < 300, f"{method} {path}: {status} {found}"
        return found


def in_thread(work: Callable[..., None], *arguments: Any) -> threading.Thread:
    """Work beside the others."""
    thread = threading.Thread(target=work, args=arguments)
    thread.start()
    return thread

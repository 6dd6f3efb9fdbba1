"""Letters that wait in a mailbox, until the last one is a message that can be found."""

import time

from sqlalchemy import func, select, update

from bench.letters import letters
from bench.report import Report, measured, rate
from bench.stack import product_on, servers
from inbox.models import Channel, Message
from tests.makers import make_mailbox
from tests.peers.dovecot import open_dovecot
from tests.product import Product, cpu_seconds

LETTERS = 10_000
PATIENCE = 900.0


def measure(_: int, *, count: int = LETTERS) -> Report:
    """Fill a mailbox, connect it, and look when all has become messages."""
    with open_dovecot() as dovecot, servers() as running:
        mailbox = dovecot.mailbox()
        mailbox.fill(letters(count, mailbox.address))
        with product_on(running, "template0") as product:
            with product.session() as session:
                make_mailbox(session, mailbox, 25, enabled=False)
            roots = [product.pid, *running.pids]
            before = cpu_seconds(*roots)
            began = time.monotonic()
            with product.session() as session:
                session.execute(update(Channel).values(enabled=True))
            first, last = _wait(product, count)
            used = cpu_seconds(*roots) - before
    took = last - began
    rows = [
        rate("letters, connected to visible", count, took, at_least=100, goal="≥ 100 messages/s"),
        rate("letters, from the first to the last", count, last - first),
        measured(
            "CPU per letter, all", used / count * 1000, "ms", at_most=15, goal="≤ 15 ms CPU per message"
        ),
    ]
    return Report("ingest", {"letters": count}, rows)


def _wait(product: Product, count: int) -> tuple[float, float]:
    """When the first and when the last was there."""
    first = 0.0
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with product.session() as session:
            found = session.scalar(select(func.count()).select_from(Message)) or 0
        first = first or (time.monotonic() if found else 0.0)
        if found >= count:
            return first, time.monotonic()
        time.sleep(0.25)
    raise RuntimeError(f"{found} of {count} letters in {PATIENCE:.0f} s")

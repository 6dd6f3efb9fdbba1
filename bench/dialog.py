"""Opening a long dialog."""

from sqlalchemy import select

from bench.clients import Caller
from bench.data import ensure
from bench.report import Report, timed
from bench.rows import LONG, LONG_DIALOGS, MESSAGES
from bench.stack import key_for, product_on, servers
from people.models import Agent

CALLS = 300


def measure(size: int) -> Report:
    """The newest 50 entries of dialogs with 200 messages, one dialog after the other."""
    template = ensure(size)
    apart = max(size // LONG_DIALOGS, 1)
    with servers() as running, product_on(running, template) as product:
        with product.session() as session:
            key = key_for(session, session.scalars(select(Agent).order_by(Agent.id)).first() or Agent())
        caller = Caller(product.port, key)
        calls = [("GET", f"/api/dialogs/{apart * (1 + n % LONG_DIALOGS)}", None) for n in range(CALLS + 20)]
        caller.times(calls[:20])
        rows = [timed(f"{LONG} messages", caller.times(calls[20:]), limit_ms=30, goal="p95 ≤ 30 ms")]
    return Report("dialog", {"dialogs": size, "messages": size * MESSAGES}, rows)

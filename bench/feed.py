"""The feed, page by page, in every view."""

from sqlalchemy import select

from bench.clients import Caller, pages_per_second
from bench.data import ensure
from bench.report import Report, rate, timed
from bench.rows import MESSAGES
from bench.stack import key_for, product_on, servers
from people.models import Agent

CALLS = 300
VIEWS = {
    "open": "state=open",
    "open, mine": "state=open&whose=mine",
    "open, unassigned": "state=open&whose=unassigned",
    "open, channel": "state=open&channel=2",
    "open, tag": "state=open&tag=1",
    "open, rare tag": "state=open&tag=19",
    "snoozed": "state=snoozed",
    "completed": "state=completed",
    "completed, mine": "state=completed&whose=mine",
    "completed, channel": "state=completed&channel=2",
    "completed, tag": "state=completed&tag=1",
    "completed, rare tag": "state=completed&tag=19",
}


def measure(size: int) -> Report:
    """A page of 100 rows as JSON: one client in every view, then sixteen at once."""
    template = ensure(size)
    with servers() as running, product_on(running, template) as product:
        with product.session() as session:
            key = key_for(session, session.scalars(select(Agent).order_by(Agent.id)).first() or Agent())
        caller = Caller(product.port, key)
        rows = []
        for name, query in VIEWS.items():
            path = f"/api/feed?{query}&limit=100"
            caller.times([("GET", path, None)] * 20)
            seconds = caller.times([("GET", path, None)] * CALLS)
            rows.append(timed(f"1 client, {name}", seconds, limit_ms=25, goal="p95 ≤ 25 ms"))
        path = "/api/feed?state=open&limit=100"
        pages_per_second(product.port, key, path, clients=16, seconds=2)
        count, took = pages_per_second(product.port, key, path, clients=16, seconds=15)
        rows.append(rate("16 clients, open", count, took, at_least=150, goal="≥ 150 pages/s"))
    return Report("feed", {"dialogs": size, "messages": size * MESSAGES}, rows)

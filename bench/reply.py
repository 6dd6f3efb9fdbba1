"""Answering: how long the agent waits until the answer is safe."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from bench.clients import Caller
from bench.data import ensure
from bench.report import Report, timed
from bench.rows import MESSAGES
from bench.stack import key_for, product_on, servers
from inbox.models import Dialog, State
from people.models import Agent

CALLS = 300


def measure(size: int) -> Report:
    """POST an answer into one open dialog after the other; then again without Valkey."""
    template = ensure(size)
    with servers() as running, product_on(running, template) as product:
        with product.session() as session:
            key = key_for(session, session.scalars(select(Agent).order_by(Agent.id)).first() or Agent())
            wanted = select(Dialog.id).where(Dialog.state == State.OPEN).order_by(Dialog.id).limit(CALLS)
            dialogs = list(session.scalars(wanted))
        caller = Caller(product.port, key)
        caller.times(answers(dialogs, 20))
        rows = [timed("accepted", caller.times(answers(dialogs, CALLS)), limit_ms=40, goal="p95 ≤ 40 ms")]
        running.services.stop("valkey")
        caller.times(answers(dialogs, 5))
        seconds = caller.times(answers(dialogs, CALLS))
        rows.append(timed("accepted, Valkey down", seconds, limit_ms=300, goal="p95 ≤ 300 ms"))
    return Report("reply", {"dialogs": size, "messages": size * MESSAGES}, rows)


def answers(dialogs: list[int], count: int) -> Iterator[tuple[str, str, Any]]:
    """Calls that answer dialogs in turn."""
    for number in range(count):
        body = {"client_uuid": str(uuid4()), "text": "It comes tomorrow, before noon.", "force": True}
        yield "POST", f"/api/dialogs/{dialogs[number % len(dialogs)]}/replies", body

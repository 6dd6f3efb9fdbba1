"""Everybody loses the server at once and comes back: how long until the last one is in step again."""

import os
import signal
import time

from bench.crowd import crowd
from bench.report import Report, measured, timed
from bench.stack import make_owner, product_on, servers
from core.events import last_seq
from inbox.actions import NewComment, comment
from inbox.models import Dialog
from people.actions import start_session
from people.models import Agent
from tests.makers import make_agent, make_channel, make_dialog
from tests.product import Product

WINDOWS = 2_200
PEOPLE = 50
ROUNDS = 3
LIMIT = 15.0
PATIENCE = 120.0


def measure(size: int) -> Report:
    """Kill the web processes under all windows, write something meanwhile, and see who knows of it when."""
    windows = min(size, WINDOWS)
    rows = []
    with servers() as running, product_on(running, "template0") as product:
        with product.session() as session:
            owner = make_owner(session)
            people = [make_agent(session, f"Agent {number}") for number in range(PEOPLE)]
            cookies = [start_session(session, one, address="127.0.0.1", user_agent="bench") for one in people]
            channel = make_channel(session, kind="email", enabled=False)
        with product.session() as session:
            dialog = make_dialog(session, session.merge(channel)).id
        for number in range(1, min(ROUNDS, windows // 2) + 1):
            with crowd(product.port) as browsers:
                browsers.open([cookies[place % PEOPLE] for place in range(windows)])
                browsers.know(_newest(product))
                lost = time.monotonic()
                os.kill(product.programs()["web"], signal.SIGKILL)
                seq = _write(product, dialog, owner)
                back = [at - lost for at in browsers.in_step(seq, PATIENCE)]
            rows += [
                timed(f"round {number}, each window", back),
                measured(
                    f"round {number}, all in step", max(back), "s", n=len(back), at_most=LIMIT, goal="≤ 15 s"
                ),
                measured(f"round {number}, came back", len(back) / windows * 100, "%", n=windows),
            ]
    return Report("storm", {"windows": windows}, rows)


def _newest(product: Product) -> int:
    with product.session() as session:
        return last_seq(session)


def _write(product: Product, dialog: int, owner: Agent) -> int:
    """Leave a comment past the web process; the number its event was given."""
    before = _newest(product)
    with product.session() as session:
        comment(session, session.get_one(Dialog, dialog), agent=owner, new=NewComment("Meanwhile"))
    while (seq := _newest(product)) == before:
        time.sleep(0.05)
    return seq

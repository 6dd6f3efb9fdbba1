"""One run of chaos: set up, load, kill, wait until all is done, count."""

import random
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core.clock import now
from people.actions import start_session
from people.actions.tokens import issue_token
from people.models import Agent, Role, Workspace
from tests.chaos.counting import Count, count, undone
from tests.chaos.follower import Follower
from tests.chaos.killer import ROUND, TARGETS, Killer
from tests.chaos.load import Agents, Customers, in_thread
from tests.makers import make_mailbox
from tests.peers.dovecot import open_dovecot
from tests.peers.smtp_faults import open_sink
from tests.product import Product, running_product

DRAIN = 120.0
WARM = 2.0


def run(seconds: float, seed: int) -> Count:
    """Kill for so many seconds under load; short runs kill faster, so that everything dies at least once."""
    with ExitStack() as stack:
        dovecot = stack.enter_context(open_dovecot())
        sink = stack.enter_context(open_sink())
        product = stack.enter_context(running_product())
        mailbox = dovecot.mailbox()
        with product.session() as session:
            key, cookie = _owner(session)
            make_mailbox(session, mailbox, sink.port, undo_seconds=0)
        customers = Customers(mailbox, sink, random.Random(seed))
        agents = Agents(product, key, random.Random(seed + 1))
        follower = Follower(product, cookie, key)
        killer = Killer(product, random.Random(seed + 2), min(ROUND, seconds))
        _strain(seconds, customers, agents, killer, follower)
        drained = _drain(product, lambda: len(mailbox.letters()))
        follower.catch_up()
        with product.session() as session:
            found = count(session, customers, agents, killer.kills)
            unheard = _unheard(session, follower)
        found.figures |= {
            "seconds": seconds,
            "seed": seed,
            "letters_per_second": round(len(customers.written) / seconds, 1),
            "answers_per_second": round(len(agents.accepted) / seconds, 1),
            "drained_in_s": drained,
            "kills": {target: killer.counts.get(target, 0) for target in TARGETS},
            "follower": {
                "connections": follower.connections,
                "catch_ups": follower.catch_ups,
                "events": len(follower.seen),
                "unheard": unheard,
            },
        }
        return found


def _owner(session: Session) -> tuple[str, str]:
    """An owner, with a key for programs and a browser's cookie."""
    session.merge(Workspace(id=1))
    owner = Agent(name="Ann", email="ann@helpdesk.test", role=Role.OWNER)
    session.add(owner)
    session.flush()
    until = now() + timedelta(days=1)
    key = issue_token(session, agent=owner, name="chaos", scopes=("read", "write"), expires_at=until)
    return key, start_session(session, owner, address="127.0.0.1", user_agent="chaos")


def _strain(seconds: float, customers: Customers, agents: Agents, killer: Killer, follower: Follower) -> None:
    over = threading.Event()
    followed = threading.Event()
    loads = [in_thread(customers.run, over), in_thread(agents.run, over)]
    following = in_thread(follower.run, followed)
    time.sleep(WARM)
    try:
        killer.run(seconds)
    finally:
        over.set()
        for load in loads:
            load.join()
        followed.set()
        following.join()


def _drain(product: Product, stored: Callable[[], int]) -> float:
    """Wait until all that was accepted is done; how many seconds that took."""
    began = time.monotonic()
    wanted = stored()
    while time.monotonic() - began < DRAIN:
        try:
            with product.session() as session:
                fetched = session.scalar(text("SELECT count(*) FROM arrivals"))
                if fetched == wanted and not undone(session):
                    break
        except SQLAlchemyError:
            pass
        time.sleep(0.2)
    return round(time.monotonic() - began, 1)


def _unheard(session: Session, follower: Follower) -> int:
    """Events that everybody may know of and our follower does not."""
    rows: Any = session.execute(text("SELECT seq FROM events WHERE audience = 'everyone'"))
    return len({seq for (seq,) in rows} - set(follower.seen))

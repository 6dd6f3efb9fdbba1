"""One run of chaos: set up, load, kill, wait until all is done, count."""

import random
import shutil
import threading
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
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


def run(seconds: float, seed: int, log: Path | None = None) -> Count:
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
        if log is not None:
            stack.callback(lambda: shutil.copy(product.log, log))
        drained = _drain(product, len(mailbox.letters()))
        follower.catch_up()
        with product.session() as session:
            found = count(session, customers, agents, killer.kills)
            unheard = _unheard(session, follower)
        found.figures |= {
            "seconds": seconds,
            "seed": seed,
            "letters_per_second": round(len(customers.written) / seconds, 1),
            "answers_per_second": round(len(agents.accepted) / seconds, 1),
            "answers_refused": dict(agents.refused),
            "drained_in_s": max(drained.values()),
            "drained": drained,
            "kills": {target: killer.counts.get(target, 0) for target in TARGETS},
            "follower": {
                "connections": follower.connections,
                "catch_ups": follower.catch_ups,
                "resets": follower.resets,
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


def _drain(product: Product, stored: int) -> dict[str, float]:
    """Wait until all that was accepted is done; after how many seconds each kind of work was."""
    began = time.monotonic()
    done = dict.fromkeys(("fetched", "read", "sent", "numbered"), 0.0)
    while (passed := time.monotonic() - began) < DRAIN:
        try:
            with product.session() as session:
                left = undone(session, stored)
        except SQLAlchemyError:
            left = dict.fromkeys(done, 1)
        done |= dict.fromkeys(left, round(passed, 1))
        if not left:
            break
        time.sleep(0.2)
    return done


def _unheard(session: Session, follower: Follower) -> int:
    """Events that everybody may know of and our follower does not."""
    rows: Any = session.execute(
        text("SELECT seq FROM events WHERE audience = 'everyone' AND seq > :loaded"),
        {"loaded": follower.loaded},
    )
    return len({seq for (seq,) in rows} - set(follower.seen))

"""Answers that wait to leave, until the last one lies at a mail server."""

import multiprocessing
import time
from multiprocessing.connection import Connection
from uuid import uuid4

from sqlalchemy import exists, func, select, text

from bench.report import Report, measured, rate
from bench.stack import make_owner, product_on, servers
from core.events import Event
from inbox.actions import NewReply, receive, reply
from inbox.models import Delivery, Message
from tests.makers import make_incoming, make_mailbox
from tests.peers.dovecot import Mailbox, open_dovecot
from tests.peers.smtp_faults import open_sink
from tests.product import Product, cpu_seconds

ANSWERS = 2_000
PATIENCE = 300.0


def measure(_: int, *, count: int = ANSWERS) -> Report:
    """Write answers into as many dialogs while sending is stopped, then let them go."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    sink = multiprocessing.get_context("spawn").Process(target=_sink, args=(theirs,), daemon=True)
    sink.start()
    port = int(ours.recv())
    try:
        with open_dovecot() as dovecot, servers() as running, product_on(running, "template0") as product:
            _fill(product, dovecot.mailbox(), port, count)
            _wait_until_told(product)
            roots = [product.pid, *running.pids]
            before = cpu_seconds(*roots)
            began = time.monotonic()
            with product.session() as session:
                session.execute(text("UPDATE workspace SET outbound_stopped = false"))
            took = _wait(product, count) - began
            used = cpu_seconds(*roots) - before
            ours.send("count")
            taken = int(ours.recv())
    finally:
        sink.terminate()
        sink.join()
    if taken != count:
        raise RuntimeError(f"{taken} of {count} answers reached the mail server")
    return Report(
        "outbox",
        {"answers": count},
        [
            rate("answers to SMTP", count, took, at_least=100, goal="≥ 100 messages/s"),
            measured("CPU per answer, all but the sink", used / count * 1000, "ms"),
        ],
    )


def _fill(product: Product, mailbox: Mailbox, smtp_port: int, count: int) -> None:
    with product.session() as session:
        agent = make_owner(session)
        session.execute(text("UPDATE workspace SET outbound_stopped = true"))
        channel = make_mailbox(session, mailbox, smtp_port, undo_seconds=0, settings={"sent_copies": False})
        for number in range(count):
            sender = {"address": f"customer{number}@customer.test", "name": "Max"}
            incoming = make_incoming(
                f"Where is order {number}?", customer=f"customer{number}", envelope={"from": sender}
            )
            dialog = receive(session, channel, incoming, dialog=None).dialog
            new = NewReply(client_uuid=str(uuid4()), text="It comes tomorrow, before noon.", force=True)
            reply(session, dialog, agent=agent, new=new)
        session.commit()


def _wait_until_told(product: Product) -> None:
    """Until everybody has heard of what was filled in, which is no part of sending it."""
    untold = select(exists().where(Event.seq.is_(None)))
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with product.session() as session:
            if not session.scalar(untold):
                return
        time.sleep(0.2)
    raise RuntimeError("the relay does not keep up")


def _wait(product: Product, count: int) -> float:
    """When the last one was sent."""
    end = time.monotonic() + PATIENCE
    sent = select(func.count()).select_from(Message).where(Message.delivery == Delivery.SENT)
    while time.monotonic() < end:
        with product.session() as session:
            found = session.scalar(sent) or 0
        if found >= count:
            return time.monotonic()
        time.sleep(0.2)
    raise RuntimeError(f"{found} of {count} answers in {PATIENCE:.0f} s")


def _sink(line: Connection) -> None:
    """A mail server in a process of its own."""
    with open_sink() as server:
        line.send(server.port)
        while line.recv() == "count":
            line.send(sum(len(each.recipients) for each in server.taken))

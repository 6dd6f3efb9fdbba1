"""Answers waiting to be sent, until the last one lies at a mail server, or with Telegram."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any
from uuid import uuid4

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from bench.report import Report, Row, measured, rate
from bench.stack import Servers, make_owner, product_on, servers
from channels.access import sealed
from core.events import Event
from inbox.actions import NewReply, receive, reply
from inbox.border import Author
from inbox.models import Channel, Delivery, Message
from people.models import Agent
from tests.makers import make_channel, make_incoming, make_mailbox
from tests.peers.dovecot import open_dovecot
from tests.peers.smtp_faults import open_sink
from tests.peers.telegram.server import TelegramPeer
from tests.product import Product, cpu_seconds

ANSWERS = 2_000
# Telegram takes 30 messages a second from a bot, and we keep to that: only several bots are faster.
BOTS = 5
PATIENCE = 300.0
Fill = Callable[[Session, Agent], None]


def measure(_: int, *, count: int = ANSWERS) -> Report:
    """Write answers into as many dialogs while sending is stopped, then let them go."""
    with servers() as running:
        rows = [*_to_smtp(running, count), *_to_telegram(running, count)]
    return Report("outbox", {"answers": count, "bots": BOTS}, rows)


def _to_smtp(running: Servers, count: int) -> list[Row]:
    with _peer(_sink) as sink, open_dovecot() as dovecot:
        port = int(sink.recv())

        def fill(session: Session, agent: Agent) -> None:
            settings = {"sent_copies": False}
            channel = make_mailbox(session, dovecot.mailbox(), port, undo_seconds=0, settings=settings)
            for number in range(count):
                name = f"customer{number}"
                envelope = {"from": {"address": f"{name}@customer.test", "name": "Max"}}
                _answered(session, agent, channel, number, customer=name, envelope=envelope)

        return _let_go(running, "SMTP", count, fill, sink)


def _to_telegram(running: Servers, count: int) -> list[Row]:
    with _peer(_telegram) as peer:
        peer.send(count // BOTS)
        told = peer.recv()

        def fill(session: Session, agent: Agent) -> None:
            for token, people in told["bots"].items():
                channel = make_channel(
                    session,
                    kind="telegram",
                    undo_seconds=0,
                    settings={**told["settings"], "mode": "poll"},
                    secrets=sealed({"token": token}),
                )
                for number, person in enumerate(people):
                    author = Author("telegram", str(person), str(person), "Max")
                    _answered(session, agent, channel, number, conversation=str(person), author=author)

        return _let_go(running, f"Telegram, {BOTS} bots", count // BOTS * BOTS, fill, peer)


def _answered(session: Session, agent: Agent, channel: Channel, number: int, **given: Any) -> None:
    """A dialog of its own with an answer that waits."""
    dialog = receive(
        session, channel, make_incoming(f"Where is order {number}?", **given), dialog=None
    ).dialog
    new = NewReply(client_uuid=str(uuid4()), text="It comes tomorrow, before noon.", force=True)
    reply(session, dialog, agent=agent, new=new)


def _let_go(running: Servers, whom: str, count: int, fill: Fill, peer: Connection) -> list[Row]:
    with product_on(running, "template0") as product:
        with product.session() as session:
            agent = make_owner(session)
            session.execute(text("UPDATE workspace SET outbound_stopped = true"))
            fill(session, agent)
            session.commit()
        _wait_until_told(product)
        roots = [product.pid, *running.pids]
        before, theirs = cpu_seconds(*roots), _asked(peer, "cpu")
        began = time.monotonic()
        with product.session() as session:
            session.execute(text("UPDATE workspace SET outbound_stopped = false"))
        took = _wait(product, count) - began
        used, theirs = cpu_seconds(*roots) - before, _asked(peer, "cpu") - theirs
    if (taken := int(_asked(peer, "count"))) != count:
        raise RuntimeError(f"{taken} of {count} answers reached {whom}")
    return [
        rate(f"answers to {whom}", count, took, at_least=100, goal="≥ 100 messages/s"),
        measured(f"CPU per answer to {whom}, all but its side", used / count * 1000, "ms"),
        measured(f"CPU per answer to {whom}, its side alone", theirs / count * 1000, "ms"),
    ]


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


@contextmanager
def _peer(play: Callable[[Connection], None]) -> Iterator[Connection]:
    """The other side, in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=play, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours
    finally:
        process.terminate()
        process.join()


def _sink(line: Connection) -> None:
    with open_sink() as server:
        line.send(server.port)
        _tell(line, lambda: sum(len(each.recipients) for each in server.taken))


def _telegram(line: Connection) -> None:
    people = int(line.recv())
    with TelegramPeer() as server:
        worlds = [server.add_bot(f"{5_000_000 + bot}:{'A' * 35}") for bot in range(BOTS)]
        bots = {
            world.token: [world.private(f"Max {number}").id for number in range(people)] for world in worlds
        }
        settings = {"api_base": server.api_base, "file_base": server.file_base}
        line.send({"settings": settings, "bots": bots})
        _tell(line, lambda: sum(len(chat.messages) for world in worlds for chat in world.chats.values()))


def _tell(line: Connection, taken: Callable[[], int]) -> None:
    """Say how many messages there are, or what they cost so far, to whoever asks."""
    while question := line.recv():
        line.send(taken() if question == "count" else time.process_time())


def _asked(peer: Connection, question: str) -> float:
    peer.send(question)
    return float(peer.recv())

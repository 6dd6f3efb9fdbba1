"""One event to many browsers: from the moment it is asked for until each of them has heard of it."""

import time
from dataclasses import dataclass
from uuid import uuid4

import orjson
from sqlalchemy.orm import Session

from bench.clients import Caller
from bench.crowd import crowd
from bench.report import Report, Row, measured, timed
from bench.stack import Servers, key_for, make_owner, product_on, servers
from bench.visitors import PLACES, make_visitors, ring_time, visitors
from people.actions import start_session
from people.models import Agent
from tests.makers import make_agent, make_channel, make_dialog
from tests.product import cpu_seconds, resident_bytes

EVENTS = 40
PEOPLE = 20
WARM = 10
PAUSE = 0.3
QUIET = 15.0
LIGHT = 80.0


@dataclass(frozen=True)
class Case:
    """So many browsers that hear of an event, and so many beside them that must not."""

    hearing: int
    beside: int
    limit_ms: float

    @property
    def browsers(self) -> int:
        """All of them."""
        return self.hearing + self.beside

    @property
    def name(self) -> str:
        """How the report calls it."""
        beside = f", {self.beside:,} beside them" if self.beside else ""
        return f"{self.hearing:,} browsers{beside}"


CASES = (Case(200, 2_000, 50), Case(1_000, 0, 120), Case(5_000, 0, 300))


def measure(size: int) -> Report:
    """Comments at a steady pace, heard by browsers that live in a process of their own."""
    with servers() as running:
        cases = [case for case in CASES if case.browsers <= size] or [Case(size, size, 50)]
        events = min(EVENTS, size)
        rows = [row for case in cases for row in _measure(running, case, events)]
        rows += _beside_visitors(running, min(200, size), min(2_000, size), events)
    return Report("fanout", {"events": events}, rows)


def _measure(running: Servers, case: Case, events: int) -> list[Row]:
    with product_on(running, "template0") as product:
        with product.session() as session:
            owner = make_owner(session)
            key = key_for(session, owner)
            hearing, others = _people(session, "Agent"), _people(session, "Other")
            members = [owner, *(agent for agent, _ in hearing)] if case.beside else []
            channel = make_channel(session, *members, kind="email", enabled=False)
        with product.session() as session:
            dialog = make_dialog(session, session.merge(channel)).id
        with crowd(product.port) as browsers:
            cookies = [hearing[number % PEOPLE][1] for number in range(case.hearing)]
            cookies += [others[number % PEOPLE][1] for number in range(case.beside)]
            caller = Caller(product.port, key)
            # The first half makes the processes touch memory that they shared; the second half is weighed.
            half = len(cookies) // 2
            browsers.open(cookies[:half])
            _comment(caller, dialog, min(WARM, events))
            before = resident_bytes(product.programs()["web"])
            browsers.open(cookies[half:])
            weight = (resident_bytes(product.programs()["web"]) - before) / half / 1000
            used = cpu_seconds(product.programs()["web"])
            asked = _comment(caller, dialog, events)
            used = (cpu_seconds(product.programs()["web"]) - used) / events / case.hearing
            heard = browsers.heard()
    seconds = [at - asked[number] for number, times in heard.items() if number in asked for at in times]
    return [
        timed(case.name, seconds, limit_ms=case.limit_ms, goal=f"p95 ≤ {case.limit_ms:g} ms"),
        measured(f"{case.name}, heard", len(seconds) / events / case.hearing * 100, "%"),
        measured(f"{case.name}, CPU of web each", used * 1e6, "µs"),
        measured(f"{case.name}, memory each", weight, "kB", at_most=LIGHT, goal=f"≤ {LIGHT:g} kB per socket"),
    ]


def _beside_visitors(running: Servers, agents: int, guests: int, events: int) -> list[Row]:
    """The same event to agents while visitors of a chat are connected, and what each of those weighs."""
    name = f"{agents:,} browsers, {guests:,} visitors beside them"
    with product_on(running, "template0", **PLACES) as product:
        with product.session() as session:
            owner = make_owner(session)
            key = key_for(session, owner)
            cookies = [cookie for _, cookie in _people(session, "Agent")]
            dialog = make_dialog(session, make_channel(session, kind="email", enabled=False)).id
            chat, tokens = make_visitors(session, guests)
        with crowd(product.port) as browsers, visitors(product.port, chat) as house:
            browsers.open([cookies[number % PEOPLE] for number in range(agents)])
            caller, half = Caller(product.port, key), guests // 2
            house.open(tokens[:half])
            _comment(caller, dialog, min(WARM, events))
            before = resident_bytes(product.programs()["web"])
            house.open(tokens[half:])
            weight = (resident_bytes(product.programs()["web"]) - before) / (guests - half) / 1000
            used, began = cpu_seconds(product.programs()["web"]), time.monotonic()
            time.sleep(min(QUIET, guests / 10))
            idle = (cpu_seconds(product.programs()["web"]) - used) / (time.monotonic() - began) * 100
            asked = _comment(caller, dialog, events)
            heard = browsers.heard()
            rang = [
                ring_time(product.port, chat, tokens, number, house) for number in range(min(events, guests))
            ]
    seconds = [at - asked[number] for number, times in heard.items() if number in asked for at in times]
    return [
        timed(name, seconds, limit_ms=50, goal="p95 ≤ 50 ms"),
        timed(f"{name}: a line → the visitor's bell", rang, limit_ms=100, goal="p95 ≤ 100 ms"),
        measured(f"{guests:,} visitors, CPU of web while nobody writes", idle, "% of a core", at_most=10.0),
        measured(f"{guests:,} visitors, memory each", weight, "kB", at_most=LIGHT, goal=f"≤ {LIGHT:g} kB"),
    ]


def _people(session: Session, name: str) -> list[tuple[Agent, str]]:
    """People who are signed in, each with a cookie."""
    agents = [make_agent(session, f"{name} {number}") for number in range(PEOPLE)]
    return [
        (agent, start_session(session, agent, address="127.0.0.1", user_agent="bench")) for agent in agents
    ]


def _comment(caller: Caller, dialog: int, count: int) -> dict[int, float]:
    """Write comments; when each was asked for."""
    asked = {}
    for _ in range(count):
        body = {"client_uuid": str(uuid4()), "text": "Who knows him?", "mentions": [], "attachments": []}
        began = time.monotonic()
        _, content = caller.call("POST", f"/api/dialogs/{dialog}/comments", body)
        asked[int(orjson.loads(content)["entry"]["id"])] = began
        time.sleep(PAUSE)
    time.sleep(2)
    return asked

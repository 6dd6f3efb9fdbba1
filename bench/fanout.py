"""One event to many browsers: from the moment it is asked for until each of them has heard of it."""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy.orm import Session

from bench.clients import Caller
from bench.report import Report, measured, timed
from bench.stack import key_for, make_owner, product_on, servers
from people.actions import start_session
from tests.browser_socket import BrowserSocket
from tests.makers import make_agent, make_channel, make_dialog
from tests.product import resident_bytes

CROWDS = {200: 50.0, 1_000: 120.0}
EVENTS = 40
PEOPLE = 10
PAUSE = 0.25
LIGHT = 80.0


def measure(_: int) -> Report:
    """Comments at a steady pace, heard by browsers that live in a process of their own."""
    rows = []
    with servers() as running:
        for crowd, limit in CROWDS.items():
            with product_on(running, "template0") as product:
                with product.session() as session:
                    key = key_for(session, make_owner(session))
                    dialog = make_dialog(session, make_channel(session, kind="email", enabled=False)).id
                    cookies = _people(session)
                with _browsers(product.port, cookies, crowd) as line:
                    line.recv()
                    before = resident_bytes(product.programs()["web"])
                    line.send("the others")
                    line.recv()
                    more = resident_bytes(product.programs()["web"]) - before
                    weight = more / (crowd - PEOPLE) / 1000
                    asked = _comment(Caller(product.port, key), dialog)
                    line.send("enough")
                    heard: dict[str, list[float]] = line.recv()
                seconds = [at - asked[name] for name, times in heard.items() if name in asked for at in times]
                rows.append(timed(f"{crowd} browsers", seconds, limit_ms=limit, goal=f"p95 ≤ {limit:.0f} ms"))
                rows.append(measured(f"{crowd} browsers, heard", len(seconds) / EVENTS / crowd * 100, "%"))
                goal = f"≤ {LIGHT:.0f} kB per socket"
                rows.append(
                    measured(f"{crowd} browsers, memory each", weight, "kB", at_most=LIGHT, goal=goal)
                )
    return Report("fanout", {"events": EVENTS}, rows)


@contextmanager
def _browsers(port: int, cookies: list[str], crowd: int) -> Iterator[Connection]:
    """A process full of browsers; the line says when all are there, and what they heard when."""
    context = multiprocessing.get_context("spawn")
    line, theirs = context.Pipe()
    process = context.Process(target=_crowd, args=(theirs, port, cookies, crowd), daemon=True)
    process.start()
    try:
        yield line
    finally:
        process.join(30)
        process.kill()


def _people(session: Session) -> list[str]:
    """Cookies of people who are signed in."""
    return [
        start_session(
            session, make_agent(session, f"Agent {number}"), address="127.0.0.1", user_agent="bench"
        )
        for number in range(PEOPLE)
    ]


def _comment(caller: Caller, dialog: int) -> dict[str, float]:
    """Write comments; when each was asked for, by its place in the timeline."""
    asked = {}
    for _ in range(EVENTS):
        body = {"client_uuid": str(uuid4()), "text": "Who knows him?", "mentions": [], "attachments": []}
        began = time.monotonic()
        _, content = caller.call("POST", f"/api/dialogs/{dialog}/comments", body)
        asked[str(orjson.loads(content)["entry"]["id"])] = began
        time.sleep(PAUSE)
    time.sleep(1)
    return asked


def _crowd(line: Connection, port: int, cookies: list[str], crowd: int) -> None:
    asyncio.run(_listen(line, port, cookies, crowd))


async def _listen(line: Connection, port: int, cookies: list[str], crowd: int) -> None:
    heard: dict[str, list[float]] = {}
    sockets = []
    for number in range(crowd):
        sockets.append(await BrowserSocket.open(port, cookies[number % len(cookies)]))
        if number + 1 == PEOPLE:
            line.send("the first are there")
            await asyncio.to_thread(line.recv)
    tasks = [asyncio.create_task(_hear(socket, heard)) for socket in sockets]
    line.send("all are there")
    await asyncio.to_thread(line.recv)
    for task in tasks:
        task.cancel()
    line.send(heard)


async def _hear(socket: BrowserSocket, heard: dict[str, list[float]]) -> None:
    async for said in socket.events():
        at = time.monotonic()
        if said.name == "frame":
            for item in said.value["items"]:
                note: Any = item["details"].get("comment_id")
                if item["kind"] == "comment.added":
                    heard.setdefault(str(note), []).append(at)

"""Whoever follows events ends with what a fresh look shows, and learns of nothing they may not see.

Random doings of customers and agents; two screens catch up now and then, in pieces, some of them twice and
in the wrong order. Ben does not belong to the second channel.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

import core.db
from inbox.models import Dialog
from people.models import Agent
from tests.ground.browsing import Browser
from tests.ground.moment import FrozenClock
from tests.ground.settling import Settle
from tests.makers import make_agent, make_channel, make_dialog, make_message, make_reply
from tests.peers.fake import Outside

Browse = Callable[[Agent], Browser]
DOINGS = (
    "begin", "begin", "write", "write", "answer", "complete", "snooze", "reopen", "take", "comment",
    "time", "look", "look",
)  # fmt: skip
OWN = ("unread",)


class Screen:
    """What a browser knows: rows by dialog, and up to which event."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._versions: dict[int, int] = {}
        self._missed: list[dict[str, Any]] = []
        self.heard: set[str] = set()
        self.rows = self.fresh()
        self.upto = int(browser.api("GET", "/api/events?after=0")["upto"])

    def fresh(self) -> dict[int, dict[str, Any]]:
        """What a page that is loaded now would show, in all lists together."""
        found: dict[int, dict[str, Any]] = {}
        for state in ("open", "snoozed", "completed"):
            rows = self._browser.api("GET", f"/api/feed?state={state}&limit=100")["rows"]
            found |= {row["id"]: _shared(row) for row in rows}
        return found

    def look(self, chance: random.Random) -> None:
        """Ask for what came; keep some of the answers for later, and hear some twice."""
        batch = self._browser.api("GET", f"/api/events?after={self.upto}")
        assert not batch["reset"]
        numbers = [item["seq"] for item in batch["items"]]
        assert numbers == sorted(set(numbers))
        self.upto = batch["upto"]
        self._missed.append(batch)
        if chance.random() < 0.5:
            self.hear(chance)

    def hear(self, chance: random.Random) -> None:
        """Take in what was kept, in any order, each once or twice."""
        batches = self._missed * chance.choice((1, 2))
        chance.shuffle(batches)
        self._missed = []
        for batch in batches:
            for item in batch["items"]:
                self._take(item, batch["upto"])

    def _take(self, item: dict[str, Any], upto: int) -> None:
        self.heard.add(item["topic"])
        row = item["row"]
        if row is not None and upto >= self._versions.get(row["id"], 0):
            self._versions[row["id"]] = upto
            self.rows[row["id"]] = _shared(row)


@hypothesis_settings(max_examples=10)
@given(doings=st.lists(st.sampled_from(DOINGS), min_size=5, max_size=25), seed=st.integers(0, 2**16))
def play(
    given: tuple[Connection, Outside, Settle, FrozenClock, Browse], doings: list[str], seed: int
) -> None:
    """One run: do things, look now and then, compare at the end."""
    connection, outside, settle, clock, browse = given
    savepoint = connection.begin_nested()
    try:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            _run(session, settle, clock, browse, doings, random.Random(seed))
    finally:
        core.db.bind_sessions(connection, join_transaction_mode="create_savepoint")
        savepoint.rollback()
        outside.sent.clear()


def test_screens_end_in_step_and_hear_of_nothing_they_may_not_see(
    database: Connection, outside: Outside, settle: Settle, clock: FrozenClock, browse: Browse
) -> None:
    play((database, outside, settle, clock, browse))


def _run(
    session: Session,
    settle: Settle,
    clock: FrozenClock,
    browse: Browse,
    doings: list[str],
    chance: random.Random,
) -> None:
    ann, ben = make_agent(session, "Ann"), make_agent(session, "Ben")
    channels = [make_channel(session), make_channel(session, ann, name="Secret")]
    screens = {ann: Screen(browse(ann)), ben: Screen(browse(ben))}
    desk = browse(ann)
    for doing in doings:
        if doing == "look":
            chance.choice(list(screens.values())).look(chance)
        else:
            _do(session, desk, clock, doing, chance, channels)
            settle()
    session.expire_all()
    hidden = {
        dialog.topic for dialog in session.scalars(select(Dialog)) if dialog.channel_id != channels[0].id
    }
    for agent, screen in screens.items():
        screen.look(chance)
        screen.hear(chance)
        assert screen.rows == screen.fresh()
        assert agent is ann or not screen.heard & hidden


def _do(
    session: Session,
    desk: Browser,
    clock: FrozenClock,
    doing: str,
    chance: random.Random,
    channels: list[Any],
) -> None:
    session.expire_all()
    dialogs = list(session.scalars(select(Dialog).order_by(Dialog.id)))
    if doing == "begin" or not dialogs:
        make_dialog(session, chance.choice(channels), customer=chance.choice(("Max", "Mia")))
        return
    dialog = chance.choice(dialogs)
    path = f"/api/dialogs/{dialog.id}"
    if doing == "write":
        make_message(session, dialog)
    elif doing == "answer":
        make_reply(session, dialog, then=chance.choice(("stay", "complete", "snooze_until_reply")))
    elif doing == "snooze":
        until = (clock.now + timedelta(hours=1)).isoformat()
        desk.api("POST", f"{path}/snooze", {"until": until, "mode": "either"})
    elif doing == "time":
        clock.forward(minutes=chance.choice((1, 30, 90)))
    elif doing == "comment":
        desk.api(
            "POST",
            f"{path}/comments",
            {"client_uuid": str(UUID(int=chance.getrandbits(128), version=4)), "text": "Who knows him?"},
        )
    else:
        desk.api("POST", f"{path}/{doing}", {}, status=None)


def _shared(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in OWN}

"""`emptyfeed arrivals` on a database with parked and read arrivals."""

import json

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from app.commands.arrivals import arrivals
from channels.adapter import RawEvent
from channels.intake import accept, read_arrivals
from channels.models import Arrival
from core.db import transaction
from tests.makers import make_channel
from tests.peers.fake import Outside

pytestmark = pytest.mark.usefixtures("live_database", "valkey")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(arrivals, arguments)


@pytest.fixture
def parked(live_database: str, outside: Outside) -> tuple[int, int]:
    """One arrival that was read, and one that cannot be read and is parked."""
    with transaction() as session:
        channel = make_channel(session)
    outside.says(channel, "Hello")
    with transaction() as session:
        accept(session, channel, [RawEvent("bad", "bad", {"unreadable": True}, raw=b"From: nobody\r\n\r\n?")])
    read_arrivals()
    with transaction() as session:
        good, bad = session.scalars(select(Arrival).order_by(Arrival.id))
        bad.state, bad.reason = "quarantined", "ValueError: this cannot be read"
        return good.id, bad.id


def test_the_list_says_what_became_of_each(parked: tuple[int, int]) -> None:
    good, bad = parked
    lines = [json.loads(line) for line in run("list", "--json").output.splitlines()]
    assert [(line["id"], line["state"]) for line in lines] == [(bad, "quarantined"), (good, "read")]
    only = run("list", "--state", "quarantined").output
    assert "this cannot be read" in only
    assert len(only.splitlines()) == 1


@pytest.mark.requirement("I32")
def test_a_parked_letter_can_be_seen_as_it_came(parked: tuple[int, int]) -> None:
    assert run("show", str(parked[1]), "--raw").stdout_bytes == b"From: nobody\r\n\r\n?"
    assert json.loads(run("show", str(parked[1])).output)["reason"] == "ValueError: this cannot be read"


@pytest.mark.requirement("I32")
def test_replay_reads_what_is_parked_and_nothing_else(parked: tuple[int, int]) -> None:
    good, bad = parked
    assert run("replay", str(good), str(bad)).output == "1 to be read again.\n"
    with transaction() as session:
        states = {each.id: each.state for each in session.scalars(select(Arrival))}
    assert states == {good: "read", bad: "fetched"}


def test_all_that_is_parked_can_be_replayed_at_once(parked: tuple[int, int]) -> None:
    assert run("replay", "--parked").output == "1 to be read again.\n"
    assert run("replay", "--parked").output == "0 to be read again.\n"


def test_replay_asks_for_what_it_needs(parked: tuple[int, int]) -> None:
    assert run("replay").exit_code == 2
    assert run("show", "999999").exit_code == 1

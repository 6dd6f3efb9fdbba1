"""Visitors' sockets and the whole way of a line, against the real processes, PostgreSQL and Valkey."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
import simple_websocket
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from channels.webchat.models import Visitor
from inbox.models import Channel, Dialog, Message
from people import actions as people
from people.models import Role
from tests.channels.webchat.browser import VisitorBrowser
from tests.makers import make_agent, make_channel
from tests.product import Product, running_product

PATIENCE = 20.0


class _Client(simple_websocket.Client):
    """The library's client, which says what it is connected to as browsers do: with the port."""

    def handshake(self) -> None:
        self.host = f"{self.host}:{self.port}"
        super().handshake()


class Ear:
    """The socket of a visitor's browser, with all that rang."""

    def __init__(self, browser: VisitorBrowser, *, origin: str = "") -> None:
        place = f"{browser.address.replace('http', 'ws', 1)}/w/{browser.key}/socket"
        self.socket = _Client(place, headers={"Origin": origin or browser.address})
        self.rang: list[dict[str, Any]] = []

    def greet(self, token: str) -> "Ear":
        self.say({"token": token})
        return self

    def say(self, told: Any) -> None:
        self.socket.send(told if isinstance(told, str | bytes) else json.dumps(told))

    def hears(self, name: str, value: Any, seconds: float = PATIENCE) -> bool:
        """Whether it rings that a member of this name has this value."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            told = self.socket.receive(timeout=0.2)
            if told is not None:
                self.rang.append(json.loads(told))
                if self.rang[-1].get(name) == value:
                    return True
        return False

    def close(self) -> None:
        with suppress(simple_websocket.ConnectionClosed, OSError):
            self.socket.close()
        self.socket.sock.close()

    def is_shut(self, seconds: float = PATIENCE) -> bool:
        """Whether the server ends it in time."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                self.socket.receive(timeout=0.2)
            except simple_websocket.ConnectionClosed:
                return True
        return False


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """Everything a line passes."""
    with running_product(processes="web relay clock worker") as running:
        yield running


@pytest.fixture
def rows(product: Product) -> Iterator[Session]:
    engine = create_engine(product.database_url, poolclass=NullPool)
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def channel(rows: Session) -> Channel:
    settings = {"key": uuid4().hex, "sites": "shop.example", "hours": "always"}
    return make_channel(rows, kind="webchat", name="Shop", address="", settings=settings, undo_seconds=0)


@pytest.fixture
def max_(product: Product, channel: Channel) -> Iterator[VisitorBrowser]:
    browser = VisitorBrowser(product.url, channel.settings["key"])
    browser.open()
    yield browser
    browser.http.close()


Ears = Callable[..., Ear]


@pytest.fixture
def connect(max_: VisitorBrowser) -> Iterator[Ears]:
    """Open a socket of Max's browser."""
    made: list[Ear] = []

    def connect(**given: Any) -> Ear:
        made.append(Ear(max_, **given))
        return made[-1]

    yield connect
    for each in made:
        each.close()


@pytest.fixture
def answering(product: Product, rows: Session) -> Callable[[int, str], int]:
    """Ann answers in a dialog."""
    ann = make_agent(rows, "Ann", role=Role.AGENT, email=f"{uuid4().hex}@helpdesk.test")
    key = people.issue_token(rows, agent=ann, name="Test", scopes=["write"], expires_at=None)
    rows.commit()

    def answer(dialog_id: int, text: str) -> int:
        told = {"client_uuid": str(uuid4()), "text": text, "force": True}
        status, said = product.request("POST", f"/api/dialogs/{dialog_id}/replies", told, key=key)
        assert status == 200, said
        return int(said["entry"]["id"])

    return answer


def dialog_of(rows: Session, channel: Channel) -> Dialog:
    """The dialog of the channel, once there is one."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        rows.rollback()
        found = rows.scalar(select(Dialog).where(Dialog.channel_id == channel.id))
        if found is not None:
            return found
        time.sleep(0.05)
    raise AssertionError("no dialog came")


@pytest.mark.requirement("CHN-05")
def test_what_a_visitor_writes_is_answered_and_the_bell_rings(
    connect: Ears, max_: VisitorBrowser, rows: Session, channel: Channel, answering: Callable[[int, str], int]
) -> None:
    ear = connect().greet(max_.token)
    assert ear.hears("seq", 0)
    max_.say("Where is my parcel?")
    assert ear.hears("seq", 1)
    dialog = dialog_of(rows, channel)
    number = answering(dialog.id, "It comes tomorrow.")
    assert ear.hears("seq", 2)
    line = max_.sync(after_seq=1)["lines"][0]
    assert (line["from"], line["text"], line["author"]["name"]) == ("agent", "It comes tomorrow.", "Ann")
    max_.ask("POST", "/api/read", json={"seq": 2})
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        rows.rollback()
        if rows.scalar(select(Message.delivery).where(Message.id == number)) == "read":
            break
        time.sleep(0.05)
    assert rows.scalar(select(Message.delivery).where(Message.id == number)) == "read"


@pytest.mark.parametrize(
    "said",
    ["", "null", "[]", "{}", '{"token": 1}', '{"token": "x", "more": 1}', "x" * 2000, b"\x00"],
    ids=["empty", "null", "list", "nothing", "number", "more", "long", "bytes"],
)
def test_whoever_greets_wrongly_is_shown_out(connect: Ears, max_: VisitorBrowser, said: str | bytes) -> None:
    ear = connect()
    ear.say(said)
    assert ear.is_shut()


def test_a_token_nobody_has_opens_no_socket(connect: Ears, max_: VisitorBrowser) -> None:
    assert connect().greet("x" * 43).is_shut()


def test_whoever_says_nothing_is_shown_out_within_seconds(connect: Ears, max_: VisitorBrowser) -> None:
    began = time.monotonic()
    assert connect().is_shut(10)
    assert time.monotonic() - began < 9


def test_another_site_opens_no_socket(connect: Ears, max_: VisitorBrowser) -> None:
    ear = connect(origin="https://evil.example")
    assert ear.is_shut()


@pytest.mark.parametrize("said", ['{"typing": true, "read": 1}', '{"typing": 2}', '{"say": "hello"}', "x"])
def test_anything_else_ends_the_socket_and_nothing_more(
    connect: Ears, max_: VisitorBrowser, said: str
) -> None:
    ear = connect().greet(max_.token)
    assert ear.hears("seq", 0)
    ear.say(said)
    assert ear.is_shut()
    assert max_.sync()["seq"] == 0


def test_a_visitor_has_a_few_sockets_and_no_more(connect: Ears, max_: VisitorBrowser) -> None:
    ears = [connect().greet(max_.token) for _ in range(10)]
    assert all(ear.hears("seq", 0) for ear in ears)
    shut = connect().greet(max_.token).is_shut(2)
    # There are two web processes, and each counts its own.
    assert shut or connect().greet(max_.token) is not None


def test_that_the_visitor_writes_is_told_without_a_row(
    connect: Ears, max_: VisitorBrowser, rows: Session, channel: Channel
) -> None:
    max_.say("Hello")
    dialog_of(rows, channel)
    ear = connect().greet(max_.token)
    assert ear.hears("seq", 1)
    for _ in range(3):
        ear.say({"typing": 1})
    max_.say("Hello again")
    assert ear.hears("seq", 2)
    rows.rollback()
    assert rows.scalar(select(Visitor.last_seq).where(Visitor.channel_id == channel.id)) == 2

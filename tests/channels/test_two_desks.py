"""Two desks that answer by themselves write to each other: they stop by themselves."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import core.db
from channels.access import shelf
from core.config import get_settings
from core.db import transaction
from inbox.models import Dialog, Message
from tests.channels.email.letters import make_letter
from tests.channels.paper import ACKNOWLEDGES, Handed, PaperPost, make_paper_mailbox
from tests.ground.database import Cluster
from tests.ground.moment import FrozenClock

pytestmark = pytest.mark.requirement("I24")

ROUNDS = 50


class Desk:
    """One installation: a database, keys and a mailbox of its own."""

    def __init__(self, url: str, keys: str, address: str, patch: pytest.MonkeyPatch) -> None:
        self._engine = core.db.create_engine(url)
        self._keys = keys
        self._patch = patch
        self.address = address
        with self.open() as session:
            self.mailbox = make_paper_mailbox(session, address, settings=ACKNOWLEDGES)

    @contextmanager
    def open(self) -> Iterator[Session]:
        """Let everything that is done inside be done by this installation."""
        with self._patch.context() as patch:
            patch.setenv("SECRET_KEYS", self._keys)
            patch.setattr(core.db, "_engine", self._engine)
            core.db.bind_sessions(self._engine, join_transaction_mode="conditional_savepoint")
            get_settings.cache_clear()
            with Session(self._engine, expire_on_commit=False) as session:
                yield session
        shelf.close()
        get_settings.cache_clear()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def takes(self, paper: PaperPost, letters: list[bytes]) -> list[Handed]:
        """Letters arrive; what this desk writes because of them."""
        with self.open():
            paper.arrives(self.mailbox, *letters)
            return paper.goes_out()

    def counts(self) -> tuple[int, int]:
        """How many dialogs there are, and the most automatic answers in one of them."""
        with self.open():
            automatic = (
                select(func.count().label("number"))
                .select_from(Message)
                .where(Message.cause.is_not(None))
                .group_by(Message.dialog_id)
                .subquery()
            )
            with transaction() as session:
                dialogs = session.scalar(select(func.count()).select_from(Dialog)) or 0
                return dialogs, session.scalar(select(func.max(automatic.c.number))) or 0


@pytest.fixture
def desks(
    paper: PaperPost, cluster: Cluster, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Desk, Desk]]:
    urls = [cluster.make() for _ in range(2)]
    addresses = ("help@shop.test", "support@works.test")
    pair = [
        Desk(url, f"the key of {address} and long enough to be one", address, monkeypatch)
        for url, address in zip(urls, addresses, strict=True)
    ]
    yield pair[0], pair[1]
    for desk in pair:
        desk.close()
    for url in urls:
        cluster.drop(url)


def travelled(handed: Handed) -> bytes:
    """A letter after its way: servers write down where it came from."""
    return f"Return-Path: <{handed.sender}>\r\nReceived: from a.test by b.test; x\r\n".encode() + handed.raw


def stripped(handed: Handed, number: int) -> bytes:
    """What a robot without manners answers: a name of its own, no references, nothing that says robot."""
    sender, to = str(handed.letter["To"]), str(handed.letter["From"])
    name = f"<robot-{number}@works.test>"
    return make_letter(
        f"Ticket {number} was opened", subject=f"[{number}]", sender=sender, to=to, message_id=name
    )


def test_two_desks_that_acknowledge_everything_stop_by_themselves(
    paper: PaperPost, desks: tuple[Desk, Desk], clock: FrozenClock
) -> None:
    shop, works = desks
    on_the_way = {shop: [make_letter(sender=works.address, to=shop.address, message_id="<0@works.test>")]}
    written = 0
    for _ in range(ROUNDS):
        following: dict[Desk, list[bytes]] = {}
        for desk, letters in on_the_way.items():
            other = works if desk is shop else shop
            handed = desk.takes(paper, letters)
            written += len(handed)
            if handed:
                following[other] = [travelled(each) for each in handed]
        on_the_way = following
        clock.forward(seconds=30)
    assert written == 1
    assert (shop.counts(), works.counts()) == ((1, 1), (1, 0))


def test_a_robot_that_hides_what_it_is_gets_three_answers_a_day(
    paper: PaperPost, desks: tuple[Desk, Desk], clock: FrozenClock
) -> None:
    shop, works = desks
    letters = [make_letter(sender=works.address, to=shop.address, message_id="<0@works.test>")]
    answers: list[Handed] = []
    for number in range(1, ROUNDS + 1):
        handed = shop.takes(paper, letters)
        answers += handed
        heard = handed or answers[-1:]
        letters = [stripped(each, number) for each in heard]
        clock.forward(seconds=30)
    dialogs, most = shop.counts()
    assert (len(answers), most) == (3, 1)
    assert dialogs == ROUNDS
    clock.forward(hours=25)
    again = shop.takes(paper, [stripped(answers[0], ROUNDS + 1).replace(b"10 Mar 2027", b"11 Mar 2027")])
    assert len(again) == 1

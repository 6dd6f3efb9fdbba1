"""A letter that somebody answered in another mail program: said in its dialog, once (I34)."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.adapter import RawEvent
from channels.email.message_ids import thread_root
from channels.intake import accept, read_arrivals
from channels.models import Arrival, ArrivalState
from core.clock import now
from core.db import transaction
from core.events import Event
from inbox.models import Channel, Dialog
from tests.channels.email.letters import make_letter
from tests.channels.paper import PaperPost, make_paper_mailbox
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_reply

pytestmark = pytest.mark.requirement("I34")
KEY = "INBOX:7:1"


@pytest.fixture
def shop(session: Session, paper: PaperPost, clock: FrozenClock) -> Channel:
    return make_paper_mailbox(session)


def comes(channel: Channel, *, read: bool = True) -> None:
    raw = make_letter("Where is it?")
    told = {"received_at": now().isoformat(), "folder": "INBOX"}
    with transaction() as session:
        accept(session, channel, [RawEvent(KEY, thread_root(raw), told, raw)])
    if read:
        read_arrivals()


def is_marked(channel: Channel, key: str = KEY) -> None:
    with transaction() as session:
        accept(session, channel, [RawEvent(f"{key}:answered", f"{key}:answered", {"answered": key})])
    read_arrivals()


def said(session: Session) -> list[str]:
    session.expire_all()
    return list(session.scalars(select(Event.topic).where(Event.kind == "message.answered_elsewhere")))


def test_it_is_said_once_and_changes_nothing_else(session: Session, shop: Channel) -> None:
    comes(shop)
    is_marked(shop)
    is_marked(shop)
    dialog = session.scalars(select(Dialog)).one()
    assert said(session) == [dialog.topic]
    assert (dialog.state, dialog.waiting_since is not None) == ("open", True)


def test_our_own_answer_is_not_news(session: Session, shop: Channel, paper: PaperPost) -> None:
    comes(shop)
    make_reply(session, session.scalars(select(Dialog)).one(), "On its way.", agent=make_agent(session))
    is_marked(shop)
    assert said(session) == []


def test_the_mark_of_a_letter_we_never_took_says_nothing(session: Session, shop: Channel) -> None:
    is_marked(shop, "INBOX:7:99")
    assert said(session) == []
    assert session.scalars(select(Arrival.state)).one() == ArrivalState.IGNORED


def test_a_mark_that_overtakes_its_letter_waits_for_it(
    session: Session, shop: Channel, clock: FrozenClock
) -> None:
    comes(shop, read=False)
    with transaction() as other:
        other.scalars(select(Arrival)).one().due_at = now().replace(year=now().year + 1)
    is_marked(shop)
    assert said(session) == []
    with transaction() as other:
        for each in other.scalars(select(Arrival)):
            each.due_at = now()
    read_arrivals()
    clock.forward(minutes=5)
    read_arrivals()
    assert len(said(session)) == 1

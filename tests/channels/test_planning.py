"""What leaves carries what it answers, if it is to."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inbox.models import Channel, Dialog, Message
from inbox.recipients import Address
from tests.channels.email.letters import make_letter
from tests.channels.paper import Handed, PaperPost, make_paper_mailbox
from tests.makers import make_reply

pytestmark = pytest.mark.requirement("O1")


@pytest.fixture
def channel(session: Session, paper: PaperPost) -> Channel:
    return make_paper_mailbox(session)


@pytest.fixture
def dialog(session: Session, paper: PaperPost, channel: Channel) -> Dialog:
    paper.arrives(channel, make_letter("Где моя посылка? Я жду её уже неделю."))
    return session.scalars(select(Dialog)).one()


def left(session: Session, paper: PaperPost, dialog: Dialog, **given: Any) -> Handed:
    make_reply(session, dialog, "Она уже в пути.", **given)
    (handed,) = paper.goes_out()
    return handed


def test_an_answer_carries_the_letter_in_its_own_language(
    session: Session, paper: PaperPost, dialog: Dialog
) -> None:
    handed = left(session, paper, dialog, quote=True)
    assert "Она уже в пути.\n" in handed.text
    assert "Max <max@customer.test> пишет:\n> Где моя посылка? Я жду её уже неделю." in handed.text
    html = handed.letter.get_body(("html",))
    assert html is not None
    assert "<blockquote" in html.get_content()


def test_what_the_agent_wrote_stands_alone_in_our_own_timeline(
    session: Session, paper: PaperPost, dialog: Dialog
) -> None:
    left(session, paper, dialog, quote=True)
    message = session.scalars(select(Message).where(Message.direction == "out")).one()
    assert message.text == "Она уже в пути."


def test_without_being_asked_nothing_is_quoted(session: Session, paper: PaperPost, dialog: Dialog) -> None:
    assert left(session, paper, dialog).text.strip() == "Она уже в пути."


def test_a_letter_is_passed_on_as_a_forward(session: Session, paper: PaperPost, dialog: Dialog) -> None:
    handed = left(
        session, paper, dialog, quote=True, subject="Fwd: Parcel", to=[Address("courier@elsewhere.test")]
    )
    assert handed.letter["Subject"] == "Fwd: Parcel"
    assert "От: Max <max@customer.test>" in handed.text


def test_an_answer_to_somebodys_forward_is_still_an_answer(
    session: Session, paper: PaperPost, dialog: Dialog
) -> None:
    handed = left(session, paper, dialog, quote=True, subject="Fwd: Parcel")
    assert handed.letter["Subject"] == "Re: Parcel"
    assert "\n> Где моя посылка?" in handed.text


def test_a_second_answer_quotes_the_letter_and_not_the_first(
    session: Session, paper: PaperPost, dialog: Dialog
) -> None:
    left(session, paper, dialog, quote=True)
    handed = left(session, paper, dialog, quote=True)
    assert handed.text.count("Она уже в пути.") == 1

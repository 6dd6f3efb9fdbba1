"""Whom an answer reaches: what the screen is told of a letter's people, and what is then sent."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from inbox.models import Dialog, Message
from people.models import Agent
from tests.ground.browsing import Browser
from tests.makers import make_agent, make_channel, make_dialog
from tests.peers.fake import Outside

Browse = Callable[[Agent], Browser]

MIA = {"address": "mia@customer.test", "name": "Mia"}
LETTER: dict[str, Any] = {
    "from": {"address": "max@customer.test", "name": "Max"},
    "to": [
        {"address": "Support@helpdesk.test", "name": ""},
        MIA,
        {"address": "sales@helpdesk.test", "name": ""},
    ],
    "cc": [{"address": "boss@customer.test", "name": "Boss"}],
}


@pytest.fixture
def desk(session: Session, browse: Browse, outside: Outside) -> Browser:
    """Ann at her screen."""
    return browse(make_agent(session))


def letter(session: Session, *, warnings: tuple[str, ...] = (), **envelope: Any) -> Dialog:
    """A letter of Max's to us, to Mia and to our other mailbox, of which Boss gets a copy."""
    channel = make_channel(session, settings={"aliases": "sales@helpdesk.test, hello@helpdesk.test"})
    return make_dialog(session, channel, envelope={**LETTER, **envelope}, warnings=warnings)


def answer(session: Session, desk: Browser, dialog: Dialog, **body: Any) -> dict[str, list[str]]:
    """Whom an answer went to, by role."""
    told = {"client_uuid": str(uuid4()), "text": "Here it is.", **body}
    entry = desk.api("POST", f"/api/dialogs/{dialog.id}/replies", told)["entry"]
    message = session.get_one(Message, entry["id"])
    return {
        role: [each.address for each in message.recipients if each.role == role]
        for role in ("to", "cc", "bcc")
    }


@pytest.mark.requirement("I14")
def test_the_people_of_a_letter_are_told_and_which_of_them_are_us(session: Session, desk: Browser) -> None:
    dialog = letter(session, reply_to=[{"address": "max@home.test", "name": ""}])
    page = desk.api("GET", f"/api/dialogs/{dialog.id}")
    (message,) = [each for each in page["timeline"] if each["type"] == "message"]
    assert [(each["address"], each["role"]) for each in message["recipients"]] == [
        ("Support@helpdesk.test", "to"),
        ("mia@customer.test", "to"),
        ("sales@helpdesk.test", "to"),
        ("boss@customer.test", "cc"),
    ]
    assert message["reply_to"] == [{"address": "max@home.test", "name": ""}]
    assert page["ours"] == ["sales@helpdesk.test", "support@helpdesk.test"]  # and not those it does not name


@pytest.mark.requirement("I14")
def test_an_answer_goes_to_exactly_those_it_names(session: Session, desk: Browser) -> None:
    assert answer(session, desk, letter(session), to=[MIA], cc=[]) == {
        "to": ["mia@customer.test"],
        "cc": [],
        "bcc": [],
    }


@pytest.mark.requirement("I14")
def test_an_answer_that_names_nobody_goes_to_everybody_but_us(session: Session, desk: Browser) -> None:
    assert answer(session, desk, letter(session)) == {
        "to": ["max@customer.test"],
        "cc": ["mia@customer.test", "boss@customer.test"],
        "bcc": [],
    }


@pytest.mark.requirement("I14")
def test_who_got_a_letter_blind_answers_its_sender_alone(session: Session, desk: Browser) -> None:
    dialog = letter(session, warnings=("blind_copy",), to=[MIA])
    assert answer(session, desk, dialog) == {"to": ["max@customer.test"], "cc": [], "bcc": []}


def test_many_people_can_be_answered_at_once(session: Session, desk: Browser) -> None:
    many = [{"address": f"friend{number}@customer.test", "name": ""} for number in range(200)]
    assert len(answer(session, desk, letter(session), to=[MIA], cc=many)["cc"]) == 200

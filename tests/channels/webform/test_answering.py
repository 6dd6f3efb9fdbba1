"""Answers to a form leave by its mailbox and come back into the same dialog; a form without one says so."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.acknowledgement import TEXTS, set_acknowledgement
from channels.webform.actions import answer_by
from core.errors import Invalid
from inbox.actions import NewReply, reply
from inbox.models import Channel, Delivery, Dialog, Message
from people.models import Agent
from tests.channels.email.letters import make_letter
from tests.channels.paper import PaperPost, make_paper_mailbox
from tests.channels.webform.filling import Filler, come_in, make_form
from tests.ground.browsing import Browser
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_channel

Browse = Callable[[Agent], Browser]
PROVEN = "mx.helpdesk.test; dmarc=pass header.from=customer.test"


@pytest.fixture
def mailbox(session: Session, paper: PaperPost) -> Channel:
    return make_paper_mailbox(session, undo_seconds=0)


def fill_in(app: Flask, session: Session, clock: FrozenClock, form: object, **words: str) -> Dialog:
    filler = Filler(app, form)  # type: ignore[arg-type]
    filler.open()
    clock.forward(seconds=20)
    told = {"name": "Max", "email": "max@customer.test", "message": "Where is my parcel?", **words}
    assert filler.send(told).status_code == 303
    come_in(session)
    return session.scalars(select(Dialog).order_by(Dialog.id.desc()).limit(1)).one()


def answer(session: Session, dialog: Dialog, text: str = "It comes tomorrow.") -> Message:
    message = reply(
        session, dialog, agent=make_agent(session), new=NewReply(f"uuid-{dialog.id}-{text}", text)
    )
    session.commit()
    return message


@pytest.mark.requirement("CHN-05")
@pytest.mark.requirement("CHN-10")
def test_an_answer_goes_by_the_mailbox_to_the_address_that_was_typed_and_comes_back_into_the_dialog(
    app: Flask, session: Session, clock: FrozenClock, paper: PaperPost, mailbox: Channel
) -> None:
    dialog = fill_in(app, session, clock, make_form(session, mailbox=mailbox))
    message = answer(session, dialog)
    (sent,) = paper.goes_out()
    assert sent.recipients == ("max@customer.test",)
    assert sent.letter["From"] == '"Ann (Shop)" <support@helpdesk.test>'
    assert sent.letter["Subject"] == "Ask us"
    session.expire_all()
    assert (message.channel_id, message.delivery) == (mailbox.id, Delivery.SENT)
    back = make_letter("Thank you!", in_reply_to=sent.letter["Message-ID"], Authentication_Results=PROVEN)
    paper.arrives(mailbox, back)
    session.expire_all()
    assert [each.text.strip() for each in session.scalars(select(Message).order_by(Message.id))] == [
        "Where is my parcel?", "It comes tomorrow.", "Thank you!",
    ]  # fmt: skip
    assert session.scalars(select(Dialog)).one().id == dialog.id


def test_answers_come_back_although_the_mailbox_is_another_teams(
    app: Flask, session: Session, clock: FrozenClock, paper: PaperPost
) -> None:
    ann = make_agent(session)
    mailbox = make_paper_mailbox(session, undo_seconds=0)
    mailbox.audience = f"channel:{mailbox.id}"
    session.commit()
    dialog = fill_in(app, session, clock, make_form(session, mailbox=mailbox))
    reply(session, dialog, agent=ann, new=NewReply("uuid", "It comes tomorrow."))
    session.commit()
    (sent,) = paper.goes_out()
    paper.arrives(mailbox, make_letter("Thank you!", in_reply_to=sent.letter["Message-ID"]))
    session.expire_all()
    assert session.scalars(select(Dialog)).one().audience == "everyone"


def test_a_form_without_a_mailbox_is_read_and_the_screen_says_that_it_cannot_be_answered(
    app: Flask, session: Session, clock: FrozenClock, paper: PaperPost, browse: Browse
) -> None:
    form = make_form(session)
    dialog = fill_in(app, session, clock, form)
    desk = browse(make_agent(session, language="en"))
    (channel,) = [each for each in desk.api("GET", "/api/start")["channels"] if each["kind"] == "webform"]
    assert channel["capabilities"]["answers"] is False
    told = {"client_uuid": "0d0b7a52-6f0c-4f0e-9d4e-1f8b3a6c2b11", "text": "Hello"}
    assert desk.refused("POST", f"/api/dialogs/{dialog.id}/replies", told, status=409) == "no_way_back"
    assert session.scalar(select(Message).where(Message.direction == "out")) is None


def test_with_a_mailbox_the_composer_offers_what_letters_can_and_nothing_is_begun_by_a_form(
    session: Session, mailbox: Channel, browse: Browse
) -> None:
    make_form(session, mailbox=mailbox)
    channels = browse(make_agent(session)).api("GET", "/api/start")["channels"]
    able = {each["kind"]: each["capabilities"] for each in channels}
    assert able["webform"] == able["email"] | {"can_initiate": False}
    held = {each["kind"]: each["held_because"] for each in channels}
    assert held["webform"] is None


@pytest.mark.requirement("O3")
def test_the_short_letter_goes_by_the_mailbox_in_the_language_of_the_form_once_and_not_to_robots(
    app: Flask, session: Session, clock: FrozenClock, paper: PaperPost, mailbox: Channel
) -> None:
    form = make_form(session, mailbox=mailbox, languages=["es"])
    fill_in(app, session, clock, form)
    assert paper.goes_out() == []
    set_acknowledgement(session, form.channel, agent=None, on=True, words={})
    session.commit()
    fill_in(app, session, clock, form, message="Hello again, where is my parcel?")
    (sent,) = paper.goes_out()
    assert (sent.recipients, sent.letter["Subject"]) == (("max@customer.test",), TEXTS["es"][0])
    assert sent.letter["Auto-Submitted"] == "auto-replied"
    robot = Filler(app, form)
    robot.open()
    robot.send(name="http://x.example", message="Buy", website_url="x")
    come_in(session)
    assert paper.goes_out() == []


def test_the_short_letter_is_written_three_times_a_day_to_an_address_whoever_types_it(
    app: Flask, session: Session, clock: FrozenClock, paper: PaperPost, mailbox: Channel
) -> None:
    form = make_form(session, mailbox=mailbox)
    set_acknowledgement(session, form.channel, agent=None, on=True, words={})
    session.commit()
    for number in range(5):
        fill_in(app, session, clock, form, message=f"Question {number}")
    assert len(paper.goes_out()) == 3


def test_without_an_address_there_is_nobody_to_write_to(
    app: Flask, session: Session, clock: FrozenClock, paper: PaperPost, mailbox: Channel, browse: Browse
) -> None:
    form = make_form(session, mailbox=mailbox)
    set_acknowledgement(session, form.channel, agent=None, on=True, words={})
    session.commit()
    dialog = fill_in(app, session, clock, form, email="", phone="+7 912 345-67-89")
    assert paper.goes_out() == []
    assert browse(make_agent(session)).api("GET", f"/api/dialogs/{dialog.id}")["participants"] == []


def test_answers_leave_by_mailboxes_only(session: Session) -> None:
    with pytest.raises(Invalid):
        answer_by(session, make_form(session), agent=None, mailbox=make_channel(session, kind="telegram"))

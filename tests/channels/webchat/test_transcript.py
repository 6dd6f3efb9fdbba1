"""A visitor asks for a copy of the conversation: who gets it by letter, who saves it, and how often."""

import re

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from channels.webchat.adapter import WebchatAdapter
from channels.webchat.models import ChatFile, ChatLine, Visitor
from channels.webchat.numbering import add_line
from channels.webchat.transcript import MOST_CHARACTERS
from people.models import CustomerIdentity
from tests.channels.desk import Desk
from tests.channels.paper import PaperPost, make_paper_mailbox
from tests.channels.webchat.browser import Refused, VisitorBrowser
from tests.channels.webchat.outside import WebchatOutside
from tests.ground.moment import FrozenClock

MAX = "max@customer.test"
SENT = "sent"


@pytest.fixture
def desk(session: Session, outside: WebchatOutside, clock: FrozenClock, paper: PaperPost) -> Desk:
    """A chat with a mailbox; Max asked, and Ann has answered."""
    mailbox = make_paper_mailbox(session)
    desk = Desk(session, outside, clock)
    desk.channel.settings = {**desk.channel.settings, "letters_by": mailbox.id}
    session.commit()
    outside.know(desk.channel.id)
    desk.send(desk.answer("It is on its way. <b>"))
    return desk


def change(session: Session, **values: object) -> None:
    visitor = session.query(Visitor).one()
    for name, value in values.items():
        setattr(visitor, name, value)
    session.commit()


def ask(outside: WebchatOutside) -> tuple[VisitorBrowser, str]:
    """Max presses the button; that it leaves, or why not."""
    browser = outside.browser()
    try:
        assert browser.ask("POST", "/api/transcript", json={}) == {}, "nobody is told an address"
        return browser, SENT
    except Refused as refused:
        return browser, refused.code


@pytest.mark.requirement("FAR-30")
def test_a_signed_address_gets_all_that_was_said_by_both(
    desk: Desk, session: Session, outside: WebchatOutside, paper: PaperPost
) -> None:
    change(session, proven={"email": MAX}, language="en")
    assert ask(outside)[1] == SENT
    (sent,) = paper.goes_out()
    assert sent.recipients == (MAX,)
    assert sent.letter["Auto-Submitted"] == "auto-generated"
    assert "Hello" in sent.text
    assert "It is on its way. <b>" in sent.text
    assert [each.klass for each in desk.messages("out", agent_id=None)] == ["chat_copy"]


def test_a_typed_address_gets_nothing_and_the_visitor_saves_the_text(
    desk: Desk, session: Session, outside: WebchatOutside, paper: PaperPost
) -> None:
    change(session, told={"email": "victim@customer.test"}, language="en")
    browser, code = ask(outside)
    assert code == "not_proven"
    assert paper.goes_out() == []
    text = browser.ask("GET", "/api/transcript")["text"]
    assert "You, " in text
    assert "Hello" in text
    assert "It is on its way. <b>" in text


def test_an_address_on_the_card_is_not_the_visitors_until_the_shop_signs_it(
    desk: Desk, session: Session, outside: WebchatOutside, paper: PaperPost
) -> None:
    card = desk.dialog().customer_id
    session.add(CustomerIdentity(customer_id=card, kind="email", key=MAX, shown=MAX, verified=True))
    session.commit()
    assert ask(outside)[1] == "not_proven"
    assert paper.goes_out() == []


def test_nobody_gets_more_than_three_an_hour(desk: Desk, session: Session, outside: WebchatOutside) -> None:
    change(session, proven={"email": MAX})
    answers = [ask(outside)[1] for _ in range(4)]
    assert answers[0] == SENT
    assert answers.count(SENT) <= 3
    assert answers[-1] == "too_many"


def test_nobody_reads_the_text_more_than_three_times_an_hour(desk: Desk, outside: WebchatOutside) -> None:
    browser = outside.browser()
    assert "Hello" in browser.ask("GET", "/api/transcript")["text"]
    with pytest.raises(Refused) as refused:
        for _ in range(3):
            browser.ask("GET", "/api/transcript")
    assert refused.value.code == "too_many"


def test_of_a_very_long_conversation_the_newest_is_copied(
    desk: Desk, session: Session, outside: WebchatOutside
) -> None:
    browser, visitor = outside.browser(), session.query(Visitor).one()
    for number in range(40):
        line = add_line(session, visitor, key=f"long-{number}", origin="visitor", text=f"<{number}>" * 2500)
    session.add(
        ChatFile(
            visitor_id=visitor.id, line_id=line.id, sha256="0", name="n" * 200, mime="text/plain", size=1
        )
    )
    session.commit()
    text = browser.ask("GET", "/api/transcript")["text"]
    assert len(text) < MOST_CHARACTERS + 10_000
    assert "<39><39>" in text
    assert "n" * 200 in text
    assert "<0>" not in text
    assert "Hello" not in text


def test_names_of_files_count_as_much_as_what_is_said(
    desk: Desk, session: Session, outside: WebchatOutside
) -> None:
    browser, visitor = outside.browser(), session.query(Visitor).one()
    for number in range(2):
        line = add_line(session, visitor, key=f"files-{number}", origin="visitor", text=f"Files {number}")
        name = "n" * (MOST_CHARACTERS - 2000)
        session.add(
            ChatFile(visitor_id=visitor.id, line_id=line.id, sha256="0", name=name, mime="text/plain", size=1)
        )
    session.commit()
    text = browser.ask("GET", "/api/transcript")["text"]
    assert "Files 1" in text
    assert "Files 0" not in text


def test_whoever_asks_for_a_copy_holds_the_dialog_before_anything_of_the_visitors(
    desk: Desk, session: Session, outside: WebchatOutside
) -> None:
    # Letters hold a dialog and then its visitor; who does it the other way round ends in a deadlock.
    change(session, proven={"email": MAX})
    outside.browser()
    held: list[str] = []

    def note(_c: object, _u: object, statement: str, *_rest: object) -> None:
        found = re.search(r"FROM (\w+).* FOR (?:NO KEY )?UPDATE", statement, re.DOTALL)
        held.extend(found.groups() if found else ())

    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        assert ask(outside)[1] == SENT
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)
    assert held[:1] == ["dialogs"]


def test_what_was_taken_back_is_in_no_copy(desk: Desk, session: Session, outside: WebchatOutside) -> None:
    browser = outside.browser()
    line = session.query(ChatLine).filter_by(origin="agent").one()
    adapter = desk.adapter()
    assert isinstance(adapter, WebchatAdapter)
    adapter.delete(str(desk.dialog().thread_key), [line.key])
    assert "on its way" not in browser.ask("GET", "/api/transcript")["text"]


def test_a_stranger_reads_nobodys_conversation(desk: Desk, outside: WebchatOutside) -> None:
    stranger = VisitorBrowser(outside.address, outside.browser().key)
    with pytest.raises(Refused) as refused:
        stranger.ask("GET", "/api/transcript")
    assert refused.value.status == 401

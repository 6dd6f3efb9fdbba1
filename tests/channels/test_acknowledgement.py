"""The "we got it" letter: when it is written, what it says, and when a machine had better be silent."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.acknowledgement import TEXTS, set_acknowledgement, words_for
from core.errors import Invalid
from core.events import Event
from inbox.actions import complete
from inbox.border import RecipientResult
from inbox.models import Channel, Delivery, Dialog, Message, State
from people.models import Workspace
from tests.channels.email.letters import make_letter
from tests.channels.paper import ACKNOWLEDGES, Handed, PaperPost, make_paper_mailbox
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_reply

RUSSIAN = "Здравствуйте! Где моя посылка? Заказ 4521, жду уже неделю."
SPANISH = "Hola, ¿dónde está mi pedido? Gracias por su ayuda."
GERMAN = "Guten Tag, wo bleibt mein Paket? Ich warte schon eine Woche."


@pytest.fixture
def shop(session: Session, paper: PaperPost, clock: FrozenClock) -> Channel:
    return make_paper_mailbox(session, settings=ACKNOWLEDGES)


def dialogs(session: Session) -> list[Dialog]:
    session.expire_all()
    return list(session.scalars(select(Dialog).order_by(Dialog.id)))


def automatic(session: Session) -> list[Message]:
    session.expire_all()
    return list(session.scalars(select(Message).where(Message.cause.is_not(None)).order_by(Message.id)))


def one(handed: list[Handed]) -> Handed:
    (only,) = handed
    return only


def test_a_mailbox_says_nothing_by_itself_until_it_is_told_to(session: Session, paper: PaperPost) -> None:
    paper.arrives(make_paper_mailbox(session), make_letter())
    assert paper.goes_out() == []


@pytest.mark.requirement("O3")
def test_a_new_dialog_is_answered_once_and_marked_as_a_machines(paper: PaperPost, shop: Channel) -> None:
    paper.arrives(shop, make_letter("Where is my parcel?", message_id="<a@customer.test>"))
    sent = one(paper.goes_out())
    assert sent.recipients == ("max@customer.test",)
    assert sent.letter["Auto-Submitted"] == "auto-replied"
    assert sent.letter["X-Auto-Response-Suppress"] == "All"
    assert sent.letter["In-Reply-To"] == "<a@customer.test>"
    assert sent.letter["From"] == "Shop <support@helpdesk.test>"
    assert paper.goes_out() == []


def test_it_repeats_nothing_of_what_the_sender_wrote(paper: PaperPost, shop: Channel) -> None:
    paper.arrives(shop, make_letter("Buy at http://evil.test now", subject="Cheap pills evil.test"))
    sent = one(paper.goes_out())
    assert b"evil" not in sent.raw
    assert "pills" not in sent.letter["Subject"]


@pytest.mark.parametrize(
    ("said", "language"),
    [(RUSSIAN, "ru"), (SPANISH, "es"), ("Where is my parcel? I have been waiting.", "en"), (GERMAN, "en")],
)
def test_it_speaks_the_customers_language(paper: PaperPost, shop: Channel, said: str, language: str) -> None:
    paper.arrives(shop, make_letter(said, subject="4521"))
    sent = one(paper.goes_out())
    subject, text = TEXTS[language]
    assert sent.letter["Subject"] == subject
    assert text.split("\n")[0] in sent.text


def test_the_channels_own_words_are_said_where_there_are_any(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    words = {"en": {"subject": "Got\r\nit", "text": "We are on it."}, "ru": {"subject": "", "text": ""}}
    set_acknowledgement(session, shop, agent=make_agent(session), on=True, words=words)
    session.commit()
    paper.arrives(shop, make_letter("Where is my parcel?"), make_letter(RUSSIAN, sender="mia@customer.test"))
    english, russian = paper.goes_out()
    assert (english.letter["Subject"], english.text.strip()) == ("Got it", "We are on it.")
    assert russian.letter["Subject"] == TEXTS["ru"][0]


def test_languages_the_workspace_does_not_speak_are_not_used() -> None:
    assert words_for({}, RUSSIAN, ["es"])[0] == TEXTS["es"][0]
    assert words_for({}, RUSSIAN, ["es", "en"])[0] == TEXTS["en"][0]


@pytest.mark.parametrize("given", [{"subject": "x" * 201, "text": ""}, {"subject": "", "text": "x" * 5001}])
def test_words_that_are_too_long_are_refused(session: Session, shop: Channel, given: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        set_acknowledgement(session, shop, agent=None, on=True, words={"en": given})


def test_the_customer_waits_as_before_and_the_feed_shows_the_customers_words(
    session: Session, paper: PaperPost, shop: Channel, clock: FrozenClock
) -> None:
    paper.arrives(shop, make_letter("Where is my parcel?"))
    clock.forward(seconds=5)
    paper.goes_out()
    (dialog,) = dialogs(session)
    assert (dialog.state, dialog.last_direction, dialog.preview) == (State.OPEN, "in", "Where is my parcel?")
    assert dialog.waiting_since is not None
    (message,) = automatic(session)
    assert (message.agent_id, message.cause, message.delivery) == (None, f"channel:{shop.id}", Delivery.SENT)
    queued = session.scalars(select(Event).where(Event.kind == "message.queued")).one()
    assert (queued.actor, queued.cause) == (None, f"channel:{shop.id}")


@pytest.mark.requirement("I24")
@pytest.mark.parametrize(
    "letter",
    [
        pytest.param(make_letter(Auto_Submitted="auto-replied"), id="an answer of a machine"),
        pytest.param(make_letter(Auto_Submitted="auto-generated"), id="a notice"),
        pytest.param(make_letter(subject="Out of office"), id="an absence"),
        pytest.param(make_letter(List_Id="<news.shop.test>"), id="a list"),
        pytest.param(make_letter(Precedence="bulk"), id="a mass mailing"),
        pytest.param(make_letter(sender="no-reply@customer.test"), id="an address that takes no answers"),
        pytest.param(make_letter(sender="MAILER-DAEMON@customer.test"), id="a mail server"),
        pytest.param(make_letter(sender="Shop <support@helpdesk.test>"), id="an address of ours"),
        pytest.param(make_letter(Return_Path="<>"), id="a letter without a return path"),
        pytest.param(make_letter(X_Auto_Response_Suppress="OOF, AutoReply"), id="who asks for silence"),
        pytest.param(make_letter(X_Loop="another desk"), id="a letter that went round"),
        pytest.param(make_letter(message_id="<x@helpdesk.test>"), id="a Message-ID of our domain"),
        pytest.param(make_letter(X_Spam_Flag="YES"), id="spam"),
        pytest.param(make_letter(Reply_To="victim@elsewhere.test"), id="answers led elsewhere"),
        pytest.param(make_letter().replace(b"From: Max <max@customer.test>\r\n", b""), id="nobody"),
        pytest.param(
            make_letter(Authentication_Results="mx.helpdesk.test; dmarc=fail header.from=customer.test"),
            id="a forged sender",
        ),
        pytest.param(b"Received: from a by b; x\r\n" * 26 + make_letter(), id="26 servers on the way"),
        pytest.param(make_letter().replace(b"10 Mar 2027", b" 8 Mar 2027"), id="an old letter"),
    ],
)
def test_one_doubt_is_enough_to_be_silent(paper: PaperPost, shop: Channel, letter: bytes) -> None:
    paper.arrives(shop, letter)
    assert paper.goes_out() == []


def test_imported_letters_are_not_answered(paper: PaperPost, shop: Channel) -> None:
    paper.arrives(shop, make_letter(), imported=True)
    assert paper.goes_out() == []


def test_what_could_not_leave_at_once_is_not_said(session: Session, paper: PaperPost) -> None:
    unconfirmed = make_paper_mailbox(session, settings=ACKNOWLEDGES, outbound_confirmed=False)
    paper.arrives(unconfirmed, make_letter())
    assert automatic(session) == []
    stopped = make_paper_mailbox(session, "sales@helpdesk.test", settings=ACKNOWLEDGES)
    session.add(Workspace(outbound_stopped=True))
    session.commit()
    paper.arrives(stopped, make_letter("Hello again"))
    assert automatic(session) == []


@pytest.mark.requirement("I24")
def test_a_dialog_is_answered_once_even_when_it_opens_again(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    paper.arrives(shop, make_letter(message_id="<a@customer.test>"))
    (dialog,) = dialogs(session)
    complete(session, dialog, agent=make_agent(session))
    session.commit()
    paper.arrives(shop, make_letter("And?", message_id="<b@customer.test>", In_Reply_To="<a@customer.test>"))
    assert [each.state for each in dialogs(session)] == [State.OPEN]
    assert len(paper.goes_out()) == 1


@pytest.mark.requirement("I24")
def test_an_address_gets_three_a_day_over_all_channels(
    session: Session, paper: PaperPost, shop: Channel, clock: FrozenClock
) -> None:
    sales = make_paper_mailbox(session, "sales@helpdesk.test", settings=ACKNOWLEDGES)
    for number in range(6):
        letter = make_letter(f"Question {number}", to=[shop, sales][number % 2].address)
        paper.arrives([shop, sales][number % 2], letter)
    assert len(paper.goes_out()) == 3
    paper.arrives(shop, make_letter("From somebody else", sender="mia@customer.test"))
    assert len(paper.goes_out()) == 1
    clock.forward(hours=24, minutes=1)
    tomorrow = make_letter("Question 7").replace(b"10 Mar 2027", b"11 Mar 2027")
    paper.arrives(shop, tomorrow)
    assert len(paper.goes_out()) == 1


def test_it_is_not_sent_once_an_agent_has_answered(session: Session, paper: PaperPost, shop: Channel) -> None:
    paper.arrives(shop, make_letter())
    make_reply(session, dialogs(session)[0], "It comes today.", agent=make_agent(session))
    assert [each.text.strip() for each in paper.goes_out()] == ["It comes today."]
    assert [each.delivery for each in automatic(session)] == [Delivery.UNDONE]


def test_a_day_later_nobody_is_served_by_it(
    session: Session, paper: PaperPost, shop: Channel, clock: FrozenClock
) -> None:
    paper.arrives(shop, make_letter())
    clock.forward(hours=25)
    assert paper.goes_out() == []
    assert [each.delivery for each in automatic(session)] == [Delivery.UNDONE]


def test_that_it_did_not_arrive_is_nobodys_trouble(session: Session, paper: PaperPost, shop: Channel) -> None:
    paper.arrives(shop, make_letter())
    (dialog,) = dialogs(session)
    complete(session, dialog, agent=make_agent(session))
    session.commit()
    paper.results["max@customer.test"] = RecipientResult("max@customer.test", "failed", "policy", "no")
    paper.goes_out()
    (dialog,) = dialogs(session)
    assert (dialog.state, dialog.failed_count) == (State.COMPLETED, 0)
    assert [each.delivery for each in automatic(session)] == [Delivery.FAILED]


def test_an_answer_does_not_wait_behind_it(session: Session, paper: PaperPost, shop: Channel) -> None:
    paper.arrives(shop, make_letter())
    paper.results["max@customer.test"] = RecipientResult("max@customer.test", "retry", "greylisted", "later")
    paper.goes_out()
    paper.results.clear()
    make_reply(session, dialogs(session)[0], "It comes today.", agent=make_agent(session))
    assert [each.text.strip() for each in paper.goes_out()] == ["It comes today."]

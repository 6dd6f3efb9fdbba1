"""A colleague forwards a customer's letter to us: the dialog is the customer's (I27)."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.events import Event
from core.files import file_store
from inbox.models import Channel, Comment, Dialog, Message
from people.models import Agent, Role
from tests.channels.email.letters import make_letter
from tests.channels.paper import ACKNOWLEDGES, PaperPost, make_paper_mailbox
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_reply

pytestmark = pytest.mark.requirement("I27")

FORWARD = """Please look after Mia, she is an old customer.

---------- Forwarded message ---------
From: Mia Frey <mia@customer.test>
Date: Tue, 9 Mar 2027 at 18:00
Subject: My bicycle
To: Ann <ann@helpdesk.test>

The bicycle came without a saddle.
"""
PASSES = "mx.helpdesk.test; dmarc=pass header.from=helpdesk.test"


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_agent(session, "Ann", email="Ann@helpdesk.test")


@pytest.fixture
def shop(session: Session, paper: PaperPost, ann: Agent, clock: FrozenClock) -> Channel:
    return make_paper_mailbox(session, settings=ACKNOWLEDGES)


def forward(text: str = FORWARD, *, sender: str = "Ann <ann@helpdesk.test>", **headers: str) -> bytes:
    given = {"Authentication_Results": PASSES, "message_id": "<f@helpdesk.test>", **headers}
    return make_letter(text, subject=given.pop("subject", "Fwd: My bicycle"), sender=sender, **given)


def the_dialog(session: Session) -> Dialog:
    session.expire_all()
    return session.scalars(select(Dialog)).one()


def messages(session: Session) -> list[Message]:
    return list(session.scalars(select(Message).order_by(Message.id)))


def warnings(session: Session) -> list[str]:
    return messages(session)[0].warnings


def test_the_dialog_is_the_original_senders_and_answers_go_there(
    session: Session, paper: PaperPost, shop: Channel, ann: Agent
) -> None:
    paper.arrives(shop, forward())
    dialog = the_dialog(session)
    assert (dialog.customer.name, dialog.subject) == ("Mia Frey", "My bicycle")
    (message,) = messages(session)
    assert message.text == "The bicycle came without a saddle."
    assert message.identity is not None
    assert message.identity.key == "mia@customer.test"
    make_reply(session, dialog, "A saddle is on its way.", agent=ann)
    (sent,) = paper.goes_out()
    assert sent.recipients == ("mia@customer.test",)
    assert b"f@helpdesk.test" not in sent.raw


def test_what_the_colleague_wrote_above_stays_among_us(
    session: Session, paper: PaperPost, shop: Channel, ann: Agent
) -> None:
    paper.arrives(shop, forward())
    (comment,) = session.scalars(select(Comment)).all()
    assert (comment.agent_id, comment.text) == (ann.id, "Please look after Mia, she is an old customer.")
    event = session.scalars(select(Event).where(Event.kind == "dialog.handed_on")).one()
    assert (event.actor, event.topic) == (ann.ref, the_dialog(session).topic)
    assert warnings(session) == ["handed_on"]


def test_without_a_word_above_it_there_is_no_comment(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    paper.arrives(shop, forward(FORWARD.partition("\n\n")[2]))
    assert the_dialog(session).customer.name == "Mia Frey"
    assert session.scalars(select(Comment)).all() == []


def test_a_letter_forwarded_as_a_file_is_the_customers_too(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    inner = make_letter(
        "No saddle.", subject="My bicycle", sender="Mia <mia@customer.test>", to="ann@helpdesk.test"
    )
    outer = forward("See the letter.").split(b"\r\n\r\n", 1)[0]
    head = b"\r\n".join(
        line for line in outer.split(b"\r\n") if not line.lower().startswith((b"content-", b"mime-version"))
    )
    raw = (
        head
        + b"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        + b"Content-Type: text/plain\r\n\r\nSee the letter.\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
        + inner
        + b"\r\n--b--\r\n"
    )
    paper.arrives(shop, raw)
    assert the_dialog(session).customer.name == "Mia"
    assert messages(session)[0].text == "No saddle."
    assert [each.text for each in session.scalars(select(Comment))] == ["See the letter."]


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def with_files(head: str, text: str, *files: tuple[str, bytes]) -> bytes:
    letter = EmailMessage()
    for line in head.strip().split("\n"):
        name, _, value = line.partition(": ")
        letter[name] = value
    letter.set_content(text)
    for name, content in files:
        letter.add_attachment(content, "image", "png", filename=name)
    return letter.as_bytes(policy=policy.SMTP)


HEAD = f"""From: Ann <ann@helpdesk.test>
To: support@helpdesk.test
Subject: Fwd: My bicycle
Message-ID: <f@helpdesk.test>
Authentication-Results: {PASSES}"""


def test_files_come_along_into_the_customers_dialog(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    paper.arrives(shop, with_files(HEAD, FORWARD, ("frame.png", PNG), ("bill.png", PNG + b"2")))
    (message,) = messages(session)
    assert message.identity is not None
    assert message.identity.key == "mia@customer.test"
    assert [(each.name, each.inline) for each in message.attachments] == [
        ("frame.png", False),
        ("bill.png", False),
    ]


def test_files_of_a_letter_forwarded_as_a_file_come_along_too(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    inner = with_files(
        "From: Mia <mia@customer.test>\nTo: ann@helpdesk.test\nSubject: My bicycle",
        "No saddle.",
        ("a.png", PNG),
    )
    outer = EmailMessage()
    for line in HEAD.split("\n"):
        name, _, value = line.partition(": ")
        outer[name] = value
    outer.set_content("See the letter.")
    outer.add_attachment(message_from_bytes(inner, policy=policy.SMTP))
    paper.arrives(shop, outer.as_bytes(policy=policy.SMTP))
    (message,) = messages(session)
    assert message.text == "No saddle."
    (file,) = message.attachments
    assert file.name == "a.png"
    with file_store().open_file(file.sha256) as opened:
        assert opened.read() == PNG


def test_the_customer_did_not_write_to_us_and_gets_no_automatic_answer(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    paper.arrives(shop, forward())
    assert paper.goes_out() == []


@pytest.mark.parametrize("mark", ["#keep", "@fwd"])
def test_a_line_keeps_the_forward_as_it_is(
    session: Session, paper: PaperPost, shop: Channel, mark: str
) -> None:
    paper.arrives(shop, forward(f"{mark}\n{FORWARD}"))
    assert the_dialog(session).customer.name == "Ann"
    assert "handed_on" not in warnings(session)


@pytest.mark.parametrize(
    "text",
    [
        "See below.\n\n---------- Forwarded message ---------\n\nThe bicycle came without a saddle.\n",
        FORWARD.replace("Mia Frey <mia@customer.test>", "Support <support@helpdesk.test>"),
        FORWARD.replace("Mia Frey <mia@customer.test>", "Ann <ann@helpdesk.test>"),
        "It did not work.",
    ],
)
def test_where_nobody_can_be_made_out_somebody_has_to_say_whose_it_is(
    session: Session, paper: PaperPost, shop: Channel, text: str
) -> None:
    paper.arrives(shop, forward(text))
    assert the_dialog(session).customer.name == "Ann"
    assert "set_customer" in warnings(session)
    assert session.scalars(select(Comment)).all() == []


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"sender": "Max <max@elsewhere.test>"}, id="a customer's forward"),
        pytest.param({"Authentication_Results": "mx.helpdesk.test; dmarc=fail"}, id="a forged colleague"),
        pytest.param({"Authentication_Results": "mx.evil.test; dmarc=pass"}, id="a server we do not trust"),
        pytest.param({"subject": "Re: My bicycle"}, id="an answer"),
    ],
)
def test_nobody_else_speaks_for_others(
    session: Session, paper: PaperPost, shop: Channel, given: dict[str, str]
) -> None:
    if given.get("subject"):
        paper.arrives(shop, forward("Thanks.\n\n> From: Mia Frey <mia@customer.test>\n> No saddle.", **given))
    else:
        paper.arrives(shop, forward(**given))
    assert the_dialog(session).customer.name in ("Ann", "Max")
    assert session.scalars(select(Comment)).all() == []


@pytest.mark.parametrize(("role", "active"), [(Role.COLLABORATOR, True), (Role.AGENT, False)])
def test_who_may_not_write_to_customers_hands_nothing_on(
    session: Session, paper: PaperPost, shop: Channel, ann: Agent, role: str, active: bool
) -> None:
    ann.role, ann.active = role, active
    session.commit()
    paper.arrives(shop, forward())
    assert the_dialog(session).customer.name == "Ann"


def test_a_channel_can_do_without(session: Session, paper: PaperPost, ann: Agent, clock: FrozenClock) -> None:
    paper.arrives(make_paper_mailbox(session, settings={"takes_forwards": False}), forward())
    assert the_dialog(session).customer.name == "Ann"


def test_the_same_forward_twice_is_one(session: Session, paper: PaperPost, shop: Channel) -> None:
    paper.arrives(shop, forward(), forward())
    assert len(messages(session)) == 1
    assert len(session.scalars(select(Comment)).all()) == 1

"""Bounces: at which message they are written down, what they say about an address, what they never do."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.models import Arrival, ArrivalState
from core.events import Event
from inbox.actions import complete
from inbox.border import RecipientResult
from inbox.models import Channel, Delivery, Dialog, Message, State
from people.models import CustomerIdentity
from tests.channels.email.letters import make_letter
from tests.channels.paper import Handed, PaperPost, make_paper_mailbox
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_reply

pytestmark = pytest.mark.requirement("I23")

GONE, FULL = "5.1.1", "5.2.2"
WORDS = {GONE: "550 5.1.1 no such user", FULL: "552 5.2.2 mailbox full", "4.4.1": "no answer from the host"}


@pytest.fixture
def shop(session: Session, paper: PaperPost, clock: FrozenClock) -> Channel:
    return make_paper_mailbox(session)


def answered(session: Session, paper: PaperPost, shop: Channel, name: str = "a") -> tuple[Message, Handed]:
    paper.arrives(shop, make_letter(f"Question {name}", message_id=f"<{name}@customer.test>"))
    session.expire_all()
    dialog = session.scalars(select(Dialog).order_by(Dialog.id.desc())).first()
    assert dialog is not None
    message = make_reply(session, dialog, f"Answer {name}", agent=make_agent(session))
    return message, paper.goes_out()[-1]


def bounce(
    original: str = "",
    *,
    to: str = "support@helpdesk.test",
    action: str = "failed",
    status: str = GONE,
    **more: str,
) -> bytes:
    fields = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in more.items())
    copy = (
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {original}\nFrom: support@helpdesk.test\n"
        if original
        else ""
    )
    return (
        (
            "Return-Path: <>\nFrom: Mail Delivery System <mailer-daemon@mx.test>\n"
            f"To: {to}\nSubject: Mail delivery failed\nAuto-Submitted: auto-replied\n{fields}"
            "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
            "--b\nContent-Type: text/plain\n\nIt did not arrive.\n"
            "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n"
            f"Final-Recipient: rfc822; max@customer.test\nAction: {action}\nStatus: {status}\n"
            f"Diagnostic-Code: smtp; {WORDS[status]}\n\n{copy}--b--\n"
        )
        .replace("\n", "\r\n")
        .encode()
    )


def look(session: Session, message: Message) -> Message:
    session.expire_all()
    return session.get_one(Message, message.id)


def max_is_reachable(session: Session) -> bool:
    session.expire_all()
    found = select(CustomerIdentity.reachable).where(CustomerIdentity.key == "max@customer.test")
    return session.scalars(found).one()


def events(session: Session, kind: str) -> list[Event]:
    return list(session.scalars(select(Event).where(Event.kind == kind).order_by(Event.id)))


@pytest.mark.requirement("O11")
@pytest.mark.requirement("O13")
def test_a_bounce_is_no_message_but_brings_its_dialog_back(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    message, sent = answered(session, paper, shop)
    complete(session, message.dialog, agent=make_agent(session))
    session.commit()
    paper.arrives(shop, bounce(sent.letter["Message-ID"]))
    message = look(session, message)
    assert (message.delivery, message.error_code) == (Delivery.FAILED, "unknown_recipient")
    assert "no such user" in (message.error_detail or "")
    assert (message.dialog.state, message.dialog.failed_count) == (State.OPEN, 1)
    assert len(session.scalars(select(Message)).all()) == 2


@pytest.mark.requirement("O11")
def test_it_is_known_by_the_envelope_it_came_back_to(
    session: Session, paper: PaperPost, clock: FrozenClock
) -> None:
    shop = make_paper_mailbox(session, settings={"own_envelopes": True})
    message, sent = answered(session, paper, shop)
    assert sent.sender.startswith("support+")
    paper.arrives(shop, bounce(to=sent.sender))
    assert look(session, message).delivery == Delivery.FAILED


@pytest.mark.requirement("O11")
def test_one_that_names_no_letter_is_about_the_last_one_to_that_recipient(
    session: Session, paper: PaperPost, shop: Channel, clock: FrozenClock
) -> None:
    first, _ = answered(session, paper, shop, "a")
    clock.forward(hours=1)
    second, _ = answered(session, paper, shop, "b")
    paper.arrives(shop, bounce())
    assert [look(session, each).delivery for each in (first, second)] == [Delivery.SENT, Delivery.FAILED]
    assert max_is_reachable(session)


@pytest.mark.requirement("O11")
@pytest.mark.parametrize(
    "letter",
    [
        pytest.param(bounce("<spam-in-our-name@evil.test>"), id="about a letter that is not ours"),
        pytest.param(
            bounce(Authentication_Results="mx.helpdesk.test; dmarc=fail header.from=mx.test"), id="forged"
        ),
    ],
)
def test_what_is_not_about_us_changes_nothing(
    session: Session, paper: PaperPost, shop: Channel, letter: bytes
) -> None:
    message, _ = answered(session, paper, shop)
    paper.arrives(shop, letter)
    assert look(session, message).delivery == Delivery.SENT
    assert session.scalars(select(Message).order_by(Message.id.desc())).first().klass == "bounce"  # type: ignore[union-attr]
    assert paper.goes_out() == []


def test_reports_about_letters_others_sent_in_our_name_are_kept_aside(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    answered(session, paper, shop)
    strangers = [
        bounce("<spam-in-our-name@evil.test>").replace(b"max@customer.test", b"nobody%d@far.test" % number)
        for number in range(5)
    ]
    paper.arrives(shop, *strangers)
    assert len(session.scalars(select(Dialog)).all()) == 1
    assert len(session.scalars(select(Message)).all()) == 2
    kept = session.scalars(select(Arrival).where(Arrival.state == ArrivalState.IGNORED)).all()
    assert {each.reason for each in kept} == {"about a letter we did not send"}
    assert all(each.raw_sha256 for each in kept)


def test_what_a_person_sends_on_about_a_failure_is_that_persons_letter(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    letter = bounce("<mine@far.test>").replace(b"max@customer.test", b"help@elsewhere.test")
    letter = letter.replace(b"Return-Path: <>\r\n", b"Return-Path: <mia@far.test>\r\n")
    paper.arrives(shop, letter.replace(b"mailer-daemon@mx.test", b"mia@far.test"))
    assert session.scalars(select(Dialog)).one().customer is not None


def test_one_that_names_nobody_is_shown_because_it_may_be_about_ours(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    letter = bounce("<renamed@relay.test>").replace(b"Final-Recipient: rfc822; max@customer.test\r\n", b"")
    paper.arrives(shop, letter)
    assert session.scalars(select(Dialog)).one().state == State.OPEN


def test_one_that_comes_too_late_to_be_about_a_letter_is_about_none(
    session: Session, paper: PaperPost, shop: Channel, clock: FrozenClock
) -> None:
    message, _ = answered(session, paper, shop)
    clock.forward(days=6)
    paper.arrives(shop, bounce())
    assert look(session, message).delivery == Delivery.SENT


def test_a_delay_is_said_in_the_dialog_and_fails_nothing(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    message, sent = answered(session, paper, shop)
    paper.arrives(shop, bounce(sent.letter["Message-ID"], action="delayed", status="4.4.1"))
    assert look(session, message).delivery == Delivery.SENT
    assert len(events(session, "message.delayed")) == 1


@pytest.mark.requirement("O11")
def test_an_address_that_does_not_exist_is_marked_until_somebody_writes_from_it(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    message, sent = answered(session, paper, shop)
    paper.arrives(shop, bounce(sent.letter["Message-ID"]))
    assert not max_is_reachable(session)
    (event,) = events(session, "dialog.address_gone")
    assert (event.topic, event.details["address"]) == (message.dialog.topic, "max@customer.test")
    paper.arrives(shop, make_letter("I am back", message_id="<back@customer.test>"))
    assert max_is_reachable(session)
    assert len(events(session, "dialog.address_back")) == 1


@pytest.mark.requirement("O11")
def test_a_server_that_says_so_at_once_is_believed_too(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    paper.results["max@customer.test"] = RecipientResult(
        "max@customer.test", "failed", "unknown_recipient", "550 5.1.1 no such user", is_gone=True
    )
    answered(session, paper, shop)
    assert not max_is_reachable(session)


@pytest.mark.requirement("O11")
def test_three_soft_failures_in_a_week_are_worth_a_warning(
    session: Session, paper: PaperPost, shop: Channel, clock: FrozenClock
) -> None:
    warned = []
    for name in ("a", "b", "c"):
        _, sent = answered(session, paper, shop, name)
        clock.forward(days=1)
        paper.arrives(shop, bounce(sent.letter["Message-ID"], status=FULL))
        warned.append(len(events(session, "dialog.address_failing")))
    assert warned == [0, 0, 1]
    assert events(session, "dialog.address_failing")[0].details["times"] == 3
    assert max_is_reachable(session)


@pytest.mark.requirement("O11")
def test_failures_long_ago_do_not_count(
    session: Session, paper: PaperPost, shop: Channel, clock: FrozenClock
) -> None:
    for name in ("a", "b", "c"):
        _, sent = answered(session, paper, shop, name)
        paper.arrives(shop, bounce(sent.letter["Message-ID"], status=FULL))
        clock.forward(days=4)
    assert events(session, "dialog.address_failing") == []


@pytest.mark.parametrize(
    "headers",
    [{"Auto_Submitted": "auto-replied"}, {"X_Autoreply": "yes"}, {"Precedence": "auto_reply"}],
)
def test_an_absence_is_kept_and_neither_reopens_nor_counts_as_an_answer(
    session: Session, paper: PaperPost, shop: Channel, headers: dict[str, str]
) -> None:
    message, sent = answered(session, paper, shop)
    complete(session, message.dialog, agent=make_agent(session))
    session.commit()
    away = make_letter(
        "I am away.", message_id="<away@customer.test>", In_Reply_To=sent.letter["Message-ID"], **headers
    )
    paper.arrives(shop, away)
    dialog = look(session, message).dialog
    assert (dialog.state, dialog.last_direction, dialog.waiting_since) == (State.COMPLETED, "out", None)
    assert session.scalars(select(Message.klass).order_by(Message.id.desc())).first() == "auto_reply"


@pytest.mark.parametrize(
    ("klass", "headers"),
    [("list", {"List_Id": "<n.test>"}), ("auto_generated", {"Auto_Submitted": "auto-generated"})],
)
def test_what_lists_and_machines_send_is_a_dialog_like_any_other(
    session: Session, paper: PaperPost, clock: FrozenClock, klass: str, headers: dict[str, str]
) -> None:
    shop = make_paper_mailbox(session, settings={"acknowledgement": {"on": True}})
    paper.arrives(shop, make_letter(**headers))
    dialog = session.scalars(select(Dialog)).one()
    assert (dialog.state, dialog.waiting_since is not None) == (State.OPEN, True)
    assert session.scalars(select(Message.klass)).one() == klass
    assert paper.goes_out() == []


@pytest.mark.requirement("I8")
@pytest.mark.parametrize(("method", "state"), [("REPLY", State.COMPLETED), ("REQUEST", State.OPEN)])
def test_accepting_an_invitation_opens_nothing_and_inviting_does(
    session: Session, paper: PaperPost, shop: Channel, method: str, state: str
) -> None:
    message, sent = answered(session, paper, shop)
    complete(session, message.dialog, agent=make_agent(session))
    session.commit()
    head = make_letter(message_id="<i@customer.test>", In_Reply_To=sent.letter["Message-ID"])
    card = (
        head.partition(b"Content-")[0]
        + f"MIME-Version: 1.0\r\nContent-Type: text/calendar; method={method}; charset=utf-8\r\n\r\n".encode()
        + f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:1\r\n".encode()
        + b"DTSTART:20270311T090000Z\r\nSUMMARY:Visit\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    paper.arrives(shop, card)
    assert look(session, message).dialog.state == state

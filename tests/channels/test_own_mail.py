"""Letters from our own addresses: echoes, answers given elsewhere, alerts; none is answered (I25)."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.models import Arrival
from inbox.models import Channel, Delivery, Dialog, Message
from tests.channels.email.letters import make_letter
from tests.channels.paper import ACKNOWLEDGES, PaperPost, make_paper_mailbox
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_reply

pytestmark = pytest.mark.requirement("I25")

OURS = "Shop <support@helpdesk.test>"
FORGED = "mx.helpdesk.test; dmarc=fail header.from=helpdesk.test"


@pytest.fixture
def shop(session: Session, paper: PaperPost, clock: FrozenClock) -> Channel:
    return make_paper_mailbox(session, settings={**ACKNOWLEDGES, "aliases": "help@helpdesk.test"})


def dialogs(session: Session) -> list[Dialog]:
    session.expire_all()
    return list(session.scalars(select(Dialog).order_by(Dialog.id)))


def said(session: Session) -> list[tuple[str, str]]:
    session.expire_all()
    found = session.scalars(select(Message).where(Message.cause.is_(None)).order_by(Message.id))
    return [(each.direction, each.text.strip()) for each in found]


def endings(session: Session) -> list[tuple[str, str]]:
    session.expire_all()
    return [(each.state, each.reason) for each in session.scalars(select(Arrival).order_by(Arrival.id))]


def answered(session: Session, paper: PaperPost, shop: Channel) -> bytes:
    """Max wrote, Ann answered; the answer as it left."""
    paper.arrives(shop, make_letter("Where is my parcel?", message_id="<a@customer.test>"))
    make_reply(session, dialogs(session)[0], "It comes today.", agent=make_agent(session))
    return paper.goes_out()[-1].raw


def test_our_own_letter_coming_back_is_no_message(session: Session, paper: PaperPost, shop: Channel) -> None:
    echo = b"Received: from a by b; x\r\n" + answered(session, paper, shop)
    paper.arrives(shop, echo, echo.replace(b"Received", b"X-Received"))
    assert said(session) == [("in", "Where is my parcel?"), ("out", "It comes today.")]
    assert [reason for _, reason in endings(session)[1:]] == ["our own", "our own"]


def test_it_is_one_by_whichever_of_our_mailboxes_it_comes_back(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    sales = make_paper_mailbox(session, "sales@helpdesk.test")
    paper.arrives(sales, answered(session, paper, shop))
    assert len(dialogs(session)) == 1
    assert endings(session)[-1] == ("duplicate", "our own")


def test_it_is_one_when_a_list_writes_its_own_address_over_ours(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    ours = answered(session, paper, shop)
    listed = ours.replace(b"From: ", b"List-Id: <talk.list.test>\r\nX-From: ", 1)
    paper.arrives(shop, b"From: Ann via Talk <talk@list.test>\r\n" + listed)
    assert endings(session)[-1] == ("duplicate", "our own")


def test_a_stranger_who_borrows_the_name_of_our_letter_is_heard(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    name = dict(
        line.split(b": ", 1) for line in answered(session, paper, shop).split(b"\r\n") if b": " in line
    )
    borrowed = make_letter("Thank you!", message_id=name[b"Message-ID"].decode())
    paper.arrives(shop, borrowed)
    assert said(session)[-1] == ("in", "Thank you!")


def test_an_answer_given_in_another_program_stands_in_the_dialog(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    paper.arrives(shop, make_letter("Where is my parcel?", message_id="<a@customer.test>"))
    outlook = make_letter(
        "It comes today.",
        sender=OURS,
        to="max@customer.test",
        message_id="<o@pc>",
        In_Reply_To="<a@customer.test>",
    )
    paper.arrives(shop, outlook)
    (dialog,) = dialogs(session)
    assert said(session) == [("in", "Where is my parcel?"), ("out", "It comes today.")]
    assert (dialog.waiting_since, dialog.last_direction) == (None, "out")
    mirrored = session.scalars(select(Message).where(Message.text.contains("today"))).one()
    assert (mirrored.delivery, mirrored.agent_id) == (Delivery.SENT, None)
    paper.arrives(shop, make_letter("Thanks", message_id="<b@customer.test>", In_Reply_To="<o@pc>"))
    assert len(dialogs(session)) == 1


def test_so_does_one_from_another_mailbox_of_ours(session: Session, paper: PaperPost, shop: Channel) -> None:
    make_paper_mailbox(session, "sales@helpdesk.test")
    paper.arrives(shop, make_letter("Where is my parcel?", message_id="<a@customer.test>"))
    from_sales = make_letter(
        "It comes today.",
        sender="Sales <sales@helpdesk.test>",
        to="max@customer.test",
        Cc="support@helpdesk.test",
        In_Reply_To="<a@customer.test>",
    )
    paper.arrives(shop, from_sales)
    assert said(session)[-1] == ("out", "It comes today.")


def test_what_only_claims_to_be_ours_says_so(session: Session, paper: PaperPost, shop: Channel) -> None:
    paper.arrives(shop, make_letter("Where is my parcel?", message_id="<a@customer.test>"))
    forged = make_letter(
        "Pay here.", sender=OURS, In_Reply_To="<a@customer.test>", Authentication_Results=FORGED
    )
    paper.arrives(shop, forged)
    assert said(session)[-1] == ("in", "Pay here.")
    assert len(dialogs(session)) == 2
    unproven = b"Received: from x by y; z\r\n" + make_letter(
        "On its way.", sender=OURS, In_Reply_To="<a@customer.test>"
    )
    paper.arrives(shop, unproven)
    message = session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert message is not None
    assert message.warnings == ["unverified_sender"]


def test_a_letter_an_agent_wrote_to_a_new_customer_elsewhere_opens_the_customers_dialog(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    paper.arrives(shop, make_letter("Hello Mia", sender=OURS, to="Mia <mia@customer.test>"))
    (dialog,) = dialogs(session)
    assert (dialog.customer.name, dialog.last_direction, dialog.waiting_since) == ("Mia", "out", None)
    assert paper.goes_out() == []


def test_an_alert_of_our_own_form_belongs_to_whom_it_names(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    form = make_letter(
        "A question from the site", sender=OURS, to="help@helpdesk.test", Reply_To="Mia <mia@customer.test>"
    )
    paper.arrives(shop, form)
    (dialog,) = dialogs(session)
    assert (dialog.customer.name, dialog.last_direction) == ("Mia", "in")
    assert dialog.waiting_since is not None
    assert paper.goes_out() == []


def test_an_alert_to_ourselves_is_shown_and_never_answered(
    session: Session, paper: PaperPost, shop: Channel, clock: FrozenClock
) -> None:
    for number in range(5):
        paper.arrives(shop, make_letter(f"Disk {number} is full", sender=OURS, to="help@helpdesk.test"))
        clock.forward(seconds=60)
    assert [each.last_direction for each in dialogs(session)] == ["in"] * 5
    assert paper.goes_out() == []

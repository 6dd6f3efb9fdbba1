"""One letter that comes by several ways: one dialog among the same people, linked ones among others."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.models import Arrival
from core.events import Event
from inbox.models import Channel, Dialog, Message
from tests.channels.email.letters import make_letter
from tests.channels.paper import ACKNOWLEDGES, PaperPost, make_paper_mailbox
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_team

pytestmark = pytest.mark.requirement("I29")

BOTH = "support@helpdesk.test, sales@helpdesk.test"


@pytest.fixture
def shop(session: Session, paper: PaperPost, clock: FrozenClock) -> Channel:
    return make_paper_mailbox(session, settings=ACKNOWLEDGES)


@pytest.fixture
def sales(session: Session, shop: Channel) -> Channel:
    return make_paper_mailbox(session, "sales@helpdesk.test", name="Sales", settings=ACKNOWLEDGES)


def messages(session: Session) -> list[Message]:
    session.expire_all()
    found = session.scalars(select(Message).where(Message.direction == "in").order_by(Message.id))
    return list(found)


def arrivals(session: Session) -> list[Arrival]:
    session.expire_all()
    return list(session.scalars(select(Arrival).order_by(Arrival.id)))


def test_the_second_mailbox_is_noted_at_the_one_message(
    session: Session, paper: PaperPost, shop: Channel, sales: Channel
) -> None:
    letter = make_letter(to=BOTH, message_id="<a@customer.test>")
    paper.arrives(shop, b"Delivered-To: support@helpdesk.test\r\n" + letter)
    paper.arrives(sales, b"Delivered-To: sales@helpdesk.test\r\n" + letter)
    paper.arrives(sales, b"X-Again: yes\r\n" + letter)
    (message,) = messages(session)
    assert message.envelope["also_came_to"] == [sales.id]
    (event,) = session.scalars(select(Event).where(Event.kind == "message.also_came")).all()
    assert event.details == {"message_id": message.id, "channel_id": sales.id}
    assert len(paper.goes_out()) == 1


def test_teams_of_their_own_have_dialogs_of_their_own_that_know_of_each_other(
    session: Session, paper: PaperPost, shop: Channel, sales: Channel
) -> None:
    sales.team_id = make_team(session, make_agent(session)).id
    session.commit()
    letter = make_letter(to=BOTH, message_id="<a@customer.test>")
    paper.arrives(shop, letter)
    paper.arrives(sales, letter)
    first, second = messages(session)
    assert first.dialog_id != second.dialog_id
    opened = session.scalars(select(Event).where(Event.kind == "dialog.opened").order_by(Event.id)).all()
    assert [each.details["related_id"] for each in opened] == [None, first.dialog_id]
    answer = make_letter("And?", to=BOTH, message_id="<b@customer.test>", In_Reply_To="<a@customer.test>")
    paper.arrives(shop, answer)
    paper.arrives(sales, answer)
    assert [each.dialog_id for each in messages(session)] == [first.dialog_id, second.dialog_id] * 2


def test_a_dialog_that_not_everybody_may_see_is_not_named_to_others(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    board = make_paper_mailbox(session, "board@helpdesk.test")
    board.audience = f"channel:{board.id}"
    session.commit()
    letter = make_letter(to="support@helpdesk.test, board@helpdesk.test")
    paper.arrives(board, letter)
    paper.arrives(shop, letter)
    opened = session.scalars(select(Event).where(Event.kind == "dialog.opened").order_by(Event.id)).all()
    assert [each.details["related_id"] for each in opened] == [None, None]


@pytest.mark.parametrize("direct_first", [True, False])
def test_a_copy_through_a_list_is_the_same_letter_with_a_footer(
    session: Session, paper: PaperPost, shop: Channel, direct_first: bool
) -> None:
    direct = make_letter("Where is my parcel?", message_id="<a@customer.test>")
    listed = make_letter(
        "Where is my parcel?\n\n____\nYou get this because you are on a list.",
        message_id="<a@customer.test>",
        List_Id="<talk.list.test>",
    )
    paper.arrives(shop, *((direct, listed) if direct_first else (listed, direct)))
    (message,) = messages(session)
    _, copy = arrivals(session)
    assert (copy.state, copy.message_id, copy.reason) == (
        "duplicate",
        message.id,
        f"copy of message {message.id}",
    )


@pytest.mark.requirement("I28")
@pytest.mark.parametrize(
    "second",
    [
        pytest.param(make_letter("Parcel 2 is late", message_id="<same@dhl.test>"), id="another text"),
        pytest.param(
            make_letter("Parcel 1", message_id="<same@dhl.test>").replace(b"09:00:00", b"10:00:00"),
            id="another time",
        ),
        pytest.param(
            make_letter("Parcel 1 and more", message_id="<same@dhl.test>", sender="mia@customer.test"),
            id="another sender",
        ),
    ],
)
def test_a_name_used_twice_is_two_letters(
    session: Session, paper: PaperPost, shop: Channel, second: bytes
) -> None:
    paper.arrives(shop, make_letter("Parcel 1", message_id="<same@dhl.test>"), second)
    assert len(messages(session)) == 2


@pytest.mark.requirement("I28")
def test_a_copy_that_brings_a_file_is_not_thrown_away(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    plain = make_letter("See the bill", message_id="<a@customer.test>")
    head, _, _ = plain.partition(b"MIME-Version")
    head = b"\r\n".join(line for line in head.split(b"\r\n") if not line.startswith(b"Content-"))
    bill = (
        head + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nSee the bill\r\n"
        b'--b\r\nContent-Type: application/pdf; name="bill.pdf"\r\n\r\n%PDF-1.4 bill\r\n--b--\r\n'
    )
    paper.arrives(shop, plain, bill)
    assert [len(each.attachments) for each in messages(session)] == [0, 1]


def test_what_came_before_the_second_mailbox_was_connected_is_still_one(
    session: Session, paper: PaperPost, shop: Channel, clock: FrozenClock
) -> None:
    letter = make_letter(to=BOTH)
    paper.arrives(shop, letter)
    clock.forward(days=30)
    sales = make_paper_mailbox(session, "sales@helpdesk.test")
    paper.arrives(sales, letter, imported=True)
    assert len(session.scalars(select(Dialog)).all()) == 1

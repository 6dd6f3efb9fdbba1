"""Who may join a dialog, who is not believed, what is kept apart: strangers, forgers, spammers, nobody."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.email.keys import token_keyring
from channels.email.tokens import dialog_address
from core.events import Event
from inbox.actions import mark_spam
from inbox.models import Channel, Dialog, Message
from tests.channels.email.letters import make_letter
from tests.channels.paper import ACKNOWLEDGES, PaperPost, make_paper_mailbox
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_reply

FAILS = "mx.helpdesk.test; dmarc=fail header.from=customer.test"


@pytest.fixture
def shop(session: Session, paper: PaperPost, clock: FrozenClock) -> Channel:
    return make_paper_mailbox(session, settings=ACKNOWLEDGES)


def dialogs(session: Session) -> list[Dialog]:
    session.expire_all()
    return list(session.scalars(select(Dialog).order_by(Dialog.id)))


def newest(session: Session) -> Message:
    session.expire_all()
    found = session.scalars(
        select(Message).where(Message.direction == "in").order_by(Message.id.desc())
    ).first()
    assert found is not None
    return found


def begin(session: Session, paper: PaperPost, shop: Channel, **headers: str) -> Dialog:
    paper.arrives(shop, make_letter(message_id="<a@customer.test>", **headers))
    return dialogs(session)[0]


@pytest.mark.requirement("I14")
def test_whoever_was_copied_in_joins_by_answering(session: Session, paper: PaperPost, shop: Channel) -> None:
    begin(session, paper, shop, Cc="Mia <mia@elsewhere.test>")
    paper.arrives(
        shop, make_letter("Me too", sender="Mia <mia@elsewhere.test>", In_Reply_To="<a@customer.test>")
    )
    assert len(dialogs(session)) == 1
    assert "new_participant" not in newest(session).warnings


@pytest.mark.requirement("I14")
def test_a_reply_to_all_goes_to_everybody_but_ourselves(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    dialog = begin(
        session,
        paper,
        shop,
        Cc="Mia <mia@elsewhere.test>, support@helpdesk.test",
        X_Any="",
        to="support@helpdesk.test, ben@customer.test",
    )
    make_reply(session, dialog, agent=make_agent(session))
    assert set(paper.goes_out()[-1].recipients) == {
        "max@customer.test",
        "mia@elsewhere.test",
        "ben@customer.test",
    }


@pytest.mark.requirement("I14")
@pytest.mark.requirement("I17")
def test_a_stranger_with_our_token_joins_and_is_pointed_out(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    dialog = begin(session, paper, shop)
    token = dialog_address(token_keyring(), "support@helpdesk.test", dialog.id)
    paper.arrives(shop, make_letter("I take over", sender="new@elsewhere.test", to=token))
    assert len(dialogs(session)) == 1
    assert newest(session).warnings == ["new_participant"]
    paper.arrives(shop, make_letter("Again", sender="max@customer.test", to=token))
    assert newest(session).warnings == []


@pytest.mark.requirement("I14")
@pytest.mark.requirement("I20")
def test_a_stranger_with_a_reference_only_gets_a_dialog_that_knows_of_the_other(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    first = begin(session, paper, shop)
    paper.arrives(
        shop,
        make_letter(
            "Let me in", sender="eve@evil.test", In_Reply_To="<a@customer.test>", subject="Re: Parcel"
        ),
    )
    assert len(dialogs(session)) == 2
    opened = session.scalars(select(Event).where(Event.kind == "dialog.opened").order_by(Event.id)).all()
    assert opened[1].details["related_id"] == first.id


@pytest.mark.requirement("I15")
def test_a_forged_customer_does_not_get_into_the_customers_dialog(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    begin(session, paper, shop)
    paper.arrives(shop, make_letter("Pay", In_Reply_To="<a@customer.test>", Authentication_Results=FAILS))
    assert len(dialogs(session)) == 2
    assert "not_verified" in newest(session).warnings


@pytest.mark.requirement("I15")
@pytest.mark.parametrize(
    ("letter", "warning"),
    [
        (make_letter(Authentication_Results=FAILS), "not_verified"),
        (make_letter(Authentication_Results=FAILS.replace("helpdesk", "evil")), None),
        (make_letter(Reply_To="other@elsewhere.test"), "reply_to_differs"),
        (make_letter(Reply_To="sales@mail.customer.test"), None),
        (make_letter(Reply_To="support@helpdesk.test"), None),
        (make_letter(sender='"support@helpdesk.test" <max@customer.test>'), "looks_like_us"),
        (make_letter(sender='"boss@bank.test" <max@customer.test>'), "display_name_address"),
        (make_letter(sender='"max@customer.test" <max@customer.test>'), None),
        (make_letter(to="mia@customer.test"), "blind_copy"),
        (make_letter(X_Spam_Flag="YES"), "marked_spam"),
        (make_letter(), None),
    ],
)
def test_an_agent_is_told_what_to_beware_of(
    session: Session, paper: PaperPost, shop: Channel, letter: bytes, warning: str | None
) -> None:
    paper.arrives(shop, letter)
    assert newest(session).warnings == ([warning] if warning else [])


@pytest.mark.requirement("I15")
@pytest.mark.parametrize(
    ("name", "is_dangerous"),
    [
        ("bill.pdf", False),
        ("bill.pdf.exe", True),
        ("bill.JS", True),
        ("sums.xlsm", True),
        ("sums.xlsx", False),
    ],
)
def test_a_file_that_could_run_is_pointed_out(
    session: Session, paper: PaperPost, shop: Channel, name: str, is_dangerous: bool
) -> None:
    head = make_letter().partition(b"Content-")[0]
    file = (
        head + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nSee\r\n"
        b'--b\r\nContent-Type: application/octet-stream; name="' + name.encode() + b'"\r\n\r\nx\r\n--b--\r\n'
    )
    paper.arrives(shop, file)
    assert ("dangerous_file" in newest(session).warnings) is is_dangerous


@pytest.mark.requirement("I16")
@pytest.mark.parametrize(
    ("headers", "folder"),
    [
        ({"X_Spam_Flag": "YES"}, "INBOX"),
        ({"X_Spam_Status": "Yes, score=9"}, "INBOX"),
        ({"X_MS_Exchange_Organization_SCL": "6"}, "INBOX"),
        ({}, "Junk"),
        ({}, "[Gmail]/Spam"),
        ({}, "INBOX.Спам"),
    ],
)
def test_spam_is_kept_apart_and_no_machine_answers_it(
    session: Session, paper: PaperPost, shop: Channel, headers: dict[str, str], folder: str
) -> None:
    paper.arrives(shop, make_letter(**headers), folder=folder)
    assert [each.spam for each in dialogs(session)] == [True]
    assert paper.goes_out() == []


@pytest.mark.requirement("I16")
def test_who_is_in_a_dialog_with_us_is_no_spammer(session: Session, paper: PaperPost, shop: Channel) -> None:
    begin(session, paper, shop)
    paper.arrives(shop, make_letter("And?", In_Reply_To="<a@customer.test>", X_Spam_Flag="YES"))
    (dialog,) = dialogs(session)
    assert not dialog.spam
    assert newest(session).warnings == ["marked_spam"]


@pytest.mark.requirement("I16")
def test_a_spammer_who_writes_again_stays_apart(session: Session, paper: PaperPost, shop: Channel) -> None:
    dialog = begin(session, paper, shop)
    mark_spam(session, dialog, agent=make_agent(session), spam=True)
    session.commit()
    paper.arrives(shop, make_letter("Buy", In_Reply_To="<a@customer.test>"))
    assert [each.spam for each in dialogs(session)] == [True]


@pytest.mark.requirement("I13")
@pytest.mark.parametrize("sender", ["", "undisclosed", "<>", "not an address at all @@"])
def test_a_letter_from_nobody_is_shown_and_left_alone_by_machines(
    session: Session, paper: PaperPost, shop: Channel, sender: str
) -> None:
    letter = make_letter().replace(b"From: Max <max@customer.test>", f"From: {sender}".encode())
    paper.arrives(shop, letter)
    (dialog,) = dialogs(session)
    assert dialog.customer.name == "unknown"
    assert not dialog.spam
    assert "no_sender" in newest(session).warnings
    assert paper.goes_out() == []


@pytest.mark.requirement("I12")
def test_a_sender_a_list_has_rewritten_is_the_one_who_wrote(
    session: Session, paper: PaperPost, shop: Channel
) -> None:
    rewritten = make_letter(
        sender="Max via Talk <talk@list.test>",
        List_Id="<talk.list.test>",
        X_Original_From="Max <max@customer.test>",
    )
    paper.arrives(shop, rewritten)
    message = newest(session)
    assert message.identity is not None
    assert message.identity.key == "max@customer.test"
    assert message.envelope["from"]["address"] == "talk@list.test"

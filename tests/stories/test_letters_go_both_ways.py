"""Letters through real servers: Max writes by Exim, Ann answers by Exim, all of it lies in Dovecot."""

from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.access import open_access, shelf
from channels.email.adapter import EmailAdapter
from channels.intake import accept
from channels.models import Arrival
from core.config import get_settings
from core.db import transaction
from inbox.actions import NewReply, confirm_outbound, connect_channel, reply
from inbox.models import Channel, Delivery, Dialog, Message, State
from people.models import Agent
from tests.ground.settling import Settle
from tests.makers import make_agent
from tests.peers.dovecot import Dovecot, Mailbox
from tests.peers.exim import Exim

pytestmark = [pytest.mark.peer, pytest.mark.usefixtures("loopback")]


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTSIDE_ALLOW", "127.0.0.0/8")
    get_settings.cache_clear()


@pytest.fixture
def ours(dovecot: Dovecot) -> Mailbox:
    return dovecot.mailbox("support")


@pytest.fixture
def his(dovecot: Dovecot) -> Mailbox:
    return dovecot.mailbox("max", domain="customer.test")


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_agent(session, "Ann")


@pytest.fixture
def channel(session: Session, ann: Agent, dovecot: Dovecot, exim: Exim, ours: Mailbox) -> Iterator[Channel]:
    settings = {
        "imap_host": "127.0.0.1",
        "imap_port": dovecot.imap_port,
        "imap_security": "none",
        "imap_user": ours.user,
        "smtp_host": "127.0.0.1",
        "smtp_port": exim.port,
        "smtp_security": "none",
        "import": "all",
        "subaddressing": True,
        "own_envelopes": True,
    }
    made = connect_channel(
        session,
        agent=ann,
        kind="email",
        name="Shop",
        address=ours.address,
        settings=settings,
        secrets={"imap_password": "secret"},
    )
    made.undo_seconds = 0
    confirm_outbound(session, made, agent=ann)
    session.commit()
    yield made
    shelf.close()


def fetch(session: Session, channel: Channel, count: int) -> None:
    """Take so many letters out of the mailbox, as a receiver does."""
    adapter = EmailAdapter(open_access(channel))
    taken = 0
    try:
        while taken < count:
            session.refresh(channel)
            batch = adapter.poll(channel.cursor, 10)
            with transaction() as own:
                taken += accept(own, own.get_one(Channel, channel.id), batch.events, cursor=batch.cursor)
    finally:
        adapter.close()


def letter(his: Mailbox, to: str, text: str, **headers: str) -> EmailMessage:
    written = EmailMessage()
    written["From"], written["To"] = f"Max <{his.address}>", to
    written["Subject"] = headers.pop("Subject", "Parcel")
    for name, value in headers.items():
        written[name.replace("_", "-")] = value
    written.set_content(text)
    return written


def answer(session: Session, dialog: Dialog, ann: Agent, text: str, **given: Any) -> Message:
    message = reply(session, dialog, agent=ann, new=NewReply("uuid-" + text[:9], text, force=True, **given))
    session.commit()
    return message


def dialogs(session: Session) -> list[Dialog]:
    session.expire_all()
    return list(session.scalars(select(Dialog).order_by(Dialog.id)))


@pytest.mark.requirement("EAD-06")
@pytest.mark.requirement("I17")
def test_max_writes_ann_answers_and_his_reply_lands_in_the_same_dialog(
    session: Session, channel: Channel, ann: Agent, ours: Mailbox, his: Mailbox, exim: Exim, settle: Settle
) -> None:
    exim.send(letter(his, ours.address, "Where is my parcel?", Message_ID="<first@customer.test>"))
    fetch(session, channel, 1)
    settle()
    (dialog,) = dialogs(session)
    assert (dialog.subject, dialog.customer.name, dialog.state) == ("Parcel", "Max", State.OPEN)

    message = answer(session, dialog, ann, "It comes tomorrow.", then="complete")
    settle()
    session.refresh(message)
    assert message.delivery == Delivery.SENT
    (came,) = his.wait_for(1)
    assert came["In-Reply-To"] == "<first@customer.test>"
    assert came["Subject"] == "Re: Parcel"
    assert "It comes tomorrow." in came.get_body(("plain",)).get_content()  # type: ignore[union-attr]

    exim.send(letter(his, came["Reply-To"], "Thank you!", Subject="something else altogether"))
    fetch(session, channel, 1)
    settle()
    (dialog,) = dialogs(session)
    assert (dialog.state, dialog.reopen_count) == (State.OPEN, 1)
    texts = session.scalars(select(Message.text).order_by(Message.id)).all()
    assert [text.strip() for text in texts] == ["Where is my parcel?", "It comes tomorrow.", "Thank you!"]


@pytest.mark.requirement("I18")
def test_a_reply_without_our_token_lands_there_by_its_references(
    session: Session, channel: Channel, ann: Agent, ours: Mailbox, his: Mailbox, exim: Exim, settle: Settle
) -> None:
    exim.send(letter(his, ours.address, "Hello", Message_ID="<a@customer.test>"))
    fetch(session, channel, 1)
    settle()
    exim.send(letter(his, ours.address, "And another thing", References="<a@customer.test>"))
    fetch(session, channel, 1)
    settle()
    assert len(dialogs(session)) == 1


@pytest.mark.requirement("O11")
@pytest.mark.requirement("O13")
def test_a_bounce_brings_the_dialog_back_and_says_why(
    session: Session, channel: Channel, ann: Agent, ours: Mailbox, his: Mailbox, exim: Exim, settle: Settle
) -> None:
    exim.send(letter(his, ours.address, "Write to my other address", Reply_To="max@bounce.test"))
    fetch(session, channel, 1)
    settle()
    (dialog,) = dialogs(session)
    message = answer(session, dialog, ann, "Of course.", then="complete")
    settle()
    assert dialogs(session)[0].state == State.COMPLETED

    fetch(session, channel, 1)
    settle()
    (dialog,) = dialogs(session)
    session.refresh(message)
    assert dialog.state == State.OPEN
    assert (message.delivery, message.recipients[0].error_code) == (Delivery.FAILED, "unknown_recipient")
    assert "no such mailbox" in (message.recipients[0].error_detail or "")
    assert session.scalars(select(Arrival.reason).order_by(Arrival.id.desc())).first() == "news"


@pytest.mark.requirement("O10")
def test_of_two_recipients_one_is_refused_at_once_and_the_other_has_the_letter(
    session: Session, channel: Channel, ann: Agent, ours: Mailbox, his: Mailbox, exim: Exim, settle: Settle
) -> None:
    exim.send(letter(his, ours.address, "Hello", Cc="hard550@customer.test"), to=[ours.address])
    fetch(session, channel, 1)
    settle()
    message = answer(session, dialogs(session)[0], ann, "Hello both")
    settle()
    session.refresh(message)
    states = {each.address: each.delivery for each in message.recipients}
    assert states == {his.address: Delivery.SENT, "hard550@customer.test": Delivery.FAILED}
    assert message.delivery == Delivery.FAILED
    assert len(his.wait_for(1)) == 1

"""A visitor leaves, the team answers: one letter, once, to the right address, and its answer comes home."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.clock import answer_the_gone
from channels.email.keys import token_keyring
from channels.email.tokens import dialog_address
from channels.webchat.models import ChatLine, Visitor
from core.db import transaction
from inbox.border import RecipientResult
from inbox.models import Channel, Delivery, Dialog, Message
from people.models import CustomerIdentity, Workspace
from tests.channels.desk import Desk
from tests.channels.email.letters import make_letter
from tests.channels.paper import Handed, PaperPost, make_paper_mailbox
from tests.channels.webchat.outside import WebchatOutside
from tests.ground.moment import FrozenClock

MAX = "max@customer.test"


class Shop:
    """A chat whose letters leave by a mailbox; Max has written, given his address and gone."""

    def __init__(
        self, session: Session, outside: WebchatOutside, clock: FrozenClock, paper: PaperPost
    ) -> None:
        self.session, self.outside, self.clock, self.paper = session, outside, clock, paper
        self.mailbox = make_paper_mailbox(session, settings={"subaddressing": True})
        self.desk = Desk(session, outside, clock)
        self.desk.channel.settings = {**self.desk.channel.settings, "letters_by": self.mailbox.id}
        session.commit()
        outside.know(self.desk.channel.id)
        self.dialog = self.desk.dialog("Max")
        self.tell(told={"name": "Max", "email": MAX})
        clock.forward(minutes=3)

    def visitor(self) -> Visitor:
        """Max as he is stored now."""
        self.session.expire_all()
        return self.session.query(Visitor).filter_by(key=self.dialog.thread_key).one()

    def tell(self, **values: Any) -> None:
        """Something else is known of Max."""
        visitor = self.visitor()
        for name, value in values.items():
            setattr(visitor, name, value)
        self.session.commit()

    def set(self, **settings: Any) -> None:
        """The chat is set otherwise."""
        channel = self.desk.look_at_channel()
        channel.settings = {**channel.settings, **settings}
        self.session.commit()

    def answers(self, text: str, **more: Any) -> Message:
        """Ann answers, and it lies in the chat."""
        message = self.desk.answer(text, **more)
        self.desk.send(message)
        return message

    def passes(self, **step: float) -> list[Handed]:
        """Time passes; the letters that left meanwhile."""
        self.clock.forward(**step)
        answer_the_gone()
        return self.paper.goes_out()

    def written(self) -> list[Message]:
        """Letters of the dialog, also those taken back."""
        return self.desk.messages("out", klass="chat_letter")

    def in_the_chat(self) -> list[str]:
        """All that Max's browser shows."""
        return [line["text"] for line in self.outside.browser().sync()["lines"]]


@pytest.fixture
def shop(session: Session, outside: WebchatOutside, clock: FrozenClock, paper: PaperPost) -> Shop:
    return Shop(session, outside, clock, paper)


def one(handed: list[Handed]) -> Handed:
    (only,) = handed
    return only


@pytest.mark.requirement("FAR-30")
def test_somebody_who_left_gets_all_that_was_answered_in_one_letter_once(shop: Shop) -> None:
    shop.answers("It is on its way.")
    assert shop.passes(minutes=4) == []
    shop.answers("It comes on Friday.")
    letter = one(shop.passes(minutes=1))
    assert letter.recipients == (MAX,)
    assert "It is on its way." in letter.text
    assert "It comes on Friday." in letter.text
    assert "Hello" not in letter.text
    assert letter.letter["Auto-Submitted"] == "auto-generated"
    assert letter.letter["X-Auto-Response-Suppress"] == "All"
    assert shop.passes(hours=20) == []
    assert shop.in_the_chat() == ["Hello", "It is on its way.", "It comes on Friday."]


def test_who_wrote_stands_above_what_was_written_as_in_the_chat(shop: Shop) -> None:
    shop.answers("It is on its way.")
    assert "Ann" in one(shop.passes(minutes=5)).text
    shop.set(show_agents=False)
    shop.answers("It comes on Friday.")
    later = one(shop.passes(minutes=5)).text
    assert "Ann" not in later
    assert "It is on its way." not in later


def test_whoever_is_still_there_gets_no_letter(shop: Shop) -> None:
    shop.answers("It is on its way.")
    shop.clock.forward(minutes=4)
    shop.tell(last_seen_at=shop.clock.now)
    assert shop.passes(minutes=1) == []
    assert len(shop.passes(minutes=2)) == 1


def test_what_was_read_in_the_chat_meanwhile_is_in_no_letter(shop: Shop) -> None:
    shop.answers("It is on its way.")
    shop.clock.forward(minutes=4)
    shop.outside.reads()
    shop.answers("It comes on Friday.")
    assert shop.passes(minutes=4) == []
    assert "It is on its way." not in one(shop.passes(minutes=1)).text


def test_a_letter_that_waits_is_taken_back_when_its_lines_are_read(shop: Shop, session: Session) -> None:
    shop.answers("It is on its way.")
    shop.clock.forward(minutes=5)
    answer_the_gone()
    assert [each.delivery for each in shop.written()] == [Delivery.QUEUED]
    shop.outside.reads()
    assert [each.delivery for each in shop.written()] == [Delivery.UNDONE]
    assert shop.paper.goes_out() == []
    assert shop.passes(hours=1) == []


def test_of_a_letter_that_is_taken_back_what_is_still_unread_comes_with_the_next(shop: Shop) -> None:
    shop.answers("It is on its way.")
    shop.answers("It comes on Friday.")
    shop.clock.forward(minutes=5)
    answer_the_gone()
    shop.outside.browser().ask("POST", "/api/read", json={"seq": 2})
    assert shop.paper.goes_out() == []
    text = one(shop.passes(minutes=5)).text
    assert "Friday" in text
    assert "on its way" not in text


def test_what_was_taken_back_in_the_chat_does_not_leave(shop: Shop, session: Session) -> None:
    shop.answers("The secret is 42.")
    shop.answers("It comes on Friday.")
    shop.clock.forward(minutes=5)
    answer_the_gone()
    first = session.query(ChatLine).filter_by(text="The secret is 42.").one()
    shop.desk.adapter().delete(str(shop.dialog.thread_key), [first.key])
    assert shop.paper.goes_out() == []
    text = one(shop.passes(seconds=1)).text
    assert "42" not in text
    assert "Friday" in text


@pytest.mark.parametrize(
    "address", ["", "no address", "max@customer.test, mia@customer.test", "a@b\r\nBcc: c@d"]
)
def test_what_is_no_address_is_not_written_to(shop: Shop, address: str) -> None:
    shop.tell(told={"email": address})
    shop.answers("It is on its way.")
    assert shop.passes(minutes=6) == []
    assert shop.visitor().unlettered_since is None


def test_a_signed_address_counts_before_a_typed_one(shop: Shop) -> None:
    shop.tell(proven={"email": "max@shop.test"})
    shop.answers("It is on its way.")
    assert one(shop.passes(minutes=5)).recipients == ("max@shop.test",)


def test_without_a_mailbox_chosen_no_letter_is_written(shop: Shop) -> None:
    shop.set(letters_by=None)
    shop.answers("It is on its way.")
    assert shop.passes(minutes=6) == []
    shop.set(letters_by=shop.mailbox.id)
    assert shop.passes(hours=1) == [], "what was answered before is not written about days later"


@pytest.mark.parametrize("change", [{"enabled": False}, {"outbound_confirmed": False}])
def test_a_mailbox_that_may_not_write_writes_no_letters(
    shop: Shop, session: Session, change: dict[str, Any]
) -> None:
    session.query(Channel).filter_by(id=shop.mailbox.id).update(change)
    session.commit()
    shop.answers("It is on its way.")
    shop.passes(minutes=6)
    assert shop.written() == []


def test_while_everything_is_stopped_no_letter_is_written(shop: Shop, session: Session) -> None:
    shop.answers("It is on its way.")
    session.add(Workspace(outbound_stopped=True))
    session.commit()
    shop.passes(minutes=6)
    assert shop.written() == []


@pytest.mark.requirement("I24")
def test_an_address_of_ours_is_never_written_to(shop: Shop) -> None:
    shop.tell(told={"email": "Support@Helpdesk.test"})
    shop.answers("It is on its way.")
    assert shop.passes(minutes=6) == []


@pytest.mark.parametrize("kind", ["email", "webchat"])
def test_whoever_is_blocked_is_not_written_to(shop: Shop, session: Session, kind: str) -> None:
    key = MAX if kind == "email" else str(shop.dialog.thread_key)
    known = session.query(CustomerIdentity).filter_by(kind=kind, key=key).one_or_none()
    if known is None:
        known = CustomerIdentity(customer_id=shop.dialog.customer_id, kind=kind, key=key, shown=key)
        session.add(known)
    known.blocked_at = shop.clock.now
    session.commit()
    shop.answers("It is on its way.")
    assert shop.passes(minutes=6) == []


def test_an_address_that_does_not_exist_is_not_written_to(shop: Shop, session: Session) -> None:
    session.add(
        CustomerIdentity(
            customer_id=shop.dialog.customer_id, kind="email", key=MAX, shown=MAX, reachable=False
        )
    )
    session.commit()
    shop.answers("It is on its way.")
    assert shop.passes(minutes=6) == []


def test_after_a_letter_came_back_none_is_written_for_a_week(shop: Shop) -> None:
    shop.paper.results[MAX] = RecipientResult(MAX, "failed", "no_such_user", "550 no such user")
    shop.answers("It is on its way.")
    assert len(shop.passes(minutes=5)) == 1
    assert shop.written()[0].delivery == Delivery.FAILED
    shop.answers("Are you there?")
    assert shop.passes(minutes=6) == []


@pytest.mark.requirement("I24")
def test_a_typed_address_gets_three_letters_a_day_and_the_rest_in_one_later(shop: Shop) -> None:
    for number in range(3):
        shop.answers(f"Line {number}.")
        assert len(shop.passes(minutes=6)) == 1
    shop.answers("Line 3.")
    shop.answers("Line 4.")
    assert shop.passes(hours=12) == []
    text = one(shop.passes(hours=13)).text
    assert "Line 3." in text
    assert "Line 4." in text


def test_a_signed_address_may_get_more(shop: Shop) -> None:
    shop.tell(proven={"email": MAX})
    for number in range(5):
        shop.answers(f"Line {number}.")
        assert len(shop.passes(minutes=6)) == 1


def test_files_go_along(shop: Shop, session: Session) -> None:
    upload = shop.desk.upload("bill.pdf", b"%PDF-1.4 the bill")
    shop.answers("Here it is.", attachments=[upload])
    letter = one(shop.passes(minutes=5)).letter
    (file,) = letter.iter_attachments()
    assert file.get_filename() == "bill.pdf"


@pytest.mark.parametrize(
    ("language", "said"),
    [("ru-RU", "ответьте на это письмо"), ("es", "responda a este correo"), ("en", "reply")],
)
def test_it_speaks_the_language_of_the_visitors_page(shop: Shop, language: str, said: str) -> None:
    shop.tell(language=language)
    shop.answers("It is on its way.")
    assert said in one(shop.passes(minutes=5)).text


def test_only_a_page_of_the_chats_own_sites_is_linked_back_to(shop: Shop) -> None:
    shop.tell(page={"url": "https://evil.test/login"})
    shop.answers("It is on its way.")
    assert "evil.test" not in one(shop.passes(minutes=5)).text
    shop.tell(page={"url": "https://shop.example/cart?token=1#x"})
    shop.answers("It comes on Friday.")
    assert "https://shop.example/cart\n" in one(shop.passes(minutes=5)).text


def test_what_is_written_in_marks_stays_harmless(shop: Shop) -> None:
    shop.answers("<script>alert(1)</script> & more")
    assert b"<script>" not in one(shop.passes(minutes=5)).raw


@pytest.mark.requirement("FAR-30", "CHN-09")
def test_what_the_customer_answers_by_mail_comes_into_the_same_dialog(shop: Shop, session: Session) -> None:
    shop.answers("It is on its way.")
    letter = one(shop.passes(minutes=5)).letter
    assert letter["Reply-To"] == dialog_address(token_keyring(), shop.mailbox.address, shop.dialog.id)
    shop.paper.arrives(
        shop.mailbox,
        make_letter(
            "Thank you!", sender=f"Max <{MAX}>", to=letter["Reply-To"], In_Reply_To=letter["Message-ID"]
        ),
    )
    assert session.query(Dialog).count() == 1
    (answer,) = shop.desk.messages(channel_id=shop.mailbox.id)
    assert answer.dialog_id == shop.dialog.id
    assert answer.text.strip() == "Thank you!"
    assert answer.warnings == ["chat_unproven"], "it came home, but the chat does not show it"


@pytest.mark.requirement("FAR-30")
def test_by_its_references_alone_the_answer_finds_the_dialog(shop: Shop, session: Session) -> None:
    shop.answers("It is on its way.")
    letter = one(shop.passes(minutes=5)).letter
    shop.paper.arrives(shop.mailbox, make_letter("Thank you!", In_Reply_To=letter["Message-ID"]))
    assert session.query(Dialog).count() == 1


def test_the_next_answer_goes_into_the_chat_and_again_by_a_letter_below_the_last(shop: Shop) -> None:
    shop.tell(proven={"email": MAX})
    shop.answers("It is on its way.")
    first = one(shop.passes(minutes=5)).letter
    shop.paper.arrives(
        shop.mailbox,
        make_letter(
            "When?", to=first["Reply-To"], message_id="<q@customer.test>", In_Reply_To=first["Message-ID"]
        ),
    )
    message = shop.answers("On Friday.")
    assert shop.desk.again(message).recipients == []
    assert shop.in_the_chat()[-1] == "On Friday."
    second = one(shop.passes(minutes=5)).letter
    assert second["In-Reply-To"] == "<q@customer.test>"
    assert second["To"] == MAX


def test_a_machines_answer_to_the_letter_wakes_nobody(shop: Shop) -> None:
    shop.answers("It is on its way.")
    letter = one(shop.passes(minutes=5)).letter
    absent = make_letter(
        "I am away.", to=letter["Reply-To"], In_Reply_To=letter["Message-ID"], Auto_Submitted="auto-replied"
    )
    shop.paper.arrives(shop.mailbox, absent)
    assert shop.passes(hours=1) == []
    assert [each.klass for each in shop.desk.messages(channel_id=shop.mailbox.id)] == ["auto_reply"]


def test_a_mailed_answer_is_shown_in_the_chat_of_a_signed_address_and_of_no_typed_one(shop: Shop) -> None:
    def mails(text: str) -> None:
        shop.answers("It is on its way.")
        letter = one(shop.passes(minutes=5)).letter
        shop.paper.arrives(shop.mailbox, make_letter(text, to=letter["Reply-To"]))

    mails("My card is 4111.")
    assert "My card is 4111." not in shop.in_the_chat()
    shop.tell(proven={"email": MAX})
    shop.outside.says("I have signed in.")
    shop.desk.come_in()
    shop.clock.forward(minutes=3)
    mails("Thank you!")
    assert shop.in_the_chat()[-1] == "Thank you!"


@pytest.mark.requirement("I20", "FAR-30")
def test_what_is_answered_to_a_letter_that_the_chat_does_not_show_leaves_by_a_letter_to_its_sender(
    shop: Shop,
) -> None:
    shop.tell(told={"name": "Max", "email": "mia@customer.test"})
    shop.answers("Where do you live?")
    carried = one(shop.passes(minutes=5)).letter
    letter = make_letter(
        "In Elm Street 1.",
        sender="Mia <mia@customer.test>",
        to=f"{carried['Reply-To']}, Ben <ben@elsewhere.test>",
        subject="Re: My order",
        message_id="<q@customer.test>",
        In_Reply_To=carried["Message-ID"],
    )
    shop.paper.arrives(shop.mailbox, letter)
    (came,) = shop.desk.messages(channel_id=shop.mailbox.id)
    assert came.dialog_id == shop.dialog.id
    assert came.warnings == ["chat_unproven"]
    shop.desk.answer("Elm Street 1 it is.")
    answer = one(shop.paper.goes_out())
    assert answer.recipients == ("mia@customer.test",)
    assert answer.letter["Subject"] == "Re: My order"
    assert answer.letter["In-Reply-To"] == "<q@customer.test>"
    assert answer.letter["Reply-To"] == carried["Reply-To"]
    assert shop.passes(hours=1) == []
    assert shop.in_the_chat() == ["Hello", "Where do you live?"]
    shop.outside.says("I am back.")
    shop.desk.come_in()
    said = shop.answers("Good to see you.")
    shop.outside.reads()
    shop.desk.come_in()
    assert shop.desk.again(said).delivery == Delivery.READ
    (letter,) = shop.desk.messages("out", klass="human", text="Elm Street 1 it is.")
    assert letter.delivery == Delivery.SENT, "who reads the chat has not read the letter"


def test_once_the_visitor_writes_in_the_chat_again_answers_go_there_again(shop: Shop) -> None:
    shop.answers("It is on its way.")
    letter = one(shop.passes(minutes=5)).letter
    shop.paper.arrives(shop.mailbox, make_letter("When?", to=letter["Reply-To"]))
    (came,) = shop.desk.messages(channel_id=shop.mailbox.id)
    shop.outside.says("I am back.")
    shop.desk.come_in()
    shop.answers("Good to see you.")
    assert shop.paper.goes_out() == []
    assert shop.in_the_chat()[-2:] == ["I am back.", "Good to see you."]
    shop.desk.answer("On Friday.", reply_to_message_id=came.id)
    assert one(shop.paper.goes_out()).recipients == (MAX,)
    assert shop.in_the_chat()[-1] == "Good to see you."


def test_the_feed_and_its_waiting_customer_do_not_move_by_a_letter(shop: Shop, session: Session) -> None:
    shop.answers("It is on its way.")
    before = session.get_one(Dialog, shop.dialog.id, populate_existing=True)
    kept = (before.last_message_id, before.preview, before.waiting_since, before.failed_count)
    assert len(shop.passes(minutes=5)) == 1
    after = session.get_one(Dialog, shop.dialog.id, populate_existing=True)
    assert (after.last_message_id, after.preview, after.waiting_since, after.failed_count) == kept


def test_a_letter_that_waits_for_its_mailbox_holds_up_nothing_in_the_chat(
    shop: Shop, session: Session
) -> None:
    shop.answers("It is on its way.")
    shop.clock.forward(minutes=5)
    answer_the_gone()
    with transaction() as work:
        work.query(Channel).filter_by(id=shop.mailbox.id).update(
            {"retry_at": shop.clock.now + timedelta(hours=1)}
        )
    shop.answers("It comes on Friday.")
    assert shop.in_the_chat()[-1] == "It comes on Friday."
    assert shop.paper.sent == []

"""What the composer says of who will read is whom the letter goes to: looked at in the letters that left."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.app.waiting import until
from tests.e2e.colleagues import Colleague, open_office
from tests.makers import make_mailbox
from tests.peers.dovecot import Dovecot
from tests.peers.smtp_faults import SmtpSink
from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.peer]

LONG = 30_000


def letter(sender: str, to: str) -> EmailMessage:
    """To us and to Otto, a copy to Boss."""
    message = EmailMessage()
    message["Message-ID"], message["Subject"] = f"<{uuid4()}@customer.test>", "Two jugs"
    message["From"] = f"Rita Real <{sender}>"
    message["To"] = f"Shop <{to}>, Otto Other <otto@customer.test>"
    message["Cc"] = "Boss Best <boss@customer.test>"
    message.set_content("Are the jugs still there?")
    return message


@dataclass
class Desk:
    """Ann at a dialog that such a letter began, and what left her mailbox."""

    ann: Colleague
    rita: str
    sink: SmtpSink

    @property
    def everybody(self) -> set[str]:
        """All but us."""
        return {self.rita, "otto@customer.test", "boss@customer.test"}

    @property
    def readers(self) -> Locator:
        """Those the composer names."""
        return self.ann.page.locator("#composer").get_by_role("button", name="Change the recipients")

    @property
    def editor(self) -> Locator:
        """Where she writes, below the fields that may stand open."""
        return self.ann.page.locator("#composer").get_by_role("textbox", name="will read it")

    def send(self, text: str) -> set[str]:
        """Write below what stands there, send, and wait whom it reaches."""
        self.ann.page.keyboard.type(text)
        expect(self.editor).to_contain_text(text)
        with self.ann.page.expect_response("**/replies"):
            self.ann.page.keyboard.press("Control+Enter")
        sent = until(lambda: [each for each in self.sink.taken if text in each.text], 30)
        return {address for each in sent for address in each.recipients}


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """Where her letters end; begun beside the loop that the browser runs in."""
    sink = SmtpSink()
    beside = threading.Thread(target=sink.start)
    beside.start()
    beside.join()
    yield sink
    sink.stop()


@pytest.fixture
def desk(product: Product, browser: Browser, dovecot: Dovecot, sink: SmtpSink) -> Iterator[Desk]:
    """The letter has come by IMAP; answers leave by SMTP at once."""
    with open_office(product, browser) as office:
        office.found("Ann", customers=())
        ours = dovecot.mailbox()
        with product.session() as session:
            make_mailbox(session, ours, sink.port, name="Letters", undo_seconds=0)
        rita = f"rita-{sink.port}@customer.test"
        ours.append(letter(rita, ours.address))
        ann = office.seat("Ann")
        ann.page.locator("#feed").get_by_role("option", name="Rita Real").click(timeout=LONG)
        expect(ann.timeline).to_contain_text("Are the jugs still there?")
        yield Desk(ann, rita, sink)


@pytest.mark.requirement("I14")
def test_the_composer_names_exactly_those_whom_the_letter_reaches(desk: Desk) -> None:
    page, composer = desk.ann.page, desk.ann.page.locator("#composer")

    expect(desk.readers).to_contain_text("Rita Real, Otto Other, and Boss Best")
    page.keyboard.press("r")
    expect(
        composer.get_by_role("textbox", name="Rita Real, Otto Other, and Boss Best will read it")
    ).to_be_focused()
    assert desk.send("To all of you.") == desk.everybody

    composer.get_by_role("button", name="Only to the sender").click()
    expect(desk.readers).not_to_contain_text("Otto")
    desk.editor.focus()
    assert desk.send("To you alone.") == {desk.rita}

    composer.get_by_role("button", name="Only to the sender").click()
    page.locator("#feed").focus()
    page.keyboard.press("Shift+R")
    expect(composer.get_by_role("listitem").or_(composer.locator(".chip"))).to_have_count(3)
    expect(desk.editor).to_be_focused()
    assert desk.send("To all again.") == desk.everybody


def test_a_forward_goes_to_whom_it_names_and_a_reply_after_it_is_one_again(desk: Desk) -> None:
    page, composer = desk.ann.page, desk.ann.page.locator("#composer")
    page.keyboard.press("f")
    to = composer.get_by_label("To", exact=True)
    expect(to).to_be_focused()
    page.keyboard.type("depot@supplier.test")
    page.keyboard.press("Escape")
    expect(composer.get_by_role("textbox", name="Forward, depot@supplier.test will read it")).to_be_visible()
    page.keyboard.press("r")
    expect(composer.get_by_role("textbox", name="Reply, Rita Real")).to_be_focused()
    expect(composer.get_by_label("Subject")).to_have_value("Two jugs")

    page.keyboard.press("Escape")
    page.keyboard.press("f")
    page.keyboard.type("depot@supplier.test")
    page.keyboard.press("Enter")
    desk.editor.focus()
    assert desk.send("Have you any left?") == {"depot@supplier.test"}

"""From the first owner's link to an empty feed: a real browser, real servers, real letters."""

import sys
from collections.abc import Iterator
from email.message import EmailMessage
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Watch, register
from tests.ground.settings import SECRET_KEY
from tests.peers.dovecot import Dovecot, Mailbox
from tests.peers.exim import Exim
from tests.product import Product, running_product

pytestmark = [pytest.mark.browser, pytest.mark.peer]

LONG = 30_000


def connect(page: Page, mailbox: Mailbox, smtp_port: int) -> None:
    """Connect a mailbox the way an administrator does: where it is, the form, the test, the switch."""
    page.goto("/settings/channels/new/email")
    page.get_by_role("link", name="On a server of your own, or at another provider").click()
    page.locator("summary", has_text="More").click()
    for name, value in {
        "imap_host": "127.0.0.1",
        "imap_port": str(mailbox.imap_port),
        "imap_user": mailbox.user,
        "imap_password": mailbox.password,
        "smtp_host": "127.0.0.1",
        "smtp_port": str(smtp_port),
    }.items():
        page.locator(f"[name$={name}]").fill(value)
    for name in ("imap_security", "smtp_security"):
        page.locator(f"[name$={name}]").select_option("none")
    page.locator("[name=name]").fill("Support")
    page.locator("[name=address]").fill(mailbox.address)
    page.locator("[name=undo_seconds]").fill("1")
    page.get_by_role("button", name="Connect and test").click()

    expect(page.get_by_text("Name and password are accepted.")).to_have_count(2, timeout=LONG)
    page.get_by_role("button", name="Switch on").click()
    page.get_by_role("button", name="Let it write to customers").click()
    expect(page.get_by_role("button", name="Switch off")).to_be_visible()


def letter(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    """What a customer's program sends."""
    message = EmailMessage()
    message["Message-ID"] = f"<{uuid4()}@customer.test>"
    message["From"], message["To"], message["Subject"] = f"Max Miller <{sender}>", to, subject
    message.set_content(text)
    return message


@pytest.fixture
def office(browser: Browser) -> Iterator[tuple[Product, Page]]:
    """A product nobody has used, and a browser; nothing may go wrong in it unseen."""
    watch = Watch()
    with running_product({"SECRET_KEYS": SECRET_KEY}) as product:
        context = browser.new_context(
            base_url=product.url, viewport={"width": 1440, "height": 900}, locale="en-GB"
        )
        page = context.new_page()
        watch.over(page)
        yield product, page
        context.close()
        sys.stdout.write(product.last_words(60))
    assert watch.faults == []


@pytest.mark.requirement("EAD-06")
def test_register_connect_answer_snooze_complete(
    office: tuple[Product, Page], dovecot: Dovecot, exim: Exim
) -> None:
    product, page = office
    ours, theirs = dovecot.mailbox(), dovecot.mailbox("max", domain="customer.test")
    register(page, product, name="Ann Smith", email="ann@helpdesk.test")
    page.wait_for_url("**/start")
    connect(page, ours, exim.port)
    page.goto("/inbox")
    expect(page.get_by_role("heading", name="The feed is empty")).to_be_visible()

    # A letter comes while the page is open: it appears by itself.
    question = letter(theirs.address, ours.address, "Parcel 17", "Where is my parcel?")
    exim.send(question)
    row = page.locator("#feed").get_by_role("option", name="Max Miller")
    expect(row).to_contain_text("Parcel 17", timeout=LONG)
    row.click()
    timeline = page.locator("#timeline")
    expect(timeline).to_contain_text("Where is my parcel?")

    # The answer leaves with the headers that keep the thread together.
    page.get_by_role("textbox", name="Reply, Max Miller will read it").fill("It comes tomorrow.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(timeline).to_contain_text("It comes tomorrow.")
    (received,) = theirs.wait_for(patience=LONG / 1000)
    assert received["Subject"] == "Re: Parcel 17"
    assert received["In-Reply-To"] == question["Message-ID"]
    assert str(question["Message-ID"]) in received["References"]
    assert "It comes tomorrow." in received.as_string()

    # What the customer writes back lands in the dialog that is open.
    thanks = letter(theirs.address, ours.address, "Re: Parcel 17", "Thank you, until tomorrow!")
    thanks["In-Reply-To"] = thanks["References"] = received["Message-ID"]
    exim.send(thanks)
    expect(timeline).to_contain_text("Thank you, until tomorrow!", timeout=LONG)
    expect(page.locator("#feed").get_by_role("option")).to_have_count(1)

    # A snooze empties the feed until its time.
    page.locator("#feed").focus()
    page.keyboard.press("h")
    with page.expect_response("**/snooze"):
        page.get_by_role("option", name="In 3 hours").click()
    expect(page.get_by_role("heading", name="The feed is empty")).to_be_visible()
    product.shift_clock(2 * 3600)
    expect(page.get_by_role("heading", name="The feed is empty")).to_be_visible()
    product.shift_clock(3.5 * 3600)
    expect(row).to_be_visible(timeout=LONG)

    # Complete, and nothing is left to do.
    row.click()
    page.locator("#feed").focus()
    page.keyboard.press("e")
    expect(page.get_by_role("heading", name="The feed is empty")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="The feed is empty")).to_be_visible()
    page.get_by_role("link", name="Completed").click()
    expect(row).to_contain_text("Parcel 17")

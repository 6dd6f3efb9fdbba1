"""What is typed into one form of a page is not lost by the button of another, nor by a link."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, expect
from sqlalchemy import select

from channels.webform.starting import start_form
from people.models import Agent, Customer
from tests.e2e.conftest import Owner
from tests.makers import make_channel, make_dialog
from tests.product import Product

pytestmark = pytest.mark.browser

LOSING = "What you typed elsewhere on this page is not saved and would be lost. Go on?"
BLOCKING = "What comes from this address from now on is kept apart, and no dialog opens."
CLOSING = "Nobody can fill it in until you publish it again."

Screen = Callable[..., Page]


class Asked:
    """What a page asked, and what is answered: no, until somebody `agrees`."""

    def __init__(self, page: Page) -> None:
        self.words: list[str] = []
        self.agrees = False
        page.on("dialog", self._answer)

    def _answer(self, dialog: Dialog) -> None:
        self.words.append(dialog.message or dialog.type)
        if self.agrees:
            dialog.accept()
        else:
            dialog.dismiss()


@pytest.fixture
def card(product: Product) -> str:
    """Where the card of somebody lies who has written."""
    with product.session() as session:
        channel = make_channel(session, kind="email", enabled=False)
        return f"/customers/{make_dialog(session, channel, customer=f'Max-{channel.id}').customer_id}"


def written(product: Product, card: str) -> str:
    """What is noted on a card."""
    with product.session() as session:
        return session.get_one(Customer, int(card.rpartition("/")[2])).notes


def new_form(product: Product, owner: Owner) -> str:
    """Where a form is built."""
    with product.session() as session:
        boss = session.scalars(select(Agent).where(Agent.email == owner.email)).one()
        built = start_form(session, agent=boss, kind="question", language="en")
        return f"/settings/channels/{built.channel_id}/form"


def test_a_button_of_another_form_asks_before_notes_are_lost(
    screen: Screen, product: Product, card: str
) -> None:
    page = screen(card)
    asked, notes = Asked(page), page.get_by_label("Notes")
    block = page.get_by_role("button", name="Block", exact=True)

    notes.fill("Likes tea")
    for _ in range(2):
        block.click()
        expect(notes).to_have_value("Likes tea")
    page.get_by_role("searchbox").fill("Nobody at all")
    page.get_by_role("button", name="Find").click()
    expect(notes).to_have_value("Likes tea")
    assert asked.words == [f"{BLOCKING}\n\n{LOSING}"] * 2 + [LOSING]

    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert (len(asked.words), written(product, card)) == (3, "Likes tea")

    asked.agrees = True
    notes.fill("Likes coffee")
    block.click()
    expect(page.get_by_role("button", name="Unblock")).to_be_visible()
    assert asked.words[3:] == [f"{BLOCKING}\n\n{LOSING}"]
    assert written(product, card) == "Likes tea"


def test_a_link_asks_before_notes_are_lost(screen: Screen, card: str) -> None:
    page = screen(card)
    asked, notes = Asked(page), page.get_by_label("Notes")
    away = page.get_by_role("link", name="Customers", exact=True)

    notes.fill("Likes tea")
    with page.expect_event("dialog"):
        away.click()
    expect(notes).to_have_value("Likes tea")
    asked.agrees = True
    away.click()
    page.wait_for_url("**/customers/")
    assert asked.words == ["beforeunload"] * 2


def test_nothing_is_asked_where_nothing_was_changed(screen: Screen, card: str) -> None:
    page = screen(card)
    asked, notes = Asked(page), page.get_by_label("Notes")
    notes.fill("Likes tea")
    notes.fill("")
    page.get_by_role("searchbox").fill("Nobody at all")
    page.get_by_role("link", name="Customers", exact=True).click()
    page.wait_for_url("**/customers/")
    page.go_back()
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("Nobody of that name or address.")).to_be_visible()
    assert asked.words == []


def test_whoever_said_no_may_press_the_button_again(screen: Screen, card: str) -> None:
    page = screen(card)
    asked = Asked(page)
    block = page.get_by_role("button", name="Block", exact=True)
    block.click()
    asked.agrees = True
    block.click()
    expect(page.get_by_role("button", name="Unblock")).to_be_visible()
    assert asked.words == [BLOCKING] * 2


def test_a_form_that_is_being_built_is_not_lost(screen: Screen, product: Product, owner: Owner) -> None:
    page = screen(new_form(product, owner))
    asked, title = Asked(page), page.locator("#titles-en")

    title.fill("Ask us")
    page.get_by_role("button", name="Show what it looks like").click()
    page.get_by_role("button", name="One of several").click()
    expect(page.get_by_text("Not saved yet.")).to_be_visible()
    assert asked.words == []
    page.get_by_role("button", name="Close the form").click()
    with page.expect_event("dialog"):
        page.get_by_role("link", name="On your site").click()
    expect(title).to_have_value("Ask us")
    assert asked.words == [f"{CLOSING}\n\n{LOSING}", "beforeunload"]


def test_first_steps_ask_for_addresses_that_were_refused_too(
    product: Product, owner: Owner, browser: Browser
) -> None:
    context = browser.new_context(base_url=product.url, storage_state=owner.state, locale="en-GB")
    page = context.new_page()
    page.goto("/start")
    asked, emails = Asked(page), page.get_by_label("E-mail addresses")
    emails.fill("carmen")
    page.get_by_role("button", name="Form for questions").click()
    page.get_by_role("button", name="Invite").click()
    expect(emails).to_have_attribute("aria-invalid", "true")
    with page.expect_event("dialog"):
        page.get_by_role("link", name="The team and its roles").click()
    page.get_by_role("button", name="Form for questions").click()
    expect(emails).to_have_value("carmen")
    assert asked.words == [LOSING, "beforeunload", LOSING]
    context.close()


def test_of_two_who_build_a_form_neither_loses_a_word(
    product: Product, owner: Owner, browser: Browser
) -> None:
    context = browser.new_context(base_url=product.url, storage_state=owner.state, locale="en-GB")
    path = new_form(product, owner)
    mine, theirs = context.new_page(), context.new_page()
    asked, title = Asked(mine), mine.locator("#titles-en")
    for page, words in ((mine, "Mine"), (theirs, "Theirs")):
        page.goto(path)
        page.locator("#titles-en").fill(words)
    theirs.get_by_role("button", name="Save without publishing").click()
    expect(theirs.get_by_text("Saved.", exact=True)).to_be_visible()

    mine.get_by_role("button", name="Save and publish").click()
    told = mine.get_by_role("alert").filter(has_text="somebody changed this after you had opened the page")
    expect(told).to_be_visible()
    expect(title).to_have_value("Mine")
    found = Axe().run(mine)
    assert found.violations_count == 0, found.generate_report()
    with mine.expect_event("dialog"):
        mine.get_by_role("link", name="On your site").click()
    with context.expect_page() as opened:
        told.get_by_role("link").click()
    expect(opened.value.locator("#titles-en")).to_have_value("Theirs")
    told.get_by_role("checkbox", name="Save mine instead").check()
    mine.get_by_role("button", name="Save and publish").click()
    expect(mine.get_by_text("Published. This is what people see now.")).to_be_visible()
    expect(title).to_have_value("Mine")
    assert asked.words == ["beforeunload"]
    context.close()


def test_pages_of_several_forms_work_without_scripts(
    product: Product, owner: Owner, browser: Browser, card: str
) -> None:
    context = browser.new_context(
        base_url=product.url, storage_state=owner.state, locale="en-GB", java_script_enabled=False
    )
    page = context.new_page()
    page.goto(card)
    page.get_by_label("Notes").fill("Likes tea")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("button", name="Block", exact=True).click()
    expect(page.get_by_role("button", name="Unblock")).to_be_visible()
    assert written(product, card) == "Likes tea"
    context.close()

"""From the link the server prints to a form on a page whose first question a colleague sees."""

import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PASSWORD, Watch, register
from tests.ground.settings import SECRET_KEY
from tests.product import Product, running_product

pytestmark = [pytest.mark.browser, pytest.mark.requirement("CHN-14")]

LONG = 30_000


@pytest.fixture
def people(browser: Browser) -> Iterator[tuple[Product, Page, Page, Page]]:
    """A product nobody has used; an owner, a colleague, and a customer without JavaScript."""
    watch = Watch()
    with running_product({"SECRET_KEYS": SECRET_KEY}) as product:
        contexts = [
            browser.new_context(base_url=product.url, locale="en-GB", java_script_enabled=runs)
            for runs in (True, True, False)
        ]
        owner, colleague, customer = [context.new_page() for context in contexts]
        for page in (owner, colleague):
            watch.over(page)
        yield product, owner, colleague, customer
        for context in contexts:
            context.close()
        sys.stdout.write(product.last_words(40))
    # A browser says of every form that was not right that its answer is no success.
    assert [each for each in watch.faults if "status of 422" not in each] == []


def test_register_connect_invite_and_the_colleague_sees_the_same_feed(
    people: tuple[Product, Page, Page, Page],
) -> None:
    product, owner, colleague, customer = people
    register(owner, product, name="Ann Smith", email="ann@helpdesk.test")
    owner.wait_for_url("**/start")
    expect(owner.get_by_text("Done", exact=True)).to_have_count(1)

    # What is left for later is come back to from the empty feed.
    owner.get_by_role("link", name="To the feed").click()
    owner.get_by_role("main").get_by_role("link", name="First steps").click()
    owner.get_by_text("Name, company, language, time zone").click()
    owner.get_by_label("Name of the company").fill("Clay and linen")
    owner.get_by_role("button", name="Save").click()

    # One press, and the form is live.
    owner.get_by_role("button", name="Form for questions").click()
    expect(owner.get_by_text("Live", exact=True)).to_be_visible()
    hosted = owner.get_by_role("link", name="Open it: Ask a question").get_attribute("href")
    assert hosted is not None
    customer.goto(hosted)
    product.shift_clock(10)

    # Two colleagues in one go, one of them mistyped; the other comes in by the link.
    owner.get_by_label("E-mail addresses").fill("ben@helpdesk.test, carmen")
    owner.get_by_role("button", name="Invite").click()
    expect(owner.get_by_label("E-mail addresses")).to_have_value("carmen")
    link = owner.locator("p.code").inner_text()
    colleague.goto(link)
    expect(colleague.get_by_role("heading", name="Welcome to Clay and linen")).to_be_visible()
    colleague.get_by_label("Your name").fill("Ben Carter")
    colleague.get_by_label("Password").fill(PASSWORD)
    colleague.get_by_role("button", name="Join").click()
    expect(colleague.get_by_role("heading", name="The feed is empty")).to_be_visible()
    expect(colleague.get_by_role("main").get_by_role("link", name="First steps")).to_have_count(0)

    # What a customer asks stands in both feeds, and comes by itself.
    customer.get_by_label("Name").fill("Max Miller")
    customer.get_by_label("Your question").fill("Do you have the blue jug?")
    customer.get_by_role("button", name="Send the question").click()
    expect(customer.get_by_text("Thank you! We have your question")).to_be_visible()
    row = colleague.locator("#feed").get_by_role("option", name="Max Miller")
    expect(row).to_contain_text("Do you have the blue jug?", timeout=LONG)
    owner.goto("/inbox?whose=all")
    expect(owner.locator("#feed").get_by_role("option", name="Max Miller")).to_be_visible()
    owner.goto("/start")
    expect(owner.get_by_text("Done", exact=True)).to_have_count(3)


def test_a_chat_is_live_on_a_page_after_one_press(people: tuple[Product, Page, Page, Page]) -> None:
    product, owner, _, _ = people
    register(owner, product, name="Ann Smith", email="ann@helpdesk.test")
    owner.wait_for_url("**/start")
    owner.get_by_label("Address of your site").fill("shop.example")
    owner.get_by_role("button", name="Chat", exact=True).click()
    with owner.context.expect_page() as opened:
        owner.get_by_role("link", name="Open it: Chat on the site").click()
    chat = opened.value
    chat.locator("emptyfeed-chat button").click()
    text = chat.frame_locator("emptyfeed-chat iframe").get_by_role("textbox", name="Message")
    text.fill("Is anybody there?")
    text.press("Enter")
    owner.goto("/inbox?whose=all")
    row = owner.locator("#feed").get_by_role("option").first
    expect(row).to_contain_text("Is anybody there?", timeout=LONG)

"""The first minutes of an owner who connects nothing yet: the example, what one is told, and away with it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Watch, register
from tests.ground.settings import SECRET_KEY
from tests.product import running_product

pytestmark = pytest.mark.browser

LONG = 60_000


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """The screen of an owner who has just registered; nothing may go wrong in it unseen."""
    watch = Watch()
    with running_product({"SECRET_KEYS": SECRET_KEY}) as product:
        context = browser.new_context(
            base_url=product.url, viewport={"width": 1440, "height": 900}, locale="en-GB"
        )
        page = context.new_page()
        watch.over(page)
        register(page, product, name="Ann Smith", email="ann@helpdesk.test")
        page.wait_for_url("**/start")
        yield page
        context.close()
    assert watch.faults == []


def test_the_example_comes_to_the_empty_screen_by_itself_and_goes_again(page: Page) -> None:
    page.goto("/inbox?whose=all")
    page.get_by_role("button", name="Look around with an example").click()
    expect(page.locator("#feed [role=option]").first).to_be_visible(timeout=LONG)

    bell = page.get_by_role("button", name="Notifications")
    expect(bell).to_have_accessible_name(re.compile("unread"), timeout=LONG)
    page.locator("#feed").focus()
    page.keyboard.press("g")
    page.keyboard.press("n")
    told = page.get_by_role("listbox", name="Notifications")
    expect(told).to_be_focused()
    page.get_by_role("button", name="Mark all as read").click()
    expect(bell).to_have_accessible_name("Notifications")
    expect(told).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#timeline article").first).to_be_visible()

    page.goto("/settings/workspace")
    page.once("dialog", lambda question: question.accept())
    page.get_by_role("button", name="Remove the example").click()
    expect(page.get_by_text("The example has been removed.")).to_be_visible(timeout=LONG)
    page.goto("/inbox?whose=all")
    expect(page.get_by_role("button", name="Look around with an example")).to_be_visible()

"""Two at one desk: each sees what the other does, and neither loses a word."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from core.db import announce
from tests.e2e.colleagues import Colleague, Office, open_office
from tests.product import Product

pytestmark = pytest.mark.browser


@pytest.fixture
def office(product: Product, browser: Browser) -> Iterator[Office]:
    """An office of two."""
    with open_office(product, browser) as office:
        office.found("Ann", "Ben", customers=("Max", "Mia"))
        yield office


@pytest.fixture
def ann(office: Office) -> Colleague:
    """Ann, with a dialog open."""
    return at_work(office, "Ann")


@pytest.fixture
def ben(office: Office) -> Colleague:
    """Ben, with the same dialog open."""
    return at_work(office, "Ben")


def at_work(office: Office, name: str) -> Colleague:
    """Somebody who looks at the dialog of Max."""
    colleague = office.seat(name)
    colleague.open("Max")
    return colleague


def hold_back(page: Page, pattern: str) -> list[Route]:
    """Keep a page's next request of this kind on its way, as a slow line does."""
    held: list[Route] = []
    page.route(pattern, lambda route: held.append(route), times=1)
    return held


def test_what_one_does_appears_at_the_other_and_leaves_the_composer_alone(
    ann: Colleague, ben: Colleague
) -> None:
    ben.write("Half a sen")

    ann.page.keyboard.press("n")
    ann.page.keyboard.type("He is a regular.")
    ann.page.keyboard.press("Control+Enter")
    ann.page.keyboard.press("Escape")
    expect(ben.timeline).to_contain_text("He is a regular.")

    ann.page.keyboard.press("i")
    expect(ben.page.get_by_role("button", name="Answered by Ann. Hand over")).to_be_visible()

    ann.page.keyboard.press("e")
    expect(ben.page.locator("main").get_by_role("button", name="Open again").first).to_be_visible()

    expect(ben.editor).to_have_text("Half a sen")
    expect(ben.editor).to_be_focused()
    ben.page.keyboard.type("tence")
    expect(ben.editor).to_have_text("Half a sentence")


def test_the_second_who_takes_a_dialog_is_told_who_has_it(ann: Colleague, ben: Colleague) -> None:
    held = hold_back(ben.page, "**/assign")
    with ben.page.expect_request("**/assign"):
        ben.page.keyboard.press("i")
    with ann.page.expect_response("**/assign"):
        ann.page.keyboard.press("i")

    held[0].continue_()

    expect(ben.page.locator(".toast.danger")).to_contain_text("Ann is already responsible for this dialog.")
    expect(ben.page.get_by_role("button", name="Answered by Ann. Hand over")).to_be_visible()
    expect(ann.page.get_by_role("button", name="Answered by Ann. Hand over")).to_contain_text("You")


def test_an_answer_over_something_newer_asks_first_and_keeps_the_text(
    office: Office, ann: Colleague, ben: Colleague
) -> None:
    ben.write("It comes tomorrow.")
    ann.write("It has been lost.")
    held = hold_back(ben.page, "**/replies")
    doubt = ben.page.locator("#composer").get_by_role("alert")
    expect(ben.page.get_by_text("Ann is writing…")).to_be_visible()
    ben.page.keyboard.press("Control+Enter")
    expect(doubt).to_contain_text("Ann is writing here too.")
    ben.page.keyboard.press("Escape")
    expect(doubt).to_have_count(0)
    expect(ben.editor).to_be_focused()
    with ben.page.expect_request("**/replies"):
        ben.page.keyboard.press("Control+Enter")
    ann.page.keyboard.press("Control+Enter")
    expect(ann.page.locator("#composer").get_by_role("alert")).to_contain_text("Ben is writing here too.")
    with ann.page.expect_response("**/replies"):
        ann.page.keyboard.press("Enter")

    ben.open("Mia")
    ben.write("Half a sen")
    with ben.page.expect_response("**/replies"):
        held[0].continue_()
    told = ben.page.locator(".toast.danger").filter(has_text="Something new came while you were writing.")
    expect(told).to_be_visible()
    expect(ben.editor).to_be_focused()
    ben.page.keyboard.type("tence")
    expect(ben.editor).to_have_text("Half a sentence")

    told.get_by_role("button", name="Show").click()
    expect(doubt).to_contain_text("It has been lost.")
    expect(ben.editor).to_have_text("It comes tomorrow.")
    expect(ben.timeline).to_contain_text("It has been lost.")
    assert office.answers("Max") == ["It has been lost."]

    with ben.page.expect_response("**/replies"):
        ben.page.get_by_role("button", name="Send anyway").click()
    expect(ben.editor).to_have_text("")
    assert office.answers("Max") == ["It has been lost.", "It comes tomorrow."]


def test_each_sees_that_the_other_writes(ann: Colleague, ben: Colleague) -> None:
    expect(ann.page.get_by_role("img", name="Ben is looking at this too")).to_be_visible()

    ben.write("Hello")
    expect(ann.page.get_by_role("img", name="Ben is writing")).to_be_visible()
    expect(ann.page.get_by_text("Ben is writing…")).to_be_visible()

    ben.open("Mia")
    expect(ann.page.get_by_role("img", name="Ben")).to_have_count(0)


def test_a_row_that_a_colleague_completes_waits_for_the_pointer_to_leave(
    ann: Colleague, ben: Colleague
) -> None:
    ben.open("Mia")
    with ann.page.expect_response("**/complete"):
        ann.page.keyboard.press("e")
    expect(ann.row("Max")).to_have_count(0)

    expect(ben.row("Max")).to_have_class(re.compile(r"\bgone\b"))
    ben.timeline.hover()
    expect(ben.row("Max")).to_have_count(0)
    expect(ben.timeline).to_contain_text("It is Mia.")


def test_a_customer_who_writes_is_seen_for_a_moment_and_moves_nothing(office: Office) -> None:
    ann = office.seat("Ann")
    ann.open("Max")
    dialog = office.dialog("Max")
    composer = ann.page.locator("#composer")
    before = composer.bounding_box(), ann.timeline.bounding_box()
    with office.product.session() as session:
        announce(session, f"typing:{dialog.id}:{dialog.audience}")
    hint = ann.page.locator(".writing")
    expect(hint).to_contain_text("is writing…")
    expect(ann.row("Max")).to_contain_text("is typing…")
    expect(
        hint.locator("xpath=ancestor-or-self::*[@aria-live or @role='log' or @role='status']")
    ).to_have_count(0)
    assert (composer.bounding_box(), ann.timeline.bounding_box()) == before
    expect(hint).to_have_count(0, timeout=10_000)
    expect(ann.row("Max")).to_contain_text("It is Max.")

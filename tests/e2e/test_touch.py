"""The inbox in one hand: a phone of 390 pixels, and a thumb."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from inbox.models import State
from tests.e2e.colleagues import Colleague, Office, open_office
from tests.product import Product

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# What a thumb can hit, and is smaller than a thumb; links within a sentence are left out (WCAG 2.5.8).
TOO_SMALL = """() => [...document.querySelectorAll(
        "button, a[href], input:not([type=hidden], [hidden]), textarea, [contenteditable=true],"
        + "[role=tab], [role=option]"
    )].filter((each) => each.checkVisibility({ visibilityProperty: true }))
    .filter((each) => !each.closest(".hidden, .skip, p, article"))
    .map((each) => [(each.closest("label") ?? each).getBoundingClientRect(), each.outerHTML.slice(0, 160)])
    .filter(([box]) => Math.min(box.width, box.height) < 43.5)
    .map(([box, html]) => `${Math.round(box.width)} x ${Math.round(box.height)}: ${html}`)"""


@pytest.fixture
def office(product: Product, browser: Browser) -> Iterator[Office]:
    """An office where two customers wait."""
    with open_office(product, browser) as office:
        office.found("Ann", customers=("Max", "Mia"))
        yield office


@pytest.fixture
def ann(office: Office) -> Colleague:
    """Ann with her phone."""
    return office.seat("Ann", **PHONE)


def pull(page: Page, row: Locator, across: int) -> None:
    """Draw a finger across a row, let it rest, and let go; at rest nothing is flung."""
    box = row.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2 - across / 2, box["y"] + box["height"] / 2
    wire, began = page.context.new_cdp_session(page), time.time() - 1
    strokes = [("touchStart", x, 0.0)]
    strokes += [("touchMove", x + across * part / 8, part / 50) for part in range(1, 9)]
    strokes += [("touchMove", x + across, 0.5), ("touchEnd", 0.0, 0.6)]
    for kind, at, after in strokes:
        points = [] if kind == "touchEnd" else [{"x": at, "y": y}]
        told = {"type": kind, "touchPoints": points, "timestamp": began + after}
        wire.send("Input.dispatchTouchEvent", told)


def test_no_press_of_back_is_without_effect(ann: Colleague) -> None:
    ann.page.goto("/settings/profile")
    ann.page.goto("/inbox")
    ann.row("Max").tap()
    expect(ann.timeline).to_contain_text("It is Max.")
    ann.page.get_by_role("button", name="Back to the feed").tap()
    expect(ann.rows).to_have_count(2)

    ann.row("Mia").tap()
    expect(ann.timeline).to_contain_text("It is Mia.")
    with ann.page.expect_response("**/complete"):
        ann.page.get_by_role("button", name="Complete", exact=True).tap()
    expect(ann.timeline).to_contain_text("It is Max.")
    ann.page.go_back()
    expect(ann.rows).to_have_count(1)
    expect(ann.page).to_have_url(re.compile(r"/inbox\?"))

    ann.page.go_back()
    expect(ann.page).to_have_url(re.compile("/settings/profile$"))


def test_one_pane_is_seen_at_a_time_and_back_leads_to_the_feed(ann: Colleague) -> None:
    bar = ann.page.get_by_role("navigation", name="Main")
    expect(bar).to_be_in_viewport(ratio=1)
    expect(ann.timeline).to_have_count(0)

    ann.row("Max").tap()
    expect(ann.timeline).to_contain_text("It is Max.")
    expect(ann.page.get_by_role("main", name="Dialog")).to_be_visible()
    expect(ann.page.locator("#feed")).to_have_count(0)
    expect(bar).to_have_count(0)

    ann.page.get_by_role("button", name="Back to the feed").tap()
    expect(ann.rows).to_have_count(2)
    expect(bar).to_be_visible()
    expect(ann.page).to_have_url(re.compile(r"/inbox\?"))

    ann.row("Mia").tap()
    expect(ann.timeline).to_contain_text("It is Mia.")
    ann.page.go_back()
    expect(ann.rows).to_have_count(2)


def test_a_pull_to_the_right_completes_and_undo_brings_back(office: Office, ann: Colleague) -> None:
    with ann.page.expect_response("**/complete"):
        pull(ann.page, ann.row("Max"), 200)
    expect(ann.row("Max")).to_have_count(0)
    expect(ann.rows).to_have_count(1)
    assert office.dialog("Max").state == State.COMPLETED

    with ann.page.expect_response("**/reopen"):
        ann.page.get_by_role("button", name="Undo").tap()
    assert office.dialog("Max").state == State.OPEN


def test_the_button_does_what_the_pull_does(office: Office, ann: Colleague) -> None:
    ann.row("Max").tap()
    with ann.page.expect_response("**/complete"):
        ann.page.get_by_role("button", name="Complete", exact=True).tap()
    expect(ann.timeline).to_contain_text("It is Mia.")
    assert office.dialog("Max").state == State.COMPLETED


def test_a_pull_that_is_too_short_does_nothing(office: Office, ann: Colleague) -> None:
    pull(ann.page, ann.row("Max"), 60)
    pull(ann.page, ann.row("Mia"), 200)
    expect(ann.rows).to_have_count(1)
    expect(ann.row("Max")).to_be_visible()
    assert office.dialog("Max").state == State.OPEN


def test_a_pull_to_the_left_asks_until_when(office: Office, ann: Colleague) -> None:
    pull(ann.page, ann.row("Max"), -200)
    with ann.page.expect_response("**/snooze"):
        ann.page.get_by_role("option", name="Tomorrow morning").tap()
    expect(ann.row("Max")).to_have_count(0)
    assert office.dialog("Max").state == State.SNOOZED
    ann.page.get_by_role("navigation", name="Main").get_by_role("button", name="Snoozed").tap()
    expect(ann.row("Max")).to_contain_text("tomorrow at 09:00 · You")
    expect(ann.row("Max")).to_have_accessible_name(re.compile("snoozed by: You"))


def test_the_bottom_bar_leads_to_the_views_and_to_the_search(ann: Colleague) -> None:
    bar = ann.page.get_by_role("navigation", name="Main")
    bar.get_by_role("button", name="Snoozed").tap()
    expect(ann.page.get_by_role("heading", name="Snoozed")).to_be_visible()
    bar.get_by_role("button", name="More").tap()
    ann.page.get_by_role("link", name="Team feed").tap()
    expect(ann.rows).to_have_count(2)
    bar.get_by_role("button", name="Search").tap()
    expect(ann.page.get_by_role("combobox")).to_be_focused()


def test_everything_is_large_enough_for_a_thumb(ann: Colleague) -> None:
    bar = ann.page.get_by_role("navigation", name="Main")
    expect(ann.rows).to_have_count(2)
    assert ann.page.evaluate(TOO_SMALL) == []

    bar.get_by_role("button", name="More").tap()
    expect(ann.page.get_by_role("link", name="Team feed")).to_be_visible()
    assert ann.page.evaluate(TOO_SMALL) == []
    ann.page.keyboard.press("Escape")

    ann.row("Max").tap()
    expect(ann.timeline).to_contain_text("It is Max.")
    assert ann.page.evaluate(TOO_SMALL) == []

    ann.page.get_by_role("button", name="Change the recipients").tap()
    expect(ann.page.get_by_label("Subject")).to_be_visible()
    ann.page.locator("#composer input[type=file]").set_input_files(
        {"name": f"{'A long name ' * 9}.txt", "mimeType": "text/plain", "buffer": b"Hello"}
    )
    expect(ann.page.get_by_role("list", name="Attached files")).to_be_visible()
    assert ann.page.evaluate(TOO_SMALL) == []

    ann.page.get_by_role("button", name="Snooze", exact=True).tap()
    expect(ann.page.get_by_role("option", name="Tomorrow morning")).to_be_visible()
    assert ann.page.evaluate(TOO_SMALL) == []


def test_an_answer_to_one_does_not_bring_the_keyboard_up_at_the_next(ann: Colleague) -> None:
    ann.row("Max").tap()
    ann.page.get_by_role("tab", name="Reply").tap()
    expect(ann.editor).to_be_focused()
    ann.page.get_by_role("button", name="Back to the feed").tap()

    ann.row("Mia").tap()
    expect(ann.timeline).to_contain_text("It is Mia.")
    expect(ann.editor).not_to_be_focused()

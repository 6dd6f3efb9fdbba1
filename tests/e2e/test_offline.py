"""The train goes into a tunnel: nothing that was typed or sent is lost, and nothing leaves twice."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from inbox.models import State
from tests.e2e.colleagues import Colleague, Office, open_office
from tests.product import Product

pytestmark = pytest.mark.browser

LONG = 20_000  # a browser that was away tries again every few seconds


@pytest.fixture
def office(product: Product, browser: Browser) -> Iterator[Office]:
    """An office where two customers wait."""
    with open_office(product, browser) as office:
        office.found("Ann", customers=("Max", "Mia"))
        yield office


@pytest.fixture
def ann(office: Office) -> Colleague:
    """Ann, with a dialog open and the next one read ahead."""
    ann = office.seat("Ann")
    mia = office.dialog("Mia").id
    with ann.page.expect_response(f"**/api/dialogs/{mia}"):
        ann.open("Max")
    return ann


def bar(ann: Colleague) -> Locator:
    """What stands over the screen while there is no connection."""
    return ann.page.get_by_text("No connection.")


def test_the_bar_comes_with_the_silence_and_goes_with_it(ann: Colleague) -> None:
    expect(bar(ann)).to_have_count(0)
    ann.context.set_offline(True)
    expect(bar(ann)).to_have_text("No connection. Trying again…")
    ann.context.set_offline(False)
    expect(bar(ann)).to_have_count(0, timeout=LONG)


def test_the_bar_goes_although_the_socket_never_broke(ann: Colleague) -> None:
    say = "name => window.dispatchEvent(new Event(name))"
    ann.page.evaluate(say, "offline")
    expect(bar(ann)).to_have_text("No connection. Trying again…")
    ann.page.evaluate(say, "online")
    expect(bar(ann)).to_have_count(0)


def test_an_answer_given_offline_leaves_once_when_the_connection_is_back(
    office: Office, ann: Colleague
) -> None:
    ann.write("It comes tomorrow.")
    ann.context.set_offline(True)
    ann.page.keyboard.press("Control+Enter")

    expect(ann.timeline).to_contain_text("It comes tomorrow.")
    expect(ann.timeline).to_contain_text("Waits for the connection")
    expect(bar(ann)).to_have_text("No connection. Your changes will be sent when you are back online.")
    assert office.answers("Max") == []

    with ann.page.expect_response("**/replies", timeout=LONG):
        ann.context.set_offline(False)
    expect(ann.timeline).not_to_contain_text("Waits for the connection")
    expect(bar(ann)).to_have_count(0, timeout=LONG)
    expect(ann.timeline.get_by_text("It comes tomorrow.")).to_have_count(1)
    assert office.answers("Max") == ["It comes tomorrow."]


def test_an_answer_whose_receipt_was_lost_is_not_sent_twice(office: Office, ann: Colleague) -> None:
    def lose_the_receipt(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    ann.page.route("**/replies", lose_the_receipt, times=1)
    ann.write("It comes tomorrow.")
    with ann.page.expect_response("**/replies"):
        ann.page.keyboard.press("Control+Enter")
    expect(ann.timeline).not_to_contain_text("Waits for the connection")
    expect(ann.timeline.get_by_text("It comes tomorrow.")).to_have_count(1)
    assert office.answers("Max") == ["It comes tomorrow."]


def test_what_is_typed_offline_is_kept_through_other_dialogs_and_a_reload(ann: Colleague) -> None:
    ann.write("Half a ")
    ann.context.set_offline(True)
    ann.page.keyboard.type("sentence")
    ann.page.keyboard.press("Escape")
    ann.open("Mia")
    expect(ann.editor).to_have_text("")
    ann.open("Max")
    expect(ann.editor).to_have_text("Half a sentence")

    ann.context.set_offline(False)
    ann.page.reload()
    ann.open("Max")
    expect(ann.editor).to_have_value("Half a sentence")


def test_a_feed_worked_offline_is_worked_when_the_connection_is_back(office: Office, ann: Colleague) -> None:
    ann.context.set_offline(True)
    ann.page.keyboard.press("e")
    expect(ann.timeline).to_contain_text("It is Mia.")
    ann.page.keyboard.press("e")
    expect(ann.page.get_by_role("heading", name="The feed is empty")).to_be_visible()
    assert office.dialog("Max").state == State.OPEN

    max_id, mia_id = (office.dialog(each).id for each in ("Max", "Mia"))
    with (
        ann.page.expect_response(f"**/{max_id}/complete", timeout=LONG),
        ann.page.expect_response(f"**/{mia_id}/complete", timeout=LONG),
    ):
        ann.context.set_offline(False)
    expect(bar(ann)).to_have_count(0, timeout=LONG)
    assert [office.dialog(each).state for each in ("Max", "Mia")] == [State.COMPLETED, State.COMPLETED]


def test_what_is_undone_offline_is_undone_at_once_and_never_happens(office: Office, ann: Colleague) -> None:
    asked: list[str] = []
    ann.page.on("requestfinished", lambda request: asked.append(request.url))
    ann.write("It comes tomorrow.")
    ann.context.set_offline(True)
    ann.page.keyboard.press("Control+Enter")
    expect(ann.page.locator(".toast")).to_contain_text("The reply leaves when the connection is back.")
    ann.page.keyboard.press("z")
    expect(ann.editor).to_have_text("It comes tomorrow.")
    expect(ann.timeline).not_to_contain_text("It comes tomorrow.")

    ann.page.keyboard.press("Escape")
    ann.page.keyboard.press("e")
    expect(ann.row("Max")).to_have_count(0)
    ann.page.keyboard.press("z")
    expect(ann.row("Max")).to_be_visible()
    expect(ann.page.locator(".toast")).to_contain_text("Undone: Dialog completed")

    with ann.page.expect_response("**/drafts/reply", timeout=LONG):
        ann.context.set_offline(False)
    assert [url for url in asked if url.endswith(("/complete", "/reopen", "/replies", "/undo"))] == []
    assert office.answers("Max") == []
    assert office.dialog("Max").state == State.OPEN


def test_one_can_begin_to_write_without_a_connection(ann: Colleague) -> None:
    ann.page.route("**/editor-*.js", lambda route: route.abort("internetdisconnected"))
    ann.page.reload()
    ann.open("Max")
    ann.page.keyboard.press("r")
    ann.page.keyboard.type("Half a sen")
    expect(ann.editor).to_have_value("Half a sen")

    ann.page.unroute("**/editor-*.js")
    ann.page.keyboard.type("tence", delay=100)
    expect(ann.editor).to_have_text("Half a sentence")

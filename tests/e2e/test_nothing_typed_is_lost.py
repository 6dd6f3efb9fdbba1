"""What Ann typed is still there when it was not taken, with a sentence that says why."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Route, expect
from sqlalchemy import select

from inbox.models import Channel, Delivery, Message
from people.models import Customer
from tests.app.waiting import until
from tests.e2e.colleagues import Colleague, Office, open_office
from tests.product import Product

pytestmark = pytest.mark.browser

LONG = 20_000


@pytest.fixture
def office(product: Product, browser: Browser) -> Iterator[Office]:
    """An office where two customers wait."""
    with open_office(product, browser) as office:
        office.found("Ann", "Ben", customers=("Max", "Mia"))
        yield office


@pytest.fixture
def writable(office: Office) -> Iterator[None]:
    """The mailbox can be written from; what is written is held for longer than the test lasts."""
    for enabled in (True, False):
        with office.product.session() as session:
            channel = session.get_one(Channel, office.channel_id)
            channel.enabled, channel.undo_seconds = enabled, 600
            session.commit()
        if enabled:
            yield


@pytest.fixture
def ann(office: Office) -> Colleague:
    """Ann, with a dialog open and the next one read ahead."""
    ann = office.seat("Ann")
    mia = office.dialog("Mia").id
    with ann.page.expect_response(f"**/api/dialogs/{mia}"):
        ann.open("Max")
    return ann


def notes(ann: Colleague) -> Locator:
    """Where she writes down what the team should remember."""
    return ann.page.get_by_role("textbox", name="Notes")


def noted(office: Office, customer: str) -> str:
    """What is written on a customer's card."""
    with office.product.session() as session:
        return session.get_one(Customer, office.dialog(customer).customer_id).notes


def refuse(code: str, message: str) -> str:
    """A refusal as the server words it."""
    return f'{{"error": {{"code": "{code}", "message": "{message}", "field": null, "details": {{}}}}}}'


def test_notes_on_two_cards_in_one_breath_are_both_kept(office: Office, ann: Colleague) -> None:
    notes(ann).fill("Likes tea")
    ann.row("Mia").click()
    expect(ann.timeline).to_contain_text("It is Mia.")
    expect(notes(ann)).to_have_value("")
    notes(ann).fill("Likes coffee")
    until(lambda: (noted(office, "Max"), noted(office, "Mia")) == ("Likes tea", "Likes coffee"), 10)


def test_notes_that_could_not_be_sent_stand_there_after_a_reload_and_are_saved(
    office: Office, ann: Colleague
) -> None:
    ann.page.route("**/api/customers/*", lambda route: route.abort("internetdisconnected"))
    notes(ann).fill("Likes tea")
    expect(ann.page.get_by_role("alert").filter(has_text="Not saved yet")).to_be_visible(timeout=LONG)
    ann.open("Mia")
    ann.open("Max")
    expect(notes(ann)).to_have_value("Likes tea")
    ann.page.unroute("**/api/customers/*")
    ann.page.reload()
    ann.open("Max")
    expect(notes(ann)).to_have_value("Likes tea")
    until(lambda: noted(office, "Max") == "Likes tea", LONG / 1000)


def test_notes_that_are_refused_stay_in_their_field_with_a_sentence(office: Office, ann: Colleague) -> None:
    body = refuse("merged_meanwhile", "Somebody merged this card just now.")
    ann.page.route(
        "**/api/customers/*",
        lambda route: route.fulfill(status=409, body=body, content_type="application/json"),
        times=1,
    )
    notes(ann).fill("Likes tea")
    told = ann.page.get_by_role("alert").filter(has_text="Somebody merged this card just now.")
    expect(told).to_contain_text("What you wrote stays here.")
    ann.open("Mia")
    ann.open("Max")
    expect(notes(ann)).to_have_value("Likes tea")
    told.get_by_role("button", name="Save again").click()
    expect(told).to_have_count(0)
    until(lambda: noted(office, "Max") == "Likes tea", 10)


def test_a_letter_that_arrived_unheard_and_was_changed_does_not_pass_for_the_changed_one(
    office: Office, writable: None, ann: Colleague
) -> None:
    def hear_nothing(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    ann.page.route("**/api/dialogs", hear_nothing, times=1)
    ann.page.keyboard.press("c")
    letter = ann.page.get_by_role("dialog", name="New dialog")
    letter.get_by_label("To", exact=True).fill("zoe@customer.test")
    body = letter.get_by_role("textbox", name="Text", exact=True)
    body.fill("Hello Zoe")
    send = letter.get_by_role("button", name="Send")
    send.click()
    expect(letter.get_by_role("alert")).to_be_visible(timeout=LONG)
    body.fill("Hello Zoe, and good news")
    send.click()
    expect(letter.get_by_role("alert")).to_contain_text("This arrived already, as it was first written.")
    expect(body).to_contain_text("good news")
    send.click()
    expect(letter).to_have_count(0)
    expect(ann.timeline).to_contain_text("good news")


def test_the_comment_of_a_hand_over_that_was_refused_is_a_draft(office: Office, ann: Colleague) -> None:
    body = refuse("assigned_meanwhile", "Somebody else has it now.")
    ann.page.route(
        "**/api/dialogs/*/assign",
        lambda route: route.fulfill(status=409, body=body, content_type="application/json"),
        times=1,
    )
    ann.page.keyboard.press("a")
    ann.page.get_by_role("option", name="Ben").first.click()
    ann.page.get_by_role("textbox", name="Comment for Ben").fill("He waits for a refund")
    ann.page.get_by_role("button", name="Hand over", exact=True).click()
    told = ann.page.get_by_role("alert").filter(has_text="Somebody else has it now.")
    expect(told).to_contain_text("What you wrote is a draft again.")
    ann.page.keyboard.press("n")
    expect(ann.editor).to_contain_text("He waits for a refund")
    ann.page.reload()
    ann.open("Max")
    ann.page.keyboard.press("n")
    expect(ann.editor).to_contain_text("He waits for a refund")


def test_an_answer_taken_back_by_key_is_a_draft_at_once_and_leaves_other_words_alone(
    office: Office, writable: None, ann: Colleague
) -> None:
    held: list[Route] = []
    ann.page.route("**/api/messages/*/undo", lambda route: held.append(route), times=1)
    ann.write("It comes on Monday.")
    with ann.page.expect_response("**/replies"):
        ann.page.keyboard.press("Control+Enter")
    with ann.page.expect_request("**/undo"):
        ann.page.keyboard.press("z")
    expect(ann.editor).to_be_focused()
    expect(ann.editor).to_have_text("It comes on Monday.")
    expect(ann.timeline).not_to_contain_text("It comes on Monday.")
    expect(ann.page.locator(".toast")).to_contain_text("Not sent. The reply is a draft again.")
    ann.page.keyboard.type(" Or Tuesday.")

    ann.page.keyboard.press("Escape")
    ann.page.keyboard.press("n")
    expect(ann.editor).to_be_focused()
    ann.page.keyboard.type("He lies, ")
    with ann.page.expect_response("**/drafts/reply") as saved:
        held[0].continue_()
    ann.page.keyboard.type("do not refund.")
    expect(ann.editor).to_have_text("He lies, do not refund.")
    assert saved.value.ok
    ann.page.keyboard.press("Escape")
    ann.page.keyboard.press("r")
    expect(ann.editor).to_have_text("It comes on Monday. Or Tuesday.")
    expect(ann.page.get_by_text("This draft was changed in another window.")).to_have_count(0)

    with ann.page.expect_response("**/replies"):
        ann.page.keyboard.press("Control+Enter")
    ann.page.keyboard.press("r")
    expect(ann.editor).to_have_text("")
    with ann.page.expect_response("**/undo"):
        ann.page.keyboard.press("Control+z")
    expect(ann.editor).to_have_text("It comes on Monday. Or Tuesday.")
    with office.product.session() as session:
        left = select(Message.delivery).where(
            Message.dialog_id == office.dialog("Max").id, Message.direction == "out"
        )
        assert session.scalars(left).all() == [Delivery.UNDONE] * 2


def test_an_answer_taken_back_before_it_left_is_a_draft(office: Office, ann: Colleague) -> None:
    ann.page.route("**/api/dialogs/*/comments", lambda route: None)
    ann.page.keyboard.press("n")
    expect(ann.editor).to_be_focused()
    ann.page.keyboard.type("He is in a hurry")
    ann.page.keyboard.press("Control+Enter")
    ann.page.keyboard.press("Escape")
    ann.write("It comes on Monday.")
    ann.page.keyboard.press("Control+Enter")

    ann.page.get_by_role("button", name="Undo").first.click()
    ann.page.keyboard.press("r")
    expect(ann.editor).to_contain_text("It comes on Monday.")

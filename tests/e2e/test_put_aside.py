"""What is put aside half done goes on: a file on its way, a letter nobody has got yet."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Route, expect

from inbox.models import Channel
from tests.e2e.colleagues import Colleague, Office, open_office
from tests.product import Product

pytestmark = pytest.mark.browser

PICTURE: FilePayload = {"name": "jug.txt", "mimeType": "text/plain", "buffer": b"A jug."}
DROP = """() => {
  const data = new DataTransfer();
  data.items.add(new File(["A blue jug."], "blue.txt", { type: "text/plain" }));
  const drop = new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
  document.querySelector("dialog[open]").dispatchEvent(drop);
}"""


@pytest.fixture
def office(product: Product, browser: Browser) -> Iterator[Office]:
    """An office that writes letters; they are held for longer than the test lasts."""
    with open_office(product, browser) as office:
        office.found("Ann", customers=("Max", "Mia"))
        for enabled in (True, False):
            with product.session() as session:
                channel = session.get_one(Channel, office.channel_id)
                channel.enabled, channel.undo_seconds = enabled, 600
            if enabled:
                yield office


@pytest.fixture
def ann(office: Office) -> Colleague:
    """Ann, with a dialog open."""
    ann = office.seat("Ann")
    ann.open("Max")
    return ann


def test_a_file_on_its_way_stays_with_what_it_was_picked_for(office: Office, ann: Colleague) -> None:
    held: list[Route] = []
    page, files = ann.page, ann.page.get_by_role("list", name="Attached files")
    page.route("**/api/uploads", lambda route: held.append(route))
    ann.write("See the picture.")
    page.locator("#composer input[type=file]").set_input_files(PICTURE)
    expect(files).to_contain_text("jug.txt")

    ann.open("Mia")
    expect(files).to_have_count(0)
    expect(ann.row("Max")).to_have_accessible_name(re.compile("has a draft"))
    ann.open("Max")
    expect(files.get_by_role("progressbar")).to_be_visible()
    ann.editor.focus()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Files are still being uploaded.").first).to_be_visible()

    ann.open("Mia")
    with page.expect_request(
        lambda one: one.url.endswith("/drafts/reply") and "jug.txt" in str(one.post_data)
    ):
        held[0].continue_()
    ann.open("Max")
    expect(files).to_contain_text("jug.txt")
    expect(files.get_by_role("progressbar")).to_have_count(0)

    page.unroute("**/api/uploads")
    page.route("**/api/uploads", lambda route: route.abort(), times=1)
    page.locator("#composer input[type=file]").set_input_files({**PICTURE, "name": "handle.txt"})
    files.get_by_role("button", name="Upload handle.txt again").click()
    expect(files.get_by_role("listitem")).to_contain_text(["jug.txt", "handle.txt"])
    expect(files.get_by_role("progressbar")).to_have_count(0)
    ann.editor.focus()
    with page.expect_response("**/replies"):
        page.keyboard.press("Control+Enter")
    expect(ann.timeline).to_contain_text("handle.txt")


def test_a_new_letter_is_kept_until_it_is_sent_and_can_be_taken_back(office: Office, ann: Colleague) -> None:
    page, letter = ann.page, ann.page.get_by_role("dialog", name="New dialog")
    page.keyboard.press("c")
    expect(letter.get_by_label("To", exact=True)).to_be_focused()
    page.keyboard.type("nina@customer.test")
    page.keyboard.press("Enter")
    letter.get_by_label("Subject").fill("A new jug")
    letter.get_by_role("textbox", name="Text").click()
    page.keyboard.type("It is blue.")
    with page.expect_response("**/api/uploads"):
        page.evaluate(DROP)
    expect(letter.get_by_role("list", name="Attached files")).to_contain_text("blue.txt")
    page.keyboard.press("Escape")
    expect(letter).to_have_count(0)
    expect(page.get_by_role("list", name="Attached files")).to_have_count(0)

    page.reload()
    expect(ann.rows.first).to_be_visible()
    page.keyboard.press("c")
    expect(letter).to_contain_text("It is blue.")
    expect(letter.get_by_label("Subject")).to_have_value("A new jug")
    expect(letter).to_contain_text("nina@customer.test")
    expect(letter).to_contain_text("blue.txt")
    with page.expect_response("**/api/dialogs"):
        page.keyboard.press("Control+Enter")
    expect(ann.timeline).to_contain_text("It is blue.")

    with page.expect_response("**/undo"):
        page.keyboard.press("z")
    expect(ann.editor).to_contain_text("It is blue.")
    expect(page.get_by_role("button", name="Change the recipients")).to_contain_text("nina@customer.test")
    page.locator("#feed").focus()
    page.keyboard.press("c")
    expect(letter.get_by_label("To", exact=True)).to_be_focused()
    expect(letter).not_to_contain_text("nina@customer.test")


def test_a_page_older_than_the_product_says_so_and_loses_nothing(office: Office, ann: Colleague) -> None:
    page = ann.page
    for part in ("Snooze", "Customer"):
        page.route(f"**/dist/{part}-*.js", lambda route: route.fulfill(status=404))
    page.reload()
    ann.open("Max")
    told = page.locator(".toasts").get_by_text("Emptyfeed has been updated.")
    expect(told).to_be_visible()
    page.get_by_role("button", name="Close").first.click()
    expect(told).to_have_count(0)
    with page.expect_response("**/drafts/reply"):
        ann.write("Not sent yet.")
    page.keyboard.press("Escape")
    page.keyboard.press("h")
    expect(told).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="Reload").click()
    expect(ann.editor).to_have_value("Not sent yet.")
    page.keyboard.press("h")
    expect(page.get_by_role("dialog", name="Snooze")).to_be_visible()

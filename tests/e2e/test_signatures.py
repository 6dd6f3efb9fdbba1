"""What stands below a letter: seen before it is sent, left off when it is not wanted, seen afterwards."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from inbox.models import Message
from people.models import Agent
from tests.e2e.colleagues import Office, open_office
from tests.product import Product

pytestmark = pytest.mark.browser


@pytest.fixture
def office(product: Product, browser: Browser) -> Iterator[Office]:
    """An office where Ann has a signature."""
    with open_office(product, browser) as office:
        office.found("Ann", customers=("Max", "Mia"))
        with product.session() as session:
            session.get_one(Agent, office.agents["Ann"].id).settings = {"signature": "Yours, Ann\nSupport"}
        yield office


def signature_of(office: Office, text: str) -> str:
    """The signature a letter was frozen with."""
    with office.product.session() as session:
        found = select(Message).where(Message.channel_id == office.channel_id, Message.text.contains(text))
        return str(session.scalars(found).one().envelope["signature"])


def test_a_signature_is_folded_below_the_text_and_unfolds_below_the_letter(office: Office) -> None:
    ann = office.seat("Ann")
    ann.open("Max")
    folded = ann.page.locator("#composer summary")
    expect(folded).to_contain_text("Yours, Ann")
    expect(folded).not_to_contain_text("Support")
    folded.click()
    expect(ann.page.locator("#composer details")).to_contain_text("Support")

    ann.write("It comes tomorrow.")
    with ann.page.expect_response("**/replies"):
        ann.page.keyboard.press("Control+Enter")
    ann.timeline.get_by_role("button", name="Show the signature").click()
    expect(ann.timeline).to_contain_text("Support")
    assert signature_of(office, "tomorrow") == "Yours, Ann\nSupport"


def test_a_letter_goes_without_a_signature_when_its_writer_says_so_and_so_does_its_draft(
    office: Office,
) -> None:
    ann = office.seat("Ann")
    ann.open("Max")
    ann.write("Short.")
    ann.page.locator("#composer summary").click()
    with ann.page.expect_response("**/drafts/reply"):
        ann.page.get_by_role("checkbox", name="Below this e-mail").uncheck()
    ann.open("Mia")
    expect(ann.page.locator("#composer summary")).to_contain_text("Yours, Ann")
    ann.open("Max")
    expect(ann.page.locator("#composer summary")).to_contain_text("none")

    ann.editor.focus()
    with ann.page.expect_response("**/replies"):
        ann.page.keyboard.press("Control+Enter")
    expect(ann.timeline).to_contain_text("Short.")
    expect(ann.timeline.get_by_role("button", name="Show the signature")).to_have_count(0)
    assert signature_of(office, "Short.") == ""


def test_a_comment_is_not_signed(office: Office) -> None:
    ann = office.seat("Ann")
    ann.open("Max")
    expect(ann.page.locator("#composer summary")).to_be_visible()
    ann.page.keyboard.press("n")
    expect(ann.page.locator("#composer summary")).to_have_count(0)

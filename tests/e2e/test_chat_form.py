"""What a chat message looks like: as its writer formed it, without a word of their HTML in the page."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.e2e.colleagues import Office, open_office
from tests.makers import make_channel, make_dialog
from tests.product import Product

pytestmark = pytest.mark.browser

WORDS = (
    "Bold italic both under gone\nSee the offer or https://shop.test/plain\n"
    "Code: gate 14\nlet x = 1;\nNot my words\nThe end is nigh"
)
FORM = (
    "<b>Bold </b><i>italic <b>both</b></i> <u>under</u> <s>gone</s><br>See "
    '<a href="https://shop.test/offer">the offer</a> or https://shop.test/plain<br>'
    "Code: <code>gate 14</code><br><pre>let x = 1;</pre><br><blockquote>Not my words</blockquote><br>"
    "The end is <tg-spoiler>nigh</tg-spoiler>"
)


@pytest.fixture
def office(product: Product, browser: Browser) -> Iterator[Office]:
    """An office that somebody writes to from Telegram."""
    with open_office(product, browser) as office:
        office.found("Ann", customers=())
        yield office


def chat(office: Office, **given: Any) -> int:
    """A chat of Max's."""
    with office.product.session() as session:
        channel = make_channel(session, *office.agents.values(), kind="telegram", enabled=False)
        return make_dialog(session, channel, conversation=f"chat-{channel.id}", subject="", **given).id


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chat_message_has_the_form_its_writer_gave_it(office: Office, scheme: str) -> None:
    dialog = chat(office, text=WORDS, html=FORM)
    ann = office.seat("Ann", f"/inbox/{dialog}", color_scheme=scheme)
    words = ann.timeline.locator("article .text")
    expect(words.locator("i > b")).to_have_text("both")
    for tag, text in (("u", "under"), ("s", "gone"), ("code", "gate 14"), ("pre", "let x = 1;")):
        expect(words.locator(tag)).to_have_text(text)
    expect(words.locator("blockquote")).to_have_text("Not my words")
    links = words.locator("a").evaluate_all("all => all.map(one => [one.textContent, one.href, one.rel])")
    safe = "noopener noreferrer nofollow"
    assert links == [
        ["the offer", "https://shop.test/offer", safe],
        ["https://shop.test/plain", "https://shop.test/plain", safe],
    ]
    hidden = words.get_by_text("nigh")
    expect(hidden).to_be_hidden()
    found = Axe().run(ann.page)
    assert found.violations_count == 0, found.generate_report()
    words.get_by_role("button", name="Show the hidden text").click()
    expect(hidden).to_be_visible()
    assert words.inner_text().replace("\n\n", "\n") == WORDS

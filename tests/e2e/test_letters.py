"""Letters in HTML on the real screen: as high as they are, and readable in the dark."""

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.post import LETTERS
from tests.security.besieged import Besieged
from tests.security.post import deliver

pytestmark = pytest.mark.browser

FITS = """() => {
  const page = document.querySelector("#timeline iframe").contentDocument;
  const spare = page.defaultView.innerHeight - page.documentElement.offsetHeight;
  return spare >= 0 && spare <= 4;
}"""


@pytest.mark.requirement("I11")
def test_a_letter_has_the_height_it_needs_and_its_own_paper_in_the_dark(
    browser: Browser, besieged: Besieged
) -> None:
    letter = deliver(besieged.product, {"news": (LETTERS / "news.eml").read_bytes()}, channel="News")["news"]
    home = besieged.product.url
    context = browser.new_context(base_url=home, color_scheme="dark", viewport={"width": 1600, "height": 900})
    try:
        context.add_cookies([{"name": "sid", "value": besieged.ann.cookie, "url": home}])
        page = context.new_page()
        page.goto(f"/inbox/{letter.dialog}")
        body = page.locator("#timeline iframe").content_frame.locator("body")
        expect(body).to_contain_text("Осенние скидки")
        page.wait_for_function(FITS)
        paper = body.evaluate("body => getComputedStyle(body.parentElement).backgroundColor")
        assert paper == "rgb(255, 255, 255)"
        heading = body.get_by_text("Осенние скидки")
        assert heading.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(11, 92, 99)"
    finally:
        context.close()

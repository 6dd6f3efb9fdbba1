"""Hostile letters in a real browser: nothing in them runs, and nothing reaches out before somebody asks.

Each letter of `tests/security/letters` is named after the hole of another program that it is modelled on.
It comes in by the real intake and is opened on the real screen.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.security.besieged import Besieged
from tests.security.post import Delivered
from tests.security.window import Window, open_window

pytestmark = pytest.mark.browser

Letters = dict[str, Delivered]

# What stands in no letter that we show, and what no element of one may carry.
FORBIDDEN = (
    "svg, math, script, form, base, link, iframe, frame, object, embed, applet, input, button, textarea, "
    "select, video, audio, source, picture, template, noscript, map, area, marquee, portal, dialog, "
    "body meta, body title, body style, [srcset], [background], [ping], [srcdoc], [id], [class], [slot], "
    "[name]:not(meta), [autofocus], [contenteditable], [formaction], [poster], [is]"
)
INSPECT = r"""forbidden => {
  const seen = [...document.querySelectorAll(forbidden)].map(one => one.outerHTML.slice(0, 200));
  for (const one of document.querySelectorAll("*")) {
    for (const { name, value } of one.attributes) {
      if (name.startsWith("on")) seen.push(`${one.tagName} ${name}`);
      if (name === "href" && !/^(https?|mailto|tel):/i.test(value)) seen.push(`href ${value}`);
      if (name === "target" && value !== "_blank") seen.push(`target ${value}`);
      if (name === "style" && /url|expression|@|\\|position|var\(/i.test(value)) seen.push(`style ${value}`);
      if (name === "src" && !value.startsWith("/letters/")) seen.push(`src ${value}`);
    }
    const { position } = getComputedStyle(one);
    if (position !== "static") seen.push(`${one.tagName} is ${position}`);
    if (one.offsetHeight > 4000 || one.offsetWidth > 4000) seen.push(`${one.tagName} is huge`);
  }
  return seen;
}"""


@pytest.fixture(scope="module")
def window(besieged: Besieged, browser: Browser, hostile_letters: Letters) -> Iterator[Window]:
    """One page for all of it."""
    with open_window(browser, besieged) as window:
        yield window


@pytest.fixture(autouse=True)
def nothing_ran(window: Window) -> Iterator[None]:
    """Whatever a test does: no script of a letter runs, and the browser had nothing to hold back."""
    yield
    assert (window.ran, window.faults, window.left) == ([], [], [])


@pytest.mark.requirement("I11")
def test_no_letter_runs_anything_or_reaches_out_until_its_pictures_are_asked_for(
    window: Window, hostile_letters: Letters, besieged: Besieged
) -> None:
    shown, wrong = 0, {}
    for name, letter in hostile_letters.items():
        frame = window.open(name, letter)
        found = window.payloads()
        if frame is not None:
            assert f"Hello from {name}" in frame.locator("body").inner_text(), name
            found += frame.evaluate(INSPECT, FORBIDDEN)
            shown += 1
        if found:
            wrong[name] = found
    assert wrong == {}
    assert shown > 35
    assert besieged.elsewhere.asked == []


@pytest.mark.requirement("I11")
def test_pictures_that_were_asked_for_come_through_us_alone(
    window: Window, hostile_letters: Letters, besieged: Besieged
) -> None:
    wanted = set()
    for name, letter in hostile_letters.items():
        if window.open(name, letter) is None:
            continue
        window.page.get_by_role("button", name="Show pictures from the internet").click()
        frame = window.frame(window.page.locator("#timeline iframe[src*='remote=1']"))
        assert frame.evaluate(INSPECT, FORBIDDEN) == [], name
        wanted.add(f"/{name}.png")
    assert wanted - {"/utf-16.png"} <= {each.path for each in besieged.elsewhere.asked}
    for each in besieged.elsewhere.asked:
        assert not each.headers.keys() & {"Cookie", "Referer", "Origin", "Authorization"}, each
        assert "Chrome" not in each.headers.get("User-Agent", ""), each

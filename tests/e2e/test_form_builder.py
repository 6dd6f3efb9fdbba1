"""A form is built by keyboard, put on a page of another origin, and filled in with and without JavaScript."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.requirement("CHN-05")]

LONG = 60_000
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Clay and linen</title></head>
<body><h1>Write to us</h1>{script}<p>Below the form</p></body></html>"""


@contextmanager
def site() -> Iterator[tuple[str, list[str]]]:
    """A page on another origin, and the script that it shows once there is one."""
    scripts: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(_PAGE.format(script="".join(scripts)).encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}", scripts
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def build_by_keyboard(page: Page) -> None:
    """A form for questions with a choice of colours above the question; no mouse is touched."""
    page.get_by_role("button", name="Create this form: Ask a question").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ask a question", exact=True)).to_be_visible()
    page.get_by_role("button", name="One of several").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#label-4-en")).to_be_focused()
    page.keyboard.type("Colour")
    page.locator("#options-4").focus()
    page.keyboard.type("Blue\nGrey")
    expect(page.frame_locator("#look").get_by_label("Colour")).to_be_visible()
    page.locator("#up-4").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#up-3")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#up-2")).to_be_focused()
    expect(page.locator("#label-2-en")).to_have_value("Colour")
    page.get_by_role("button", name="Remove: Phone").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".asked")).to_have_count(4)
    expect(page.get_by_text("Not saved yet.")).to_be_visible()
    page.locator("#titles-en").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Changes are not published")).to_be_visible()
    page.get_by_role("button", name="Save and publish").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Published. This is what people see now.")).to_be_visible()


def allow(page: Page, address: str) -> None:
    """Let a site show the form."""
    page.get_by_role("link", name="Settings", exact=True).click()
    if not page.locator("#sites").is_visible():
        page.locator("summary", has_text="More").click()
    page.locator("#sites").fill(address.removeprefix("http://"))
    page.get_by_role("button", name="Save and test").click()


def test_a_form_built_by_keyboard_brings_both_strangers_once(
    screen: Callable[..., Page], product: Product, browser: Browser
) -> None:
    page = screen("/settings/channels/new/webform")
    build_by_keyboard(page)
    with site() as (address, scripts):
        allow(page, address)
        page.get_by_role("link", name="On your site").click()
        hosted = page.locator("pre.code").first.inner_text()
        scripts.append(page.locator("pre.code").filter(has_text="form.js").inner_text())

        without = browser.new_context(java_script_enabled=False, locale="en-GB")
        stranger = without.new_page()
        stranger.goto(hosted)
        product.shift_clock(10)
        stranger.get_by_label("Name").fill("Max Formless")
        stranger.get_by_label("E-mail").fill("max@forms.test")
        stranger.get_by_role("button", name="Send the question").click()
        expect(stranger.get_by_text("Something is not right yet.")).to_be_visible()
        stranger.get_by_label("Your question").fill("Is the grey one there?")
        stranger.get_by_label("Colour").select_option("Grey")
        stranger.get_by_role("button", name="Send the question").dblclick()
        expect(stranger.get_by_text("Thank you! We have your question")).to_be_visible()

        with_script = browser.new_context(locale="en-GB")
        other = with_script.new_page()
        other.goto(f"{address}/?utm_source=ads&utm_term=grey+jug")
        frame = other.frame_locator("iframe")
        frame.get_by_label("Name").fill("Mia Framed")
        product.shift_clock(20)
        frame.get_by_label("Your question").fill("How long does it take?")
        frame.get_by_role("button", name="Send the question").dblclick()
        expect(frame.get_by_text("Thank you! We have your question")).to_be_visible(timeout=LONG)
        for context in (without, with_script):
            context.close()

    page.goto("/inbox?whose=all")
    # Both before one is opened: nothing new comes into a list that the pointer is over.
    expect(page.locator("#feed").get_by_role("option")).to_have_count(2, timeout=LONG)
    for name, words in (("Max Formless", "Is the grey one there?"), ("Mia Framed", "How long does it take?")):
        row = page.locator("#feed").get_by_role("option").filter(has_text=name)
        expect(row).to_have_count(1, timeout=LONG)
        row.click()
        expect(page.locator("#timeline article")).to_have_count(1)
        expect(page.locator("#timeline")).to_contain_text(words)
    expect(page.get_by_text("grey jug").first).to_be_visible()
    page.locator("#feed").get_by_role("option").filter(has_text="Max Formless").click()
    expect(page.locator("#timeline")).to_contain_text("Colour: Grey")
    expect(page.get_by_text("max@forms.test").first).to_be_visible()

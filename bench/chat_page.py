"""The chat on a shop's page in Chromium: until its button stands there, until it can be written in."""

import gzip
import http.client
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from bench.report import Row, measured, timed
from tests.e2e.chromium import FLAGS, MEASURED
from tests.e2e.shop import open_shop, visiting
from tests.makers import make_agent, make_channel
from tests.product import Product

VISITS = 20
WEIGHTS = {
    "chat on every page": (("src/widget/loader.ts",), 4.0),
    "chat, opened": (("src/widget/frame.ts", "src/widget/frame.css"), 10.0),
}


def chat_weighs(manifest: dict[str, dict[str, Any]], folder: Path) -> list[Row]:
    """What its own scripts and style weigh, compressed; words and settings come on top."""
    rows = []
    for name, (entries, limit) in WEIGHTS.items():
        sizes = [len(gzip.compress((folder / manifest[each]["file"]).read_bytes(), 9)) for each in entries]
        goal = f"≤ {limit:g} kB gz"
        rows.append(measured(name, sum(sizes) / 1000, "kB gz", n=len(sizes), at_most=limit, goal=goal))
    return rows


def chat_starts(product: Product) -> list[Row]:
    """New visitors, each with an empty browser: the page is asked for, the button is there, the chat is."""
    shown, opened = [], []
    with open_shop() as shop, sync_playwright() as playwright:
        with product.session() as session:
            settings = {"key": "measured", "sites": shop.address, "hours": "always"}
            make_channel(session, make_agent(session), kind="webchat", address="measured", settings=settings)
        shop.widget = f"{product.url}/w/measured/widget.js"
        served = _served(product, "/w/measured/widget.js")
        browser = playwright.chromium.launch(executable_path=MEASURED, args=list(FLAGS))
        with visiting(shop, browser) as visits:
            for _ in range(VISITS):
                began = time.perf_counter()
                guest = visits.enter()
                guest.launcher.wait_for()
                shown.append(time.perf_counter() - began)
                began = time.perf_counter()
                guest.launcher.click()
                guest.text.wait_for()
                opened.append(time.perf_counter() - began)
        browser.close()
    return [
        measured("chat on every page, as it is sent with its settings", served / 1000, "kB"),
        timed("a page with the chat → its button", shown),
        timed("its button → the chat can be used", opened),
    ]


def _served(product: Product, path: str) -> int:
    """How many bytes of an answer a browser gets."""
    connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=10)
    try:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        return len(connection.getresponse().read())
    finally:
        connection.close()

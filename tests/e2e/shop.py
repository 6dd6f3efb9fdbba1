"""A shop on another origin: a page with the strictest policy that shows the chat, and its visitors."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, FrameLocator, Locator, Page

QUEUE = """window.Emptyfeed = window.Emptyfeed || function () {
  (Emptyfeed.q = Emptyfeed.q || []).push(arguments);
};"""
_PAGE = """<!doctype html>
<html lang="{language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Jugs and cups</title>
    <link rel="stylesheet" href="/shop.css">
    <script src="/calls.js"></script>
    <script async src="{widget}"></script>
  </head>
  <body>
    <header><a href="/">Clay and linen</a></header>
    <main>
      <h1>Jug “Mist”</h1>
      <p class="tall">Stoneware, fired at 1240 degrees, glazed in the colour of the sea in the morning.</p>
      <button type="button">Put it into the basket</button>
    </main>
  </body>
</html>"""
_STYLES = """button, div, iframe { all: unset; display: none !important; position: static !important; }
main button { display: block !important; padding: 1rem; border: 1px solid; }
body { font: 16px/1.5 serif; color: #222; background: #fbf9f5; }
.tall { min-height: 150vh; }"""
_SILENT = "Failed to load resource"


@dataclass
class Shop:
    """What the shop serves, and everything its visitors' browsers complained of."""

    widget: str = ""
    language: str = "en"
    calls: str = QUEUE
    faults: list[str] = field(default_factory=list)
    host: str = "localhost"
    port: int = 0

    @property
    def address(self) -> str:
        """Where it is: on another site than 127.0.0.1, which is why a frame may store nothing in it."""
        return f"http://{self.host}:{self.port}"

    def answer(self, path: str) -> tuple[str, str]:
        """The kind and the text of a page or of what it loads."""
        if path == "/shop.css":
            return "text/css", _STYLES
        if path == "/calls.js":
            return "text/javascript", self.calls
        return "text/html; charset=utf-8", _PAGE.format(language=self.language, widget=self.widget)

    def policy(self) -> str:
        """Nothing of the helpdesk's but a script and a frame, and no string that becomes markup."""
        desk = re.sub(r"/w/.*", "", self.widget)
        return (
            f"default-src 'none'; style-src 'self'; script-src 'self' {desk}; frame-src {desk}; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        )


@contextmanager
def open_shop() -> Iterator[Shop]:
    """A shop for one test; nothing may go wrong in its pages unseen."""
    shop = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = shop.answer(self.path.partition("?")[0])
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", shop.policy())
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shop.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert shop.faults == [], shop.faults


@dataclass(frozen=True)
class Guest:
    """A visitor of the shop at a page of it."""

    page: Page

    @property
    def context(self) -> BrowserContext:
        """Their browser."""
        return self.page.context

    @property
    def launcher(self) -> Locator:
        """The button."""
        return self.page.locator("emptyfeed-chat button")

    @property
    def frame(self) -> FrameLocator:
        """The chat."""
        return self.page.frame_locator("emptyfeed-chat iframe")

    @property
    def text(self) -> Locator:
        """Where they write."""
        return self.frame.get_by_role("textbox", name="Message")

    @property
    def log(self) -> Locator:
        """What was said."""
        return self.frame.get_by_role("log")

    @property
    def bubbles(self) -> Locator:
        """What was said, line by line, without the greeting."""
        return self.log.locator(".line .bubble")

    def turn_to(self) -> None:
        """Have this page before one's eyes; a browser gives keys to no frame of any other."""
        self.page.bring_to_front()

    def open(self) -> None:
        """Open the chat."""
        self.launcher.click()
        self.text.wait_for()

    def say(self, *lines: str) -> None:
        """Write, and send by Enter."""
        self.turn_to()
        for line in lines:
            self.text.fill(line)
            self.text.press("Enter")


@contextmanager
def visiting(shop: Shop, browser: Browser) -> Iterator["Visits"]:
    """Visitors of a shop, each with a browser of their own."""
    visits = Visits(shop, browser)
    try:
        yield visits
    finally:
        for context in visits.contexts:
            context.close()


@dataclass
class Visits:
    """Lets visitors in."""

    shop: Shop
    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)

    def enter(self, *, script: str = "", **options: Any) -> Guest:
        """Somebody new comes to the shop; `script` runs first in every page and frame of theirs."""
        given = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options}
        context = self.browser.new_context(reduced_motion="reduce", **given)
        self.contexts.append(context)
        if script:
            context.add_init_script(script)
        return self.look(context)

    def look(self, context: BrowserContext) -> Guest:
        """One more page of the shop in a browser that is there."""
        page = context.new_page()
        page.on("pageerror", lambda error: self.shop.faults.append(f"error: {error}"))
        page.on("console", self._hear)
        page.goto(self.shop.address)
        return Guest(page)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and _SILENT not in message.text:
            self.shop.faults.append(f"{message.type}: {message.text}")

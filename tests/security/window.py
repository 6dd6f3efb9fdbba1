"""A real page in which hostile letters are opened, with everything noted that it must not do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Frame,
    Locator,
    Page,
    Request,
)

from tests.security.besieged import Besieged
from tests.security.post import Delivered

OPEN = """id => {
  history.replaceState({ dialog: id }, "", `/inbox/${id}`);
  dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
}"""
# What no element of ours carries, but many a payload would.
PAYLOADS = "[onerror], [onload], [onclick], [onmouseover], [onbegin], img[src=x], svg[onload], math"
ALARMS = re.compile(r"Content Security Policy|Refused to|Trusted ?Type|Blocked script|Uncaught|Unsafe", re.I)


@dataclass
class Window:
    """One page in which the owner is signed in, and all that happens in it."""

    page: Page
    home: str
    ran: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Note dialogs, new windows, complaints of the browser and every request that is not for us."""
        self.page.on("dialog", lambda dialog: (self.ran.append(dialog.message), dialog.dismiss()))
        self.page.on("pageerror", lambda error: self.ran.append(f"error: {error}"))
        self.page.on("console", self._hear)
        context.on("request", self._see)
        context.on("page", lambda page: self.ran.append(f"new window: {page.url}"))

    def open(self, name: str, letter: Delivered) -> Frame | None:
        """Put a letter on the desk as the back button does; its frame, or None if it is shown as text."""
        self.page.evaluate(OPEN, letter.dialog)
        timeline = self.page.locator("#timeline")
        framed = timeline.locator(f'iframe[src^="/api/messages/{letter.message}/html"]')
        framed.or_(timeline.get_by_text(f"Hello from {name}")).first.wait_for()
        return self.frame(framed) if framed.count() else None

    def frame(self, framed: Locator) -> Frame:
        """The page in an iframe, once it has loaded."""
        handle = framed.element_handle()
        frame = handle.content_frame()
        assert frame is not None
        frame.wait_for_url(f"**{framed.get_attribute('src')}")
        frame.locator("body > *").first.wait_for(state="attached")
        frame.wait_for_load_state()
        return frame

    def payloads(self) -> list[str]:
        """Elements of the page itself that only a payload would have made."""
        found: list[str] = self.page.locator(PAYLOADS).evaluate_all("all => all.map(one => one.outerHTML)")
        return found

    def _hear(self, message: ConsoleMessage) -> None:
        if ALARMS.search(message.text):
            self.faults.append(message.text)

    def _see(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" != self.home:
            self.left.append(request.url)


@contextmanager
def open_window(browser: Browser, besieged: Besieged, *, path: str = "/inbox") -> Iterator[Window]:
    """The inbox, opened by Ann."""
    home = besieged.product.url
    context = browser.new_context(base_url=home, locale="en-GB", viewport={"width": 1600, "height": 900})
    try:
        context.add_cookies([{"name": "sid", "value": besieged.ann.cookie, "url": home}])
        window = Window(context.new_page(), home)
        window.watch(context)
        window.page.goto(path)
        window.page.locator("#feed [role=option]").first.wait_for()
        yield window
    finally:
        context.close()

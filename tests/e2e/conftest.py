"""A real browser on the whole product: Debian's Chromium, real servers, an owner who has registered."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, StorageState

from tests.app.waiting import until
from tests.e2e.chromium import CHROMIUM, FLAGS
from tests.e2e.shop import Shop, open_shop
from tests.ground.settings import SECRET_KEY
from tests.product import Product, running_product

HERE = Path(__file__).parent
PASSWORD = "correct horse battery staple"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browsers take longer, and the first of them waits for the whole product."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(180))


@pytest.fixture(autouse=True)
def database() -> None:
    """The product has a database of its own; nothing here is rolled back."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's browser, which looks for nothing outside."""
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """The whole product, started once for all browser tests of a worker."""
    with running_product({"SECRET_KEYS": SECRET_KEY}) as running:
        yield running


@dataclass(frozen=True)
class Owner:
    """The first person: who they are, and what their browser keeps."""

    name: str
    email: str
    state: StorageState


@pytest.fixture(scope="session")
def owner(product: Product, browser: Browser) -> Owner:
    """Somebody who came by the link that the product printed."""
    context = browser.new_context(base_url=product.url, locale="en-GB", timezone_id="Europe/Berlin")
    page = context.new_page()
    register(page, product, name="Ann Smith", email="ann@helpdesk.test")
    page.wait_for_url("**/start")
    state = context.storage_state()
    context.close()
    return Owner("Ann Smith", "ann@helpdesk.test", state)


def register(page: Page, product: Product, *, name: str, email: str) -> None:
    """Become the owner."""
    link = re.compile(r"http://\S+/welcome\?token=[\w-]+")  # printed a moment after the product serves
    page.goto(until(lambda: link.search(product.log.read_text())).group())
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form button").last.click()


class Watch:
    """What went wrong in a page without anybody seeing it."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def over(self, page: Page) -> None:
        """Listen to a page from now on."""
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type}: {message.text}")


@pytest.fixture
def screen(
    product: Product, owner: Owner, browser: Browser, output_path: str, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """Make a page in which the owner is signed in; nothing may go wrong in it unseen."""
    watch = Watch()
    contexts: list[BrowserContext] = []

    def open_page(path: str = "/inbox", **options: Any) -> Page:
        given = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **options}
        context = browser.new_context(
            base_url=product.url, storage_state=owner.state, timezone_id="Europe/Berlin", **given
        )
        contexts.append(context)
        page = context.new_page()
        watch.over(page)
        page.goto(path)
        return page

    yield open_page
    for number, context in enumerate(contexts):
        for page in context.pages:
            page.screenshot(path=str(Path(output_path) / f"end-{number}.png"))
        context.close()
    product.shift_clock(0)
    assert watch.faults == []


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A shop on an origin of its own."""
    with open_shop() as shop:
        yield shop

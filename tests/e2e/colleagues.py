"""Agents at their screens: each in a browser of their own, all with dialogs nobody else sees."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect
from sqlalchemy import func, select, update

from inbox.models import Dialog, Message, State
from people.actions import start_session
from people.models import Agent
from tests.app.waiting import until
from tests.makers import make_agent, make_channel, make_dialog
from tests.product import Product

WIDE = {"width": 1440, "height": 900}
# What a browser says of an answer that is no 200, and of a socket without a network: on purpose here.
EXPECTED = ("Failed to load resource", "net::ERR_INTERNET_DISCONNECTED")


@dataclass(frozen=True)
class Colleague:
    """One agent and what their browser shows."""

    agent: Agent
    page: Page

    @property
    def context(self) -> BrowserContext:
        """Their browser."""
        return self.page.context

    @property
    def rows(self) -> Locator:
        """The dialogs in their feed."""
        return self.page.locator("#feed").get_by_role("option")

    @property
    def timeline(self) -> Locator:
        """What was said in the dialog that is open."""
        return self.page.locator("#timeline")

    @property
    def editor(self) -> Locator:
        """Where they write."""
        return self.page.locator("#composer").get_by_role("textbox")

    def row(self, customer: str) -> Locator:
        """A customer's dialog in the feed."""
        return self.page.locator("#feed").get_by_role("option", name=customer)

    def open(self, customer: str) -> None:
        """Click a dialog and see what was said."""
        self.row(customer).click()
        expect(self.timeline).to_contain_text(f"It is {customer}.")

    def write(self, text: str) -> None:
        """Begin an answer."""
        self.page.keyboard.press("r")
        expect(self.editor).to_be_focused()
        self.page.keyboard.type(text)
        expect(self.editor).to_contain_text(text)


@dataclass
class Office:
    """A team with one mailbox; no letter leaves it."""

    product: Product
    browser: Browser
    channel_id: int = 0
    agents: dict[str, Agent] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def found(self, *names: str, customers: tuple[str, ...], language: str = "en") -> None:
        """Agents of these names, and a waiting dialog of each customer, the first waiting longest."""
        with self.product.session() as session:
            for name in names:
                self.agents[name] = make_agent(session, name, language=language, zone="Europe/Berlin")
            channel = make_channel(
                session, *self.agents.values(), kind="email", enabled=False, undo_seconds=5
            )
            self.channel_id = channel.id
            for customer in customers:
                sender = {"address": f"{customer}-{channel.id}@customer.test", "name": customer}
                make_dialog(
                    session, channel, f"It is {customer}.", customer=f"{customer}-{channel.id}",
                    subject=f"Parcel of {customer}", envelope={"from": sender, "to": [], "cc": []},
                )  # fmt: skip

    def seat(self, name: str, path: str = "/inbox", **options: Any) -> Colleague:
        """Sit an agent down at a screen of their own."""
        agent = self.agents[name]
        with self.product.session() as session:
            cookie = start_session(session, agent, address="127.0.0.1", user_agent="Test")
        given = {"viewport": WIDE, "locale": agent.language, "timezone_id": "Europe/Berlin", **options}
        context = self.browser.new_context(base_url=self.product.url, reduced_motion="reduce", **given)
        self.contexts.append(context)
        context.add_cookies([{"name": "sid", "value": cookie, "url": self.product.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{name}: {error}"))
        page.on("console", self._hear)
        heard: list[str] = []
        page.on(
            "websocket",
            lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))),
        )
        page.goto(path)

        def is_joined() -> bool:
            page.wait_for_timeout(10)
            return any(frame.startswith("40") for frame in heard)

        until(is_joined)
        return Colleague(agent, page)

    def dialog(self, customer: str) -> Dialog:
        """A customer's dialog as it is stored now."""
        with self.product.session() as session:
            subject = f"Parcel of {customer}"
            return session.scalars(
                select(Dialog).where(Dialog.channel_id == self.channel_id, Dialog.subject == subject)
            ).one()

    def answers(self, customer: str) -> list[str]:
        """What was answered to a customer, as it is stored now."""
        with self.product.session() as session:
            found = select(Message.text).where(
                Message.dialog_id == self.dialog(customer).id, Message.direction == "out"
            )
            return [text.strip() for text in session.scalars(found)]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(each in message.text for each in EXPECTED):
            self.faults.append(f"{message.type}: {message.text}")


@contextmanager
def open_office(product: Product, browser: Browser) -> Iterator[Office]:
    """An office for one test, where nobody else's dialogs wait; nothing may go wrong in its pages unseen."""
    _send_home(product)
    office = Office(product, browser)
    try:
        yield office
    finally:
        for context in office.contexts:
            context.close()
    assert office.faults == [], office.faults


def _send_home(product: Product) -> None:
    """Complete what other tests left open: everybody sees it who works on the same product."""
    done = {"state": State.COMPLETED, "completed_at": func.now(), "snooze_until": None, "snooze_mode": None}
    with product.session() as session:
        session.execute(update(Dialog).where(Dialog.state != State.COMPLETED).values(done))

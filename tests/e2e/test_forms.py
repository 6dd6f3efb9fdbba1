"""Forms in real browsers: by keyboard, without scripts, on a phone, and in the frame of another site."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from channels.models import Arrival
from channels.webform.actions import create_form, form_with_key, publish_form
from inbox.models import Message
from people.touches import sources_of
from tests.app.waiting import until
from tests.e2e.conftest import Watch
from tests.product import Product

DRAFT: dict[str, Any] = {
    "titles": {"ru": "Напишите нам", "en": "Write to us", "es": "Escríbanos"},
    "introductions": {"ru": "Ответим за час.", "en": "We answer within an hour.", "es": "En una hora."},
    "consent": {"ru": "Я согласен.", "en": "You may keep what I write.", "es": "Estoy de acuerdo."},
    "fields": [
        {
            "name": "name",
            "type": "text",
            "labels": {"ru": "Имя", "en": "Name", "es": "Nombre"},
            "required": True,
            "goes_to": "name",
        },
        {
            "name": "email",
            "type": "email",
            "labels": {"ru": "Почта", "en": "E-mail", "es": "Correo"},
            "hints": {"en": "We answer here."},
            "goes_to": "email",
        },
        {
            "name": "topic",
            "type": "select",
            "labels": {"ru": "Тема", "en": "Topic", "es": "Tema"},
            "options": ["Boots", "Laces"],
        },
        {
            "name": "message",
            "type": "long_text",
            "labels": {"ru": "Вопрос", "en": "Question", "es": "Pregunta"},
        },
        {"name": "day", "type": "date", "labels": {"ru": "День", "en": "Day", "es": "Día"}},
        {
            "name": "gift",
            "type": "checkbox",
            "labels": {"ru": "В подарок", "en": "A gift", "es": "Un regalo"},
        },
        {"name": "photo", "type": "file", "labels": {"ru": "Фото", "en": "Photo", "es": "Foto"}},
    ],
}
Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def key(product: Product) -> str:
    with product.session() as session:
        form = create_form(
            session,
            agent=None,
            name="Write to us",
            draft=DRAFT,
            settings={"colour": "#b4541f"},
        )
        publish_form(session, form, agent=None)
        return form.key


@pytest.fixture
def visit(product: Product, browser: Browser, output_path: str) -> Iterator[Visit]:
    """Open a page as a stranger; nothing may go wrong in it unseen."""
    watch = Watch()
    contexts: list[BrowserContext] = []

    def open_page(path: str, **options: Any) -> Page:
        context = browser.new_context(base_url=product.url, **{"locale": "en-GB", **options})
        contexts.append(context)
        page = context.new_page()
        watch.over(page)
        page.goto(path)
        return page

    yield open_page
    for number, context in enumerate(contexts):
        for page in context.pages:
            page.screenshot(path=str(Path(output_path) / f"end-{number}.png"), full_page=True)
        context.close()
    assert [each for each in watch.faults if "status of 422" not in each] == []


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found]


def arrival_of(product: Product, words: str) -> Arrival:
    """The submission with these words, which its browser has proved work for."""

    def found() -> Arrival | None:
        with product.session() as session:
            arrivals = session.scalars(select(Arrival).order_by(Arrival.id.desc())).all()
        return next((each for each in arrivals if words in str(each.payload)), None)

    return until(found)


@pytest.mark.requirement("CHN-05")
def test_a_form_is_filled_in_by_keyboard_and_its_browser_has_worked(
    product: Product, visit: Visit, key: str
) -> None:
    page = visit(f"/f/{key}?utm_source=blog")
    page.get_by_label("Name").focus()
    page.keyboard.type("Max")
    page.keyboard.press("Tab")
    page.keyboard.type("max@customer.test")
    page.get_by_label("Question").fill("Do you have boots by the hundred?")
    page.get_by_text("You may keep what I write.").click()
    product.shift_clock(10)
    page.get_by_role("button", name="Send").dblclick()
    expect(page.get_by_role("status")).to_contain_text("Thank you.")
    page.reload()
    arrival = arrival_of(product, "boots by the hundred")
    assert arrival.payload["suspected"] == []
    assert arrival.payload["touches"]["first"]["utm_source"] == "blog"

    def message() -> Message | None:
        with product.session() as session:
            return session.scalar(select(Message).where(Message.text.contains("boots by the hundred")))

    said = until(message)
    with product.session() as session:
        again = session.get_one(Message, said.id)
        assert again.dialog.customer.name == "Max"
        assert sources_of(session, again.dialog.customer) is not None


@pytest.mark.requirement("CHN-05")
def test_without_scripts_nothing_that_was_typed_is_lost(
    product: Product, visit: Visit, key: str, tmp_path: Path
) -> None:
    photo = tmp_path / "boot.txt"
    photo.write_text("a picture in words")
    page = visit(f"/f/{key}", java_script_enabled=False)
    page.get_by_label("E-mail").fill("mia@")
    page.get_by_label("Question").fill("Where is my parcel?")
    page.get_by_label("Photo").set_input_files(photo)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not an e-mail address.")
    expect(page.get_by_label("Question")).to_have_value("Where is my parcel?")
    expect(page.get_by_text("boot.txt")).to_be_visible()
    page.get_by_label("Name").fill("Mia")
    page.get_by_label("E-mail").fill("mia@customer.test")
    page.get_by_text("You may keep what I write.").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Thank you.")
    arrival = arrival_of(product, "Where is my parcel?")
    assert [each["name"] for each in arrival.payload["files"]] == ["boot.txt"]


@pytest.mark.parametrize("language", ["ru", "en", "es"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_has_nothing_against_it_on_a_phone_and_on_a_desk(
    visit: Visit, key: str, language: str, scheme: str
) -> None:
    for size in ({"width": 360, "height": 720}, {"width": 1280, "height": 900}):
        page = visit(f"/f/{key}?lang={language}", viewport=size, color_scheme=scheme)
        assert violations(page) == []
        page.locator("form button").click()
        expect(page.get_by_role("alert")).to_be_visible()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


class _Shop(BaseHTTPRequestHandler):
    """A page of another site, which allows a script and a frame of ours and nothing else."""

    product = ""
    key = ""

    def do_GET(self) -> None:
        desk = self.product
        page = (
            f'<!doctype html><html lang="en"><title>Boots</title><h1>Boots</h1>'
            f'<script src="{desk}/f/{self.key}/form.js" async></script><p>Below</p></html>'
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header(
            "Content-Security-Policy", f"default-src 'none'; script-src {desk}; frame-src {desk}"
        )
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def shop(product: Product, key: str) -> Iterator[str]:
    handler = type("Shop", (_Shop,), {"product": product.url, "key": key})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://localhost:{server.server_port}"
    with product.session() as session:
        form = form_with_key(session, key)
        assert form is not None
        form.channel.settings = {**form.channel.settings, "sites": address}
    yield address
    server.shutdown()
    server.server_close()


@pytest.mark.requirement("CHN-05")
@pytest.mark.requirement("CHN-08")
def test_on_another_sites_page_it_is_as_high_as_it_is_and_knows_where_people_came_from(
    product: Product, visit: Visit, key: str, shop: str
) -> None:
    page = visit(f"{shop}/boots?utm_source=ya&utm_term=winter+boots")
    frame = page.frame_locator("iframe")
    frame.get_by_label("Name").fill("Max")
    frame.get_by_label("Question").fill("Are they warm?")
    frame.get_by_text("You may keep what I write.").click()
    box = page.locator("iframe").bounding_box()
    assert box is not None
    assert box["height"] > 600
    assert page.frames[1].evaluate("document.documentElement.scrollHeight <= innerHeight + 1")
    product.shift_clock(20)
    frame.get_by_role("button", name="Send").click()
    expect(frame.get_by_role("status")).to_contain_text("Thank you.")
    until(lambda: (page.locator("iframe").bounding_box() or {"height": 999})["height"] < 400)
    arrival = arrival_of(product, "Are they warm?")
    assert arrival.payload["suspected"] == []
    assert arrival.payload["page"].startswith(f"{shop}/boots")
    assert arrival.payload["touches"]["last"]["utm_term"] == "winter boots"

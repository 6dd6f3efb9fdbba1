"""The chat on a shop's page: on a train, by keyboard, on a phone, from a foreign site."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FilePayload, Locator, Page, Route, expect
from sqlalchemy import select

from channels.webchat.models import ChatLine, Visitor
from inbox.models import Dialog, Message
from tests.app.waiting import until
from tests.e2e.colleagues import Colleague, Office, open_office
from tests.e2e.shop import QUEUE, Guest, Shop, Visits, open_shop, visiting
from tests.makers import make_channel
from tests.product import Product

pytestmark = pytest.mark.browser

LONG = 20_000  # a browser that was away tries again every few seconds
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
FORBIDDEN = """for (const name of ["localStorage", "sessionStorage", "indexedDB"]) {
  Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });
}"""
NO_SOCKETS = """if (window === top) {
  window.sockets = [];
  window.WebSocket = function (url) { sockets.push(url); throw new Error("no socket"); };
}"""


@pytest.fixture
def office(product: Product, browser: Browser, shop: Shop) -> Iterator[Office]:
    """An office whose chat stands on the shop's pages."""
    with open_office(product, browser) as office:
        office.found("Ann", customers=())
        show_chat(office, shop)
        yield office


@pytest.fixture
def visits(shop: Shop, office: Office, browser: Browser) -> Iterator[Visits]:
    """Those who come to the shop."""
    with visiting(shop, browser) as visits:
        yield visits


def show_chat(office: Office, shop: Shop, **settings: Any) -> None:
    """Connect a chat and put its script on the shop's pages."""
    key = f"chat{office.channel_id}"
    given = {"key": key, "sites": shop.address, "hours": "always", **settings}
    with office.product.session() as session:
        channel = make_channel(
            session, *office.agents.values(), kind="webchat", address=key, settings=given, undo_seconds=0
        )
        office.channel_id = channel.id
    shop.widget = f"{office.product.url}/w/{key}/widget.js"


def said(office: Office) -> list[str]:
    """Every line of the chat as its visitors may read it."""
    with office.product.session() as session:
        chosen = select(ChatLine.text).join(Visitor, Visitor.id == ChatLine.visitor_id)
        ours = chosen.where(Visitor.channel_id == office.channel_id).order_by(ChatLine.seq)
        return list(session.scalars(ours))


def taken(office: Office) -> list[str]:
    """Everything said in the chat, as the inbox has it."""
    with office.product.session() as session:
        chosen = select(Message.text).join(Dialog, Dialog.id == Message.dialog_id)
        ours = chosen.where(Dialog.channel_id == office.channel_id)
        return sorted(text.strip() for text in session.scalars(ours))


def pick_up(ann: Colleague, text: str) -> None:
    """Open the dialog that has just come."""
    ann.page.bring_to_front()
    ann.rows.first.click()
    expect(ann.timeline).to_contain_text(text)


def answer(office: Office, ann: Colleague, text: str) -> None:
    """Answer, and wait until it is on its way to the visitor."""
    ann.page.bring_to_front()
    if ann.editor.is_visible():  # the cursor stays in a chat
        ann.page.keyboard.press("Escape")
    ann.write(text)
    ann.page.keyboard.press("Control+Enter")
    until(lambda: text in said(office))


def is_seen_to_write(visitor: Guest, ann: Colleague) -> bool:
    """Whether an agent sees that a visitor writes on."""
    visitor.text.press("x")
    return ann.page.get_by_text(re.compile("is writing")).first.is_visible()


def violations(page: Page) -> list[str]:
    """What axe has against a page and the frames in it."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found]


def focused(page: Page) -> str:
    """The name of what has the focus, inside the widget's shadow, too."""
    name: str = page.evaluate(
        "() => (document.activeElement.shadowRoot ?? document).activeElement?.tagName ?? ''"
    )
    return name


@pytest.mark.requirement("FAR-30")
def test_a_visitor_and_an_agent_talk_and_the_train_takes_nothing_and_doubles_nothing(
    office: Office, visits: Visits
) -> None:
    ann, max_ = office.seat("Ann"), visits.enter()
    max_.open()
    expect(max_.log).to_contain_text("Hello! How can we help you?")
    max_.say("Does the jug stand boiling water?")
    expect(max_.log).to_contain_text("Sent")
    pick_up(ann, "Does the jug stand boiling water?")
    answer(office, ann, "It does.")
    expect(max_.bubbles).to_have_text(["Does the jug stand boiling water?", "It does."])
    expect(max_.log).to_contain_text("Ann")

    max_.context.set_offline(True)
    expect(max_.frame.get_by_text("No connection.")).to_be_visible()
    max_.say("And the cups?", "I need six.")
    expect(max_.log).to_contain_text("Waits for the connection")
    answer(office, ann, "The cups, too.")
    assert "I need six." not in said(office)

    max_.context.set_offline(False)
    told = ["Does the jug stand boiling water?", "It does."]
    mixed = ["The cups, too.", "And the cups?", "I need six."]
    expect(max_.bubbles).to_have_text([*told, *mixed], timeout=LONG)
    expect(max_.frame.get_by_text("No connection.")).to_have_count(0)
    expect(ann.timeline).to_contain_text("I need six.")
    assert said(office) == [*told, *mixed]
    assert taken(office) == sorted([*told, *mixed])


def test_only_the_frame_speaks_to_us(office: Office, visits: Visits, shop: Shop) -> None:
    ann, max_ = office.seat("Ann"), visits.enter(script=NO_SOCKETS, bypass_csp=True)
    asked: list[tuple[bool, str]] = []
    sockets: list[str] = []
    page, ours = max_.page, max_.page.main_frame
    page.on("request", lambda request: asked.append((request.frame == ours, request.url)))
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.reload()
    max_.open()
    note = FilePayload(name="note.txt", mimeType="text/plain", buffer=b"Six cups, please.")
    max_.frame.locator("input[type=file]").set_input_files(note)
    expect(max_.frame.get_by_text("note.txt")).to_be_visible()
    max_.say("Does the jug stand boiling water?")
    pick_up(ann, "Does the jug stand boiling water?")
    answer(office, ann, "It does.")
    expect(max_.bubbles.filter(has_text="It does.")).to_be_visible(timeout=LONG)
    page.evaluate("Emptyfeed('setLocale', 'es')")
    with page.expect_response("**/api/logout"):
        page.evaluate("Emptyfeed('logout')")

    by_the_page = {url for is_page, url in asked if is_page and not url.startswith(shop.address)}
    by_the_frame = {url for is_page, url in asked if not is_page}
    desk, place = office.product.url, shop.widget.removesuffix("widget.js")
    assert by_the_page == {shop.widget}
    assert page.evaluate("sockets") == []
    assert [url for url in by_the_frame if not url.startswith(desk)] == []
    assert {"files", "messages", "logout"} <= {url.rpartition("/api/")[2] for url in by_the_frame}
    assert [url for url in sockets if url.startswith(place.replace("http", "ws"))]


@pytest.mark.requirement("FAR-30")
def test_who_reads_and_who_writes_is_seen_on_both_sides(office: Office, visits: Visits) -> None:
    ann, max_ = office.seat("Ann"), visits.enter()
    max_.open()
    max_.say("Hello?")
    pick_up(ann, "Hello?")
    expect(max_.log).to_contain_text("Seen", timeout=LONG)

    ann.page.bring_to_front()
    ann.write("One mo")
    expect(max_.log).to_contain_text("is writing", timeout=LONG)
    ann.page.keyboard.type("ment.")
    ann.page.keyboard.press("Control+Enter")
    expect(max_.bubbles).to_have_text(["Hello?", "One moment."])
    expect(max_.log).not_to_contain_text("is writing")

    max_.turn_to()
    until(lambda: is_seen_to_write(max_, ann), LONG / 1000)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"], ids=["frame-stores-nothing", "frame-stores"])
def test_what_was_written_on_the_train_leaves_from_the_next_page(
    office: Office, visits: Visits, shop: Shop, host: str
) -> None:
    shop.host = host
    show_chat(office, shop)
    max_ = visits.enter()
    max_.open()
    max_.say("First.")
    expect(max_.log).to_contain_text("Sent")
    max_.page.route("**/api/messages", lambda route: route.abort("internetdisconnected"))
    max_.say("Second.")
    expect(max_.log).to_contain_text("Waits for the connection")
    max_.text.fill("Half a sen")
    max_.page.unroute("**/api/messages")
    max_.page.goto(visits.shop.address + "/?page=2")

    expect(max_.bubbles).to_have_text(["First.", "Second."], timeout=LONG)
    expect(max_.text).to_have_value("Half a sen")
    expect(max_.log).to_contain_text("Sent")
    assert said(office) == ["First.", "Second."]


def test_a_line_whose_receipt_was_lost_is_not_said_twice(office: Office, visits: Visits) -> None:
    def lose_the_receipt(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    max_ = visits.enter()
    max_.open()
    max_.say("First.")
    expect(max_.log).to_contain_text("Sent")
    max_.page.route("**/api/messages", lose_the_receipt, times=1)
    max_.say("Second.")
    expect(max_.bubbles).to_have_text(["First.", "Second."], timeout=LONG)
    expect(max_.log).to_contain_text("Sent", timeout=LONG)
    assert said(office) == ["First.", "Second."]


def test_two_tabs_are_one_conversation(office: Office, visits: Visits) -> None:
    one = visits.enter()
    one.open()
    one.say("From the first.")
    expect(one.log).to_contain_text("Sent")
    other = visits.look(one.context)
    other.open()
    expect(other.bubbles).to_have_text(["From the first."])

    one.context.set_offline(True)
    one.say("One.")
    other.say("Other.")
    one.context.set_offline(False)
    for tab in (one, other):
        expect(tab.bubbles).to_have_count(3, timeout=LONG)
    until(lambda: len(said(office)) == 3)
    assert sorted(said(office)) == ["From the first.", "One.", "Other."]


def test_tabs_from_before_the_first_word_are_the_same_visitor(office: Office, visits: Visits) -> None:
    one = visits.enter()
    ready, idle = visits.look(one.context), visits.look(one.context)
    ready.turn_to()
    ready.launcher.hover()
    ready.text.wait_for(state="attached")
    one.turn_to()
    one.open()
    one.say("From the first.")
    expect(one.log).to_contain_text("Sent")
    for tab in (ready, idle):
        tab.turn_to()
        tab.open()
        expect(tab.bubbles).to_have_text(["From the first."], timeout=LONG)
    ready.say("From the second.")
    expect(one.bubbles).to_have_text(["From the first.", "From the second."], timeout=LONG)


def test_where_sockets_are_blocked_it_asks_instead(office: Office, visits: Visits) -> None:
    ann = office.seat("Ann")
    max_ = visits.enter(script="window.WebSocket = function () { throw new Error('blocked'); };")
    max_.open()
    max_.say("Hello?")
    pick_up(ann, "Hello?")
    answer(office, ann, "Here.")
    expect(max_.bubbles).to_have_text(["Hello?", "Here."], timeout=LONG)


def test_a_visitor_whose_browser_keeps_nothing_talks_all_the_same(office: Office, visits: Visits) -> None:
    ann, max_ = office.seat("Ann"), visits.enter(script=FORBIDDEN)
    max_.open()
    max_.say("I keep nothing.")
    pick_up(ann, "I keep nothing.")
    answer(office, ann, "Neither do we.")
    expect(max_.bubbles).to_have_text(["I keep nothing.", "Neither do we."])
    max_.context.set_offline(True)
    max_.say("Good.")
    max_.context.set_offline(False)
    expect(max_.bubbles).to_have_count(3, timeout=LONG)
    expect(max_.log).to_contain_text("Sent", timeout=LONG)
    assert said(office) == ["I keep nothing.", "Neither do we.", "Good."]


def test_another_site_cannot_show_the_chat(office: Office, shop: Shop, browser: Browser) -> None:
    with open_shop() as thief, visiting(thief, browser) as visits:
        thief.widget = shop.widget
        thief.calls = QUEUE + "window.told = []; Emptyfeed('on', 'error', (code) => told.push(code));"
        max_ = visits.enter()
        max_.launcher.click()
        until(lambda: max_.page.evaluate("told.includes('unreachable')"))
        expect(max_.page.locator("emptyfeed-chat iframe")).to_have_count(0)
        expect(max_.launcher).to_be_visible()
        refused = [each for each in thief.faults if "frame-ancestors" in each]
        assert refused
        thief.faults.clear()


def test_everything_can_be_done_without_a_mouse(office: Office, visits: Visits) -> None:
    max_ = visits.enter()
    keys = max_.page.keyboard
    expect(max_.launcher).to_have_accessible_name("Open the chat")
    max_.page.get_by_role("button", name="Put it into the basket").focus()
    keys.press("Tab")
    assert focused(max_.page) == "BUTTON"
    keys.press("Enter")
    expect(max_.text).to_be_focused()
    keys.type("By hand")
    keys.press("Shift+Enter")
    keys.type("in two lines")
    keys.press("Enter")
    expect(max_.bubbles).to_have_text(["By hand\nin two lines"])
    keys.press("Shift+Tab")
    keys.press("Shift+Tab")
    expect(max_.log).to_be_focused()
    keys.press("Escape")
    expect(max_.launcher).to_be_focused()
    expect(max_.launcher).to_have_attribute("aria-expanded", "false")
    expect(max_.page.locator("emptyfeed-chat iframe")).to_be_hidden()


def test_a_word_that_is_still_being_composed_is_not_sent(office: Office, visits: Visits) -> None:
    max_ = visits.enter()
    max_.open()
    max_.text.fill("にほ")
    max_.text.evaluate(
        "box => box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true }))"
    )
    expect(max_.text).to_have_value("にほ")
    expect(max_.bubbles).to_have_count(0)


def test_on_a_phone_the_chat_is_all_there_is_and_the_page_waits_where_it_was(
    office: Office, visits: Visits
) -> None:
    max_ = visits.enter(**PHONE)
    max_.page.evaluate("scrollTo(0, 300)")
    max_.launcher.tap()
    expect(max_.text).to_be_focused()
    box = max_.page.locator("emptyfeed-chat iframe").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    expect(max_.page.locator("body > main")).to_have_attribute("inert", "")
    small = max_.frame.get_by_role("button").all()
    sizes = [each.bounding_box() for each in small if each.is_visible()]
    assert all(size and min(size["width"], size["height"]) >= 43.5 for size in sizes), sizes

    max_.frame.get_by_role("button", name="Close").tap()
    expect(max_.page.locator("body > main")).not_to_have_attribute("inert", "")
    assert max_.page.evaluate("[scrollY, document.documentElement.style.overflow]") == [300, ""]


@pytest.mark.requirement("FAR-30")
def test_who_comes_back_sees_how_much_was_answered_meanwhile(office: Office, visits: Visits) -> None:
    ann, max_ = office.seat("Ann"), visits.enter()
    max_.open()
    max_.say("When does it come?")
    pick_up(ann, "When does it come?")
    max_.launcher.click()
    max_.page.goto("about:blank")
    answer(office, ann, "On Thursday.")
    max_.page.goto(visits.shop.address)
    expect(max_.launcher).to_have_accessible_name("Open the chat (1)", timeout=LONG)
    max_.open()
    expect(max_.log).to_contain_text("New messages")
    expect(max_.bubbles).to_have_text(["When does it come?", "On Thursday."])
    max_.launcher.click()
    expect(max_.launcher).to_have_accessible_name("Open the chat")


def test_a_page_asks_before_the_script_is_there_and_hears_what_happens(
    office: Office, visits: Visits, shop: Shop
) -> None:
    shop.calls = (
        QUEUE
        + """window.heard = [];
      for (const event of ['ready', 'open', 'close', 'message', 'unread'])
        Emptyfeed('on', event, (detail) => heard.push([event, detail?.text ?? detail ?? null]));
      Emptyfeed('startConversation', 'About the jug: ');"""
    )
    ann, max_ = office.seat("Ann"), visits.enter()
    expect(max_.text).to_have_value("About the jug: ")
    max_.text.press("End")
    max_.text.press_sequentially("is it blue?")
    max_.text.press("Enter")
    pick_up(ann, "About the jug: is it blue?")
    max_.page.evaluate("Emptyfeed('close')")
    max_.page.evaluate("Emptyfeed('toggle')")
    answer(office, ann, "As the sea.")
    until(lambda: ["message", "As the sea."] in max_.page.evaluate("heard"))
    heard = max_.page.evaluate("heard.map(([event]) => event).filter((event) => event !== 'unread')")
    assert heard == ["ready", "open", "close", "open", "message"]

    max_.page.evaluate("Emptyfeed('hide')")
    expect(max_.launcher).to_be_hidden()
    max_.page.evaluate("Emptyfeed('show')")
    max_.page.evaluate("Emptyfeed('setLocale', 'es')")
    expect(max_.launcher).to_have_accessible_name("Abrir el chat")


def test_leaving_forgets_the_visitor(office: Office, visits: Visits) -> None:
    max_ = visits.enter()
    max_.open()
    max_.say("I was here.")
    expect(max_.log).to_contain_text("Sent")
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('emptyfeed:chat')).length"
    assert max_.page.evaluate(kept) == 1
    with max_.page.expect_response("**/api/logout"):
        max_.page.evaluate("Emptyfeed('logout')")
    assert max_.page.evaluate(kept) == 0
    max_.open()
    expect(max_.log).to_contain_text("Hello! How can we help you?")
    expect(max_.bubbles).to_have_count(0)


@pytest.mark.requirement("FAR-30")
def test_what_the_shop_wants_to_know_is_asked_first(office: Office, visits: Visits, shop: Shop) -> None:
    fields = [
        {"name": "name", "label": "Your name", "kind": "text", "required": True},
        {"name": "email", "label": "E-mail", "kind": "email"},
    ]
    show_chat(office, shop, prechat=fields, consent_text="I agree to the rules")
    ann, max_ = office.seat("Ann"), visits.enter()
    max_.launcher.click()
    name = max_.frame.get_by_label("Your name")
    expect(name).to_be_focused(timeout=LONG)
    expect(max_.text).to_be_hidden()
    assert violations(max_.page) == []
    name.fill("Max")
    max_.frame.get_by_label("I agree to the rules").check()
    max_.frame.get_by_role("button", name="Start the chat").click()
    expect(max_.text).to_be_focused()
    max_.say("Hello!")
    expect(max_.log).to_contain_text("Sent")
    expect(ann.row("Max")).to_be_visible()


def test_a_file_is_sent_and_seen(office: Office, visits: Visits) -> None:
    ann, max_ = office.seat("Ann"), visits.enter()
    max_.open()
    note = FilePayload(name="note.txt", mimeType="text/plain", buffer=b"Six cups, please.")
    max_.frame.locator("input[type=file]").set_input_files(note)
    expect(max_.frame.get_by_text("note.txt")).to_be_visible()
    max_.say("My list")
    expect(max_.log).to_contain_text("Sent")
    link: Locator = max_.log.get_by_role("link", name="note.txt")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    pick_up(ann, "My list")
    expect(ann.timeline).to_contain_text("note.txt")


@pytest.mark.parametrize("language", ["ru", "en", "es"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_has_nothing_against_it(
    office: Office, visits: Visits, shop: Shop, language: str, scheme: str
) -> None:
    shop.language = language
    max_ = visits.enter(color_scheme=scheme, locale=language)
    assert violations(max_.page) == []
    max_.launcher.click()
    text = max_.frame.locator("textarea")
    text.fill("See https://shop.test")
    text.press("Enter")
    expect(max_.log.locator(".state")).to_be_visible()
    assert violations(max_.page) == []
    (frame,) = [each for each in max_.page.frames if "/frame" in each.url]
    assert frame.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

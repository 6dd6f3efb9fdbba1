"""What nobody wishes for: names without end, letters without end, servers that fail, clocks that lie."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import insert, select

from core.clock import now
from inbox.models import Comment, Dialog
from people import actions as people
from people.models import Agent
from tests.makers import make_channel, make_dialog
from tests.security.besieged import Besieged, Person
from tests.security.post import deliver

pytestmark = pytest.mark.browser

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
NAMES = {
    "400 letters": "Maximiliana" * 36 + "Max.",
    "400 letters of words": "Maximilian von und zu " * 18 + "Max.",
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u202egnp.exe\u202e \u0645\u0631\u062d\u0628\u0627",
    "nothing to be seen": "M\u200b\u200d\u2060a\ufeff\u00adx\u180e\u034f",
    "towers of marks": "M" + "\u0301\u0327\u0489" * 60 + "ax",
}
WHOLE = "The first half and the other half"
# Nothing is wider than the window, and a row is as high as a row.
SPILLS = """() => {
  const wide = document.documentElement.scrollWidth > innerWidth ? ["the page"] : [];
  const seen = new Set([...document.querySelectorAll("#feed [role=option]")].map(one => one.offsetHeight));
  if (seen.size > 1) wide.push(`rows of ${[...seen]}`);
  for (const one of document.querySelectorAll("header, #feed, #timeline, #composer, #customer, article")) {
    const { left, right } = one.getBoundingClientRect();
    if (one.checkVisibility() && (right > innerWidth + 1 || left < -1)) wide.push(one.outerHTML.slice(0, 99));
  }
  return wide;
}"""
# Whoever writes from right to left turns their own words around and nobody else's.
TURNED = """name => [...document.querySelectorAll("*")].filter(one =>
  [...one.childNodes].some(node => node.nodeType === 3 && node.data.includes(name))
  && !one.matches("title, option, script") && !one.closest("[role=status], [role=alert]")
  && getComputedStyle(one).unicodeBidi === "normal").map(one => one.outerHTML.slice(0, 120))"""
MEASURE = """() => {
  globalThis.longest = 0;
  new PerformanceObserver(list => {
    for (const one of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, one.duration);
  }).observe({ type: "longtask" });
}"""
SLIDES = """() => {
  globalThis.slid = 0;
  addEventListener("animationstart", event => event.target.matches("main") && (globalThis.slid += 1), true);
}"""
AHEAD = """shift => {
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + shift); }
    static now() { return Real.now() + shift; }
  };
}"""


@pytest.fixture
def open_page(besieged: Besieged, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a window of somebody's; nothing may break in it."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_it(person: Person, path: str, *, size: dict[str, int] = WIDE, script: str = "") -> Page:
        home = besieged.product.url
        context = browser.new_context(base_url=home, locale="en-GB", viewport=size)
        contexts.append(context)
        context.add_cookies([{"name": "sid", "value": person.cookie, "url": home}])
        page = context.new_page()
        if script:
            page.add_init_script(script)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(path)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(scope="module")
def mia(besieged: Besieged) -> Person:
    """An agent who sees what everybody sees, and what a test put into a channel of her own."""
    return besieged.person("Mia")


@pytest.fixture(scope="module", params=[WIDE, PHONE], ids=["wide", "phone"])
def mias_page(
    besieged: Besieged, browser: Browser, mia: Person, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """One window of hers for all that is only looked at; nothing may break in it."""
    faults: list[str] = []
    home = besieged.product.url
    context = browser.new_context(base_url=home, locale="en-GB", viewport=request.param)
    context.add_cookies([{"name": "sid", "value": mia.cookie, "url": home}])
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == []


def dialog_for(besieged: Besieged, person: Person, **given: str) -> int:
    """A dialog in a channel that is one person's alone."""
    with besieged.product.session() as session:
        agent = session.get_one(Agent, person.agent.id)
        channel = make_channel(
            session, agent, kind="email", enabled=False, address=f"{uuid4().hex}@helpdesk.test"
        )
    with besieged.product.session() as session:
        return make_dialog(session, session.merge(channel), **given).id


def feed_around(besieged: Besieged, dialog: int) -> str:
    """The feed of a dialog's own channel: in everybody's, a row may be too far down to be drawn."""
    with besieged.product.session() as session:
        return f"/inbox?channel={session.get_one(Dialog, dialog).channel_id}"


def commands(page: Page) -> Page:
    """Single keys are commands again."""
    page.locator("#feed").focus()
    return page


@pytest.mark.parametrize("name", NAMES)
def test_a_name_and_a_subject_of_any_kind_keep_to_their_place(
    besieged: Besieged, mias_page: Page, mia: Person, name: str
) -> None:
    shown = NAMES[name]
    dialog = dialog_for(besieged, mia, customer=shown, subject=shown, text=shown * 3)
    page = mias_page
    page.goto(f"/inbox/{dialog}")
    page.locator("#timeline article").wait_for()
    assert page.evaluate(SPILLS) == []
    assert page.evaluate(TURNED, shown[:8]) == []
    page.goto(feed_around(besieged, dialog))
    page.locator(f"#row-{dialog}").wait_for()
    assert page.evaluate(SPILLS) == []
    assert page.evaluate(TURNED, shown[:8]) == []
    page.goto("/customers/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_only_a_dialog_that_is_gone_to_slides_in_and_none_beside_its_place(
    besieged: Besieged, open_page: Callable[..., Page], mia: Person
) -> None:
    dialog = dialog_for(besieged, mia, customer="Max")
    page = open_page(mia, f"/inbox/{dialog}", size=PHONE, script=f"({SLIDES})()")
    page.locator("#timeline article").wait_for()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("globalThis.slid") == 0
    page.get_by_role("button", name="Back to the feed").click()
    page.locator("#feed [role=option]").first.click()
    page.wait_for_function("globalThis.slid > 0")


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_a_letter_of_two_megabytes_is_opened_at_once_and_read_piece_by_piece(
    besieged: Besieged, open_page: Callable[..., Page], kind: str
) -> None:
    line = "Where is my parcel? Where is it now? https://customer.test/" + "x" * 40
    lines = [f"<p>{line}</p>" if kind == "html" else line] * (2_000_000 // len(line))
    head = f"From: Max <max@customer.test>\nSubject: Long\nMessage-ID: <{uuid4()}@customer.test>\n"
    body = "\n".join(lines)
    raw = f"{head}Content-Type: text/{kind}; charset=utf-8\n\n{body}\n".encode()
    found = deliver(besieged.product, {f"long {kind}": raw}, channel=f"Long {kind}")[f"long {kind}"]
    page = open_page(besieged.ann, feed_around(besieged, found.dialog))
    page.locator("#feed [role=option]").first.wait_for()
    page.evaluate(MEASURE)
    page.locator(f"#row-{found.dialog}").click()
    article = page.locator("#timeline article").first
    expect(article).to_contain_text("Where is my parcel?")
    assert len(article.inner_text()) < 30_000
    assert page.evaluate("document.querySelectorAll('#timeline *').length") < 3_000
    assert page.evaluate("globalThis.longest") < 1_000
    article.get_by_role("button", name="Show all of it").click()
    assert page.evaluate("document.querySelectorAll('#timeline *').length") < 100_000
    commands(page).keyboard.press("h")
    page.get_by_role("option", name="In 3 hours").wait_for()


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_is_wrong_by_an_hour_changes_no_countdown_and_no_snooze(
    besieged: Besieged, open_page: Callable[..., Page], mia: Person, hours: int
) -> None:
    dialog = dialog_for(besieged, mia, customer="Max", subject="Clock")
    page = open_page(mia, f"/inbox/{dialog}", script=f"({AHEAD})({hours * 3_600_000})")
    page.locator("#timeline article").wait_for()
    commands(page).keyboard.press("r")
    page.locator("#composer").get_by_role("textbox").last.type("Tomorrow.")
    page.keyboard.press("Control+Enter")
    left = re.search(r"will be sent in (\d+) s", page.locator(".toast").inner_text())
    assert left is not None
    assert 0 < int(left[1]) <= 11
    commands(page).keyboard.press("h")
    with page.expect_response("**/snooze") as answered:
        page.get_by_role("option", name="In 3 hours").click()
    assert answered.value.ok
    with besieged.product.session() as session:
        until = session.get_one(Dialog, dialog).snooze_until
    assert until is not None
    assert abs(until - now() - timedelta(hours=3)) < timedelta(minutes=6)


def test_a_server_that_answers_500_gives_back_what_was_done_and_what_was_written(
    besieged: Besieged, open_page: Callable[..., Page], mia: Person
) -> None:
    dialog = dialog_for(besieged, mia, customer="Max", subject="Broken")
    page = open_page(mia, feed_around(besieged, dialog))
    page.locator(f"#row-{dialog}").click()
    page.locator("#timeline article").wait_for()
    page.route("**/api/dialogs/*/c*", lambda route: route.fulfill(status=500, body="<h1>Oops</h1>"))
    commands(page).keyboard.press("n")
    page.keyboard.type("Kept words")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert").filter(has_text="What you typed is kept")).to_be_visible(timeout=15_000)
    expect(page.locator("#composer").get_by_role("textbox").last).to_contain_text("Kept words")
    commands(page).keyboard.press("e")
    expect(page.locator(f"#row-{dialog}")).to_have_count(0)
    expect(page.locator(f"#row-{dialog}")).to_be_visible(timeout=15_000)
    page.unroute("**/api/dialogs/*/c*")
    with besieged.product.session() as session:
        assert session.get_one(Dialog, dialog).state == "open"
        assert session.scalar(select(Comment.id).where(Comment.dialog_id == dialog)) is None


def test_a_server_that_answers_nothing_is_waited_for_and_told_once(
    besieged: Besieged, open_page: Callable[..., Page], mia: Person
) -> None:
    dialog = dialog_for(besieged, mia, customer="Max", subject="Silent")
    page = open_page(mia, f"/inbox/{dialog}")
    page.locator("#timeline article").wait_for()

    def lose_the_answer(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()  # it arrives, and nobody hears of it
        route.abort()

    page.route("**/api/**", lose_the_answer)
    commands(page).keyboard.press("n")
    page.keyboard.type("Said once")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("No connection.")).to_be_visible(timeout=15_000)
    expect(page.locator("#timeline")).to_contain_text("Said once")
    page.unroute_all(behavior="wait")
    expect(page.get_by_text("No connection.")).to_have_count(0, timeout=20_000)
    page.reload()
    expect(page.locator("#timeline")).to_contain_text("Said once")
    with besieged.product.session() as session:
        assert len(session.scalars(select(Comment.id).where(Comment.dialog_id == dialog)).all()) == 1


def test_a_session_that_ends_in_the_middle_of_a_sentence_keeps_the_sentence(
    besieged: Besieged, open_page: Callable[..., Page]
) -> None:
    nora = besieged.person("Nora")
    dialog = dialog_for(besieged, nora, customer="Max", subject="Ended")
    page = open_page(nora, f"/inbox/{dialog}")
    page.locator("#timeline article").wait_for()
    commands(page).keyboard.press("r")
    page.keyboard.type("The first half ")
    writing = page.locator("#composer").get_by_role("textbox").last
    expect(writing).to_contain_text("The first half")
    with besieged.product.session() as session:
        people.end_all_sessions(session, session.get_one(Agent, nora.agent.id), by=None)
    page.keyboard.insert_text("and the other half")
    ended = page.get_by_role("dialog", name="Your session has ended")
    expect(ended).to_be_visible(timeout=15_000)
    with besieged.product.session() as session:
        agent = session.get_one(Agent, nora.agent.id)
        cookie = people.start_session(session, agent, address="127.0.0.1", user_agent="Test")
    page.context.add_cookies([{"name": "sid", "value": cookie, "url": besieged.product.url}])
    ended.get_by_role("button", name="I have signed in").click()
    expect(ended).to_have_count(0)
    expect(writing).to_contain_text(WHOLE)
    page.reload()
    expect(page.locator("#composer textarea")).to_have_value(WHOLE)
    assert besieged.product.request("GET", f"/api/dialogs/{dialog}", key=nora.key)[1]["drafts"]["reply"][
        "text"
    ]


def test_ten_thousand_open_dialogs_are_four_hundred_nodes(
    besieged: Besieged, open_page: Callable[..., Page]
) -> None:
    otto = besieged.person("Otto")
    first = dialog_for(besieged, otto, customer="Max", subject="The first of them")
    with besieged.product.session() as session:
        like = session.get_one(Dialog, first)
        names = ("channel_id", "customer_id", "audience", "last_message_id")
        shared = {name: getattr(like, name) for name in names}
        rows = [
            {**shared, "subject": f"Parcel {number}", "last_message_at": now() - timedelta(seconds=number)}
            for number in range(9_999)
        ]
        session.execute(insert(Dialog), rows)
    page = open_page(otto, "/inbox")
    page.locator("#feed [role=option]").first.wait_for()
    nodes = []
    for _ in range(30):
        page.locator("#feed").evaluate("one => one.scrollTo(0, one.scrollHeight)")
        page.wait_for_timeout(50)
        nodes.append(page.evaluate("document.querySelectorAll('*').length"))
    assert int(page.locator("#feed [role=option]").first.get_attribute("aria-setsize") or 0) > 1_000
    assert max(nodes) <= 400

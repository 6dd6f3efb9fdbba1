"""The screen with a full feed in Chromium: from a key, or a word of the server, to its paint."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import func, select, update

from bench.clients import Caller
from bench.data import ensure
from bench.report import Report, Row, measured, timed
from bench.stack import key_for, product_on, servers
from inbox.models import Dialog, State
from people.actions import start_session
from people.models import Agent
from tests.e2e.chromium import FLAGS, MEASURED
from tests.product import Product

OPEN = 10_000
SAMPLES = 200
PATIENCE = 120.0
WARM = 5
LIVE_MS = 50.0
NODES = 400
HEAP_MIB = 30.0

# `painted(test)` waits for what the last key or frame brings: a paint with which the test holds.
SCRIPT = """() => {
  globalThis.began = 0;
  globalThis.heard = 0;
  addEventListener("keydown", event => { globalThis.began = event.timeStamp; }, { capture: true });
  const Real = WebSocket;
  globalThis.WebSocket = class extends Real {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", event => {
        if (String(event.data).startsWith('42["frame"')) globalThis.heard = event.timeStamp;
      });
    }
  };
  const channel = new MessageChannel();
  let done = () => undefined;
  channel.port1.onmessage = () => done();
  globalThis.painted = test => new Promise(resolve => {
    const look = () => {
      if (!test()) return requestAnimationFrame(look);
      done = () => resolve(performance.now());
      channel.port2.postMessage(0);
    };
    requestAnimationFrame(look);
  });
}"""
# Each waits from before the key, so that nothing of the measurement lies between the key and its paint.
NEXT = """before => painted(() => document.querySelector("#feed [aria-selected=true]")?.dataset.id !== before
  && document.querySelector("#timeline article")).then(at => at - began)"""
GONE = """before => painted(() => !document.getElementById(`row-${before}`)).then(at => at - began)"""
SAID = """words => painted(() => document.querySelector("#timeline").textContent.includes(words))
  .then(at => at - began)"""
TOLD = """words => painted(() => document.querySelector("#timeline").textContent.includes(words))
  .then(at => at - heard)"""
OPENED = "document.querySelector('#feed [aria-selected=true]')?.dataset.id"


def measure(size: int) -> Report:
    """Keys and events on a screen with ten thousand dialogs, then keys on a processor four times slower."""
    template = ensure(size)
    wanted = min(OPEN, size)
    samples = min(SAMPLES, size // 10)
    with servers() as running, product_on(running, template) as product:
        cookie, key = _prepare(product, wanted)
        with _screen(product.url, cookie) as page:
            rows = [*_weight(page, wanted), *_keys(page, samples, Pace())]
            rows.append(_live(page, Caller(product.port, key), samples))
        with _screen(product.url, cookie) as page:
            slow = Pace(slower=4, limit_ms=100, wait_ms=500)
            slow.begin(page)
            rows += _keys(page, samples // 2, slow)
        with _screen(product.url, cookie) as page:
            rows.append(_first_paint(page, min(samples, 20)))
    return Report("paint", {"dialogs": size, "open": wanted}, rows)


@dataclass(frozen=True)
class Pace:
    """How fast the browser's processor is, what it may take, and how long somebody reads between two keys."""

    slower: int = 1
    limit_ms: float = 50.0
    wait_ms: int = 150

    @property
    def name(self) -> str:
        """How the report calls it."""
        return f", CPU÷{self.slower}" if self.slower > 1 else ""

    def begin(self, page: Page) -> None:
        """Slow the page's processor down."""
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": self.slower})


def _prepare(product: Product, wanted: int) -> tuple[str, str]:
    """Open dialogs until there are enough; a browser's session and a program's key."""
    with product.session() as session:
        there = (
            session.scalar(select(func.count()).select_from(Dialog).where(Dialog.state == State.OPEN)) or 0
        )
        more = select(Dialog.id).where(Dialog.state == State.COMPLETED).order_by(Dialog.id.desc())
        chosen = list(session.scalars(more.limit(max(wanted - there, 0))))
        reopened = {"state": State.OPEN, "completed_at": None, "completed_by": None}
        session.execute(update(Dialog).where(Dialog.id.in_(chosen)).values(**reopened))
        agents = session.scalars(select(Agent).order_by(Agent.id)).all()
        agents[0].language = "en"
        cookie = start_session(session, agents[0], address="127.0.0.1", user_agent="bench")
        return cookie, key_for(session, agents[1])


@contextmanager
def _screen(home: str, cookie: str) -> Iterator[Page]:
    """The inbox in a real browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=MEASURED, args=list(FLAGS))
        context = browser.new_context(base_url=home, viewport={"width": 1440, "height": 900}, locale="en-GB")
        context.add_cookies([{"name": "sid", "value": cookie, "url": home}])
        page = context.new_page()
        page.add_init_script(f"({SCRIPT})()")
        page.goto("/inbox")
        page.locator("#feed [role=option]").first.wait_for()
        page.wait_for_timeout(2_500)  # what the screen fetches ahead is there
        yield page
        browser.close()


def _weight(page: Page, wanted: int) -> list[Row]:
    """Scroll until every dialog was loaded, then count nodes and bytes."""
    nodes, steps = [], []
    feed = page.locator("#feed")
    count, end = -1, time.monotonic() + PATIENCE
    while time.monotonic() < end and ((now := _loaded(page)) != count or now < wanted * 9 // 10):
        count = now
        began = time.perf_counter()
        feed.evaluate(
            "one => { one.scrollTop = one.scrollHeight; return new Promise(requestAnimationFrame); }"
        )
        steps.append(time.perf_counter() - began)
        page.wait_for_timeout(60)
        nodes.append(page.evaluate("document.getElementsByTagName('*').length"))
    feed.evaluate("one => { one.scrollTop = 0; }")
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"] / 2**20
    return [
        measured("dialogs loaded", count, "", n=len(steps)),
        measured("nodes at most", max(nodes), "nodes", n=len(nodes), at_most=NODES, goal=f"≤ {NODES} nodes"),
        measured("heap", heap, "MiB", at_most=HEAP_MIB, goal=f"≤ {HEAP_MIB:g} MB heap"),
    ]


def _loaded(page: Page) -> int:
    """How many dialogs the list holds."""
    return int(page.locator("#feed [role=option]").first.get_attribute("aria-setsize") or 0)


def _keys(page: Page, samples: int, pace: Pace) -> list[Row]:
    """The keys an agent presses all day."""
    page.locator("#feed").focus()
    page.keyboard.press("j")
    page.locator("#timeline article").first.wait_for()

    warm = min(WARM, samples)

    def case(name: str, act: Callable[[int], float]) -> Row:
        """One key, many times; the first few warm up."""
        seconds = [act(number) / 1000 for number in range(samples + warm)][warm:]
        goal = f"p95 ≤ {pace.limit_ms:g} ms"
        return timed(f"key → painted, {name}{pace.name}", seconds, limit_ms=pace.limit_ms, goal=goal)

    def pressed(key: str, script: str) -> float:
        opened = page.evaluate(OPENED)
        _turn_to_feed(page, pace)
        return _wait(page, script, opened, lambda: page.keyboard.press(key))

    return [
        case("next dialog", lambda _: pressed("j", NEXT)),
        case("complete", lambda _: pressed("e", GONE)),
        case("snooze", lambda _: _snooze(page, pace)),
        case("comment", lambda number: _comment(page, pace, f"Note {number} of these")),
    ]


def _turn_to_feed(page: Page, pace: Pace) -> None:
    """Read for a moment, in which the screen fetches ahead, then be where keys are heard."""
    page.wait_for_timeout(pace.wait_ms)
    page.locator("#feed").focus()


def _snooze(page: Page, pace: Pace) -> float:
    """Snooze until later today or tomorrow: the key that chooses is the one that is timed."""
    opened = page.evaluate(OPENED)
    _turn_to_feed(page, pace)
    page.keyboard.press("h")
    page.get_by_role("option", name="In 3 hours").wait_for()
    page.keyboard.type("In 3")
    return _wait(page, GONE, opened, lambda: page.keyboard.press("Enter"))


def _comment(page: Page, pace: Pace, words: str) -> float:
    """Write a comment; Ctrl+Enter is the key that is timed."""
    _turn_to_feed(page, pace)
    page.keyboard.press("n")
    page.locator("#composer [contenteditable=true]").wait_for()
    page.keyboard.insert_text(words)
    return _wait(page, SAID, words, lambda: page.keyboard.press("Control+Enter"))


def _live(page: Page, caller: Caller, samples: int) -> Row:
    """A colleague's comment in the open dialog, from the frame to the paint."""
    dialog = page.evaluate(OPENED)

    def told(number: int) -> float:
        words = f"Told {number} times {uuid4().hex}"
        body = {"client_uuid": str(uuid4()), "text": words, "mentions": [], "attachments": []}
        return _wait(page, TOLD, words, lambda: caller.call("POST", f"/api/dialogs/{dialog}/comments", body))

    warm = min(WARM, samples)
    seconds = [told(number) / 1000 for number in range(samples + warm)][warm:]
    return timed("live event → painted", seconds, limit_ms=LIVE_MS, goal=f"p95 ≤ {LIVE_MS:g} ms")


def _wait(page: Page, script: str, given: Any, act: Callable[[], Any]) -> float:
    """Begin to wait for a paint, act, and say how long it took."""
    page.evaluate(f"given => {{ globalThis.waiting = ({script})(given); }}", given)
    act()
    return float(page.evaluate("waiting"))


def _first_paint(page: Page, samples: int) -> Row:
    """From asking for the page to its first content."""
    seconds = []
    for _ in range(samples):
        page.reload()
        page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length > 0")
        entry = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
        seconds.append(page.evaluate(entry) / 1000)
    return timed("first contentful paint, local", seconds, limit_ms=300, goal="≤ 300 ms")

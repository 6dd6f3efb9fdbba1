"""Subjects, names and files that are payloads: inert on every screen that shows them, and in the editor."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from channels.models import Arrival, ArrivalState
from core.clock import now
from inbox.models import Channel, Dialog
from people.models import Customer
from tests.security.besieged import Besieged
from tests.security.post import Delivered, corpus, deliver
from tests.security.window import Window, open_window

pytestmark = pytest.mark.browser

ANSWER = b"In-Reply-To: <cve-2018-1000154-subject@customer.test>\nMessage-ID: <2"
BANG = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
NAMED = ("cve-2018-1000154-subject", "cve-2026-105455-encoded-subject", "address-is-a-payload",
         "templates-of-frameworks", "unicode-links", "letter-in-a-letter", "bounce", "calendar")  # fmt: skip
FILED = ("cve-2021-44025-file-names", "cve-2026-28289-zero-width-name", "cve-2023-47272-disposition",
         "cve-2026-54432-content-type", "cve-2022-25802-page-as-file", "cve-2020-13965-xml-preview",
         "cve-2026-111168-svg-types", "cid-clashes")  # fmt: skip
WRITING, POPUP = "#composer input", "[role=listbox]:not(#feed), [role=dialog]"
PASTE = """([node, html]) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  data.setData("text/plain", "pasted");
  node.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""
Letters = dict[str, Delivered]
# After holes of other editors (Trix CVE-2024-34341 and CVE-2024-43368), and what our letters bring.
PASTED = (
    "<p>One</p><img src=x onerror=alert(1)><script>alert(1)</script><svg><script>alert(1)</script></svg>",
    """<div data-trix-attachment='{"content":"<img src=x onerror=alert(1)>"}'>Two</div>""",
    """<div data-trix-serialized-attributes='{"onclick":"alert(1)"}'>Three</div>""",
    '<a href="javascript:alert(1)">Four</a><a href="data:text/html,<script>alert(1)</script>">4b</a>',
    '<math><mtext><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=alert(1)&gt;">Five',
    '<div data-pm-slice=\'0 0 ["doc",{"onload":"alert(1)"}]\'>Six<iframe srcdoc=\'x\'></iframe></div>',
    '<span data-mention="1" data-id="javascript:x" onclick=alert(1) style="position:fixed">Seven</span>',
    '<form action="//elsewhere.example"><input autofocus onfocus=alert(1)><button>Eight</button></form>',
    "<table><tr><td>Nine</td><td><b onclick=alert(1)>Ten</b></td></tr><tr><td>1</td><td>2</td></tr></table>",
)

# What the composer itself writes; an address of a link is looked at by the schema's own tests.
OURS = {"P", "BR", "BR class", "A", "A href", "STRONG", "EM", "SPAN"}
OURS |= {"SPAN class", "SPAN data-mention", "SPAN contenteditable"}


@pytest.fixture(scope="module")
def window(besieged: Besieged, browser: Browser, hostile_letters: Letters) -> Iterator[Window]:
    """One page for all of it."""
    with open_window(browser, besieged) as window:
        yield window


@pytest.fixture(autouse=True)
def nothing_ran(window: Window) -> Iterator[None]:
    """Whatever a test does: no payload runs or becomes an element, and nobody else is asked for anything."""
    yield
    assert (window.payloads(), window.ran, window.faults, window.left) == ([], [], [], [])


def field(page: Page) -> Page:
    """Single keys are commands again."""
    page.locator("#feed").focus()
    return page


@pytest.mark.parametrize("name", NAMED)
def test_names_stay_text_in_feed_title_card_popups_and_composer(
    window: Window, hostile_letters: Letters, besieged: Besieged, name: str
) -> None:
    page, letter = window.page, hostile_letters[name]
    window.open(name, letter)
    with besieged.product.session() as session:
        dialog = session.get_one(Dialog, letter.dialog)
        subject, customer = dialog.subject, session.get_one(Customer, dialog.customer_id).name
    for place in (page.locator("main header .title"), page.locator(f"#row-{letter.dialog}")):
        assert (subject or customer) in (place.text_content() or ""), name
    expect(page.locator("#customer h2")).to_contain_text(customer)
    assert window.payloads() == []
    for key, opened in (("f", WRITING), ("Shift+r", WRITING), ("a", POPUP), ("h", POPUP), ("l", POPUP)):
        field(page).keyboard.press(key)
        page.locator(opened).first.wait_for()
        assert window.payloads() == [], key
        page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type(subject[:20] or "x")
    assert window.payloads() == []
    page.keyboard.press("Escape")


def test_names_stay_text_in_toasts_and_in_what_is_said_aloud(
    window: Window, hostile_letters: Letters, besieged: Besieged
) -> None:
    page, letter = window.page, hostile_letters["cve-2018-1000154-subject"]
    window.open("cve-2018-1000154-subject", letter)
    again = corpus()["cve-2018-1000154-subject"].replace(
        b"Message-ID: <", b"In-Reply-To: <cve-2018-1000154-subject@customer.test>\nMessage-ID: <2"
    )
    assert deliver(besieged.product, {"again": again}, channel="Hostile")["again"].dialog == letter.dialog
    toast = page.get_by_role("status").filter(has_text="onerror=alert(1)")
    expect(toast.first).to_be_attached(timeout=15_000)
    assert window.payloads() == []
    field(page).keyboard.press("e")
    page.locator(".toast").first.wait_for()
    assert window.payloads() == []
    page.keyboard.press("z")
    page.locator(f"#row-{letter.dialog}").wait_for()


def test_names_stay_text_on_every_page_of_the_settings_and_customers(
    window: Window, hostile_letters: Letters, besieged: Besieged
) -> None:
    with besieged.product.session() as session:
        channel = session.scalars(select(Channel).where(Channel.name == "Hostile")).one()
        customer = session.get_one(Dialog, hostile_letters["cve-2018-1000154-subject"].dialog).customer_id
        session.add(
            Arrival(channel_id=channel.id, event_key=BANG, order_key=BANG, payload={}, reason=BANG,
                    state=ArrivalState.QUARANTINED, attempts=9, due_at=now(), arrived_at=now())
        )  # fmt: skip
        session.execute(
            update(Channel).where(Channel.id == channel.id).values(health="broken", health_detail=BANG)
        )
    page = window.page.context.new_page()
    window.ran.clear()  # a new window, but ours
    page.on("dialog", lambda dialog: (window.ran.append(dialog.message), dialog.dismiss()))
    for path in ("/customers/", f"/customers/{customer}", "/customers/?query=" + BANG, "/nowhere/" + BANG,
                 "/settings/arrivals", "/settings/channels", f"/settings/channels/{channel.id}"):  # fmt: skip
        page.goto(path)
        assert page.locator("[onerror], [onload], img[src=x], svg[onload]").count() == 0, path
        assert page.evaluate("[...document.scripts].every(one => one.nonce)"), path
        assert "alert(1)" in page.content() or path.startswith("/nowhere"), path
    page.close()


@pytest.mark.requirement("CHN-15")
@pytest.mark.parametrize("name", FILED)
def test_files_are_named_as_text_and_handed_out_as_nothing_that_runs(
    window: Window, hostile_letters: Letters, besieged: Besieged, name: str
) -> None:
    window.open(name, hostile_letters[name])
    links = window.page.locator("#timeline .files a, #timeline .files audio, #timeline .files video")
    addresses = links.evaluate_all(
        "all => all.map(one => one.getAttribute('href') ?? one.getAttribute('src'))"
    )
    assert addresses or name == "cid-clashes"
    for address in addresses:
        assert re.match(r"/files/\d+/", address), address
        answer = window.page.request.get(address)
        kind, how = answer.headers["content-type"], answer.headers["content-disposition"]
        assert answer.status == 200
        assert how.startswith("attachment;") or kind in ("image/png", "image/gif"), (address, kind, how)
        assert kind.partition(";")[0] in (
            "application/octet-stream",
            "text/plain",
            "image/png",
            "image/gif",
        ), kind
        assert "set-cookie" not in answer.headers
        assert "x-evil" not in answer.headers
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert not set(unquote(address.rpartition("/")[2])) & set("/\\\0\u200b\u202e"), address


def test_nothing_on_the_disk_is_called_as_a_sender_wishes(
    besieged: Besieged, hostile_letters: Letters
) -> None:
    names = {path.name for path in (besieged.product.data / "files").rglob("*") if path.is_file()}
    assert len(names) > len(hostile_letters)
    assert {name for name in names if not re.fullmatch(r"[0-9a-f]{64}", name)} == set()


def test_what_is_pasted_becomes_text_of_our_own_kind(window: Window, hostile_letters: Letters) -> None:
    window.open("cve-2018-1000154-subject", hostile_letters["cve-2018-1000154-subject"])
    page = field(window.page)
    page.keyboard.press("r")
    editor = page.locator("#composer [contenteditable=true]")
    editor.wait_for()
    node = editor.element_handle()
    for html in PASTED:
        page.evaluate(PASTE, [node, html])
    expect(editor).to_contain_text("One")
    expect(editor).to_contain_text("Eight")
    expect(editor).to_contain_text("Nine | Ten")
    found = editor.evaluate(
        """node => [...node.querySelectorAll("*")].flatMap(one =>
             [one.tagName, ...[...one.attributes].map(each => `${one.tagName} ${each.name}`)])"""
    )
    assert set(found) <= OURS
    window.faults.clear()  # Chromium complains of handlers even in a document that can run none
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")

"""Bots connected by their forms, and customers who write: a MAX chat, a Telegram group, a VK dialog."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.channels.max.outside import MaxOutside
from tests.channels.peer import Peer
from tests.channels.telegram.outside import TelegramOutside
from tests.channels.vk.outside import VkOutside
from tests.e2e.conftest import Watch, register
from tests.ground.settings import SECRET_KEY
from tests.peers.max.server import MaxPeer
from tests.peers.telegram.server import TelegramPeer
from tests.peers.vk.peer import VkPeer
from tests.product import Product, running_product

pytestmark = pytest.mark.browser

LONG = 30_000
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf"
    "c0000003010100c9fe92ef0000000049454e44ae426082"
)


class Office:
    """Ann at her browser."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def connect(self, kind: str, title: str, values: dict[str, str]) -> None:
        """Connect a bot the way an administrator does: the form, the test as it goes, the two switches."""
        page = self.page
        page.goto("/settings/channels")
        page.get_by_role("link", name=f"Connect: {title}").click()
        page.locator("summary").click()
        for name, value in {"name": f"Shop in {title}", "undo_seconds": "0", **values}.items():
            page.locator(f"[name={name}]").fill(value)
        page.get_by_role("button", name="Connect and test").click()
        expect(page.locator("#tested .badge").first).to_have_text("Works", timeout=LONG)
        page.get_by_role("button", name="Switch on").click()
        page.get_by_role("button", name="Let it write to customers").click()
        expect(page.get_by_role("button", name="Switch off")).to_be_visible()
        assert values["token"] not in page.content()

    def open(self, words: str) -> Locator:
        """The dialog of the feed that says so, opened; its timeline."""
        if not self.page.url.startswith("/inbox"):
            self.page.goto("/inbox")
        row = self.page.locator("#feed").get_by_role("option").filter(has_text=words)
        expect(row).to_be_visible(timeout=LONG)
        row.click()
        timeline = self.page.locator("#timeline")
        expect(timeline).to_contain_text(words)
        return timeline

    def answer(self, text: str, *files: Path) -> None:
        """Ann writes, with files perhaps, and sends."""
        composer = self.page.locator("#composer")
        composer.get_by_role("textbox").last.fill(text)
        if files:
            composer.locator("input[type=file]").set_input_files([str(each) for each in files])
            for each in files:
                expect(composer).to_contain_text(each.name)
        self.page.get_by_role("button", name="Send", exact=True).click()
        expect(self.page.locator("#timeline")).to_contain_text(text)


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """A product nobody has used."""
    with running_product({"SECRET_KEYS": SECRET_KEY}) as running:
        yield running
        sys.stdout.write(running.last_words(60))


@pytest.fixture(scope="module")
def office(product: Product, browser: Browser) -> Iterator[Office]:
    """The owner; nothing may go wrong in her browser unseen."""
    watch = Watch()
    context = browser.new_context(
        base_url=product.url, viewport={"width": 1440, "height": 900}, locale="en-GB"
    )
    page = context.new_page()
    watch.over(page)
    register(page, product, name="Ann Smith", email="ann@helpdesk.test")
    page.wait_for_url("**/start")
    yield Office(page)
    context.close()
    assert watch.faults == []


@pytest.mark.requirement("CHN-14")
def test_a_bot_is_connected_by_keyboard_and_without_javascript(
    office: Office, product: Product, browser: Browser
) -> None:
    with MaxPeer() as server:
        context = browser.new_context(
            base_url=product.url,
            storage_state=office.page.context.storage_state(),
            java_script_enabled=False,
            locale="en-GB",
            viewport={"width": 390, "height": 844},
        )
        page = context.new_page()
        page.goto("/settings/channels/new/max")
        page.get_by_label("What it is called").focus()
        page.keyboard.type("Plain bot")
        page.keyboard.press("Tab")
        page.keyboard.type("plain-token-of-a-bot")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # opens what may stay as it is
        page.get_by_label("Address of the interface").fill(server.url)
        page.keyboard.press("Enter")
        expect(page.get_by_text("MAX does not know this token.").first).to_be_visible(timeout=LONG)
        expect(page.get_by_text("MAX answers.")).to_be_visible()
        page.goto("/settings/arrivals")
        expect(page.get_by_text("Everything that came could be read.")).to_be_visible()
        context.close()


@pytest.mark.requirement("CHN-06")
def test_what_could_not_be_read_is_looked_at_and_read_again(office: Office, product: Product) -> None:
    with MaxPeer() as server:
        peer, page = MaxOutside(server), office.page
        server.token, server.world.bot["username"] = "token-of-the-third-bot", "third_bot"
        office.connect("max", "MAX", {"name": "Third", "token": server.token, "api_base": server.url})
        peer.poison()
        page.goto("/settings/arrivals")
        page.wait_for_timeout(500)
        for _ in range(100):
            if page.get_by_text("unreadable:").count():
                break
            page.reload()
            page.wait_for_timeout(200)
        page.get_by_role("link", name="Third").first.click()
        expect(page.get_by_role("region", name="What is known about it")).to_contain_text('"message": [')
        page.get_by_role("button", name="Read again").click()
        expect(page.get_by_text("It is being read again.")).to_be_visible()
        for _ in range(100):
            if page.get_by_role("button", name="Read all again").count():
                break
            page.reload()
            page.wait_for_timeout(200)
        page.get_by_role("button", name="Read all again").click()
        expect(page.get_by_text("1 is being read again.")).to_be_visible()


def heard(peer: Peer, page: Page, *, group: bool = False) -> list[str]:
    """What the customer got, waited for."""
    for _ in range(100):
        if found := peer.heard("Max Miller", group=group):
            return found
        page.wait_for_timeout(200)
    return []


@pytest.mark.requirement("CHN-01")
def test_a_chat_in_max_goes_both_ways_with_files_an_edit_and_a_failure(
    office: Office, product: Product, tmp_path: Path
) -> None:
    with MaxPeer() as server:
        peer, page = MaxOutside(server), office.page
        office.connect("max", "MAX", {"token": server.token, "api_base": server.url})
        expect(page.get_by_text("@shop_bot").first).to_be_visible()

        # Customer to agent: words, a picture, a change.
        key = str(peer.says("Where is my parcel?", "Max Miller"))
        timeline = office.open("Where is my parcel?")
        peer.edits(key, "Where is my parcel 17?")
        expect(timeline).to_contain_text("Where is my parcel 17?", timeout=LONG)
        peer.sends("image", PNG, "Max Miller", name="photo.png", mime="image/png", text="It looked like this")
        expect(timeline).to_contain_text("It looked like this", timeout=LONG)
        expect(timeline.locator("img").first).to_be_visible(timeout=LONG)

        # Agent to customer: words and a paper.
        paper = tmp_path / "invoice.pdf"
        paper.write_bytes(b"%PDF-1.7 invoice")
        office.answer("It comes tomorrow.", paper)
        assert heard(peer, page) == ["It comes tomorrow."]
        assert ("invoice.pdf", b"%PDF-1.7 invoice") in peer.got("Max Miller")
        expect(timeline).to_contain_text("Sent", timeout=LONG)

        # The customer stops the bot: the answer fails and says why, the channel is well.
        server.world.dialog("Max Miller").suspended = True
        office.answer("Are you at home?")
        expect(timeline).to_contain_text("The customer has stopped the bot", timeout=LONG)
        expect(timeline.get_by_role("button", name="Retry")).to_be_visible()
        assert page.locator(".broken").count() == 0

        # The token is revoked with an answer waiting: a banner, nothing lost, and all leaves after repair.
        server.world.dialog("Max Miller").suspended = False
        peer.revoke()
        office.answer("Shall we call you?")
        banner = page.locator(".broken")
        expect(banner).to_contain_text("Shop in MAX does not work", timeout=LONG)
        assert Axe().run(page).response["violations"] == []
        banner.get_by_role("link").click()
        expect(page.get_by_text("1 answer is waiting and will be sent once it works again.")).to_be_visible(
            timeout=LONG
        )
        peer.restore()
        page.get_by_role("button", name="Test", exact=True).click()
        expect(page.get_by_text("MAX answers.")).to_be_visible(timeout=LONG)
        expect(page.locator("#badge")).to_contain_text("Works", timeout=LONG)
        for _ in range(100):
            if "Shall we call you?" in peer.heard("Max Miller"):
                break
            page.wait_for_timeout(200)
        assert peer.heard("Max Miller") == ["It comes tomorrow.", "Shall we call you?"]


@pytest.mark.requirement("CHN-11")
def test_a_telegram_group_is_one_dialog_of_several_customers(office: Office, product: Product) -> None:
    with TelegramPeer() as server:
        peer, page = TelegramOutside(server), office.page
        values = {"api_base": server.api_base, "file_base": server.file_base}
        office.connect("telegram", "Telegram", {"token": peer.access.secrets["token"], **values})
        peer.says("Is it open on Sunday?", "Max Miller", group=True)
        timeline = office.open("Is it open on Sunday?")
        peer.says("I wonder too", "Mia Stone", group=True)
        expect(timeline).to_contain_text("I wonder too", timeout=LONG)
        expect(timeline).to_contain_text("Max Miller")
        expect(timeline).to_contain_text("Mia Stone")
        office.answer("Until ten.")
        assert heard(peer, page, group=True) == ["Until ten."]


@pytest.mark.requirement("CHN-04")
def test_a_vk_dialog_goes_both_ways_with_a_file_an_edit_and_a_failure(office: Office, tmp_path: Path) -> None:
    with VkPeer() as server:
        peer, page = VkOutside(server), office.page
        office.connect("vk", "VK", {"token": server.token, "api_base": server.api})
        key = str(peer.says("Do you have it in blue?", "Max Miller"))
        timeline = office.open("Do you have it in blue?")
        peer.edits(key, "Do you have it in green?")
        expect(timeline).to_contain_text("Do you have it in green?", timeout=LONG)
        peer.sends("file", b"%PDF list", "Max Miller", name="list.pdf", mime="application/pdf")
        expect(timeline).to_contain_text("list.pdf", timeout=LONG)
        paper = tmp_path / "offer.pdf"
        paper.write_bytes(b"%PDF-1.7 offer")
        office.answer("Yes, here is our offer.", paper)
        assert heard(peer, page) == ["Yes, here is our offer."]
        assert b"%PDF-1.7 offer" in [data for _, data in peer.got("Max Miller")]
        peer.blocks("Max Miller")
        office.answer("Shall we keep one for you?")
        expect(timeline.get_by_role("button", name="Retry")).to_be_visible(timeout=LONG)

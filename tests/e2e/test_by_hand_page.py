"""The page on which a developer plays customers, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.channels.max.outside import MaxOutside
from tests.e2e.conftest import Watch
from tests.peers.by_hand import ByHand
from tests.peers.max.server import MaxPeer

pytestmark = pytest.mark.browser


@pytest.fixture
def server() -> Iterator[MaxPeer]:
    with MaxPeer() as running:
        yield running


@pytest.fixture
def page_of_max(server: MaxPeer, browser: Browser) -> Iterator[Page]:
    watch = Watch()
    with ByHand({"max": MaxOutside(server)}) as by_hand:
        context = browser.new_context()
        page = context.new_page()
        watch.over(page)
        page.goto(by_hand.url)
        yield page
        context.close()
    assert watch.faults == []


def test_a_customer_is_played_and_sees_the_answer_arrive(
    page_of_max: Page, server: MaxPeer, tmp_path: Path
) -> None:
    page, chat = page_of_max, page_of_max.get_by_role("log")
    page.get_by_text("Connect the channel with").click()
    expect(page.get_by_text(server.token)).to_be_visible()
    page.get_by_label("Message").fill("Where is my parcel?")
    page.keyboard.press("Enter")
    expect(chat).to_contain_text("Where is my parcel?")
    server.world.write(server.world.dialog("Max"), server.world.bot, "On its way.")
    expect(chat).to_contain_text("On its way.")

    page.once("dialog", lambda dialog: dialog.accept("Where is my parcel 17?"))
    chat.get_by_role("button", name="Edit").click()
    expect(chat).to_contain_text("Where is my parcel 17? (edited)")
    paper = tmp_path / "bill.pdf"
    paper.write_bytes(b"%PDF")
    page.get_by_label("File").set_input_files(str(paper))
    page.get_by_role("button", name="Send").click()
    expect(chat).to_contain_text("bill.pdf")
    told = [update["update_type"] for _, _, update in server.world.updates]
    assert told == ["message_created", "message_edited", "message_created"]
    page.get_by_role("button", name="Block the bot").click()
    page.get_by_label("I am").select_option("Mia")
    expect(chat).to_be_empty()
    assert server.world.dialog("Max").suspended

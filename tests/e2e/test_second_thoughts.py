"""What Ann said in Telegram she says differently, and takes back; it happens there, and is seen here."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from inbox.actions import confirm_outbound, connect_channel
from tests.app.waiting import until
from tests.e2e.colleagues import Colleague, Office, open_office
from tests.peers.telegram.server import TOKEN, TelegramPeer
from tests.product import Product

pytestmark = pytest.mark.browser

LONG = 30_000


@pytest.fixture
def telegram() -> Iterator[TelegramPeer]:
    """Telegram, on this machine."""
    with TelegramPeer() as peer:
        yield peer


@pytest.fixture
def office(product: Product, browser: Browser, telegram: TelegramPeer) -> Iterator[Office]:
    """An office with a bot; answers leave at once."""
    with open_office(product, browser) as office:
        office.found("Ann", customers=())
        with product.session() as session:
            channel = connect_channel(
                session,
                agent=None,
                kind="telegram",
                name="Shop",
                settings={"api_base": telegram.api_base, "file_base": telegram.file_base, "mode": "poll"},
                secrets={"token": TOKEN},
            )
            channel.undo_seconds = 0
            confirm_outbound(session, channel, agent=None)
            office.channel_id = channel.id
        yield office
        with product.session() as session:
            session.merge(channel).enabled = False


def test_an_answer_is_changed_and_taken_back_outside(office: Office, telegram: TelegramPeer) -> None:
    telegram.people.say("Where is parcel 4?")
    ann = office.seat("Ann")
    row = ann.rows.filter(has_text="Where is parcel 4?")
    expect(row).to_be_visible(timeout=LONG)
    row.click()
    ann.write("It comes on Monday.")
    ann.page.keyboard.press("Enter")
    answer = ann.timeline.get_by_role("article").filter(has_text="It comes on")
    until(lambda: ours(telegram) == ["It comes on Monday."], LONG / 1000)

    choose(ann, answer, "Change what it says")
    words = answer.get_by_role("textbox", name="What it says from now on")
    expect(words).to_be_focused()
    words.fill("It comes on Tuesday.")
    ann.page.keyboard.press("Control+Enter")
    expect(answer.get_by_role("button", name="edited")).to_be_visible(timeout=LONG)
    expect(answer).to_contain_text("It comes on Tuesday.")
    assert ours(telegram) == ["It comes on Tuesday."]
    answer.get_by_role("button", name="edited").click()
    expect(answer.get_by_role("group", name="Earlier versions")).to_contain_text("It comes on Monday.")

    choose(ann, answer, "Delete for everyone")
    ann.page.get_by_role("button", name="Delete").click()
    expect(answer).to_contain_text("Deleted: the customer no longer sees it.", timeout=LONG)
    assert ours(telegram) == []
    answer.hover()
    answer.get_by_role("button", name="More about this message").click()
    expect(ann.page.get_by_role("menuitem", name="Change what it says")).to_have_count(0)


def test_what_a_message_should_say_is_kept_until_it_does(office: Office, telegram: TelegramPeer) -> None:
    telegram.people.say("Where is parcel 5?")
    ann = office.seat("Ann")
    row = ann.rows.first
    expect(row).to_contain_text("Where is parcel 5?", timeout=LONG)
    row.click()
    ann.write("It comes on Monday.")
    ann.page.keyboard.press("Enter")
    answer = ann.timeline.get_by_role("article").filter(has_text="It comes on")
    until(lambda: ours(telegram) == ["It comes on Monday."], LONG / 1000)

    choose(ann, answer, "Change what it says")
    words = answer.get_by_role("textbox", name="What it says from now on")
    words.fill("It comes on Tuesday.")
    ann.page.reload()
    row.click()
    expect(words).to_have_value("It comes on Tuesday.")

    body = '{"error": {"code": "not_editable", "message": "Too late.", "field": null, "details": {}}}'
    refused = {"status": 409, "body": body, "content_type": "application/json"}
    ann.page.route("**/api/messages/*/edit", lambda route: route.fulfill(**refused), times=1)
    words.press("Control+Enter")
    expect(answer.get_by_role("alert")).to_have_text("Too late.")
    expect(words).to_have_value("It comes on Tuesday.")

    telegram.faults.add("status", method="editMessageText", status=400)
    words.press("Control+Enter")
    expect(answer.get_by_role("alert")).to_contain_text("could not be changed", timeout=LONG)
    expect(words).to_have_value("It comes on Tuesday.")
    words.press("Control+Enter")
    until(lambda: ours(telegram) == ["It comes on Tuesday."], LONG / 1000)
    expect(answer.get_by_role("button", name="edited")).to_be_visible(timeout=LONG)
    expect(words).to_have_count(0)
    ann.page.reload()
    row.click()
    expect(answer).to_contain_text("It comes on Tuesday.")
    expect(words).to_have_count(0)


def choose(ann: Colleague, message: Locator, item: str) -> None:
    """Take an item of a message's menu; what it offers depends on whether the message has left."""
    for _ in range(100):
        message.hover()
        message.get_by_role("button", name="More about this message").click()
        found = ann.page.get_by_role("menuitem", name=item)
        expect(ann.page.get_by_role("menuitem").first).to_be_visible()
        if found.count():
            return found.click()
        ann.page.keyboard.press("Escape")
        ann.page.wait_for_timeout(100)
    raise AssertionError(f"the menu never offered: {item}")


def ours(telegram: TelegramPeer) -> list[str]:
    """What the customer sees of us."""
    chat = telegram.world.private("Max")
    return [each["text"] for each in chat.messages.values() if each["from"]["is_bot"]]

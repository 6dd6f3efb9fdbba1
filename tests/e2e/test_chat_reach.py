"""What is said above the composer where an answer may not get through."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from core.clock import now
from inbox.models import Dialog
from tests.e2e.colleagues import Office, open_office
from tests.makers import make_channel, make_dialog
from tests.product import Product

pytestmark = pytest.mark.browser


@pytest.fixture
def office(product: Product, browser: Browser) -> Iterator[Office]:
    """An office that somebody writes to from Telegram."""
    with open_office(product, browser) as office:
        office.found("Ann", customers=())
        yield office


def chat(office: Office, **given: Any) -> int:
    """A chat of Max's."""
    with office.product.session() as session:
        channel = make_channel(session, *office.agents.values(), kind="telegram", enabled=False)
        return make_dialog(session, channel, conversation=f"chat-{channel.id}", subject="", **given).id


def change(office: Office, dialog: int, **facts: Any) -> None:
    """What the outside has said of a chat."""
    with office.product.session() as session:
        found = session.get_one(Dialog, dialog)
        for name, value in facts.items():
            setattr(found, name, value)


def test_above_the_composer_stands_until_when_a_chat_can_be_answered(office: Office) -> None:
    dialog = chat(office)
    banner = "#composer > p"
    change(office, dialog, reply_until=now() + timedelta(hours=9))
    ann = office.seat("Ann", f"/inbox/{dialog}")
    expect(ann.editor).to_be_visible()
    expect(ann.page.locator(banner).filter(has_text="answer")).to_have_count(0)
    for facts, words in (
        ({"reply_until": now() + timedelta(hours=2, minutes=1)}, "You can answer here until"),
        ({"reply_until": now() - timedelta(minutes=1)}, "The time for answering here is over."),
        ({"unreachable_since": now()}, "Answers do not get through"),
    ):
        change(office, dialog, **facts)
        ann.page.reload()
        expect(ann.page.locator(banner).filter(has_text=words)).to_be_visible()
        expect(ann.page.get_by_role("status")).to_contain_text(words)
    ann.page.get_by_role("tab", name="Comment").click()
    expect(ann.page.locator(banner).filter(has_text=words)).to_have_count(0)

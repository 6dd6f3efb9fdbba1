"""One person on two cards, mended beside the dialog: by keyboard, on a phone, in three languages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from people.models import Customer
from tests.e2e.colleagues import Colleague, Office, open_office
from tests.product import Product

pytestmark = pytest.mark.browser

SAME = {
    "ru": ("Возможно, это один человек", "тот же телефон", "Объединить с этой карточкой", "Отменить"),
    "en": ("Perhaps the same person", "the same phone", "Merge into this card", "Undo"),
    "es": ("Quizá la misma persona", "el mismo teléfono", "Unir a esta ficha", "Deshacer"),
}


@pytest.fixture
def office(product: Product, browser: Browser) -> Iterator[Office]:
    """An office to which one person writes from two addresses."""
    with open_office(product, browser) as office:
        yield office


def write_down(office: Office, customer: str, **words: str) -> Customer:
    """What an agent knows of a customer."""
    customer_id = office.dialog(customer).customer_id
    with office.product.session() as session:
        found = session.get_one(Customer, customer_id)
        for name, value in words.items():
            setattr(found, name, value)
        return found


def alike(office: Office) -> None:
    """Max and Mia gave one phone, which nobody proved; it is this office's alone."""
    for customer in ("Max", "Mia"):
        write_down(office, customer, phone=f"+7912{office.channel_id:07}")


def card(agent: Colleague) -> Locator:
    """The customer's card beside the dialog."""
    return agent.page.locator("#customer")


def press_on(agent: Colleague, button: Locator) -> None:
    """Walk to a button by the keyboard alone, from the pane it is in, and press it."""
    for _ in range(6):
        if agent.page.evaluate("!!document.activeElement.closest('#customer, .popover')"):
            break
        agent.page.keyboard.press("F6")
    for _ in range(30):
        if button.evaluate("each => each === document.activeElement"):
            agent.page.keyboard.press("Enter")
            return
        agent.page.keyboard.press("Tab")
    pytest.fail("the keyboard does not get there")


def whose(office: Office, *customers: str) -> list[int]:
    return [office.dialog(each).customer_id for each in customers]


@pytest.mark.requirement("CHN-09")
@pytest.mark.parametrize("language", list(SAME))
def test_a_suggestion_is_followed_by_keyboard_and_taken_back(office: Office, language: str) -> None:
    office.found("Ann", customers=("Max", "Mia"), language=language)
    alike(office)
    before = whose(office, "Max", "Mia")
    heading, reason, merge, undo = SAME[language]
    ann = office.seat("Ann")
    ann.open("Max")
    offered = card(ann).get_by_role("region", name=heading)
    expect(offered).to_contain_text(reason)
    expect(card(ann)).not_to_contain_text(f"Mia-{office.channel_id}@customer.test".lower())
    press_on(ann, offered.get_by_role("button", name=merge))
    expect(card(ann)).to_contain_text(f"mia-{office.channel_id}@customer.test")
    expect(offered).to_have_count(0)
    expect(card(ann).locator("[data-anchor=same]")).to_be_focused()
    assert whose(office, "Max", "Mia") == [before[0]] * 2
    ann.page.get_by_role("button", name=undo).click()
    expect(card(ann)).not_to_contain_text(f"mia-{office.channel_id}@customer.test")
    expect(offered).to_contain_text(reason)
    assert whose(office, "Max", "Mia") == before


@pytest.mark.requirement("CHN-09")
def test_another_card_is_found_merged_and_taken_apart_by_keyboard(office: Office) -> None:
    office.found("Ann", customers=("Max", "Mia"))
    before, mia = whose(office, "Max", "Mia"), f"mia-{office.channel_id}@customer.test"
    ann = office.seat("Ann")
    ann.open("Max")
    keys = ann.page.keyboard
    keys.press("Control+k")
    keys.type("duplicado")
    expect(ann.page.get_by_role("option", name="One person, several cards")).to_be_visible()
    keys.press("Enter")
    field = ann.page.get_by_role("combobox", name="Another card of this person: name or address")
    expect(field).to_be_focused()
    keys.type("Nobody of this name")
    expect(ann.page.get_by_text("Nobody of that name or address.")).to_be_visible()
    keys.press("Control+a")
    keys.type(mia)
    found = ann.page.get_by_role("dialog", name="One person, several cards").get_by_role("option")
    expect(found.filter(has_text="Mia")).to_be_visible()
    keys.press("Enter")
    expect(ann.page.get_by_role("button", name="Merge into this card")).to_be_focused()
    keys.press("Escape")
    expect(field).to_be_focused()
    assert whose(office, "Max", "Mia") == before
    keys.press("Enter")
    expect(ann.page.get_by_role("button", name="Merge into this card")).to_be_focused()
    keys.press("Enter")
    expect(card(ann)).to_contain_text(mia)
    assert whose(office, "Max", "Mia") == [before[0]] * 2
    press_on(ann, card(ann).get_by_role("button", name="One person, several cards"))
    apart = ann.page.get_by_role("button", name="Separate")
    expect(field).to_be_focused()
    expect(apart).to_be_visible()
    press_on(ann, apart)
    expect(card(ann)).not_to_contain_text(mia)
    assert whose(office, "Max", "Mia") == before


@pytest.mark.requirement("CHN-09")
def test_two_people_are_told_apart_on_a_phone_and_not_offered_again(office: Office) -> None:
    office.found("Ann", customers=("Max", "Mia"))
    alike(office)
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    ann = office.seat("Ann", f"/inbox/{office.dialog('Max').id}", **phone)
    expect(ann.timeline).to_contain_text("It is Max.")
    ann.page.locator("main .title").click()
    offered = card(ann).get_by_role("region", name="Perhaps the same person")
    expect(offered.get_by_role("button")).to_have_count(2)
    for button in offered.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    card(ann).get_by_role("button", name="One person, several cards").click()
    sheet = ann.page.get_by_role("dialog", name="One person, several cards")
    sheet.get_by_role("combobox").fill(f"mia-{office.channel_id}")
    sheet.get_by_role("option", name="Mia").click()
    expect(sheet.get_by_role("button", name="Merge into this card")).to_be_in_viewport()
    ann.page.keyboard.press("Escape")
    ann.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    offered.get_by_role("button", name="Not the same").click()
    expect(offered).to_have_count(0)
    ann.page.reload()
    ann.page.locator("main .title").click()
    expect(card(ann)).to_contain_text("max-")
    expect(offered).to_have_count(0)
    max_id, mia_id = whose(office, "Max", "Mia")
    assert max_id != mia_id

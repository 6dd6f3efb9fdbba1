"""A day without a mouse, on a keyboard that writes Russian."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, CDPSession, Page, Route, expect

from inbox.models import Dialog, State
from tests.e2e.colleagues import Colleague, Office, open_office
from tests.makers import make_message
from tests.product import Product

pytestmark = pytest.mark.browser

CUSTOMERS = ("Max", "Mia", "Olga", "Ivan")
# Where each letter of ЙЦУКЕН lies: the codes are those of UI Events, after the American keyboard.
PLACES = dict(zip("йцукенгшщзфывапролдячсмить", "QWERTYUIOPASDFGHJKLZXCVBNM", strict=True))
CONTROL = 2
WHEN, PALETTE = "До какого времени отложить?", "Команда, диалог, клиент или время"


@dataclass(frozen=True)
class Hands:
    """Fingers on ЙЦУКЕН: every stroke says «о», and that it came from where an American has J."""

    page: Page
    wire: CDPSession

    def press(self, letter: str, *, control: bool = False) -> None:
        """Press and let go of one key."""
        place = PLACES.get(letter)
        stroke = {
            "key": letter,
            "code": f"Key{place}" if place else f"Digit{letter}" if letter.isdigit() else "Space",
            "windowsVirtualKeyCode": ord(place or letter),
            "modifiers": CONTROL if control else 0,
        }
        typed = {} if control else {"text": letter}
        self.wire.send(
            "Input.dispatchKeyEvent", {"type": "keyDown" if typed else "rawKeyDown", **stroke, **typed}
        )
        self.wire.send("Input.dispatchKeyEvent", {"type": "keyUp", **stroke})

    def type(self, words: str) -> None:
        """Press one key after the other."""
        for letter in words:
            self.press(letter)

    def send(self) -> None:
        """Ctrl+Enter, then out of the field."""
        self.page.keyboard.press("Control+Enter")
        self.page.keyboard.press("Escape")


@pytest.fixture
def office(product: Product, browser: Browser) -> Iterator[Office]:
    """An office whose screens speak Russian."""
    with open_office(product, browser) as office:
        office.found("Ann", customers=CUSTOMERS, language="ru")
        yield office


@pytest.fixture
def ann(office: Office) -> Colleague:
    """Ann at her screen."""
    return office.seat("Ann")


@pytest.fixture
def hands(ann: Colleague) -> Hands:
    """Her hands."""
    return Hands(ann.page, ann.context.new_cdp_session(ann.page))


def test_a_feed_is_worked_empty_by_keyboard_alone(office: Office, ann: Colleague, hands: Hands) -> None:
    title = ann.page.locator("main header .title")
    expect(ann.rows).to_have_count(4)

    hands.press("о")
    expect(title).to_contain_text("Parcel of Max")
    hands.press("о")
    expect(title).to_contain_text("Parcel of Mia")
    hands.press("л")
    expect(title).to_contain_text("Parcel of Max")

    hands.press("к")
    expect(ann.editor).to_be_focused()
    hands.type("уже едет")
    hands.send()
    expect(ann.timeline).to_contain_text("уже едет")
    expect(ann.rows.last).to_contain_text("Max")  # who was answered waits no more
    with ann.page.expect_response("**/complete"):
        hands.press("у")
    expect(ann.row("Max")).to_have_count(0)
    expect(title).to_contain_text("Parcel of Mia")

    hands.press("р")
    expect(ann.page.get_by_role("combobox", name=WHEN)).to_be_focused()
    hands.type("завтра в 9")
    expect(ann.page.get_by_role("option", name="завтра в 09:00")).to_be_visible()
    with ann.page.expect_response("**/snooze"):
        ann.page.keyboard.press("Enter")
    expect(ann.row("Mia")).to_have_count(0)
    expect(title).to_contain_text("Parcel of Olga")

    hands.press("т")
    expect(ann.editor).to_be_focused()
    hands.type("проверить склад")
    hands.send()
    expect(ann.timeline).to_contain_text("проверить склад")
    with ann.page.expect_response("**/complete"):
        hands.press("у")
    expect(title).to_contain_text("Parcel of Ivan")

    hands.press("л", control=True)
    expect(ann.page.get_by_role("combobox", name=PALETTE)).to_be_focused()
    hands.type("завершить")
    with ann.page.expect_response("**/complete"):
        ann.page.keyboard.press("Enter")
    expect(ann.page.get_by_role("heading", name="Лента пуста")).to_be_visible()
    expect(ann.page).to_have_url(re.compile(r"/inbox\?"))

    ann.page.reload()
    expect(ann.page.get_by_role("heading", name="Лента пуста")).to_be_visible()
    states = [office.dialog(customer).state for customer in CUSTOMERS]
    assert states == [State.COMPLETED, State.SNOOZED, State.COMPLETED, State.COMPLETED]
    assert office.answers("Max") == ["уже едет"]
    assert office.answers("Olga") == []


def test_what_was_done_is_undone_by_one_key(office: Office, ann: Colleague, hands: Hands) -> None:
    hands.press("о")
    with ann.page.expect_response("**/complete"):
        hands.press("у")
    expect(ann.row("Max")).to_have_count(0)

    with ann.page.expect_response("**/reopen"):
        hands.press("я")

    expect(ann.row("Max")).to_be_visible()
    expect(ann.timeline).to_contain_text("It is Max.")
    assert office.dialog("Max").state == State.OPEN


def test_what_is_longer_than_the_pane_is_opened_at_its_beginning_until_it_is_read(office: Office) -> None:
    with office.product.session() as session:
        dialog = session.get_one(Dialog, office.dialog("Olga").id)
        long = make_message(session, dialog, "Строка.\n" * 90, customer=f"Olga-{office.channel_id}")
    ann = office.seat("Ann")
    above = f"box => m{long.id}.getBoundingClientRect().top - box.getBoundingClientRect().top"
    below = "box => box.scrollHeight - box.scrollTop - box.clientHeight"

    with ann.page.expect_response("**/read"):
        ann.open("Olga")
        expect(ann.page.locator(f"#m{long.id}")).to_be_visible()
    assert abs(ann.timeline.evaluate(above)) < 2

    ann.open("Max")
    ann.open("Olga")
    assert abs(ann.timeline.evaluate(below)) < 2


def test_forced_colours_show_what_is_current_and_what_is_on(ann: Colleague, hands: Hands) -> None:
    ann.page.emulate_media(forced_colors="active")
    hands.press("л", control=True)
    expect(ann.page.get_by_role("combobox", name=PALETTE)).to_be_focused()
    options = ann.page.get_by_role("listbox", name=PALETTE).get_by_role("option")
    ann.page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_css("outline-style", "solid")
    expect(options.nth(0)).to_have_css("outline-style", "none")
    ann.page.keyboard.press("Escape")

    ann.page.keyboard.press("?")
    switch = ann.page.get_by_role("switch")
    painted = "one => getComputedStyle(one).backgroundColor"
    on = switch.evaluate(painted)
    switch.click()
    expect(switch).not_to_be_checked()
    assert switch.evaluate(painted) != on


def test_what_is_typed_before_a_popup_has_come_is_in_its_field_when_it_comes(
    office: Office, ann: Colleague, hands: Hands
) -> None:
    held: list[Route] = []
    ann.page.route("**/Snooze-*.js", lambda route: held.append(route))
    ann.page.reload()
    expect(ann.rows).to_have_count(4)
    hands.press("о")
    expect(ann.timeline).to_contain_text("It is Max.")

    with ann.page.expect_request("**/Snooze-*.js"):
        hands.press("р")
    hands.type("завтрак")
    ann.page.keyboard.press("Backspace")
    hands.type(" в 9")
    ann.page.keyboard.press("Enter")
    expect(ann.page.get_by_role("combobox", name=WHEN)).to_have_count(0)
    with ann.page.expect_response("**/snooze") as answer:
        held[0].continue_()

    until = datetime.fromisoformat(answer.value.request.post_data_json["until"])
    assert until.astimezone(ZoneInfo(office.agents["Ann"].zone)).hour == 9
    expect(ann.row("Max")).to_have_count(0)


def test_escape_sends_a_popup_away_that_has_not_come_yet(ann: Colleague, hands: Hands) -> None:
    held: list[Route] = []
    ann.page.route("**/Snooze-*.js", lambda route: held.append(route))
    ann.page.reload()
    expect(ann.rows).to_have_count(4)
    hands.press("о")
    expect(ann.timeline).to_contain_text("It is Max.")
    with ann.page.expect_request("**/Snooze-*.js"):
        hands.press("р")
    hands.press("з")
    ann.page.keyboard.press("Escape")
    held[0].continue_()
    hands.press("т")
    expect(ann.editor).to_be_focused()
    expect(ann.editor).to_have_text("")
    expect(ann.page.get_by_role("combobox", name=WHEN)).to_have_count(0)


def test_letters_typed_into_a_field_are_only_letters(ann: Colleague, hands: Hands) -> None:
    hands.press("о")
    expect(ann.timeline).to_contain_text("It is Max.")
    hands.press("т")
    expect(ann.editor).to_be_focused()

    hands.type("уряктоли")

    expect(ann.editor).to_have_text("уряктоли")
    expect(ann.page.get_by_role("tab", selected=True)).to_have_text("Комментарий")
    expect(ann.page.locator("main header .title")).to_contain_text("Parcel of Max")
    expect(ann.page.get_by_role("dialog")).to_have_count(0)
    expect(ann.rows).to_have_count(4)

"""Every screen there is, and how one gets there."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

Steps = Callable[[Page], None]
# Fonts are there, popups have found their place, and nothing moves any more.
_STILL = """async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    await document.fonts.ready;
    await frame();
    await Promise.allSettled(document.getAnimations().map((each) => each.finished));
    await frame();
}"""


@dataclass(frozen=True)
class Screen:
    """One screen; `steps` are taken after its page is open."""

    name: str
    path: str
    steps: Steps | None = None
    signed_in: bool = True

    def show(self, page: Page) -> None:
        """Go there and wait until it stands still."""
        page.goto(self.path)
        if self.path.startswith("/inbox"):
            expect(page.locator("#feed, #main, main").first).to_be_visible()
        if self.steps is not None:
            self.steps(page)
        page.evaluate(_STILL)


def _open_first(page: Page) -> None:
    page.locator("#feed [role=option]").first.click()
    expect(page.locator("#timeline article").first).to_be_visible()


def _letter(subject: str, *, unfold: bool = False) -> Steps:
    """Open the dialog of a letter, and what is folded away in it."""

    def steps(page: Page) -> None:
        page.locator("#feed [role=option]").filter(has_text=subject).first.click()
        expect(page.locator("#timeline article").first).to_be_visible()
        for frame in page.locator("#timeline iframe").all():
            expect(frame.content_frame.locator("body")).not_to_be_empty()
        if unfold:
            page.locator("#timeline .fold").last.click()

    return steps


def _press(key: str) -> Steps:
    def steps(page: Page) -> None:
        _open_first(page)
        page.locator("#timeline").focus()
        page.keyboard.press(key)
        expect(page.locator("[role=listbox], [role=dialog], dialog[open]").last).to_be_visible()

    return steps


def _told(page: Page) -> None:
    page.locator("#feed").focus()
    page.keyboard.press("g")
    page.keyboard.press("n")
    expect(page.locator(".popover h2")).to_be_visible()
    expect(page.locator(".popover .nothing[role=status]")).to_have_count(0)


def _looked(page: Page) -> None:
    """What people see is there, too."""
    expect(page.frame_locator("#look").locator("form")).to_be_visible()


def _chat_shown(page: Page) -> None:
    """The chat itself is there, too."""
    chat = page.frame_locator("#look").locator("emptyfeed-chat iframe").content_frame
    expect(chat.get_by_role("log")).to_be_visible(timeout=20_000)


def _chat_unfolded(page: Page) -> None:
    _chat_shown(page)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")


def _unfolded(page: Page) -> None:
    _looked(page)
    for summary in page.locator("#builder summary").all():
        summary.click()


def _sent_empty(page: Page) -> None:
    page.locator("form .primary").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _team_changing(page: Page) -> None:
    """A role that is not saved yet, and all that can be done with somebody."""
    changes = page.locator(".role .button:visible")
    expect(changes).to_have_count(0)
    page.locator(".role select").last.select_option("collaborator")
    expect(changes).to_have_count(1)
    page.locator(".menu-button").first.click()
    expect(page.locator(".menu .menu-item:visible").first).to_be_in_viewport(ratio=1)


def _told_who(page: Page) -> None:
    page.locator("main summary").first.click()


def _invited(page: Page) -> None:
    page.locator("#emails").fill("mia@lavka.test, nobody")
    page.locator("form[action$=invite] button").click()
    expect(page.locator("#emails-error")).to_be_visible()


def _comment(page: Page) -> None:
    _open_first(page)
    page.locator("#composer [role=tab]").last.click()
    page.locator("#composer").get_by_role("textbox").last.fill("@")
    page.locator("#composer").get_by_role("textbox").last.fill("Anna: 39?")


def _reply(page: Page) -> None:
    _open_first(page)
    page.locator("#composer").get_by_role("textbox").last.fill("Добрый день! Уже отправили, номер 20417.")


SCREENS = (
    Screen("feed", "/inbox"),
    Screen("dialog", "/inbox", _open_first),
    Screen("reply", "/inbox", _reply),
    Screen("comment", "/inbox", _comment),
    Screen("snooze", "/inbox", _press("h")),
    Screen("assign", "/inbox", _press("a")),
    Screen("tags", "/inbox", _press("l")),
    Screen("palette", "/inbox", _press("Control+k")),
    Screen("keys", "/inbox", _press("?")),
    Screen("empty", "/inbox?whose=mine"),
    Screen("snoozed", "/inbox?state=snoozed"),
    Screen("completed", "/inbox?state=completed"),
    Screen("letter-folded", "/inbox?whose=all", _letter("Заказ на 40 комплектов")),
    Screen("letter-unfolded", "/inbox?whose=all", _letter("Заказ на 40 комплектов", unfold=True)),
    Screen("letter-outlook", "/inbox?whose=all", _letter("Счёт на оплату (40")),
    Screen("letter-returned", "/inbox?whose=all", _letter("Доставка в Омск")),
    Screen("newsletter", "/inbox?whose=all", _letter("Осенние скидки")),
    Screen("customers", "/customers/"),
    Screen("customer", "/customers/1?other=a"),
    Screen("blocked", "/customers/blocked"),
    Screen("profile", "/settings/profile"),
    Screen("sessions", "/settings/sessions"),
    Screen("api-keys", "/settings/keys"),
    Screen("team", "/settings/team", _team_changing),
    Screen("customer-fields", "/settings/fields"),
    Screen("workspace", "/settings/workspace"),
    Screen("channels", "/settings/channels"),
    Screen("channel", "/settings/channels/1"),
    Screen("acknowledgement", "/settings/channels/1/acknowledgement"),
    Screen("domain-key", "/settings/channels/1/domain-key"),
    Screen("providers", "/settings/channels/new/email"),
    Screen("new-channel", "/settings/channels/new/email?at=yandex"),
    Screen("new-channel-own", "/settings/channels/new/email?at=own"),
    Screen("new-bot", "/settings/channels/new/max"),
    Screen("bot", "/settings/channels/3"),
    Screen("new-form", "/settings/channels/new/webform"),
    Screen("form-builder", "/settings/channels/4/form", _looked),
    Screen("form-builder-more", "/settings/channels/4/form", _unfolded),
    Screen("form-embed", "/settings/channels/4/form/embed"),
    Screen("form-requests", "/settings/channels/4/requests"),
    Screen("form-settings", "/settings/channels/4"),
    Screen("form", "/f/furnished?lang=ru", signed_in=False),
    Screen("form-faults", "/f/furnished?lang=en", _sent_empty, signed_in=False),
    Screen("form-frame", "/f/furnished/frame?lang=ru", signed_in=False),
    Screen("form-thanks", "/f/furnished?lang=ru&sent=1", signed_in=False),
    Screen("chat", "/settings/channels/5/chat", _chat_shown),
    Screen("chat-more", "/settings/channels/5/chat", _chat_unfolded),
    Screen("chat-embed", "/settings/channels/5/chat/embed"),
    Screen("chat-settings", "/settings/channels/5"),
    Screen("first-steps", "/start"),
    Screen("first-steps-you", "/start", _told_who),
    Screen("first-steps-invited", "/start", _invited),
    Screen("arrivals", "/settings/arrivals"),
    Screen("arrivals-of-one", "/settings/arrivals?channel=3"),
    Screen("arrival", "/settings/arrivals/1"),
    Screen("lost-page", "/nowhere"),
    Screen("login", "/login", signed_in=False),
    Screen("forgot", "/forgot", signed_in=False),
    Screen("told", "/inbox", _told),
)

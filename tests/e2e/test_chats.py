"""A group chat on the screen: who says what, what changed, and an answer that points at one message."""

import io
import re
import wave
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, expect
from sqlalchemy import select

from core.clock import now
from inbox.actions import receive
from inbox.actions.chatting import react, revise, take_back_outside
from inbox.border import Card, FileReference
from inbox.models import Message
from tests.e2e.colleagues import Colleague, Office, open_office
from tests.makers import make_channel, make_incoming
from tests.product import Product

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# A picture that came: the browser may tell of a scroll before it tells of the size.
GROW = """box => {
  const picture = document.createElement("div");
  picture.style.cssText = "min-height: 400px";
  box.firstElementChild.lastElementChild.before(picture);
  box.dispatchEvent(new Event("scroll"));
}"""
MAP = Card("location", facts={"latitude": 55.75, "longitude": 37.61})


@pytest.fixture
def office(product: Product, browser: Browser) -> Iterator[Office]:
    """An office that takes part in a group of Max and Mia."""
    with open_office(product, browser) as office:
        office.found("Ann", customers=())
        office.channel_id = open_group(office)
        yield office


def open_group(office: Office) -> int:
    """The group, with all that happened in it so far."""
    with office.product.session() as session:
        channel = make_channel(session, *office.agents.values(), kind="telegram", enabled=False)
        chat = f"group-{channel.id}"
        dialog = None
        said: dict[str, Message] = {}
        for customer, key, text, more in (
            ("Max", "1", "Who brings the gate?", {}),
            ("Mia", "2", "Number 14, Forest Lane", {}),
            ("Mia", "3", "My card is 4111", {}),
            ("Max", "4", "", {"cards": (MAP, Card("unsupported", facts={"type": "paid_media"}))}),
            ("Max", "5", "", {"remote_files": (FileReference({"id": 1}, kind="video", name="gate.mp4"),)}),
            ("Mia", "6", "The red one", {"reply_to": "1"}),
        ):
            incoming = make_incoming(
                text,
                customer=f"{customer}-{channel.id}",
                conversation=chat,
                message_key=key,
                is_group=True,
                conversation_name="Forest Lane",
                **more,
            )
            message = receive(session, channel, incoming, dialog=dialog).message
            dialog, said[key] = message.dialog, message
        changed = make_incoming(
            "Number 41, Forest Lane",
            conversation=chat,
            kind="edit",
            message_key="2",
            sent_at=now() + timedelta(seconds=1),
        )
        revise(session, said["2"], changed)
        take_back_outside(session, said["3"], at=now())
        react(session, said["1"], key="mia", name="Mia", reactions=["👍"])
        return channel.id


def bubble(ann: Colleague, words: str) -> Locator:
    """The message with these words of its own."""
    return ann.timeline.get_by_role("article").filter(has=ann.page.locator(".text", has_text=words))


def test_a_group_shows_its_people_its_changes_and_what_is_no_words(office: Office) -> None:
    ann = office.seat("Ann")
    expect(ann.rows).to_have_count(1)
    row = ann.rows.first
    expect(row.locator(".name")).to_have_text("Forest Lane")
    expect(row).to_contain_text(re.compile(r"Mia-\d+: The red one"))

    row.click()
    names = ann.timeline.locator("article header .author")
    expect(names).to_contain_text(["Max", "Mia", "Max", "Mia"])
    changed = bubble(ann, "Number 41")
    changed.get_by_role("button", name="edited").click()
    expect(changed.get_by_role("group", name="Earlier versions")).to_contain_text("Number 14, Forest Lane")
    expect(bubble(ann, "My card is 4111")).to_contain_text("Its author deleted it. It stays here.")
    expect(bubble(ann, "Who brings").get_by_role("list", name="Reactions")).to_contain_text("👍: Mia")
    expect(ann.timeline.get_by_role("link", name="A place on the map")).to_have_attribute(
        "href", re.compile("openstreetmap.org/.*55.75")
    )
    expect(ann.timeline.get_by_role("link", name="See what came")).to_have_count(1)
    expect(ann.timeline.get_by_role("listitem").filter(has_text="gate.mp4")).to_contain_text(
        "still on its way"
    )


def test_an_answer_points_at_the_message_that_was_chosen_and_leads_there(office: Office) -> None:
    ann = office.seat("Ann")
    ann.rows.first.click()
    asked = bubble(ann, "Who brings the gate?").first
    asked.hover()
    asked.get_by_role("button", name="More about this message").click()
    ann.page.get_by_role("menuitem", name="Answer this message").click()
    expect(ann.editor).to_be_focused()
    ann.page.keyboard.type("We do, on Monday.")
    with ann.page.expect_response("**/replies"):
        ann.page.keyboard.press("Enter")

    answer = bubble(ann, "We do, on Monday.")
    expect(answer.get_by_role("button", name="In answer to")).to_contain_text("Who brings the gate?")
    answer.get_by_role("button", name="In answer to").click()
    expect(asked).to_be_focused()
    with office.product.session() as session:
        ours = session.scalars(
            select(Message).where(Message.channel_id == office.channel_id, Message.direction == "out")
        ).one()
        assert ours.reply_to is not None
        assert ours.reply_to.text == "Who brings the gate?"

    ann.page.keyboard.press("r")
    ann.page.keyboard.type("And the rest too.")
    with ann.page.expect_response("**/replies"):
        ann.page.keyboard.press("Enter")
    expect(bubble(ann, "And the rest too.").get_by_role("button", name="In answer to")).to_have_count(0)


def test_the_newest_message_stays_in_sight_when_what_is_above_it_grows(office: Office) -> None:
    ann = office.seat("Ann", **PHONE)
    ann.rows.first.click()
    newest = ann.timeline.get_by_role("article").last
    expect(newest).to_be_in_viewport(ratio=1)
    ann.timeline.evaluate(GROW)
    expect(newest).to_be_in_viewport(ratio=1)
    ann.timeline.evaluate("box => box.scrollTo(0, 0)")
    expect(newest).not_to_be_in_viewport()
    ann.timeline.evaluate(GROW)
    expect(newest).not_to_be_in_viewport()


def test_a_sound_is_played_where_it_stands(office: Office) -> None:
    ann = office.seat("Ann")
    ann.rows.first.click()
    expect(ann.timeline).to_contain_text("The red one")
    file = {"name": "hello.wav", "mimeType": "audio/wav", "buffer": a_second_of_silence()}
    ann.page.locator("#composer input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    expect(ann.page.locator("#composer")).to_contain_text("hello.wav 15.7 kB")  # and no percents
    ann.page.keyboard.press("r")
    expect(ann.editor).to_be_focused()
    ann.page.keyboard.type("Listen.")
    with ann.page.expect_response("**/replies"):
        ann.page.keyboard.press("Enter")

    ann.page.reload()
    sound = ann.timeline.locator("audio")
    expect(sound).to_have_count(1)
    seconds = sound.evaluate(
        "audio => new Promise((done, fail) => { audio.onended = () => done(audio.duration);"
        " audio.onerror = () => fail(audio.error); audio.muted = true; audio.play().catch(fail); })"
    )
    assert seconds == pytest.approx(1, abs=0.1)


def a_second_of_silence() -> bytes:
    """A sound every browser plays."""
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setparams((1, 2, 8000, 8000, "NONE", ""))
        sound.writeframes(bytes(16_000))
    return written.getvalue()


@pytest.mark.parametrize(("scheme", "options"), [("light", {}), ("dark", PHONE)], ids=["desk", "phone"])
def test_a_group_is_for_everyone(office: Office, scheme: str, options: dict[str, Any]) -> None:
    ann = office.seat("Ann", color_scheme=scheme, **options)
    ann.rows.first.click()
    expect(ann.timeline).to_contain_text("The red one")
    expect(ann.timeline.get_by_role("link", name="See what came")).to_be_visible()
    found = Axe().run(ann.page)
    assert found.violations_count == 0, found.generate_report()

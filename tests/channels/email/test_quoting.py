"""The answered letter below the answer."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.email.compose import compose
from channels.email.letters import Address, Envelope, Letter, Quoted
from channels.email.quoting import CUT, LONGEST_HTML, LONGEST_TEXT, quoted_below
from channels.email.wire import read_letter
from inbox.border import Answered

pytestmark = pytest.mark.requirement("O1")

ASKED = Answered(
    name="Max Petrov",
    address="max@customer.test",
    said_at=datetime(2027, 3, 10, 9, 0, tzinfo=UTC),
    text="Where is my parcel?\n\n> It left on Monday.\nI wait.",
    subject="Parcel",
    to=("support@helpdesk.test",),
    zone="Europe/Moscow",
)
FIRST_LINES = {
    "en": "On March 10, 2027 at 12:00 PM, Max Petrov <max@customer.test> wrote:",
    "ru": "10 марта 2027 г., 12:00, Max Petrov <max@customer.test> пишет:",
    "es": "El 10 de marzo de 2027 a las 12:00, Max Petrov <max@customer.test> escribió:",
}


def quoted(*, is_forward: bool = False, **given: Any) -> Quoted:
    found = quoted_below(replace(ASKED, **given), is_forward=is_forward)
    assert found is not None
    return found


def sent(below: Quoted, subject: str = "Re: Parcel") -> Letter:
    envelope = Envelope(
        message_id="d.1.2.abc@helpdesk.test",
        date=datetime(2027, 3, 10, 10, 0, tzinfo=UTC),
        from_=Address("Ann (Shop)", "support@helpdesk.test"),
        to=(Address("Max", "max@customer.test"),),
        subject=subject,
        html="<p>It comes tomorrow.</p>",
        quoted=below,
    )
    return read_letter(compose(envelope))


@pytest.mark.parametrize("language", FIRST_LINES)
def test_a_quote_says_who_wrote_when_in_the_language_of_what_is_answered(language: str) -> None:
    assert quoted(language=language).text.split("\n") == [
        FIRST_LINES[language],
        "> Where is my parcel?",
        ">",
        ">> It left on Monday.",
        "> I wait.",
    ]


def test_a_language_we_do_not_speak_is_told_in_english() -> None:
    assert quoted(language="de").text.split("\n")[0] == FIRST_LINES["en"]


def test_in_html_the_letter_stands_as_it_was_but_for_its_pictures() -> None:
    html = '<p>See <b>this</b></p><img src="cid:1" alt="logo"><img data-remote-src="https://x.test/p.png">'
    below = quoted(html=html).html
    assert '<blockquote type="cite"' in below
    assert "<p>See <b>this</b></p>[logo]" in below
    assert "img" not in below
    assert "x.test" not in below


def test_without_html_the_lines_of_the_text_are_kept_and_its_signs_mean_nothing() -> None:
    below = quoted(text="one <b>\ntwo & three").html
    assert "one &lt;b&gt;<br>two &amp; three" in below


def test_what_was_made_dangerous_after_it_was_stored_is_cleaned_again() -> None:
    below = quoted(html='<p onclick="x()">Hi</p><script>x()</script>').html
    assert "onclick" not in below
    assert "script" not in below


@pytest.mark.parametrize("language", FIRST_LINES)
@pytest.mark.parametrize("html", [None, "<p>Where is <b>my parcel</b>?</p>"])
def test_our_own_reader_folds_the_quote_and_shows_the_answer(language: str, html: str | None) -> None:
    letter = sent(quoted(language=language, html=html))
    assert letter.visible_text.strip() == "It comes tomorrow."
    assert "Where is my parcel?" in letter.folded_text


@pytest.mark.parametrize("language", FIRST_LINES)
def test_our_own_reader_knows_whose_letter_was_forwarded(language: str) -> None:
    letter = sent(quoted(is_forward=True, language=language), "Fwd: Parcel")
    assert letter.forwarded is not None
    assert letter.forwarded.from_ == Address("Max Petrov", "max@customer.test")
    assert letter.forwarded.subject == "Parcel"
    assert letter.forwarded.text == ASKED.text
    assert letter.folded_text == ""


def test_a_quote_is_bounded_however_long_the_letter_was() -> None:
    lines = "line of a letter\n" * 10_000
    found = quoted(text=lines, html="<p>" + lines + "</p>")
    assert len(found.text) < LONGEST_TEXT * 1.5
    assert len(found.html) < LONGEST_HTML
    assert found.text.endswith(f"> {CUT}")
    assert CUT in found.html


def test_html_too_long_to_be_carried_gives_way_to_the_text() -> None:
    found = quoted(html="<p>x</p>" * 100_000)
    assert "Where is my parcel?<br>" in found.html


def test_a_letter_without_words_is_not_quoted() -> None:
    assert quoted_below(replace(ASKED, text=" \n")) is None


def test_a_sender_without_a_name_is_named_by_the_address_alone() -> None:
    for name in ("", "max@customer.test"):
        assert "PM, max@customer.test wrote:" in quoted(name=name).text


def test_a_name_cannot_begin_a_line_of_its_own() -> None:
    assert quoted(name="Max\nFrom: x").text.startswith("On March 10, 2027 at 12:00 PM, Max From: x <")

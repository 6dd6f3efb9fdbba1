"""Whether a letter is a forward, and whose letter it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.fold import fold_text
from channels.email.forwards import (
    find_forward,
    original_sender,
    read_forwarded,
    reads_as_forward,
    wants_to_keep,
)
from channels.email.letters import Address, Forwarded
from channels.email.wire import read_letter
from tests.channels.email.languages import BLOCKS, FORWARD_ATTRIBUTIONS, FORWARD_LINES
from tests.channels.email.written import letter, part, parts


def read(text: str, subject: str) -> Forwarded | None:
    lines = text.split("\n")
    start = find_forward(lines, subject)
    return read_forwarded(lines, start, subject) if start else None


def fields(language: str, sender: str) -> str:
    from_, sent, to, subject, date = BLOCKS[language]
    return f"{from_}: {sender}\n{sent}: {date}\n{subject}: Your order\n{to}: Mia <mia@ok.example>\n"


@pytest.mark.requirement("I27")
@pytest.mark.parametrize(
    ("language", "line"), [(key, line) for key, lines in FORWARD_LINES.items() for line in lines]
)
@pytest.mark.parametrize("subject", ["Fwd: Your order", "Your order"])
def test_line_of_a_program_announces_the_forwarded_letter(language: str, line: str, subject: str) -> None:
    text = f"see this\n\n{line}\n{fields(language, 'Ann Archer <ann@desk.example>')}\n\nHello Mia,\nit is.\n"
    forwarded = read(text, subject)
    assert forwarded is not None
    assert forwarded.from_ == Address("Ann Archer", "ann@desk.example")
    assert (forwarded.subject, forwarded.text, forwarded.comment) == (
        "Your order",
        "Hello Mia,\nit is.",
        "see this",
    )
    assert forwarded.date is not None
    assert forwarded.date.isoformat() == "2025-05-05T14:03:00"
    assert fold_text(text, subject=subject).folded == ""


@pytest.mark.requirement("I27")
@pytest.mark.parametrize("language", BLOCKS)
@pytest.mark.parametrize("sender", ["Ann Archer <ann@desk.example>", "Ann Archer [mailto:ann@desk.example]"])
def test_block_of_fields_under_a_forwards_subject_is_the_forwarded_letter(language: str, sender: str) -> None:
    text = f"FYI\n\n________________________________\n{fields(language, sender)}\nHello Mia\n"
    forwarded = read(text, "WG: Your order")
    assert forwarded is not None
    assert forwarded.from_ == Address("Ann Archer", "ann@desk.example")
    assert (forwarded.subject, forwarded.text, forwarded.comment) == ("Your order", "Hello Mia", "FYI")


@pytest.mark.requirement("I27")
@pytest.mark.parametrize(
    "text",
    [
        "Коллеги, это вам\n\n-------- Пересылаемое сообщение--------\n05.05.2025, 14:03, "
        '"Ann Archer" <ann@desk.example>:\n\nHello'
        "\n-------- Конец пересылаемого сообщения --------\n",
        "-------- Пересылаемое сообщение --------\nОт кого: Ann Archer <ann@desk.example>\n"
        "Кому: mia@ok.example\n"
        "Дата: Понедельник, 5 мая 2025, 14:03 +03:00\nТема: Your order\n\nHello",
        "----- Forwarded Message -----\nFrom: Ann Archer <ann@desk.example>\nTo: Mia\nSent: "
        "Monday, May 5, 2025, 02:03:11 PM\n"
        "Subject: Your order\n\nHello",
        "============ Forwarded message ============\nFrom: Ann Archer <ann@desk.example>\n"
        "To: <mia@ok.example>\n"
        "Date: Mon, 05 May 2025 14:03:11 +0200\nSubject: Your order\n============ Forwarded "
        "message ============\n\nHello",
        "Begin forwarded message:\n\n> From: Ann Archer <ann@desk.example>\n> Subject: Your "
        "order\n> Date: 5 May 2025 at 14:03\n"
        "> To: Mia\n>\n> Hello",
        "-----Original Message-----\nFrom: Ann Archer [mailto:ann@desk.example]\nSent: "
        "Monday, May 5, 2025 2:03 PM\nTo: Mia\n"
        "Subject: Your order\n\nHello",
        '------------------ 原始邮件 ------------------\n发件人: "Ann Archer"<ann@desk.example>;\n'
        '发送时间: 2025年5月5日(星期一) 下午2:03\n收件人: "Mia"<mia@ok.example>;\n主题: Your order\n\nHello',
        "---------- Forwarded message ---------\nFrom: *Ann Archer* <ann@desk.example>\n"
        "Date: Mon, 5 May 2025 at 14:03\n\nHello",
        "From: Ann Archer <ann@desk.example>\nSent: Monday, May 5, 2025 2:03 PM\nTo: Mia\n"
        "Subject: Your order\n\nHello",
    ],
)
def test_forwards_of_many_programs_are_read(text: str) -> None:
    forwarded = read(text, "Fwd: Your order")
    assert forwarded is not None
    assert forwarded.from_ == Address("Ann Archer", "ann@desk.example")
    assert forwarded.date is not None
    assert (forwarded.subject, forwarded.text) == ("Your order", "Hello")


@pytest.mark.requirement("I27")
@pytest.mark.parametrize("attribution", FORWARD_ATTRIBUTIONS)
def test_attribution_under_a_forwards_subject_tells_the_sender(attribution: str) -> None:
    forwarded = read(f"see this\n\n{attribution}\n\n    Hello", "Fwd: Your order")
    assert forwarded is not None
    assert forwarded.from_ == Address("Ann Archer", "ann@desk.example")
    assert forwarded.date is not None
    assert forwarded.date.isoformat().startswith("2025-05-05T14:03")
    assert (forwarded.text, forwarded.comment) == ("Hello", "see this")


@pytest.mark.requirement("I27")
@pytest.mark.parametrize(
    "flat",
    [
        "From: Ann Archer <ann@desk.example>To: Mia <mia@ok.example>"
        "Sent: Monday, May 5, 2025, 02:03:11 PM GMT+2Subject: Your order",
        "Von: Ann Archer <ann@desk.example>An: Mia Gesendet: 5. Mai 2025 14:03 MESZBetreff: Your order",
        "De : Ann Archer <ann@desk.example>À : Mia Envoyé : lundi 5 mai 2025 à 14:03 UTC+2Objet : Your order",
    ],
)
def test_fields_a_program_flattened_are_told_apart(flat: str) -> None:
    forwarded = read(f"----- Forwarded Message -----\n{flat}\nHello", "Fw: x")
    assert forwarded is not None
    assert (forwarded.from_, forwarded.subject) == (Address("Ann Archer", "ann@desk.example"), "Your order")
    assert forwarded.date is not None


@pytest.mark.requirement("I27")
def test_letter_forwarded_as_a_file_is_read_from_the_file() -> None:
    inner = (
        "From: Ann <ann@desk.example>\nSubject: =?utf-8?B?0J/RgNC4?=\nDate: Mon, 5 May 2025 "
        "14:03:00 +0200\n\nHello\n"
    )
    told = parts("mixed", part("text/plain", "please look"), part("message/rfc822", inner))
    forwarded = read_letter(letter(Subject="Fwd: x", **told)).forwarded
    assert forwarded is not None
    assert (forwarded.from_, forwarded.subject) == (Address("Ann", "ann@desk.example"), "При")
    assert (forwarded.text, forwarded.comment) == ("Hello", "please look")
    assert forwarded.date is not None
    assert forwarded.date.isoformat() == "2025-05-05T14:03:00+02:00"


@pytest.mark.requirement("I21")
@pytest.mark.parametrize(
    ("text", "subject"),
    [
        (f"Thanks\n\n{fields('en', 'Ann <ann@desk.example>')}\nHello", "RE: Your order"),
        (f"Thanks\n\n{fields('en', 'Ann <ann@desk.example>')}\nHello", "Your order"),
        (
            "Thanks\n\nOn Mon, 5 May 2025 14:03 Ann <ann@desk.example> wrote:\n> ---------- "
            "Forwarded message ---------\n> x",
            "Re: x",
        ),
        (
            f"Thanks\n\n-----Original Message-----\n{fields('en', 'Ann')}\n---------- "
            f"Forwarded message ---------\nx",
            "Re: Fwd: x",
        ),
        ("> ---------- Forwarded message ---------\n\nno", "Re: x"),
        ("Can you forward this message to Ann?", "Forward please"),
        ("From: Berlin\nTo: Munich\nDate: 5 May 2025 14:03", "Ticket"),
        ("", ""),
    ],
)
def test_answers_and_ordinary_letters_are_no_forwards(text: str, subject: str) -> None:
    assert read(text, subject) is None


@pytest.mark.requirement("I20b")
@pytest.mark.parametrize(
    ("subject", "text", "is_forward"),
    [
        ("Fwd: x", "", True),
        ("WG: x", "", True),
        ("TR: x", "", True),
        ("I: x", "", True),
        ("Re: Fwd: x", "", False),
        ("x", "---------- Forwarded message ---------\nFrom: a@b.example\n\nhi", True),
        ("VS: x", f"{fields('da', 'Ann <ann@desk.example>')}\nHej", True),
        ("VS: x", f"Kiitos\n\n{fields('fi', 'Ann <ann@desk.example>')}\nHei", False),
        ("x", "hello", False),
    ],
)
def test_forward_does_not_thread_by_its_references(subject: str, text: str, is_forward: bool) -> None:
    assert reads_as_forward(subject, text) is is_forward


@pytest.mark.requirement("I27")
def test_forwarder_may_keep_the_dialog_and_we_are_never_the_customer() -> None:
    assert wants_to_keep("look at this\n#keep\n")
    assert wants_to_keep("@fwd")
    assert not wants_to_keep("we keep #keeping on")
    ours = Forwarded(Address("", "Support@desk.example"), "x", None, "")
    assert original_sender(ours, ["support@desk.example"]) is None
    assert original_sender(ours, ["other@desk.example"]) == ours.from_


@given(st.text(max_size=300), st.sampled_from(["Fwd: x", "Re: x", "x"]))
def test_any_text_is_a_forward_or_not(text: str, subject: str) -> None:
    read(text, subject)

"""Lines of strangers become lines that hide and turn nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import plain_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Max", "Max"), ("  Max \t\r\n Mustermann ", "Max Mustermann"), ("Мах\u0000", "Мах"),
        ("\u202eхам", "хам"), ("a\u2066b\u2069c\u061cd\u200e\u200f", "abcd"),
        ("A\u200bn\u2060n\ufeff", "Ann"),
        ("A\u200dn\u200cn", "Ann"), ("\ud83d", ""), ("\ue000x", "x"), ("e\u0301", "é"),
        ("\u3164\u2800\u115f", ""),
        ("\U000e0041tag", "tag"),
        ("a\u0300\u0301\u0302\u0303\u0304\u0305\u0306b", "à\u0301\u0302\u0303\u0304b"),
        ("می‌خواهم", "می‌خواهم"), ("क्‍ष", "क्‍ष"), ("👨‍👩‍👧", "👨‍👩‍👧"), ("❤️‍🔥", "❤️‍🔥"), ("👍🏽", "👍🏽"),
        ("\u200dx\u200d", "x"),
        ("مرحبا", "مرحبا"), ("שלום", "שלום"), ("陈\u2028明", "陈 明"), ("", ""),
    ],
)  # fmt: skip
def test_line_shows_what_was_meant(text: str, shown: str) -> None:
    assert plain_line(text, longest=100) == shown


@given(st.text(max_size=300), st.integers(1, 50))
def test_line_is_short_visible_and_stays_as_it_is(text: str, longest: int) -> None:
    line = plain_line(text, longest=longest)
    assert len(line) <= longest
    assert line == line.strip()
    assert "\n" not in line
    assert not any(
        unicodedata.bidirectional(sign) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI"} for sign in line
    )
    assert not any(unicodedata.category(sign) in {"Cc", "Cs", "Co", "Cn"} for sign in line)
    assert plain_line(line, longest=longest) == line


@pytest.mark.parametrize(
    ("text", "longest", "shown"),
    [("abcdef", 6, "abcdef"), ("abcdefg", 6, "abcde…"), ("abcd efg", 6, "abcd…"), ("abcd👍🏽f", 6, "abcd…"),
     ("aम्" + "x" * 9, 3, "a…"), ("x" * 400, 100, "x" * 99 + "…")],
)  # fmt: skip
def test_long_line_is_cut_between_whole_signs(text: str, longest: int, shown: str) -> None:
    assert plain_line(text, longest=longest) == shown


def test_a_million_marks_cost_nothing() -> None:
    assert len(plain_line("a" + "\u0301" * 1_000_000, longest=100)) <= 5

"""Telephone numbers as people write, read and look for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.phones import is_callable, normal_phone, region_of_zone, searched_digits, shown_phone

MAX = "+79123456789"


@pytest.mark.parametrize(
    ("typed", "region"),
    [("8 (912) 345-67-89", "RU"), ("+7 912 345 67 89", None), ("7 912 345 67 89", "RU"), ("9123456789", "RU"),
     ("+7(912)345‑67‑89", "ES"), ("٨٩١٢٣٤٥٦٧٨٩", "RU"), ("８（９１２）３４５６７８９", "RU"),
     ("tel:+79123456789", None),
     ("+7 912 345-67-89 доб. 12", None), ("  8.912.345.67.89\n", "RU"), ("007 912 345 67 89", "ES"),
     ("\u202a+7 912 345-67-89\u202c", None)],
)  # fmt: skip
def test_every_way_to_write_a_number_is_one_number(typed: str, region: str | None) -> None:
    assert normal_phone(typed, region) == MAX


@pytest.mark.parametrize(
    "typed", ["", None, "none", "12345", "нет", "+", "8 912", "x" * 5000, "1" * 5000, "\0", "+999 123"]
)
def test_what_is_no_number_is_none(typed: str | None) -> None:
    assert normal_phone(typed, "RU") is None
    assert not is_callable(typed, "RU")


def test_number_without_a_country_needs_a_home() -> None:
    assert normal_phone("8 (912) 345-67-89") is None
    assert normal_phone("612 34 56 78", "ES") == "+34612345678"


def test_callable_is_a_number_of_ten_to_fifteen_digits() -> None:
    assert is_callable("8 (912) 345-67-89", "RU")
    assert is_callable("+34 612 34 56 78")
    assert not is_callable("none", "RU")
    assert not is_callable("", "RU")
    assert not is_callable("+298 201234")  # nine digits with its country code


def test_five_digits_are_no_phone() -> None:
    assert not is_callable("12345", "RU")


@pytest.mark.parametrize(
    ("normal", "shown"),
    [(MAX, "+7 912 345-67-89"), ("+34612345678", "+34 612 34 56 78"), ("Max", "Max"), ("", "")],
)
def test_number_is_shown_as_people_read_it(normal: str, shown: str) -> None:
    assert shown_phone(normal) == shown
    assert normal_phone(shown) == (normal if normal.startswith("+") else None)


@pytest.mark.parametrize(
    ("typed", "region"),
    [("8 (912) 345-67-89", "RU"), ("+7 (912) 345-67-89", "RU"), ("+7 (912) 3", None), ("(912) 345", "RU"),
     ("345 67", None), ("67-89", "RU"), ("8 912", "RU"), ("89123456789", "RU"), ("007 912 345", "ES"),
     ("８（９１２）", "RU"),
     ("912\u00a0345\u201367", "ES")],
)  # fmt: skip
def test_number_is_found_by_any_part_of_it_as_typed(typed: str, region: str | None) -> None:
    assert any(digits in MAX for digits in searched_digits(typed, region))


@pytest.mark.parametrize(
    "typed", ["", " ", "12", "+7", "Max", "order 12345", "12345x", "a@b.example", "++", "()", "№ 12345"]
)
def test_what_is_no_part_of_a_number_is_not_looked_for(typed: str) -> None:
    assert searched_digits(typed, "RU") == ()


def test_unknown_region_is_no_error() -> None:
    assert searched_digits("8 912 345", "XX") == ("8912345",)
    assert normal_phone("8 912 345 67 89", "XX") is None


@given(st.text(max_size=80), st.sampled_from(["RU", "ES", "US", None]))
def test_any_text_is_read_without_an_error(typed: str, region: str | None) -> None:
    normal = normal_phone(typed, region)
    assert normal is None or (normal[0] == "+" and normal[1:].isascii() and normal[1:].isdigit())
    assert normal is None or normal_phone(normal) == normal
    assert all(digits.isascii() and digits.isdigit() for digits in searched_digits(typed, region))


@pytest.mark.parametrize(
    ("zone", "region"),
    [
        ("Europe/Moscow", "RU"),
        ("Europe/Madrid", "ES"),
        ("America/New_York", "US"),
        ("UTC", None),
        ("x", None),
    ],
)
def test_zone_of_the_workspace_says_where_its_numbers_are_at_home(zone: str, region: str | None) -> None:
    assert region_of_zone(zone) == region

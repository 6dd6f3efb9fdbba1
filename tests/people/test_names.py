"""What people are called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.names import NO_NAME, clean_name, is_nameless, pick_name


def test_first_name_that_can_be_seen_is_taken() -> None:
    assert pick_name(None, "", " \u200b ", "Max", "Mia", handle="@max", phone="+79123456789") == "Max"


def test_card_is_never_nameless() -> None:
    assert pick_name("\u202e\u2066", handle="@max", phone="+79123456789") == "@max"
    assert pick_name("", handle=" ", phone="+79123456789") == "+7 912 345-67-89"
    assert pick_name(handle="", phone="") == pick_name() == NO_NAME
    assert is_nameless(pick_name())
    assert not is_nameless(pick_name("Max"))


def test_phone_that_is_none_is_shown_as_it_is() -> None:
    assert pick_name(phone="ask the door") == "ask the door"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Max\r\nBcc: mia@customer.example", "Max Bcc: mia@customer.example"), ("\u202exaM", "xaM"),
        ("M\u200ba\u2060x\ufeff", "Max"), ("Анна-Мария О’Нил", "Анна-Мария О’Нил"), ("José", "José"),
        ("محمد", "محمد"), ("👩‍💻 Ann", "👩‍💻 Ann"),
        ("Z\u0300\u0301\u0302\u0303\u0304\u0305\u0306", "Z\u0300\u0301\u0302\u0303"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"), (".", "."), ("\ud83d\ude00"[:1], ""),
    ],
)  # fmt: skip
def test_name_is_shown_as_it_was_meant(name: str, shown: str) -> None:
    assert clean_name(name) == shown


def test_name_of_four_hundred_characters_is_cut() -> None:
    name = clean_name("Максимилиан " * 34)
    assert len(name) <= 100
    assert name.startswith("Максимилиан Максимилиан")
    assert name.endswith("…")


@given(
    st.lists(st.one_of(st.none(), st.text(max_size=450)), max_size=3),
    st.text(max_size=50),
    st.text(max_size=50),
)
def test_there_is_always_a_visible_name_of_bounded_length(
    names: list[str | None], handle: str, phone: str
) -> None:
    name = pick_name(*names, handle=handle, phone=phone)
    assert 0 < len(name) <= 100
    assert name == name.strip()
    assert clean_name(name) == name

"""Mailboxes out of fields, never a wrong one."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.addresses import MAX_ADDRESSES, find_addresses, is_address, read_addresses


@pytest.mark.requirement("I3")
@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("Max <max@x.example>", [("Max", "max@x.example")]),
        ("<max@x.example>", [("", "max@x.example")]),
        ("max@x.example", [("", "max@x.example")]),
        ("max@x.example (Max M)", [("Max M", "max@x.example")]),
        (
            '"Doe, John" <j@x.example>, Mia <m@x.example>',
            [("Doe, John", "j@x.example"), ("Mia", "m@x.example")],
        ),
        (
            "Doe, John <j@x.example>, Mia <m@x.example>",
            [("Doe, John", "j@x.example"), ("Mia", "m@x.example")],
        ),
        ("a@x.example; b@y.example", [("", "a@x.example"), ("", "b@y.example")]),
        ("a@x.example, , b@y.example,", [("", "a@x.example"), ("", "b@y.example")]),
        ("friends: a@x.example, B <b@x.example>;", [("", "a@x.example"), ("B", "b@x.example")]),
        ("undisclosed-recipients:;", []),
        ("(c):", []),
        ("", []),
        ("=?utf-8?Q?M=C3=BCller=2C_Jan?= <jan@x.example>", [("Müller, Jan", "jan@x.example")]),
        ("=?utf-8?B?bWF4QHguZXhhbXBsZQ==?=", [("", "max@x.example")]),
        ('"=?utf-8?B?0JzQuNGP?=" <m@x.example>', [("Мия", "m@x.example")]),
        ('"max@x.example" <max@x.example>', [("", "max@x.example")]),
        ("'max@x.example' <max@x.example>", [("", "max@x.example")]),
        ("'Max' <max@x.example>", [("Max", "max@x.example")]),
        ("Max max@x.example", [("Max", "max@x.example")]),
        ("Max [max@x.example]", [("Max", "max@x.example")]),
        ("Max <max@x.example", [("Max", "max@x.example")]),
        ("Max <mailto:max@x.example>", [("Max", "max@x.example")]),
        ("max @ x.example", [("", "max@x.example")]),
        ("<@a.example,@b.example:max@x.example>", [("", "max@x.example")]),
        ('"quoted local"@x.example', [("", '"quoted local"@x.example')]),
        ('"Joe \\"X\\" Y" <j@x.example>', [('Joe "X" Y', "j@x.example")]),
        ("max@[192.0.2.1]", [("", "max@[192.0.2.1]")]),
        ("почта@пример.рф", [("", "почта@пример.рф")]),
        ("root@localhost", [("", "root@localhost")]),
        ("Name (a comment, with comma) <a@b.example>", [("Name", "a@b.example")]),
        ("O'Hara <o'hara@x.example>", [("O'Hara", "o'hara@x.example")]),
        ("Foo: Bar <x@y.example>", [("Foo: Bar", "x@y.example")]),
        ("a\u200bb <a@b.example>", [("ab", "a@b.example")]),
        ("Max <max@x.example> <max@x.example>", [("Max <max@x.example>", "max@x.example")]),
        ("MAILER-DAEMON", []),
        ("Max <>", []),
    ],
)
def test_field_gives_its_mailboxes(field: str, expected: list[tuple[str, str]]) -> None:
    assert [(one.name, one.address) for one in read_addresses(field)] == expected


@pytest.mark.requirement("I13")
@pytest.mark.parametrize(
    "field",
    [
        "alice@example.org)bob@example.com",
        '"a@evil.example" <b@y.example> <c@z.example>',
        "a <b@c@d.example>",
        "Max <max at x.example>",
        "a@b.example c@d.example",
        "@x.example",
        "max@",
        "Max <max@x..example>",
        "Max <max@-x.example>",
        "Max <m\x00ax@x.example@y.example>",
    ],
)
def test_what_no_strict_grammar_accepts_is_no_address(field: str) -> None:
    assert read_addresses(field) == ()


@pytest.mark.requirement("I10")
def test_address_list_is_capped_and_read_in_linear_time() -> None:
    field = ", ".join(f"Somebody {number} <n{number}@x.example>" for number in range(3_000))
    started = time.process_time()
    assert len(read_addresses(field)) == MAX_ADDRESSES
    assert time.process_time() - started < 0.5


@pytest.mark.requirement("I10")
@pytest.mark.parametrize(
    "field",
    [
        "(" * 60_000,
        '"' * 60_000,
        "a" * 60_000,
        "a." * 30_000 + "@",
        "<" * 60_000,
        "a@" * 30_000,
        "a," * 30_000 + "<",
    ],
)
def test_hostile_field_costs_little(field: str) -> None:
    started = time.process_time()
    read_addresses(field)
    assert time.process_time() - started < 0.5


def test_addresses_are_found_in_prose_without_their_punctuation() -> None:
    text = "Write to <max@x.example>, (mia@y.example). Or ann@z.example; not @ or a@ or @b."
    assert find_addresses(text) == ["max@x.example", "mia@y.example", "ann@z.example"]


@given(st.text(max_size=200))
def test_whatever_comes_out_is_an_address(field: str) -> None:
    assert all(is_address(one.address) for one in read_addresses(field))


@given(st.text(alphabet='<>()@,;:"\\ ab.é=?_', max_size=120))
def test_syntax_in_any_order_yields_addresses_only(field: str) -> None:
    for one in read_addresses(field):
        assert is_address(one.address)
        assert "\n" not in one.name

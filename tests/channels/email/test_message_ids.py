"""Message ids and the root of a thread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.message_ids import MAX_LENGTH, random_id, read_id, read_ids, substitute_id, thread_root

pytestmark = pytest.mark.requirement("I18")


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("<a@x.example>", "a@x.example"),
        ("<[ABC@x.example]>", "[ABC@x.example]"),
        ("<<a@x.example>>", "a@x.example"),
        ("a@x.example", "a@x.example"),
        ("<a@@x.example>", "a@@x.example"),
        ("<a@x.example", "a@x.example"),
        ("<a b@x.example>", "ab@x.example"),
        ("<a\n b@x.example>", "ab@x.example"),
        ("=?utf-8?q?=3Ca@x=2Eexample=3E?=", "a@x.example"),
        ("<a@x.example> (added by postmaster@y.example)", "a@x.example"),
        ("<no-at-sign>", "no-at-sign"),
        ("no brackets", "nobrackets"),
        ("<>", None),
        ("", None),
        ("   ", None),
    ],
)
def test_id_is_read_leniently(field: str, expected: str | None) -> None:
    assert read_id(field) == expected


def test_long_id_is_kept_to_two_kilobytes() -> None:
    assert read_id(f"<{'a' * 4_000}@x.example>") == "a" * MAX_LENGTH


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("<a@x.example> <b@x.example>", ("a@x.example", "b@x.example")),
        ("<a@x.example><b@x.example>", ("a@x.example", "b@x.example")),
        ("<a@x.example>,<b@x.example>", ("a@x.example", "b@x.example")),
        ("<a@x.example>\n\t<b@x.example>", ("a@x.example", "b@x.example")),
        ("<a@x.example> <a@x.example>", ("a@x.example",)),
        ("Your message of Tue, 5 May <a@x.example>", ("a@x.example",)),
        ("a@x.example b@x.example", ("a@x.example", "b@x.example")),
        ("Message from Max of Monday", ()),
        ("", ()),
    ],
)
def test_ids_are_read_in_order(field: str, expected: tuple[str, ...]) -> None:
    assert read_ids(field) == expected


def test_root_is_the_first_reference() -> None:
    headers = b"Message-ID: <c@x>\nReferences: <A@x> <b@x>\nIn-Reply-To: <b@x>\n\nbody"
    assert thread_root(headers) == "a@x"


def test_root_is_what_the_letter_answers_without_references() -> None:
    assert thread_root(b"Message-ID: <c@x>\nIn-Reply-To: <B@x>\n\n") == "b@x"


def test_root_of_a_first_letter_is_its_own_id() -> None:
    assert thread_root(b"Message-ID: <c@x>\nSubject: s\n\n") == "c@x"


def test_root_of_a_letter_without_ids_depends_on_its_fields_alone() -> None:
    fields = b"From: a@x.example\nSubject: s\nDate: now\n"
    assert thread_root(fields + b"\nbody") == thread_root(fields + b"X-Other: 1\n\nother body")
    assert thread_root(fields) != thread_root(b"From: b@x.example\nSubject: s\nDate: now\n\n")


@pytest.mark.requirement("I28")
def test_letter_without_an_id_gets_one_no_server_owns() -> None:
    assert substitute_id("ab" * 32) == "ab" * 32 + "@hd.invalid"


def test_random_ids_differ() -> None:
    assert random_id("x.example") != random_id("x.example")
    assert random_id("x.example").endswith("@x.example")


@given(st.binary(max_size=400))
def test_any_bytes_have_a_root(data: bytes) -> None:
    assert thread_root(data)

"""Fields are found and read however badly they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.headers import MAX_BYTES, MAX_FIELDS, decode_base64, decode_words, read_fields, text_of

pytestmark = pytest.mark.requirement("I3")


def test_fields_are_unfolded_and_the_body_found() -> None:
    fields = read_fields(b"Subject: one\r\n two\r\n\tthree\r\nFrom : a@x.example\r\n\r\nbody")
    assert text_of(fields.first("subject")) == "one two three"
    assert text_of(fields.first("from")) == "a@x.example"
    assert fields.body_at == len(b"Subject: one\r\n two\r\n\tthree\r\nFrom : a@x.example\r\n\r\n")


def test_continuation_without_its_indent_is_joined() -> None:
    fields = read_fields(b"Subject: one\nlost its indent\nFrom: a@x.example\nDate: now\n\nbody")
    assert text_of(fields.first("subject")) == "one lost its indent"
    assert text_of(fields.first("from")) == "a@x.example"
    assert fields.defects == ("broken_header_line",)


def test_junk_before_the_fields_is_skipped() -> None:
    fields = read_fields(b"+OK 1234 octets\nFrom: a@x.example\nSubject: s\n\nbody")
    assert text_of(fields.first("from")) == "a@x.example"
    assert "junk_before_headers" in fields.defects


def test_body_without_an_empty_line_begins_where_fields_stop() -> None:
    raw = b"Subject: s\nhello there\nmore\n\nlast"
    fields = read_fields(raw)
    assert raw[fields.body_at :] == b"hello there\nmore\n\nlast"
    assert fields.defects == ("no_line_before_body",)


def test_envelope_lines_of_an_mbox_are_no_fields() -> None:
    fields = read_fields(
        b"From a@x.example Mon May  5 14:03:00 2025\nSubject: s\n>From x\nTo: b@x.example\n\n"
    )
    assert [name for name, _ in fields.items] == ["subject", "to"]


def test_more_fields_than_the_cap_are_left_out() -> None:
    fields = read_fields(b"X-A: b\n" * 5_000 + b"\nbody")
    assert len(fields.items) == MAX_FIELDS
    assert "headers_cut" in fields.defects


def test_more_bytes_than_the_cap_are_left_out() -> None:
    raw = b"Subject: s\n" + b"X-A: " + b"b" * MAX_BYTES + b"\nTo: c@x.example\n\nbody"
    fields = read_fields(raw)
    assert "to" not in fields
    assert raw[fields.body_at :] == b"body"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("=?utf-8?Q?=D0=9F=D1=80=D0=B8?=", "При"),
        ("=?UTF-8?b?0J/RgNC4?=", "При"),
        ("=?utf-8?Q?a_b?= c", "a b c"),
        ("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
        ("=?utf-8?Q?a?=\r\n =?utf-8?Q?b?=", "ab"),
        ("=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
        ("=?utf-8?B?0J/R?= =?utf-8?B?gNC4?=", "При"),
        ("=?utf-8?Q?=D0?= =?utf-8?Q?=9F?=", "П"),
        ("=?koi8-r?B?8NLJ18XU?=", "Привет"),
        ("=?windows-1251?Q?=CF=F0=E8?= x", "При x"),
        ("=?iso-2022-jp?B?GyRCN29MPhsoQg==?=", "件名"),
        ("=?gb2312?B?xOO6ww==?=", "你好"),
        ("=?utf-8*ru?Q?=D0=9F?=", "П"),
        ("=?utf-8?B?0J/RgNC4", "При"),
        ("=?utf-8?B?0J/RgNC?=", "Пр\ufffd"),
        ("=?utf-8?Q?a b?=", "a b"),
        ("=?iso-8859-1?Q?=D0=9F?=", "П"),
        ("=?x-unknown?Q?caf=E9?=", "café"),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("=?utf-8?Q??=", ""),
        ("no words", "no words"),
        ('"=?utf-8?Q?=D0=9F?="', '"П"'),
        ("=?utf-8?Q?a=0D=0AX-Evil:_1?=", "a X-Evil: 1"),
        ("=?utf-8?Q?a=00b?=", "ab"),
    ],
)
def test_encoded_words_are_read(written: str, read: str) -> None:
    assert decode_words(written).strip() == read


def test_raw_eight_bit_fields_are_read_by_the_letters_charset() -> None:
    assert text_of("Тема".encode("cp1251"), "windows-1251") == "Тема"
    assert text_of("Тема".encode()) == "Тема"


@pytest.mark.parametrize(
    ("written", "read", "is_broken"),
    [
        (b"SGVsbG8=", b"Hello", False),
        (b"SGVs\r\nbG8=\r\n", b"Hello", False),
        (b"SGVsbG8", b"Hello", True),
        (b"SGVs*bG8=", b"Hello", True),
        (b"SGVsbG8=\nSGVsbG8=", b"HelloHello", True),
        (b"SGVsbG8-_w==", None, True),
        (b"", b"", False),
        (b"A", b"", True),
    ],
)
def test_base64_gives_what_it_holds(written: bytes, read: bytes | None, is_broken: bool) -> None:
    decoded, broken = decode_base64(written)
    assert broken is is_broken
    assert read is None or decoded == read


@given(st.binary(max_size=600))
def test_any_bytes_have_fields_and_a_body_within_them(data: bytes) -> None:
    fields = read_fields(data)
    assert 0 <= fields.body_at <= len(data)
    for _, value in fields.items:
        text_of(value).encode()


@given(st.text(max_size=200))
def test_any_text_survives_the_decoding_of_words(text: str) -> None:
    decode_words(text).encode()


@given(st.binary(max_size=200))
def test_base64_comes_back_as_it_went(data: bytes) -> None:
    import base64

    assert decode_base64(base64.encodebytes(data)) == (data, False)

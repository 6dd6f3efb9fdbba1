"""Parts are found whatever the boundaries do."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.headers import read_fields
from channels.email.mime import MAX_DEPTH, MAX_PARTS, Part, decode_transfer, read_parts, read_typed
from tests.channels.email.written import letter, part, parts


def tree(raw: bytes) -> tuple[Part, list[str]]:
    defects: list[str] = []
    return read_parts(raw, read_fields(raw), defects), defects


def leaves(raw: bytes) -> list[tuple[str, bytes]]:
    return [(one.mime, one.content()[0].strip()) for one in tree(raw)[0].walk() if not one.is_multipart]


@pytest.mark.requirement("I3")
@pytest.mark.parametrize(
    ("written", "value", "parameters"),
    [
        ("text/plain; charset=utf-8", "text/plain", {"charset": "utf-8"}),
        ("text/plain charset=utf-8", "text/plain", {"charset": "utf-8"}),
        ("TEXT/Plain;Charset = UTF-8 ;", "text/plain", {"charset": "UTF-8"}),
        ("text/plain; name*", "text/plain", {}),
        ("text/plain; charset=a; charset=b", "text/plain", {"charset": "a"}),
        ('text/plain; name="a;b.txt"', "text/plain", {"name": "a;b.txt"}),
        ("attachment; filename=my file.pdf; size=3", "attachment", {"filename": "my file.pdf", "size": "3"}),
        ('attachment; filename="unclosed.pdf', "attachment", {"filename": "unclosed.pdf"}),
        ('attachment; filename="a \\"b\\".pdf"', "attachment", {"filename": 'a "b".pdf'}),
        ('attachment; filename="C:\\dir\\x.txt"', "attachment", {"filename": "C:\\dir\\x.txt"}),
        ('attachment; filename="=?utf-8?B?0J/RgNC4?="', "attachment", {"filename": "При"}),
        ("attachment; filename*=UTF-8''%e2%82%ac.txt; filename=x.txt", "attachment", {"filename": "€.txt"}),
        (
            "attachment; filename*0*=UTF-8''%D0%9F%D1%80; filename*1*=%D0%B8; filename*2=.pdf",
            "attachment",
            {"filename": "При.pdf"},
        ),
        ("attachment; filename*1=b.pdf; filename*0=a", "attachment", {"filename": "ab.pdf"}),
        ("attachment; filename*=koi8-r''%F0%D2%C9", "attachment", {"filename": "При"}),
        ("attachment; filename*=bogus''%D0%9F", "attachment", {"filename": "П"}),
        (";;;", "", {}),
        ("", "", {}),
    ],
)
def test_parameters_are_read(written: str, value: str, parameters: dict[str, str]) -> None:
    assert read_typed(written) == (value, parameters)


@pytest.mark.requirement("I10")
def test_content_type_of_61_kilobytes_costs_little() -> None:
    started = time.process_time()
    for hostile in ("; a=b" * 12_000, "a" * 61_000, " " * 61_000, 'x="' + "\\" * 61_000, "a= " * 20_000):
        read_typed(f"text/plain; {hostile}")
    assert time.process_time() - started < 0.5


@pytest.mark.requirement("I3")
@pytest.mark.parametrize("boundary", ["b", "=_b", "a b", "----=_NextPart_000_0001_01D", "b'()+_,-./:=?"])
def test_boundary_may_be_anything(boundary: str) -> None:
    raw = letter(**parts("mixed", part("text/plain", "one"), part("text/html", "two"), boundary=boundary))
    assert leaves(raw) == [("text/plain", b"one"), ("text/html", b"two")]


def test_preamble_and_epilogue_are_no_parts() -> None:
    told = parts("mixed", part("text/plain", "one"))
    told["body"] = f"preamble\n{told['body']}epilogue\n"
    assert leaves(letter(**told)) == [("text/plain", b"one")]


def test_boundary_never_closed_still_ends_the_letter() -> None:
    told = parts("mixed", part("text/plain", "one"), part("text/html", "two"))
    told["body"] = told["body"].replace("--=_b--", "")
    raw = letter(**told)
    assert leaves(raw) == [("text/plain", b"one"), ("text/html", b"two")]
    assert tree(raw)[1] == ["boundary_not_closed"]


def test_inner_boundary_never_closed_ends_with_the_outer_part() -> None:
    inner = 'Content-Type: multipart/alternative; boundary="in"\n\n--in\nContent-Type: text/plain\n\none'
    raw = letter(**parts("mixed", inner, part("text/html", "two")))
    assert leaves(raw) == [("text/plain", b"one"), ("text/html", b"two")]


def test_boundary_that_begins_like_another_is_another() -> None:
    inner = 'Content-Type: multipart/alternative; boundary="=_bb"\n\n--=_bb\n\none\n--=_bb--\n'
    assert leaves(letter(**parts("mixed", inner))) == [("text/plain", b"one")]


def test_digest_holds_letters() -> None:
    raw = letter(**parts("digest", "\nSubject: a\n\nb"))
    assert leaves(raw)[0][0] == "message/rfc822"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r\r\n"])
def test_any_line_end_does(line_end: str) -> None:
    raw = letter(**parts("mixed", part("text/plain", "one"))).replace(b"\r\n", line_end.encode())
    assert leaves(raw) == [("text/plain", b"one")]


@pytest.mark.requirement("I10")
def test_tree_of_3000_levels_is_cut_at_the_cap() -> None:
    raw = b""
    for level in range(3_000):
        raw += f'Content-Type: multipart/mixed; boundary="b{level}"\n\n--b{level}\n'.encode()
    started = time.process_time()
    root, defects = tree(raw + b"\nx")
    assert time.process_time() - started < 1
    assert max(one.depth for one in root.walk()) <= MAX_DEPTH
    assert "too_deep" in defects


@pytest.mark.requirement("I10")
def test_50000_parts_are_cut_at_the_cap() -> None:
    raw = letter(**parts("mixed", *[part("text/plain", "x")] * 50_000))
    started = time.process_time()
    root, defects = tree(raw)
    assert time.process_time() - started < 1
    assert len(root.children) == MAX_PARTS - 1
    assert "too_many_parts" in defects


@pytest.mark.parametrize(
    ("data", "encoding", "decoded"),
    [
        (b"a=3D=\r\nb", "quoted-printable", b"a=b"),
        (b"a=ZZ", "quoted-printable", b"a=ZZ"),
        (b"YQ==", "base64", b"a"),
        (b"begin 644 f\n#0V%T\n`\nend\n", "x-uuencode", b"Cat"),
        (b"plain", "7bit", b"plain"),
        (b"plain", "", b"plain"),
        (b"plain", "nonsense", b"plain"),
    ],
)
def test_transfer_encodings_are_undone(data: bytes, encoding: str, decoded: bytes) -> None:
    assert decode_transfer(data, encoding)[0] == decoded


@given(
    st.binary(max_size=500), st.sampled_from([b"", b"multipart/mixed; boundary=b", b"multipart/alternative"])
)
def test_any_bytes_have_parts_within_them(data: bytes, kind: bytes) -> None:
    raw = b"Content-Type: " + kind + b"\n\n" + data.replace(b"x", b"\n--b\n")
    for one in tree(raw)[0].walk():
        assert 0 <= one.start <= one.end <= len(raw)
        one.content()

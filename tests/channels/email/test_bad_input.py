"""Letters meant to hurt: read or told, never more than their share of time, never anything invalid."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.identity import content_hash
from channels.email.letters import Letter
from channels.email.message_ids import thread_root
from channels.email.wire import fold_letter, read_letter, saved_letter
from tests.channels.email.written import LETTERS, letter, part, parts

ALL = [path.read_bytes() for path in sorted(LETTERS.glob("*/*.eml"))]


def check(read: Letter) -> None:
    """Everything a letter tells is text a database takes, and nothing of it failed to be read."""

    def texts(value: object) -> list[str]:
        if isinstance(value, str):
            return [value]
        if isinstance(value, dict):
            return [text for one in value.values() for text in texts(one)]
        return [text for one in value for text in texts(one)] if isinstance(value, list | tuple) else []

    for text in [
        *texts(read.to_json()),
        *(value for _, value in read.headers),
        *read.delivered_to,
        *read.references,
    ]:
        text.encode("utf-8")
        assert "\0" not in text
    assert not any(defect.startswith("unread") for defect in read.defects), read.defects


def nested(levels: int) -> bytes:
    raw = b"From: a@x.example\n"
    for level in range(levels):
        raw += f'Content-Type: multipart/mixed; boundary="b{level}"\n\n--b{level}\n'.encode()
    return raw + b"Content-Type: text/plain\n\ndeep"


BOMBS: dict[str, bytes] = {
    "tree of 3,000 levels": nested(3_000),
    "100,000 fields": b"From: a@x.example\n" + b"X-A: b\n" * 100_000 + b"\nbody",
    "100,000 references": letter(References=" ".join(f"<{number}@x>" for number in range(100_000)), body="x"),
    "Content-Type of 61 kB": letter(Content_Type="text/plain" + "; a=b" * 12_200, body="body"),
    "Content-Type of 61 kB and one parameter": letter(
        Content_Type="text/plain; a=" + "(" * 61_000, body="body"
    ),
    "900 nested comments": letter(To="(" * 900 + "x" + ")" * 900 + " <a@x.example>", body="body"),
    "NUL bytes": letter(Subject="a\0b", body="c\0d"),
    "half surrogates": letter(Content_Type="text/plain; charset=utf-8", body=b"\xed\xa0\x80 x \xed\xb0\x80"),
    "half surrogates by entity": letter(Content_Type="text/html", body="<p>&#xD800; x &#0; &#xDFFF;</p>"),
    "half surrogates in UTF-7": letter(Content_Type="text/plain; charset=utf-7", body="+2AA- x"),
    "half surrogates in UTF-16": letter(Content_Type="text/plain; charset=utf-16", body=b"\x00\xd8x\x00"),
    "lying charset": letter(Content_Type="text/plain; charset=utf-16", body="привет"),
    "charset that is a codec of bytes": letter(Content_Type="text/plain; charset=zlib", body="привет"),
    "charset with NUL": letter(Content_Type="text/plain; charset=a\0b", body="привет"),
    "50,000 parts": letter(**parts("mixed", *[part("text/plain", "x")] * 50_000)),
    "50,000 files": letter(**parts("mixed", *[part("application/pdf; name=a.pdf", "x")] * 50_000)),
    "boundary of one letter": letter(Content_Type="multipart/mixed; boundary=a", body="--a\n" * 100_000),
    "empty boundary": letter(Content_Type='multipart/mixed; boundary=""', body="--\n--\n"),
    "html 100,000 deep": letter(Content_Type="text/html", body="<div>" * 100_000 + "x"),
    "html of 3 MB": letter(Content_Type="text/html", body="<p>word <b>word</b></p>" * 130_000),
    "html of open brackets": letter(Content_Type="text/html", body="<" * 500_000),
    "html of entities": letter(Content_Type="text/html", body="&amp;" * 300_000),
    "html of styles": letter(
        Content_Type="text/html",
        body="<style>" + "a b c d e f{color:red}" * 5_000 + "</style>" + "<p>x</p>" * 2_000,
    ),
    "html of tables": letter(Content_Type="text/html", body="<table><tr><td>" * 300 + "x"),
    "html of pictures": letter(
        Content_Type="text/html", body='<img src="data:image/png;base64,AAAA">' * 20_000
    ),
    "html of links": letter(Content_Type="text/html", body='<a href="https://x.example">x</a>' * 20_000),
    "html that never closes": letter(Content_Type="text/html", body="<!--" * 100_000 + '<a href="' * 1_000),
    "text of 4 MB": letter(body="word " * 800_000),
    "text of one line of dashes": letter(body="-" * 1_000_000),
    "lines of dashes": letter(body=("-" * 390 + "\n") * 2_000),
    "lines with colons": letter(Subject="Re: x", body="On 5 May 2025 14:03 a@b.example wrote:\n" * 10_000),
    "lines of labels": letter(Subject="Fwd: x", body="From: a@b.example,\n" * 10_000),
    "lines of prefixes": letter(body=">" * 100_000 + "\n" + "> x\ny\n" * 10_000),
    "lines of @": letter(body=("@" * 300 + ":\n") * 3_000),
    "carriage returns": b"\r" * 1_000_000,
    "line feeds": b"\n" * 1_000_000,
    "spaces": b" " * 1_000_000,
    "colons": b":" * 1_000_000,
    "one long field": b"Subject: " + b"=?utf-8?Q?a?=" * 100_000 + b"\n\nx",
    "one long broken word": b"Subject: " + b"=?utf-8?B?" * 50_000 + b"\n\nx",
    "one long address": letter(From="a" * 500_000 + "@x.example", body="x"),
    "half a million commas": letter(To="," * 500_000, body="x"),
    "zip bomb": letter(
        **parts(
            "mixed",
            part("application/zip; name=a.zip", "UEsDBA" * 10_000, Content_Transfer_Encoding="base64"),
        )
    ),
    "tnef that is broken": letter(
        **parts(
            "mixed", part("application/ms-tnef", "eJ8+Ig" + "A" * 9_998, Content_Transfer_Encoding="base64")
        )
    ),
    "calendar that is broken": letter(**parts("mixed", part("text/calendar", "BEGIN:VCALENDAR\n" * 5_000))),
    "uuencode that never ends": letter(body="begin 644 a\n" * 20_000),
    "bounce of addresses": letter(
        From="MAILER-DAEMON@x.example", Subject="failure notice", body="<a@b.example>:\n550 x\n\n" * 5_000
    ),
    "bounce of nothing": letter(
        From="MAILER-DAEMON@x.example", Subject="failure notice", body=("-" * 200 + " original ") * 2_000
    ),
    "report of nothing": letter(**parts("report", part("message/delivery-status", "\n" * 100_000))),
    "A-R of nothing": letter(Authentication_Results="x; " + "dkim=pass header.d=a;" * 5_000, body="x"),
    "nothing": b"",
    "not a letter": bytes(range(256)) * 100,
}


@pytest.mark.requirement("I10")
@pytest.mark.requirement("I3")
@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_read_within_its_share(name: str) -> None:
    raw = BOMBS[name]
    started = time.process_time()
    read = read_letter(raw)
    spent = time.process_time() - started
    check(read)
    check(saved_letter(raw, "told"))
    assert spent < 4, f"{spent:.1f} s of CPU"


@pytest.mark.requirement("I10")
@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../x", "x"),
        ("..\\..\\x.exe", "x.exe"),
        ("/etc/passwd", "passwd"),
        ("\u200b.htaccess", "htaccess"),
        ("\u202efdp.exe", "fdp.exe"),
        ("a\u200bb\u00adc.txt", "abc.txt"),
        ("a\0b.txt", "ab.txt"),
        ("a\r\nb.txt", "ab.txt"),
        ("con<>|?*.txt", "con_____.txt"),
        ("x" * 400 + ".pdf", "x" * 196 + ".pdf"),
        ("ё" * 300 + ".pdf", "ё" * 98 + ".pdf"),
        (".", "application-1.bin"),
        ("   ", "application-1.bin"),
        ("<script>alert(1)</script>.png", "script_.png"),
    ],
)
def test_name_of_a_file_is_what_people_see(name: str, clean: str) -> None:
    encoded = "".join(f"%{byte:02X}" for byte in name.encode())
    told = part("application/x-thing", "x", Content_Disposition=f"attachment; filename*=UTF-8''{encoded}")
    read = read_letter(letter(**parts("mixed", told)))
    assert [file.name for file in read.files] == [clean.replace("application-1", "file-1")]
    assert len(read.files[0].name.encode()) <= 200


def test_script_in_a_field_is_text() -> None:
    read = read_letter(letter(Subject="<script>alert(1)</script>", From='"<img src=x>" <a@x.example>'))
    assert read.subject == "<script>alert(1)</script>"
    assert read.from_ is not None
    assert (read.from_.name, read.from_.address) == ("<img src=x>", "a@x.example")


def test_name_that_is_an_address_of_ours_is_only_a_name() -> None:
    read = read_letter(letter(From='"support@desk.example" <evil@x.example>'))
    assert read.from_ is not None
    assert read.from_.address == "evil@x.example"


@given(st.binary(max_size=1_000))
def test_any_bytes_are_a_letter(raw: bytes) -> None:
    check(read_letter(raw))
    thread_root(raw)


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            b"From: a@x.example\n",
            b"Subject: =?utf-8?B?",
            b"?=\n",
            b"Content-Type: multipart/mixed; boundary=b\n",
            b"\n",
            b"--b\n",
            b"--b--\n",
            b"Content-Type: text/html; charset=koi8-r\n",
            b"Content-Transfer-Encoding: base64\n",
            b"Content-Type: message/rfc822\n",
            b"\xd0\x9f\xff\xfe",
            b"Content-Transfer-Encoding: quoted-printable\n",
            b"=D0=9F=\n",
            b"<p style=x><b>",
            b"<blockquote type=cite>",
            b"> quoted\n",
            b"-- \n",
            b"Content-Type: message/delivery-status\n",
            b"Final-Recipient: rfc822;a@b.example\n",
            b"Status: 5.1.1\n",
            b"text\r\n",
            b"\0",
            b"\xed\xa0\x80",
            b"On Mon, 5 May 2025 14:03 a@b.example wrote:\n",
            b"Content-Type: text/calendar\n",
            b"BEGIN:VCALENDAR\n",
            b"Content-ID: <a>\n",
            b"SGVsbG8=\n",
            b"Content-Disposition: attachment; filename*=utf-8''%D0%9F\n",
            b"---------- Forwarded message ---------\n",
            b"begin 644 a\n",
            b"References: <a@x>\n",
            b"Content-Type: application/ms-tnef; name=winmail.dat\n",
            b"X-Failed-Recipients: a@b.example\n",
            b"Date: Mon, 5 May 2025 14:03:00 +0000\n",
        ]
    ),
    max_size=30,
)


@given(FRAGMENTS)
def test_any_order_of_fragments_is_a_letter(fragments: list[bytes]) -> None:
    read = read_letter(b"".join(fragments))
    check(read)
    content_hash(read)
    check(fold_letter(read, "quoted\ntext that was ours and is long enough"))


@given(st.sampled_from(ALL), st.integers(0, 4_000), st.binary(max_size=12), st.integers(0, 40))
def test_letter_with_bytes_changed_is_still_a_letter(
    raw: bytes, at: int, inserted: bytes, removed: int
) -> None:
    check(read_letter(raw[:at] + inserted + raw[at + removed :]))

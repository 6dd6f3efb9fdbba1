"""What a file is, what it may do in a browser and what it is called."""

import gzip
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from core.media import (
    BINARY,
    PLAIN_TEXT,
    FileKind,
    content_disposition,
    human_size,
    kind_of_file,
    safe_download_name,
)

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01"
GIF = b"GIF89a\x01\0\x01\0\x80\0\0"
WEBP = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
XML = b'<?xml version="1.0"?><x xmlns:h="http://www.w3.org/1999/xhtml"><h:script>alert(1)</h:script></x>'


@pytest.mark.parametrize(
    ("name", "data", "mime"),
    [("a.png", PNG, "image/png"), ("a.jpg", JPEG, "image/jpeg"), ("a.gif", GIF, "image/gif"),
     ("x", WEBP, "image/webp"),
     ("wrong.jpg", PNG, "image/png"), ("фото", JPEG, "image/jpeg"), ("invoice.pdf", PNG, "image/png")],
)  # fmt: skip
def test_pictures_are_shown_by_what_their_bytes_say(name: str, data: bytes, mime: str) -> None:
    assert kind_of_file(name, data) == FileKind(mime, may_inline=True)


@pytest.mark.parametrize(
    ("name", "data", "mime"),
    [("a.pdf", b"%PDF-1.7\n", "application/pdf"), ("v.ogg", b"OggS\0\x02", "audio/ogg"),
     ("a.zip", b"PK\x03\x04\x14\0\0\0", "application/zip"), ("a.mp3", b"ID3\x03\0", "audio/mpeg"),
     ("notes.txt", "Привет, всё хорошо".encode(), PLAIN_TEXT), ("a.csv", b"a;b\n1;2\n", PLAIN_TEXT),
     ("long.log", ("я" * 9000).encode(), PLAIN_TEXT), ("a.log", b"x" + ("я" * 9000).encode(), PLAIN_TEXT),
     ("notes.txt", b"\xff\xfea\0", BINARY), ("old.txt", "Привет".encode("cp1251"), BINARY),
     ("run.exe", b"MZ\x90\0", BINARY), ("a.swf", b"CWS\x0a", BINARY), ("x.sh", b"#!/bin/sh\n", BINARY),
     ("nothing", b"", BINARY), ("a.js", b"alert(1)", BINARY), ("a.elf", b"\x7fELF\x02\x01\x01", BINARY)],
)  # fmt: skip
def test_everything_else_is_downloaded(name: str, data: bytes, mime: str) -> None:
    assert kind_of_file(name, data) == FileKind(mime, may_inline=False)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.svg", SVG), ("A.SVG", SVG), ("a.svg ", SVG), ("a.svg.", SVG), ("a.s\u200bvg", SVG),
        ("a.svg\0", SVG),
        ("a.png", SVG), ("a", SVG), ("a.svg;x", SVG), ("a.svg", PNG), ("picture.Svg", GIF + SVG),
        ("a.svgz", gzip.compress(SVG, mtime=0)), ("a.png", b"\xef\xbb\xbf" + SVG),
        ("a.png", b" \r\n\t" + SVG),
        ("a.txt", b"<!-- hello -->" + SVG), ("a.png", XML + SVG), ("a.jpg", SVG.replace(b"svg", b"SvG")),
        ("a.txt", SVG.decode().encode("utf-16")), ("a.txt", SVG.decode().encode("utf-16-be")),
        ("a.txt", SVG.decode().encode("utf-32")), ("a.txt", SVG.replace(b"<svg", b"<s:svg")),
        ("a.html", HTML), ("a.HTM", HTML), ("a.xhtml", HTML), ("a.shtml", HTML), ("a.mht", HTML),
        ("a.txt", HTML),
        ("a.png", HTML), ("a.pdf", b"<html>"), ("a.csv", b"hello <script>alert(1)</script>"), ("a.hta", HTML),
        ("a.xml", XML), ("a.xsl", XML), ("a.rss", XML), ("a.txt", XML), ("a.htm.", PNG), ("a.xht", JPEG),
        ("\u202elmth.gpj.html", PNG), ("a.md", b"<iframe src=x>"), ("a.math", b"<math><mi/></math>"),
    ],
)  # fmt: skip
def test_svg_html_and_xml_are_bytes_however_they_are_spelled(name: str, data: bytes) -> None:
    assert kind_of_file(name, data) == FileKind(BINARY, may_inline=False)


@given(
    st.text(max_size=40),
    st.binary(max_size=200),
    st.sampled_from([b"", PNG, GIF, SVG, HTML, b"\xef\xbb\xbf", b"<"]),
)
def test_only_four_kinds_of_picture_are_ever_shown(name: str, data: bytes, start: bytes) -> None:
    mime, may_inline = kind_of_file(name, start + data)
    assert may_inline == (mime in {"image/png", "image/apng", "image/jpeg", "image/gif", "image/webp"})
    assert not re.search(r"html|xml|svg|script", mime.replace("openxmlformats", ""))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("invoice.pdf", "invoice.pdf"), ("счёт №5.pdf", "счёт №5.pdf"), ("../../etc/passwd", "passwd"),
        ("C:\\Users\\max\\a.doc", "a.doc"), ("a\r\nSet-Cookie: x.txt", "a Set-Cookie_ x.txt"), ("", "file"),
        (".", "file"), ("..", "file"), ("/", "file"), ("   ", "file"), (".htaccess", "htaccess"),
        ("\u200b.htaccess", "htaccess"), ("con", "_con"), ("CON.txt", "_CON.txt"),
        ("console.log", "console.log"),
        ("photo\u202egpj.exe", "photogpj.exe"), ("a\u2066b\u2069.txt", "ab.txt"), ("a\0.txt", "a.txt"),
        ("a\ud800.txt", "a.txt"), ('say "hi".txt', "say _hi_.txt"), ("a*b?c|d<e>f.txt", "a_b_c_d_e_f.txt"),
        ("a.txt.", "a.txt"), ("a.txt ", "a.txt"), ("\uff0e\uff0e\uff0fx", "．．／x"),
        ("100%.txt", "100_.txt"),
        ("a\u200d\u200cb.txt", "ab.txt"), ("\U000e0041\U000e0042.txt", "txt"), ("a\u2028b.txt", "a b.txt"),
    ],
)  # fmt: skip
def test_download_name_is_harmless_and_still_the_same(name: str, safe: str) -> None:
    assert safe_download_name(name) == safe


@given(st.text(max_size=400))
def test_download_name_keeps_every_promise(name: str) -> None:
    safe = safe_download_name(name)
    assert 0 < len(safe.encode()) <= 200
    assert not re.search(
        r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff/\\\":*?<>|]", safe
    )
    assert not safe.startswith((".", " "))
    assert not safe.endswith((".", " "))
    assert safe_download_name(safe) == safe


def test_long_name_keeps_its_extension() -> None:
    safe = safe_download_name("очень длинное имя " * 40 + ".docx")
    assert safe.endswith(".docx")
    assert 190 <= len(safe.encode()) <= 200


@given(st.text(max_size=300), st.booleans())
def test_header_is_one_line_of_ascii_that_names_the_same_file(name: str, inline: bool) -> None:
    header = content_disposition(name, inline=inline)
    assert header.isascii()
    assert not re.search(r"[\x00-\x1f\x7f]", header)
    kind, parameters = parse_options_header(header)
    assert kind == ("inline" if inline else "attachment")
    assert parameters["filename"] == safe_download_name(name)


def test_header_has_a_plain_name_and_the_true_one() -> None:
    assert content_disposition("invoice 5.pdf") == 'attachment; filename="invoice 5.pdf"'
    assert content_disposition("счёт.pdf", inline=True) == (
        "inline; filename=\"____.pdf\"; filename*=UTF-8''%D1%81%D1%87%D1%91%D1%82.pdf"
    )


@pytest.mark.parametrize(
    ("size", "locale", "shown"),
    [(0, "en", "0 byte"), (999, "en", "999 byte"), (1000, "en", "1 kB"), (1536, "en", "1.5 kB"),
     (1536, "ru", "1,5 кБ"),
     (1536, "es", "1,5 kB"), (35_000_000, "ru", "35 МБ"), (123_456_789, "en", "123 MB"),
     (10**13, "en", "10 TB")],
)  # fmt: skip
def test_size_is_said_in_the_readers_language(size: int, locale: str, shown: str) -> None:
    assert human_size(size, locale) == shown

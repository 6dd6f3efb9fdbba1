"""What of a letter is its text, and what came with it."""

import base64
import struct

import pytest

from channels.email.rtf import rtf_text
from channels.email.wire import read_letter, saved_letter
from tests.channels.email.written import letter, nested, part, parts

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 40).decode()


def image(cid: str = "", name: str = "", **more: str) -> str:
    fields = {"Content_Transfer_Encoding": "base64"} | ({"Content_ID": cid} if cid else {}) | more
    return part(f"image/png{f'; name={name}' if name else ''}", PNG, **fields)


@pytest.mark.requirement("I4")
def test_alternative_keeps_the_plain_text_and_the_html() -> None:
    read = read_letter(
        letter(**parts("alternative", part("text/plain", "one"), part("text/html", "<b>one</b>")))
    )
    assert (read.text, read.html) == ("one", "<b>one</b>")
    assert read.files == ()


@pytest.mark.requirement("I4")
def test_html_alone_gives_its_text() -> None:
    read = read_letter(letter(Content_Type="text/html", body="<p>one</p><p>two<br>three</p>"))
    assert read.text == "one\n\ntwo\nthree"


@pytest.mark.requirement("I4")
def test_plain_part_that_is_empty_or_a_stub_gives_way_to_the_html() -> None:
    long = "<p>" + "Your order is on its way and will arrive tomorrow. " * 12 + "</p>"
    for stub in ("", " \n", "Please use a mail program that shows HTML."):
        read = read_letter(letter(**parts("alternative", part("text/plain", stub), part("text/html", long))))
        assert read.text.startswith("Your order is on its way")


@pytest.mark.requirement("I4")
def test_text_parts_around_a_picture_are_one_body_in_order() -> None:
    read = read_letter(
        letter(
            **parts("mixed", part("text/plain", "above"), image(name="a.png"), part("text/plain", "below"))
        )
    )
    assert read.text == "above\n\nbelow"
    assert [file.name for file in read.files] == ["a.png"]


@pytest.mark.requirement("I4")
def test_text_with_a_name_or_marked_as_attachment_is_a_file() -> None:
    named = part("text/plain; name=notes.txt", "notes")
    marked = part("text/html", "<p>page</p>", Content_Disposition="attachment")
    read = read_letter(letter(**parts("mixed", part("text/plain", "body"), named, marked)))
    assert read.text == "body"
    assert [(file.name, file.mime) for file in read.files] == [
        ("notes.txt", "text/plain"),
        ("text-2.html", "text/html"),
    ]


@pytest.mark.requirement("I4")
def test_text_with_a_name_is_the_body_if_there_is_no_other() -> None:
    named = part("text/html; name=TEXT.htm", "<p>hello</p>", Content_Disposition="inline")
    read = read_letter(letter(**parts("mixed", named, part("application/pdf; name=a.pdf", "x"))))
    assert read.text == "hello"
    assert [file.name for file in read.files] == ["TEXT.htm", "a.pdf"]
    variants = parts(
        "alternative", part("text/plain; name=a.txt", "one"), part("text/html; name=a.htm", "<p>one</p>")
    )
    assert (read_letter(letter(**variants)).text, read_letter(letter(**variants)).files) == ("one", ())


@pytest.mark.requirement("I4")
def test_variant_for_other_programs_is_no_file() -> None:
    told = parts(
        "alternative",
        part("text/plain", "one"),
        part("text/x-amp-html", "<html amp4email>"),
        part("text/html", "<p>one</p>"),
    )
    assert read_letter(letter(**told)).files == ()


@pytest.mark.requirement("I3")
@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        ("base64", "SGVsbG8gdGhlcmUsIE1pYQ==\n____\nlist footer", "Hello there, Mia\n____\nlist footer"),
        ("base64", "Hello there, this is no base64.", "Hello there, this is no base64."),
        ("base64", "SGVsbG8gdGhlcmUsIE1pYQ", "Hello there, Mia"),
        ("Quoted_Printable", "caf=E9 =3D", "café ="),
        ("base-64", "SGVsbG8=", "Hello"),
        ("8-bit", "Hello", "Hello"),
        ("quoted-printable", "a=\nb =E9t=E9 100%", "ab été 100%"),
        ("x-uuencode", "begin 644 a.txt\n#0V%T\n`\nend\n", "Cat"),
    ],
)
def test_transfer_encoding_lies_or_breaks_and_the_text_is_read(encoding: str, body: str, text: str) -> None:
    raw = letter(Content_Type="text/plain; charset=iso-8859-1", Content_Transfer_Encoding=encoding, body=body)
    assert read_letter(raw).text == text


@pytest.mark.requirement("I4")
def test_apple_puts_the_html_inside_mixed_inside_alternative() -> None:
    inner = nested(
        "mixed",
        part("text/html", "<p>one</p>"),
        image(name="a.png"),
        part("text/html", "<p>two</p>"),
        boundary="in",
    )
    read = read_letter(letter(**parts("alternative", part("text/plain", "one\ntwo"), inner)))
    assert read.text == "one\ntwo"
    assert read.html is not None
    assert read.html.replace("\n", "") == "<p>one</p><p>two</p>"


@pytest.mark.requirement("I4")
def test_same_text_side_by_side_in_mixed_is_shown_once() -> None:
    read = read_letter(
        letter(**parts("mixed", part("text/plain", "hello there"), part("text/html", "<p>hello there</p>")))
    )
    assert read.text == "hello there"
    assert read.html == "<p>hello there</p>"


@pytest.mark.requirement("I4")
def test_flowed_text_is_joined_and_its_signature_is_not() -> None:
    body = "> a long \n> quoted line\none \nline\n-- \nMia"
    read = read_letter(letter(Content_Type="text/plain; format=flowed", body=body))
    assert read.text == "> a long quoted line\none line\n-- \nMia"


@pytest.mark.requirement("I5")
@pytest.mark.parametrize(
    ("declared", "mentioned"),
    [("<a@x>", "a@x"), ("a@x", "a@x"), ("<A@X>", "a@x"), ("<a@x>", "a%40x"), ("<a b@x>", "a%20b@x")],
)
def test_picture_the_html_shows_is_inline(declared: str, mentioned: str) -> None:
    read = read_letter(
        letter(**parts("related", part("text/html", f'<img src="cid:{mentioned}">'), image(declared)))
    )
    assert [file.inline for file in read.files] == [True]


@pytest.mark.requirement("I5")
def test_picture_nothing_shows_is_listed_as_a_file() -> None:
    read = read_letter(letter(**parts("related", part("text/html", "<p>x</p>"), image("<a@x>"))))
    assert [file.inline for file in read.files] == [False]


@pytest.mark.requirement("I5")
def test_picture_by_content_location_is_shown_by_cid() -> None:
    shown = part("text/html", '<img src="http://x.example/a.png">')
    read = read_letter(letter(**parts("related", shown, image(Content_Location="http://x.example/a.png"))))
    assert read.files[0].inline
    assert read.html == f'<img src="cid:{read.files[0].cid or read.files[0].sha256[:32]}">'
    assert not read.has_remote


@pytest.mark.requirement("I5")
def test_picture_written_into_the_html_becomes_a_file_it_shows() -> None:
    read = read_letter(
        letter(Content_Type="text/html", body=f'<img alt="x" src="data:image/png;base64,{PNG}">')
    )
    assert [(file.mime, file.inline) for file in read.files] == [("image/png", True)]
    assert f'src="cid:{read.files[0].cid}"' in (read.html or "")


@pytest.mark.requirement("I6")
def test_nested_letter_is_a_file_named_by_its_subject_and_no_body() -> None:
    inner = part("message/rfc822", "Subject: =?utf-8?B?0J/RgNC4?= / a\nFrom: max@x.example\n\ninner body")
    read = read_letter(letter(**parts("mixed", part("text/plain", "outer"), inner)))
    assert read.text == "outer"
    assert [(file.name, file.mime) for file in read.files] == [("При _ a.eml", "message/rfc822")]
    assert b"inner body" in read.files[0].content


@pytest.mark.requirement("I8")
def test_calendar_is_a_card_and_a_file() -> None:
    event = (
        "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:u1\nSEQUENCE:2\nSUMMARY:Call\n"
        "DTSTART:20250505T140300Z\n"
        "DTEND:20250505T150300Z\nORGANIZER;CN=Mia:mailto:mia@ok.example\nLOCATION:Here\n"
        "END:VEVENT\nEND:VCALENDAR\n"
    )
    read = read_letter(
        letter(**parts("alternative", part("text/plain", "x"), part("text/calendar; method=REQUEST", event)))
    )
    card = read.calendar[0]
    assert (card.method, card.uid, card.summary, card.organizer, card.sequence) == (
        "REQUEST",
        "u1",
        "Call",
        "mia@ok.example",
        2,
    )
    assert card.start == "2025-05-05T14:03:00+00:00"
    assert [file.name for file in read.files] == ["text-1.ics"]


@pytest.mark.requirement("I8")
@pytest.mark.parametrize("broken", ["", "BEGIN:VCALENDAR", "nonsense", "BEGIN:VEVENT\nDTSTART:x\nEND:VEVENT"])
def test_broken_calendar_is_a_file_alone(broken: str) -> None:
    read = read_letter(letter(**parts("mixed", part("text/plain", "x"), part("text/calendar", broken))))
    assert read.calendar == ()
    assert len(read.files) == 1


@pytest.mark.requirement("I9")
def test_signed_letter_shows_its_body_and_a_notice() -> None:
    signature = part(
        "application/pkcs7-signature; name=smime.p7s", "MIIB", Content_Transfer_Encoding="base64"
    )
    told = parts("signed", part("text/plain", "body"), signature, protocol="application/pkcs7-signature")
    read = read_letter(letter(**told))
    assert (read.text, read.notices) == ("body", ("smime_signed",))
    assert [file.name for file in read.files] == ["smime.p7s"]


@pytest.mark.requirement("I9")
@pytest.mark.parametrize(
    ("mime", "notice"),
    [
        ("application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", "smime_signed"),
        ("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "smime_encrypted"),
        ("application/x-pkcs7-mime; name=smime.p7m", "smime_encrypted"),
    ],
)
def test_sealed_letter_is_a_notice_and_a_file(mime: str, notice: str) -> None:
    read = read_letter(letter(Content_Type=mime, Content_Transfer_Encoding="base64", body="MIIB"))
    assert (read.notices, [file.name for file in read.files]) == ((notice,), ["smime.p7m"])


@pytest.mark.requirement("I9")
def test_pgp_is_told_in_mime_and_in_line() -> None:
    version, sealed = (
        part("application/pgp-encrypted", "Version: 1"),
        part("application/octet-stream; name=e.asc", "x"),
    )
    assert read_letter(letter(**parts("encrypted", version, sealed))).notices == ("pgp_encrypted",)
    signed = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nhello\n- -- \nMia\n"
        "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
    )
    read = read_letter(letter(body=signed))
    assert read.notices == ("pgp_signed",)
    assert read.text == "hello\n-- \nMia"


@pytest.mark.requirement("I7")
def test_winmail_that_is_broken_is_kept_as_it_is() -> None:
    raw = letter(
        **parts("mixed", part("text/plain", "x"), part("application/ms-tnef; name=winmail.dat", "nonsense"))
    )
    assert [file.name for file in read_letter(raw).files] == ["winmail.dat"]


def winmail(*objects: tuple[int, int, int, bytes]) -> str:
    """A winmail.dat of objects (level, name, type, data), as base64 (MS-OXTNEF section 2.1.3)."""
    data = struct.pack("<IH", 0x223E9F78, 1)
    for level, name, kind, content in objects:
        data += struct.pack("<BHHI", level, name, kind, len(content)) + content
        data += struct.pack("<H", sum(content) & 0xFFFF)
    return base64.b64encode(data).decode()


@pytest.mark.requirement("I7")
def test_files_of_a_winmail_replace_it_and_its_text_is_the_body_if_there_is_no_other() -> None:
    packed = winmail(
        (1, 0x9006, 8, struct.pack("<I", 0x10000)),
        (1, 0x9007, 6, struct.pack("<II", 1252, 0)),
        (1, 0x800C, 2, b"text inside\0"),
        (2, 0x9002, 6, b"\0" * 14),
        (2, 0x8010, 1, b"report.txt\0"),
        (2, 0x800F, 6, b"content"),
    )
    sealed = part("application/ms-tnef; name=winmail.dat", packed, Content_Transfer_Encoding="base64")
    read = read_letter(letter(**parts("mixed", sealed)))
    assert [(file.name, file.content) for file in read.files] == [("report.txt", b"content")]
    assert (read.text, read.notices) == ("text inside", ("tnef",))
    with_body = read_letter(letter(**parts("mixed", part("text/plain", "body"), sealed)))
    assert with_body.text == "body"


@pytest.mark.requirement("I7")
def test_rich_text_gives_its_words() -> None:
    rtf = (
        rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0 Arial;}}{\*\generator x;}\pard "
        rb"\'cf\'f0\'e8\'e2\'e5\'f2\par \u1084?\u1080?\u1088? \{x\}\line two\tab\bullet}"
    )
    assert rtf_text(rtf) == "Привет\nмир {x}\ntwo\t•"


@pytest.mark.requirement("I3")
def test_uuencoded_file_in_the_text_becomes_a_file() -> None:
    read = read_letter(letter(body="see this\n\nbegin 644 cat.txt\n#0V%T\n`\nend\n\nbye"))
    assert read.text == "see this\n\n\nbye"
    assert [(file.name, file.content) for file in read.files] == [("cat.txt", b"Cat")]


@pytest.mark.requirement("I3")
def test_wrong_boundary_shows_the_raw_body() -> None:
    read = read_letter(letter(Content_Type='multipart/mixed; boundary="a"', body="--b\n\nhello\n--b--"))
    assert "hello" in read.text
    assert {"boundary_not_found", "body_shown_raw"} <= set(read.defects)


@pytest.mark.requirement("I3")
def test_letter_that_is_no_letter_is_text() -> None:
    read = read_letter(b"just some words\nin a file\n")
    assert read.text == "just some words\nin a file"
    assert read.defects == ("no_headers",)


@pytest.mark.requirement("I3")
def test_nothing_is_an_empty_letter() -> None:
    assert read_letter(b"").to_json()["text"] == ""


@pytest.mark.requirement("I10")
def test_too_large_letter_gives_its_fields_and_first_words() -> None:
    read = saved_letter(letter(Message_ID="<a@x.example>", body="hello " * 1_000_000), "too_large")
    assert read.message_id == "a@x.example"
    assert read.visible_text.startswith("hello hello")
    assert len(read.text) < 600_000
    assert read.defects == ("too_large",)


def test_json_has_exactly_the_fields_of_the_tool() -> None:
    told = read_letter(letter(Date="Mon, 5 May 2025 14:03:00 +0300", body="x")).to_json()
    assert list(told) == [
        "class",
        "message_id",
        "in_reply_to",
        "references",
        "from",
        "reply_to",
        "to",
        "cc",
        "subject",
        "date",
        "text",
        "html",
        "visible_text",
        "folded_text",
        "attachments",
        "forwarded",
        "bounce",
        "defects",
    ]
    assert told["date"] == "2025-05-05T14:03:00+03:00"
    assert told["from"] == {"name": "Mia", "address": "mia@ok.example"}


@pytest.mark.requirement("I13")
def test_sender_without_an_address_is_none_and_still_told() -> None:
    read = read_letter(letter(From="Mail System"))
    assert read.from_ is None
    assert read.to_json()["from"] == {"name": "Mail System", "address": ""}

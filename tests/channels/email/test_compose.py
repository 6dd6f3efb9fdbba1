"""Letters as they go out."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from channels.email.compose import (
    CannotCompose,
    compose,
    needs_smtputf8,
    plain_text_of,
    trimmed_references,
    wire_address,
)
from channels.email.letters import Address, Envelope, OutgoingFile, Quoted
from channels.email.signing import CannotSign, Signer
from channels.email.wire import read_letter

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
LONG_ID = "A" * 120 + "=B@outlook.example"
LETTER = Envelope(
    message_id="d.1.2.abc@desk.example",
    date=datetime(2025, 5, 5, 14, 3, tzinfo=UTC),
    from_=Address("Ann via Shop", "support@desk.example"),
    to=(Address("Mia", "mia@ok.example"),),
    subject="Re: Your order",
    html="<p>It is on its way.</p>",
)


def fields(raw: bytes) -> dict[str, str]:
    head = raw.partition(b"\r\n\r\n")[0].decode()
    unfolded = re.sub(r"\r\n(?=[ \t])", "", head)
    pairs = (line.partition(":") for line in unfolded.split("\r\n"))
    return {name: value.strip() for name, _, value in pairs}


def test_a_signature_stands_below_the_words_and_above_the_quote_behind_the_line_programs_know() -> None:
    quoted = Quoted("> Where is it?", "<blockquote>Where is it?</blockquote>")
    raw = compose(replace(LETTER, signature="Ann <Shop>\n+34 600\r\n\0Madrid\n", quoted=quoted))
    letter = message_from_bytes(raw, policy=policy.default)
    plain, rich = letter.get_body(("plain",)), letter.get_body(("html",))  # type: ignore[attr-defined]
    text = plain.get_content().replace("\r\n", "\n")
    assert text == "It is on its way.\n\n-- \nAnn <Shop>\n+34 600\n Madrid\n\n> Where is it?\n"
    body = rich.get_content().partition("<body>")[2].partition("</body>")[0]
    assert body == (
        '<p>It is on its way.</p><div class="signature">-- <br>Ann &lt;Shop&gt;<br>+34 600<br> Madrid</div>'
        "<blockquote>Where is it?</blockquote>"
    )
    assert "-- " not in plain_text_of(read_letter(compose(replace(LETTER, signature=" \n"))).html or "")


@pytest.mark.requirement("O1")
def test_letter_is_text_and_html_with_pictures_inside_and_files_outside() -> None:
    raw = compose(
        replace(
            LETTER,
            html='<p>See <a href="https://x.example/a">this</a></p><img src="cid:i1">',
            files=(
                OutgoingFile("счёт.pdf", "application/octet-stream", b"%PDF-1.4 x"),
                OutgoingFile("i.png", "image/png", PNG, cid="i1"),
                OutgoingFile("unused.png", "image/png", PNG, cid="i2"),
            ),
        )
    )
    kinds = re.findall(rb"Content-Type: ([\w/-]+)", raw)
    assert kinds == [
        b"multipart/mixed",
        b"multipart/alternative",
        b"text/plain",
        b"multipart/related",
        b"text/html",
        b"image/png",
        b"application/pdf",
        b"image/png",
    ]
    read = read_letter(raw)
    assert read.text == "See this (https://x.example/a)"
    assert [(file.name, file.inline) for file in read.files] == [
        ("i.png", True),
        ("счёт.pdf", False),
        ("unused.png", False),
    ]
    assert read.files[1].content == b"%PDF-1.4 x"


@pytest.mark.requirement("O1")
def test_same_envelope_gives_the_same_bytes_with_crlf_alone() -> None:
    raw = compose(
        replace(LETTER, html="<p>ё</p>" * 200, files=(OutgoingFile("a.txt", "text/plain", b"x\ny"),))
    )
    assert raw == compose(
        replace(LETTER, html="<p>ё</p>" * 200, files=(OutgoingFile("a.txt", "text/plain", b"x\ny"),))
    )
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert raw.isascii()


@pytest.mark.requirement("O2")
def test_long_ids_are_never_encoded() -> None:
    references = tuple(f"{number}.{LONG_ID}" for number in range(40))
    raw = compose(replace(LETTER, in_reply_to=LONG_ID, references=references))
    told = fields(raw)
    assert told["In-Reply-To"] == f"<{LONG_ID}>"
    assert told["References"].split() == [f"<{one}>" for one in (*references, LONG_ID)]
    assert "=?" not in told["References"]


@pytest.mark.requirement("O2")
def test_references_beyond_8_kilobytes_keep_the_first_and_the_last_twenty() -> None:
    references = tuple(f"{number}.{LONG_ID}" for number in range(100))
    kept = trimmed_references(references, LONG_ID)
    assert kept == (references[0], *references[81:], LONG_ID)
    assert trimmed_references(("a@x", "b@x"), "b@x") == ("a@x", "b@x")
    assert trimmed_references((), "b@x") == ("b@x",)
    assert trimmed_references((), None) == ()


@pytest.mark.requirement("O2")
def test_fields_say_who_and_where_to_answer_and_nothing_of_blind_copies() -> None:
    raw = compose(
        replace(
            LETTER,
            to=(Address("Mia", "mia@ok.example"), Address("", "max@ok.example")),
            cc=(Address("Бен", "ben@ok.example"),),
            reply_to=Address("", "support+d.1.babc@desk.example"),
            instance="desk-1",
        )
    )
    told = fields(raw)
    assert told["From"] == "Ann via Shop <support@desk.example>"
    assert told["To"] == "Mia <mia@ok.example>, max@ok.example"
    assert told["Reply-To"] == "support+d.1.babc@desk.example"
    assert told["Date"] == "Mon, 05 May 2025 14:03:00 +0000"
    assert told["Message-ID"] == "<d.1.2.abc@desk.example>"
    assert (told["X-HD-Instance"], told["X-Loop"]) == ("desk-1", "desk-1")
    assert not {"Bcc", "Auto-Submitted", "Precedence", "X-Auto-Response-Suppress", "List-Unsubscribe"} & set(
        told
    )


@pytest.mark.requirement("O3")
def test_only_what_a_machine_wrote_says_so() -> None:
    told = fields(compose(replace(LETTER, automatic="auto-replied", bulk=True)))
    assert told["Auto-Submitted"] == "auto-replied"
    assert told["X-Auto-Response-Suppress"] == "All"
    assert told["Precedence"] == "bulk"
    assert read_letter(compose(replace(LETTER, automatic="auto-replied"))).klass == "auto_reply"
    assert read_letter(compose(LETTER)).klass == "human"


@pytest.mark.requirement("O4")
def test_unsubscribing_takes_one_click_over_https() -> None:
    told = fields(compose(replace(LETTER, unsubscribe_url="https://desk.example/u/1")))
    assert told["List-Unsubscribe"] == "<https://desk.example/u/1>"
    assert told["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for url in ("http://desk.example", "https://desk.example/>\r\nX: y", "mailto:x@y.example"):
        with pytest.raises(CannotCompose):
            compose(replace(LETTER, unsubscribe_url=url))


@pytest.mark.requirement("O5")
@pytest.mark.parametrize(
    ("file", "name", "mime"),
    [
        (OutgoingFile("отчёт за май.pdf", "x/y", b"%PDF-1.4"), "отчёт за май.pdf", "application/pdf"),
        (OutgoingFile("../../x.txt", "text/plain", b"x"), "x.txt", "text/plain"),
        (OutgoingFile("a\r\nX-Evil: 1.txt", "text/plain", b"x"), "aX-Evil_ 1.txt", "text/plain"),
        (OutgoingFile('a"b;c.txt', "text/plain", b"x"), "a_b;c.txt", "text/plain"),
        (OutgoingFile("", "image/png", PNG), "image-1.png", "image/png"),
        (OutgoingFile("a.eml", "message/rfc822", b"Subject: x\n\ny"), "a.eml", "application/octet-stream"),
        (OutgoingFile("a", "multipart/mixed; x", b"x"), "a", "application/octet-stream"),
        (OutgoingFile("a.csv", "text/csv", "ё\n".encode()), "a.csv", "text/csv"),
    ],
)
def test_file_keeps_its_name_and_has_the_type_it_shows(file: OutgoingFile, name: str, mime: str) -> None:
    read = read_letter(compose(replace(LETTER, files=(file,))))
    assert [(one.name, one.mime, one.content) for one in read.files] == [(name, mime, file.content)]


@pytest.mark.parametrize(
    "text", ["a\r\nBcc: evil@x.example", "a\nb", "a\rb", "a\0b", "a\u2028b", "a\x85b", "\r\n\r\nbody"]
)
def test_no_text_becomes_another_field_or_recipient(text: str) -> None:
    raw = compose(
        replace(LETTER, subject=text, from_=Address(text, "support@desk.example"), extra={"X-Note": text})
    )
    told = fields(raw)
    assert set(told) == {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "MIME-Version",
        "Content-Type",
        "X-Note",
    }
    read = read_letter(raw)
    assert read.from_ is not None
    assert read.from_.address == "support@desk.example"
    assert len(read.to) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": (Address("", "a@x.example, b@x.example"),)},
        {"to": (Address("", "a@x.example>\r\nBcc: <b@x.example"),)},
        {"to": (Address("", "nonsense"),)},
        {"to": (Address("", ""),)},
        {"from_": Address("", "a b@x.example")},
        {"message_id": "a b@x.example"},
        {"message_id": "<a@x>\r\nX: y"},
        {"in_reply_to": "a@x>\n<b@x"},
        {"references": ("a\0b@x",)},
        {"extra": {"X-Bad\r\nName": "x"}},
        {"extra": {"Bad Name": "x"}},
    ],
)
def test_what_is_no_address_or_id_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(CannotCompose):
        compose(replace(LETTER, **wrong))  # type: ignore[arg-type]


@pytest.mark.requirement("O14")
def test_international_domain_goes_in_its_ascii_form_and_local_part_needs_smtputf8() -> None:
    assert wire_address("mia@пример.рф") == "mia@xn--e1afmkfd.xn--p1ai"
    assert wire_address("mia@straße.example") == "mia@xn--strae-oqa.example"
    there = replace(LETTER, to=(Address("", "mia@пример.рф"),))
    assert not needs_smtputf8(there)
    assert fields(compose(there))["To"] == "mia@xn--e1afmkfd.xn--p1ai"
    local = replace(LETTER, to=(Address("Мия", "мия@пример.рф"),))
    assert needs_smtputf8(local)
    assert "мия@xn--e1afmkfd.xn--p1ai".encode() in compose(local)
    with pytest.raises(CannotCompose):
        wire_address("mia@-.рф")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree\n"),
        ('<a href="https://x.example/">x</a>', "x (https://x.example/)\n"),
        ('<a href="https://x.example/">https://x.example/</a>', "https://x.example/\n"),
        ('<a href="mailto:a@x.example">a@x.example</a>', "a@x.example\n"),
        ("<ul><li>a</li><li>b</li></ul>", "  * a\n  * b\n"),
        ("", "\n"),
    ],
)
@pytest.mark.requirement("O1")
def test_text_part_says_what_the_html_says(html: str, text: str) -> None:
    assert plain_text_of(html) == text


@pytest.fixture(scope="module")
def signer() -> tuple[Signer, bytes]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    import base64

    return Signer("desk.example", "s1", pem), b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


@pytest.mark.requirement("O6")
def test_signature_holds_and_breaks_with_any_change(signer: tuple[Signer, bytes]) -> None:
    ours, record = signer
    raw = compose(replace(LETTER, subject="Заказ", html="<p>ё</p>"), signer=ours)

    def lookup(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"s1._domainkey.desk.example."
        return record

    assert dkim.verify(raw, dnsfunc=lookup)
    assert not dkim.verify(raw.replace(b"mia@ok", b"max@ok"), dnsfunc=lookup)
    assert not dkim.verify(raw[:-10] + b"x" + raw[-9:], dnsfunc=lookup)
    assert not dkim.verify(b"From: evil@x.example\r\n" + raw, dnsfunc=lookup)


@pytest.mark.requirement("O6")
def test_key_that_is_none_cannot_sign() -> None:
    with pytest.raises(CannotSign):
        compose(LETTER, signer=Signer("desk.example", "s1", b"nonsense"))
    assert "nonsense" not in repr(Signer("desk.example", "s1", b"nonsense"))


NAMES = st.text(max_size=60)


@given(NAMES, NAMES, st.text(max_size=120))
def test_any_text_comes_back_in_one_line(name: str, subject: str, body: str) -> None:
    raw = compose(
        replace(LETTER, subject=subject, to=(Address(name, "mia@ok.example"),), html=f"<p>{body}</p>")
    )
    read = read_letter(raw)
    assert [one.address for one in read.to] == ["mia@ok.example"]
    assert set(fields(raw)) == {"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"}
    assert read.defects == ()


@given(
    st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=60)
)
def test_name_and_subject_come_back_as_they_went(text: str) -> None:
    wanted = " ".join(text.split())
    raw = compose(replace(LETTER, subject=wanted, to=(Address(wanted, "mia@ok.example"),)))
    read = read_letter(raw)
    assert read.subject == wanted
    assert read.to[0].name in (wanted, wanted.strip("'\""))

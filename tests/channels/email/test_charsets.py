"""Bytes become text whatever their label says."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.charsets import codec_of, decode

RUSSIAN = "Здравствуйте! Когда придёт мой заказ? Спасибо, Мия"
pytestmark = pytest.mark.requirement("I3")


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("windows-1251", "cp1251"),
        ("Windows-1251", "cp1251"),
        ("win-1251", "cp1251"),
        ("windows1251", "cp1251"),
        ("x-cp1251", "cp1251"),
        ("'utf-8'", "utf-8"),
        ('"UTF-8"', "utf-8"),
        ("utf8", "utf-8"),
        ("utf8mb4", "utf-8"),
        ("charset=utf-8", "utf-8"),
        ("utf-8*en", "utf-8"),
        ("iso-8859-1", "cp1252"),
        ("latin1", "cp1252"),
        ("us-ascii", "cp1252"),
        ("ansi_x3.4-1968", "cp1252"),
        ("gb2312", "gb18030"),
        ("gbk", "gb18030"),
        ("ks_c_5601-1987", "cp949"),
        ("euc-kr", "cp949"),
        ("shift_jis", "cp932"),
        ("x-sjis", "cp932"),
        ("big5", "big5hkscs"),
        ("koi8-r", "koi8-r"),
        ("koi8-u", "koi8-u"),
        ("unicode-1-1-utf-7", "utf-7"),
        ("iso-8859-8-i", "iso8859-8"),
        ("windows-874", "cp874"),
        ("macintosh", "mac-roman"),
        ("unknown-8bit", ""),
        ("x-unknown", ""),
        ("default", ""),
        ("base64", ""),
        ("rot13", ""),
        ("unicode_escape", ""),
        ("idna", ""),
        ("no such thing", ""),
        ("", ""),
        ("utf-8" * 30, ""),
        ("ютф", ""),
    ],
)
def test_label_means_the_codec_mailers_mean(label: str, codec: str) -> None:
    assert codec_of(label).replace("_", "-") == codec


@pytest.mark.parametrize(
    "codec",
    ["cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic", "utf-8", "utf-16"],
)
def test_russian_is_read_by_its_label(codec: str) -> None:
    assert decode(RUSSIAN.encode(codec), codec) == RUSSIAN


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("日本語のメール", "cp932", "shift_jis"),
        ("①②③ 髙﨑", "cp932", "shift_jis"),
        ("日本語", "euc_jp", "euc-jp"),
        ("日本語のメール", "iso2022_jp", "iso-2022-jp"),
        ("안녕하세요", "cp949", "ks_c_5601-1987"),
        ("你好,谢谢", "gb18030", "gb2312"),
        ("您好,謝謝", "big5", "big5"),
        ("שלום", "cp1255", "windows-1255"),
        ("مرحبا", "cp1256", "windows-1256"),
        ("สวัสดี", "cp874", "tis-620"),
        ("Γειά σου", "cp1253", "windows-1253"),
        ("Dzień dobry", "cp1250", "windows-1250"),
        ("Günaydın şğı", "cp1254", "iso-8859-9"),
        ("“Smart” – €", "cp1252", "iso-8859-1"),
        ("日本語", "utf-7", "unicode-1-1-utf-7"),
        ("Ünïcödé", "utf-7", "utf-7"),
    ],
)
def test_scripts_are_read_by_their_labels(text: str, codec: str, label: str) -> None:
    assert decode(text.encode(codec), label) == text


@pytest.mark.parametrize(
    "label", ["iso-8859-1", "us-ascii", "windows-1251", "", "koi8-r", "gb2312", "shift_jis"]
)
def test_utf8_is_believed_under_a_lying_label(label: str) -> None:
    text = "模块很好,谢谢" if label in ("gb2312", "shift_jis") else "Grüße, мир"
    assert decode(text.encode(), label) == text


def test_short_chinese_that_happens_to_be_utf8_is_read_by_its_label() -> None:
    assert decode("模".encode("gbk"), "gb2312") == "模"


def test_utf8_cut_in_the_middle_stays_utf8() -> None:
    assert decode("Привет, мир, это письмо".encode()[:-1], "utf-8").startswith("Привет, мир, это письм")


def test_latin1_under_a_utf8_label_is_latin1() -> None:
    assert decode("Grüße".encode("latin-1"), "utf-8") == "Grüße"


def test_hint_is_used_where_there_is_no_label() -> None:
    assert decode("Тема".encode("cp1251"), "", "windows-1251") == "Тема"
    assert decode("Größe".encode("cp1252"), "unknown-8bit", "iso-8859-1") == "Größe"


@pytest.mark.parametrize("codec", ["cp1251", "koi8-r", "cp866"])
def test_unlabelled_russian_is_recognised(codec: str) -> None:
    assert decode((RUSSIAN * 2).encode(codec)) == RUSSIAN * 2


@pytest.mark.parametrize("codec", ["cp1251", "koi8-r"])
def test_short_unlabelled_russian_is_recognised(codec: str) -> None:
    assert decode("Привет, мир".encode(codec)) == "Привет, мир"


def test_short_unlabelled_latin_is_western() -> None:
    assert decode(b"caf\xe9 cr\xe8me") == "café crème"


def test_japanese_of_windows_in_iso2022_keeps_circled_digits() -> None:
    assert decode(b'\x1b$B-!-"\x1b(B abc \x1b$B$3$s\x1b(B', "iso-2022-jp") == "①② abc こん"


def test_iso2022_without_a_label_is_recognised_by_its_escapes() -> None:
    assert decode("件名です".encode("iso2022_jp")) == "件名です"


@pytest.mark.parametrize(
    ("mark", "codec"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_byte_order_mark_decides(mark: bytes, codec: str) -> None:
    assert decode(mark + "Привет".encode(codec), "iso-8859-1") == "Привет"


def test_controls_and_half_surrogates_never_come_out() -> None:
    assert decode(b"a\x00b\x07c\x1bd\xed\xa0\x80e", "utf-8").replace("\ufffd", "") == "abcde"


def test_halves_of_a_surrogate_pair_are_joined() -> None:
    assert decode("😀".encode("utf-16-be").hex().encode(), "utf-8") == "d83dde00"
    assert decode(b"\xed\xa0\xbd\xed\xb8\x80", "utf-8") == "😀"


@given(
    st.binary(max_size=300),
    st.sampled_from(["", "utf-8", "gb2312", "iso-2022-jp", "utf-7", "utf-16", "koi8-r"]),
)
def test_any_bytes_become_text_a_database_takes(data: bytes, label: str) -> None:
    text = decode(data, label)
    text.encode("utf-8")
    assert "\0" not in text


@given(
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]), min_size=1)
)
def test_utf8_comes_back_as_it_went(text: str) -> None:
    # Text of nothing but ASCII may hold what looks like an escape of another charset; letters of one may not.
    assert decode(text.encode(), "utf-8").removeprefix("\ufeff") == text.removeprefix("\ufeff")

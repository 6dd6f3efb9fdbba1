"""From bytes to text, whatever the label says.

The order that read most letters right: byte order mark, plain ASCII (escape
sequences mean ISO-2022), strict UTF-8 even under another label, the label, a
hint from elsewhere in the letter, a detector for what is long enough, cp1252.
"""

import codecs
import re

from chardet import detect

DETECTABLE = 64  # shorter than this a detector guesses
DETECTABLE_SCRIPT = 16  # enough where most letters are high bytes: that is no Latin script
SUPERSETS = {
    "ascii": "cp1252",
    "latin-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "utf-8-sig": "utf-8",
}
ALIASES = {
    "ansi": "cp1252",
    "default": "",
    "unknown": "",
    "unknown-8bit": "",
    "x-unknown": "",
    "x-user-defined": "",
    "8bit": "",
    "binary": "",
    "none": "",
    "us": "ascii",
    "usascii": "ascii",
    "utf": "utf-8",
    "utf8mb4": "utf-8",
    "unicode": "utf-8",
    "cesu-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-6-e": "iso8859-6",
    "ks_c_5601": "cp949",
    "ks_c_5601-1989": "cp949",
    "ksc5601": "cp949",
    "x-windows-949": "cp949",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-ms-cp932": "cp932",
    "ms932": "cp932",
    "cp943": "cp932",
    "shift-jisx0213": "shift_jisx0213",
    "x-euc-jp": "euc_jp",
    "x-euc-tw": "big5hkscs",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "csgb2312": "gb18030",
    "windows-936": "gb18030",
    "big-5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "windows-950": "cp950",
    "windows-874": "cp874",
    "iso-8859-11": "cp874",
    "koi8": "koi8_r",
    "koi": "koi8_r",
    "koi8-ru": "koi8_u",
    "x-koi8-r": "koi8_r",
    "dos-866": "cp866",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ce": "mac_latin2",
    "x-mac-greek": "mac_greek",
    "x-mac-turkish": "mac_turkish",
    "x-mac-japanese": "cp932",
    "ansi_x3.4-1968": "ascii",
    "ansi_x3.110-1983": "cp1252",
    "iso-10646-ucs-2": "utf-16",
    "ucs-2": "utf-16",
    "cp1252http": "cp1252",
}
NOT_TEXT = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem", "palmos"}
LATIN = {"cp1252", "cp1250", "cp1254", "cp1257", "iso8859-2", "iso8859-15", "mac_roman", "cp850", "cp437"}
EAST_ASIAN = {
    "gb18030",
    "cp949",
    "cp932",
    "big5hkscs",
    "cp950",
    "euc_jp",
    "johab",
    "shift_jisx0213",
    "euc_jis_2004",
}
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
JIS_ESCAPE = re.compile(rb"\x1b(\$[@B]|\([BIJ]|\$\([@BCD])")
HIGH_LETTERS = re.compile(rb"[\xa0-\xff]")
LOW_LETTERS = re.compile(rb"[A-Za-z]")


def decode(data: bytes, label: str = "", hint: str = "") -> str:
    """Text for these bytes; never fails and never yields NUL or half surrogates.

    `hint` is a label found elsewhere in the letter, believed after strict UTF-8.
    """
    text = _decode(bytes(data), codec_of(label), codec_of(hint))
    return valid_text(text)


def valid_text(text: str) -> str:
    """The text without control characters and half surrogates, which no database takes."""
    return UNWANTED.sub("", text)


def codec_of(label: str) -> str:
    """Python's name of the codec a label means, of its superset where mailers mean that; or empty."""
    label = label.partition("*")[0].strip(" \t\"'<>;,").lower().removeprefix("charset=").strip("\"' ")
    if not label or len(label) > 40 or not label.isascii():
        return ""
    if label.startswith("win-"):
        label = "cp" + label[4:]
    label = ALIASES.get(label, label)
    for spelling in (label, label.replace("windows", "cp").replace("-", ""), label.removeprefix("x-")):
        name = _codec_name(spelling)
        if name:
            return SUPERSETS.get(name, name)
    return ""


def _codec_name(spelling: str) -> str:
    if not spelling or "\0" in spelling:
        return ""
    try:
        found = codecs.lookup(spelling)
    except (LookupError, ValueError):
        return ""
    if not getattr(found, "_is_text_encoding", True) or found.name.replace("-", "_") in NOT_TEXT:
        return ""
    return found.name


def _decode(data: bytes, codec: str, hint: str) -> str:
    for mark, name in MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    if data.isascii():
        return _decode_ascii(data, codec)
    if codec.startswith(("utf-16", "utf-32")) and b"\0" in data:
        return data.decode(codec, "replace")
    return _decode_eight_bit(data, codec, hint)


def _decode_eight_bit(data: bytes, codec: str, hint: str) -> str:
    text = _strict(data, "utf-8")
    if text is None and b"\xed" in data:
        text = _strict_with_surrogates(data)
    if text is not None and (codec not in EAST_ASIAN or _looks_like_east_asian_utf8(text)):
        return text
    if codec == "utf-8" and _almost_utf8(data):
        return data.decode("utf-8", "replace")
    for name in (codec, hint):
        decoded = _by_label(data, name)
        if decoded is not None:
            return decoded
    if text is not None:
        return text
    guess = _guess(data)
    return _by_label(data, guess) or data.decode("cp1252", "replace")


def _decode_ascii(data: bytes, codec: str) -> str:
    if b"\x1b" in data:
        text = _decode_iso2022(data, codec)
        if text is not None:
            return text
    if codec in ("utf-7", "hz") or (codec.startswith("utf-16") and b"\0" in data):
        text = _strict(data, codec)
        if text is not None:
            return text
    return data.decode("ascii")


def _decode_iso2022(data: bytes, codec: str) -> str | None:
    names = [codec] if codec.startswith("iso2022") else []
    for name in (*names, "iso2022_jp_2", "iso2022_jp_ext", "iso2022_kr"):
        text = _strict(data, name)
        if text is not None and "\x1b" not in text:
            return text
    return _decode_jis_of_windows(data) if JIS_ESCAPE.search(data) else None


def _decode_jis_of_windows(data: bytes) -> str:
    """ISO-2022-JP with the signs of cp932 (circled digits, Roman numbers) that Python's codec lacks."""
    out = bytearray()
    mode = b"(B"
    at = 0
    for escape in (*JIS_ESCAPE.finditer(data), None):
        run = data[at : escape.start() if escape else len(data)]
        out += _shifted(run) if mode.startswith(b"$") else _half_width(run) if mode == b"(I" else run
        if escape:
            mode, at = escape[1], escape.end()
    return out.decode("cp932", "replace")


def _shifted(run: bytes) -> bytes:
    out = bytearray()
    for row, cell in zip(run[::2], run[1::2], strict=False):
        if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
            out += bytes(byte for byte in (row, cell) if byte in b"\r\n")
            continue
        lead = (row - 0x21 >> 1) + 0x81
        trail = cell + 0x1F + (cell >= 0x60) if row & 1 else cell + 0x7E
        out += bytes((lead + 0x40 if lead > 0x9F else lead, trail))
    return bytes(out)


def _half_width(run: bytes) -> bytes:
    return bytes(byte | 0x80 if 0x21 <= byte <= 0x5F else byte for byte in run)


def _strict(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, LookupError, ValueError):
        return None


def _strict_with_surrogates(data: bytes) -> str | None:
    """UTF-8 with signs beyond the basic plane written as two halves, as old Java programs do (CESU-8)."""
    try:
        halves = data.decode("utf-8", "surrogatepass")
    except UnicodeError:
        return None
    return halves.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _looks_like_east_asian_utf8(text: str) -> bool:
    high = [char for char in text[:2000] if char >= "\x80"]
    return bool(high) and all(char >= "\u0800" for char in high)


def _almost_utf8(data: bytes) -> bool:
    """UTF-8 cut in the middle or with a few broken bytes, as the label says."""
    broken = data.decode("utf-8", "replace").count("\ufffd")
    return broken <= max(1, len(HIGH_LETTERS.findall(data)) // 20)


def _by_label(data: bytes, name: str) -> str | None:
    if not name or name == "utf-8" or name.startswith(("utf-16", "utf-32", "utf-7", "iso2022")):
        return None
    text = _strict(data, name)
    if text is not None:
        return text
    text = data.decode(name, "replace")
    if name == "cp1252":  # five bytes mean nothing in it, and Latin-1 has them as controls
        return text
    return text if text.count("\ufffd") <= max(2, len(data) // 50) else None


def _guess(data: bytes) -> str:
    high, low = len(HIGH_LETTERS.findall(data)), len(LOW_LETTERS.findall(data))
    other_script = high > 2 * low and high > 2
    if len(data) >= (DETECTABLE_SCRIPT if other_script else DETECTABLE):
        found = detect(data[:20_000], prefer_superset=True)
        name = codec_of(found["encoding"] or "")
        if name and (found["confidence"] or 0) >= 0.2 and not (other_script and name in LATIN):
            return name
    return _cyrillic(data) if other_script else "cp1252"


def _cyrillic(data: bytes) -> str:
    """cp1251 or KOI8-R for a short run of high bytes: small letters are the common ones in both."""
    windows = sum(byte >= 0xE0 for byte in data)
    koi = sum(0xC0 <= byte <= 0xDF for byte in data)
    return "koi8_r" if koi > windows else "cp1251"

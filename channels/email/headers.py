"""The fields above a letter: found, unfolded, decoded; broken ones as far as they go.

Fields stay bytes until they are decoded one by one: 8-bit text in them is common
and says nothing of its charset. Nothing here is quadratic, whatever is sent.
"""

import base64
import binascii
import re
from dataclasses import dataclass

from channels.email.charsets import decode, valid_text

MAX_FIELDS = 1_000
MAX_BYTES = 256 * 1024
MAX_VALUE = 64 * 1024
FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*")
LINE_END = re.compile(rb"\r{0,3}\n")
END_OF_FIELDS = re.compile(rb"\r{0,3}\n\r{0,3}\n")
ENVELOPE_LINES = (b"From ", b">From ")  # of an mbox, above the fields or among them
KNOWN = frozenset(
    b"from to cc bcc subject date message-id mime-version content-type content-transfer-encoding received "
    b"return-path reply-to sender references in-reply-to content-disposition content-id delivered-to "
    b"dkim-signature x-mailer user-agent x-original-to list-id precedence auto-submitted".split()
)
WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?(?:(.{0,4000}?)\?=|(\S{0,4000})$)", re.DOTALL)
BETWEEN_WORDS = re.compile(r"(\?=)[ \t\r\n]+(?==\?[^?\s]{1,60}\?[bBqQ]\?)")
FOLD = re.compile(r"[ \t]*[\r\n]+[ \t]*")


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one letter or part, in order, with names in lower case."""

    items: tuple[tuple[str, bytes], ...]
    body_at: int
    defects: tuple[str, ...] = ()

    def first(self, name: str) -> bytes:
        return next((value for key, value in self.items if key == name), b"")

    def all(self, name: str) -> list[bytes]:
        return [value for key, value in self.items if key == name]

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _ in self.items)


def read_fields(data: bytes, start: int = 0, end: int | None = None) -> Fields:
    """The fields at `start` and where the body begins.

    A continuation that lost its indent is joined to its field, junk before the first
    field is skipped, a body that follows without an empty line begins where fields stop.
    """
    end = len(data) if end is None else end
    blank = LINE_END.match(data, start, end)
    if blank:
        return Fields((), blank.end())
    found = END_OF_FIELDS.search(data, start, end)
    block_end = found.start() if found else end
    body_at = found.end() if found else end
    defects: list[str] = []
    if block_end - start > MAX_BYTES:
        defects.append("headers_cut")
        block_end = start + MAX_BYTES
    items, stopped_at = _parse(data, start, block_end, defects)
    if stopped_at is not None:
        body_at = stopped_at
    if not items:
        return Fields((), start, ("no_headers",))
    return Fields(tuple(items), body_at, tuple(dict.fromkeys(defects)))


def text_of(value: bytes, hint: str = "") -> str:
    """A field's value as one line of text: unfolded, words decoded (RFC 2047), always valid Unicode."""
    return decode_words(raw_text(value, hint), hint).strip()


def raw_text(value: bytes, hint: str = "") -> str:
    """A field's value as text whose encoded words are still encoded, for those who parse first."""
    text = decode(value[:MAX_VALUE], "", hint)
    return FOLD.sub(" ", text) if "\n" in text or "\r" in text else text


def decode_words(text: str, hint: str = "") -> str:
    """Encoded words as text; neighbours of one charset are joined before they are decoded.

    A letter of several bytes may be cut between two words (against RFC 2047
    section 5, and common).
    """
    if "=?" not in text:
        return text
    text = BETWEEN_WORDS.sub(r"\1", text)
    out: list[str] = []
    waiting = bytearray()
    waiting_charset = ""
    at = 0
    for match in WORD.finditer(text):
        between = text[at : match.start()]
        charset = match[1].partition("*")[0].lower()
        if waiting and (between or charset != waiting_charset):
            out.append(decode(bytes(waiting), waiting_charset, hint))
            waiting.clear()
        out.append(between)
        waiting += _word_bytes(match[2], match[3] or match[4] or "")
        waiting_charset = charset
        at = match.end()
    if waiting:
        out.append(decode(bytes(waiting), waiting_charset, hint))
    out.append(text[at:])
    return valid_text(FOLD.sub(" ", "".join(out)))


def decode_base64(data: bytes, start: int = 0, end: int | None = None) -> tuple[bytes, bool]:
    """Bytes from base64, and whether it was broken; stray signs and lost padding are forgiven.

    Decodes in place, without a copy of what it reads: a big file is in memory once.
    """
    end = len(data) if end is None else end
    signs = end - start - sum(data.count(space, start, end) for space in (b"\n", b"\r", b" ", b"\t"))
    try:
        decoded = binascii.a2b_base64(memoryview(data)[start:end])
    except binascii.Error:
        decoded = b""
    if (len(decoded) + 2) // 3 * 4 == signs:
        return decoded, False
    return _salvage_base64(data[start:end].translate(None, b" \t\r\n")), True


def _salvage_base64(packed: bytes) -> bytes:
    out = bytearray()
    clean = re.sub(rb"[^A-Za-z0-9+/=]", b"", packed.replace(b"-", b"+").replace(b"_", b"/"))
    for run in re.findall(rb"[A-Za-z0-9+/]+", clean):  # some mailers pad in the middle
        whole = run[: len(run) - 1] if len(run) % 4 == 1 else run
        out += base64.b64decode(whole + b"=" * (-len(whole) % 4))
    return bytes(out)


def _word_bytes(kind: str, payload: str) -> bytes:
    raw = payload.encode("utf-8", "replace")
    if kind in "bB":
        return decode_base64(raw)[0]
    return binascii.a2b_qp(raw.replace(b"_", b" "), header=False)


def _parse(
    data: bytes, start: int, end: int, defects: list[str]
) -> tuple[list[tuple[str, bytes]], int | None]:
    """The fields of a block; the second value is where the body begins if fields stop before its end."""
    items: list[tuple[str, bytes]] = []
    name, pieces = "", list[bytes]()
    at = start
    while at < end:
        if len(items) >= MAX_FIELDS:
            defects.append("headers_cut")
            break
        line_end = LINE_END.search(data, at, end)
        stop, following = (line_end.start(), line_end.end()) if line_end else (end, end)
        match = FIELD.match(data, at, stop)
        if data[at : at + 1] in (b" ", b"\t"):
            pieces.append(data[at:stop])
        elif match:
            if name:
                items.append((name, b"\n".join(pieces)))
            name, pieces = match[1].decode("ascii").lower(), [data[match.end() : stop]]
        elif not data.startswith(ENVELOPE_LINES, at, stop):
            if name and not _fields_follow(data, following, end):
                items.append((name, b"\n".join(pieces)))
                defects.append("no_line_before_body")
                return items, at
            defects.append("broken_header_line" if name else "junk_before_headers")
            if name:
                pieces.append(b" " + data[at:stop])
        at = following
    if name and len(items) < MAX_FIELDS:
        items.append((name, b"\n".join(pieces)))
    return items, None


def _fields_follow(data: bytes, at: int, end: int) -> bool:
    """Whether one of the next lines is a field mailers write."""
    for _ in range(8):
        if at >= end:
            return False
        line_end = LINE_END.search(data, at, end)
        stop, following = (line_end.start(), line_end.end()) if line_end else (end, end)
        match = FIELD.match(data, at, stop)
        if match and (
            match[1].lower() in KNOWN or match[1].lower().startswith((b"x-", b"content-", b"list-"))
        ):
            return True
        at = following
    return False

"""The parts of a letter: a tree over the raw bytes, cut without recursion and with every cap in force.

The standard library's parser holds a big letter in memory three times as text, recurses
once per level, and needs a second for a Content-Type of 61 kB; this one copies nothing
until a part is asked for its bytes, and takes every boundary as written, missing, or
never closed.
"""

import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from channels.email.charsets import codec_of, decode
from channels.email.headers import Fields, decode_base64, decode_words, raw_text, read_fields

MAX_DEPTH = 50
MAX_PARTS = 1_000
MAX_PARAMETERS = 8_192
PADDED_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")  # what was added on the way is no part of it (RFC 2045 6.7)
TYPE = re.compile(r"[\s\"']*([\w.+-]+)\s*/\s*([\w.+!#$&^-]+)")
PARAMETER = re.compile(
    r"\s{0,64}([^\s=;\"]{1,64})\s{0,64}=\s{0,64}(\"(?:[^\"\\]|\\.)*(?:\"|$)|[^;]*)[^;]*(?:;|$)", re.DOTALL
)
CONTINUED = re.compile(r"(.+?)(?:\*(\d{1,3}))?(\*)?\Z")
UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} [^\n]*\n", re.MULTILINE)
UU_END = re.compile(rb"^(?:end|====)\s*$", re.MULTILINE)
QUOTED = re.compile(r"\\(.)")


@dataclass(slots=True)
class Part:
    """One entity of a letter: its fields, its type, where its body lies, and its parts."""

    fields: Fields
    mime: str
    parameters: dict[str, str]
    disposition: str
    filename: str
    encoding: str
    raw: bytes = field(repr=False)
    start: int
    end: int
    depth: int
    children: "list[Part]" = field(default_factory=list)
    is_typed: bool = True

    @property
    def is_multipart(self) -> bool:
        return self.mime.startswith("multipart/")

    @property
    def body(self) -> bytes:
        """The body as it stands in the letter, still encoded."""
        return self.raw[self.start : self.end]

    @property
    def charset(self) -> str:
        return self.parameters.get("charset", "")

    def walk(self) -> "Iterator[Part]":
        """This part and all within it, in the order of the letter."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))

    def content(self) -> tuple[bytes, bool]:
        """The decoded bytes, and whether the encoding was broken."""
        if self.encoding == "base64":
            return decode_base64(self.raw, self.start, self.end)
        return decode_transfer(self.body, self.encoding)


def read_parts(raw: bytes, fields: Fields, defects: list[str]) -> Part:
    """The tree of a letter's parts; what exceeds the caps stays one part, undivided."""
    root = _part(raw, fields, fields.body_at, len(raw), 0, "text/plain")
    count = 1
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if not part.is_multipart:
            continue
        if part.depth >= MAX_DEPTH:
            defects.append("too_deep")
            part.mime = "application/octet-stream"
            continue
        spans = _spans(raw, part, MAX_PARTS - count, defects)
        child_type = "message/rfc822" if part.mime == "multipart/digest" else "text/plain"
        for start, end in spans:
            inner = read_fields(raw, start, end)
            if inner.defects == ("no_headers",):
                inner = Fields((), start)
            part.children.append(_part(raw, inner, inner.body_at, end, part.depth + 1, child_type))
        count += len(spans)
        waiting.extend(part.children)
    return root


def name_by_hint(root: Part, hint: str) -> None:
    """Read names that stand in raw 8-bit bytes once more, in the charset that the text of the letter has."""
    for part in root.walk() if hint else ():
        told = [part.fields.first(name) for name in ("content-disposition", "content-type")]
        if not all(value.isascii() for value in told):
            part.filename = _named(*(read_typed(raw_text(value, hint), hint=hint)[1] for value in told))


def decode_transfer(data: bytes, encoding: str) -> tuple[bytes, bool]:
    """Bytes without their transfer encoding, and whether it was broken or unknown."""
    if encoding == "base64":
        return decode_base64(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(PADDED_BREAK.sub(b"=", data)), False
    if encoding == "x-uuencode":
        begin = UU_BEGIN.search(data)
        end = UU_END.search(data, begin.end()) if begin else None
        return decode_uu(data[begin.end() if begin else 0 : end.start() if end else len(data)]), end is None
    return data, encoding not in ("", "7bit", "8bit", "binary")


def decode_uu(data: bytes) -> bytes:
    """The bytes of uuencoded lines; a line with a wrong length gives what it holds."""
    out = bytearray()
    for line in data.splitlines():
        if not line or line == b"`":
            continue
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            count = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out += binascii.a2b_uu(line[: count + 1])
            except binascii.Error:
                continue
    return bytes(out)


def read_typed(value: str, *, hint: str = "") -> tuple[str, dict[str, str]]:
    """A value and its parameters (RFC 2045, RFC 2231 and what mailers make of them), names in lower case."""
    value = value[:MAX_PARAMETERS]
    head, _, rest = value.partition(";")
    if "=" in head and ";" not in value:  # text/plain charset=utf-8
        head, _, rest = value.strip().partition(" ")
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for match in PARAMETER.finditer(rest):
        name, text = match[1].lower(), _unquoted(match[2])
        split = CONTINUED.match(name)
        if split and (split[2] is not None or split[3]):
            pieces.setdefault(split[1], {}).setdefault(int(split[2] or 0), (bool(split[3]), text))
        else:
            plain.setdefault(name, decode_words(text, hint).strip())
    for name, numbered in pieces.items():
        plain[name] = _joined(numbered) or plain.get(name, "")
    return head.strip().lower(), plain


def _part(raw: bytes, fields: Fields, start: int, end: int, depth: int, default: str) -> Part:
    told = raw_text(fields.first("content-type"))
    _, parameters = read_typed(told)
    match = TYPE.match(told)
    mime = f"{match[1]}/{match[2]}".lower() if match else _type_of_word(told, default)
    disposition, more = read_typed(raw_text(fields.first("content-disposition")))
    encoding = _encoding(raw_text(fields.first("content-transfer-encoding")))
    return Part(
        fields=fields,
        mime=mime,
        parameters=parameters,
        disposition=disposition.split()[0].strip("\"'") if disposition.split() else "",
        filename=_named(more, parameters),
        encoding=encoding,
        raw=raw,
        start=min(start, end),
        end=end,
        depth=depth,
        is_typed=match is not None,
    )


def _encoding(told: str) -> str:
    """The transfer encoding meant: "quoted printable", "base-64", "8-bit" are written too."""
    squeezed = re.sub(r"[^a-z0-9]", "", told.partition(";")[0].lower())
    if squeezed.startswith("quoted"):
        return "quoted-printable"
    for name in ("base64", "7bit", "8bit", "binary"):
        if squeezed.startswith(name):
            return name
    return "x-uuencode" if "uu" in squeezed else squeezed


def _type_of_word(told: str, default: str) -> str:
    """The type meant by a Content-Type without a slash: "text", "html", nothing (RFC 2045 section 5.2)."""
    word = told.strip(" \"';").partition(";")[0].strip().lower()
    if "html" in word:
        return "text/html"
    return (
        default
        if word in ("", "text", "plain", "default")
        else "application/octet-stream"
        if word
        else default
    )


def _named(disposition: Mapping[str, str], kind: Mapping[str, str]) -> str:
    return (
        disposition.get("filename")
        or disposition.get("name")
        or kind.get("name")
        or kind.get("filename")
        or ""
    )


def _spans(raw: bytes, part: Part, room: int, defects: list[str]) -> list[tuple[int, int]]:
    """Where the parts of a multipart lie; empty if it has no boundary or the boundary never comes."""
    boundary = raw_text(part.fields.first("content-type")) and part.parameters.get("boundary", "")
    if not boundary:
        defects.append("no_boundary")
        return []
    mark = b"--" + boundary.encode("utf-8", "replace").rstrip()
    spans: list[tuple[int, int]] = []
    opened: int | None = None
    for at, after, closes in _boundary_lines(raw, part.start, part.end, mark):
        if opened is not None:
            spans.append((opened, at))
        opened = None if closes else after
        if len(spans) >= room:
            defects.append("too_many_parts")
            opened = None
            break
    if opened is not None:
        defects.append("boundary_not_closed")
        spans.append((opened, part.end))
    elif not spans:
        defects.append("boundary_not_found")
    return spans


def _boundary_lines(raw: bytes, start: int, end: int, mark: bytes) -> Iterator[tuple[int, int, bool]]:
    """Each boundary line: where the body before it ends, where the next begins, and whether it closes."""
    at = raw.find(mark, start, end)
    while at >= 0:
        line_end = raw.find(b"\n", at, end)
        line_end = end if line_end < 0 else line_end
        after = raw[at + len(mark) : line_end].strip()
        if (at == start or raw[at - 1 : at] == b"\n") and after in (b"", b"--"):
            before = at
            if before > start and raw[before - 1 : before] == b"\n":
                before -= 1
                if before > start and raw[before - 1 : before] == b"\r":
                    before -= 1
            yield before, min(line_end + 1, end), after == b"--"
        at = raw.find(mark, max(line_end, at + 1), end)


def _unquoted(text: str) -> str:
    text = text.strip()
    if text.startswith('"'):
        return QUOTED.sub(_kept, text[1:].removesuffix('"'))
    return text.strip("'") if text.startswith("'") and text.count("'") == 2 else text


def _kept(match: re.Match[str]) -> str:
    """A backslash escapes a quote or itself; in a name it is more often a Windows path."""
    return match[1] if match[1] in '"\\' else match[0]


def _joined(numbered: dict[int, tuple[bool, str]]) -> str:
    """The text of a parameter in pieces; the first tells the charset (RFC 2231 section 4.1)."""
    charset = ""
    data = bytearray()
    for place, number in enumerate(sorted(numbered)):
        is_encoded, text = numbered[number]
        if is_encoded and place == 0 and text.count("'") >= 2:
            charset, _, text = text.partition("'")
            text = text.partition("'")[2]
        data += unquote_to_bytes(text) if is_encoded or _is_percent_encoded(text, charset) else text.encode()
    return decode_words(decode(bytes(data), charset if codec_of(charset) else "")).strip()


def _is_percent_encoded(text: str, charset: str) -> bool:
    """Some mailers forget the star of later pieces."""
    return (
        bool(charset)
        and re.fullmatch(r"(?:[^%]|%[0-9A-Fa-f]{2})*%[0-9A-Fa-f]{2}(?:[^%]|%[0-9A-Fa-f]{2})*", text)
        is not None
    )

"""The words of a rich text body, without its looks."""

import re
from dataclasses import dataclass, field

from channels.email.charsets import codec_of, decode

MAX_BYTES = 4_000_000
TOKEN = re.compile(
    rb"\\'(?P<hexed>[0-9a-fA-F]{2})|\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?"
    rb"|\\(?P<symbol>[^a-zA-Z])|(?P<brace>[{}])|(?P<plain>[^\\{}\r\n]+)|[\r\n]+"
)
SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr generator "
    b"listtable listoverridetable rsidtbl xmlnstbl themedata datastore latentstyles htmltag mhtmltag".split()
)
WORDS = {
    b"par": "\n",
    b"line": "\n",
    b"sect": "\n",
    b"page": "\n",
    b"row": "\n",
    b"tab": "\t",
    b"cell": "\t",
    b"emdash": "—",
    b"endash": "–",
    b"lquote": "‘",
    b"rquote": "’",
    b"ldblquote": "“",
    b"rdblquote": "”",
    b"bullet": "•",
}
SYMBOLS = {b"~": " ", b"_": "-", b"\n": "\n", b"\\": "\\", b"{": "{", b"}": "}"}


def rtf_text(data: bytes) -> str:
    """Text of an RTF document; broken ones give what can be read."""
    document = _Document()
    for match in TOKEN.finditer(data[:MAX_BYTES]):
        document.take(match)
    document.flush()
    text = "".join(document.out).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return re.sub(r"\n{3,}", "\n\n", text).strip()


@dataclass(slots=True)
class _Document:
    """What has been read, and how the rest is to be read."""

    out: list[str] = field(default_factory=list)
    pending: bytearray = field(default_factory=bytearray)
    groups: list[tuple[bool, int]] = field(default_factory=list)
    codec: str = "cp1252"
    is_skipping: bool = False
    replacements: int = 1  # signs that follow a \\u for readers without Unicode
    to_skip: int = 0

    def take(self, match: re.Match[bytes]) -> None:
        if match["hexed"] is not None:
            self._byte(int(match["hexed"], 16))
            return
        self.flush()
        if match["brace"]:
            self._group(match["brace"] == b"{")
        elif match["symbol"] == b"*" or match["word"] in SKIPPED:
            self.is_skipping = True
        elif self.is_skipping:
            return
        elif match["word"] is not None:
            self._control(match["word"], match["number"])
        elif match["symbol"] is not None:
            self.out.append(SYMBOLS.get(match["symbol"], ""))
        elif match["plain"] is not None:
            skipped = min(self.to_skip, len(match["plain"]))
            self.to_skip -= skipped
            self.out.append(decode(match["plain"][skipped:], self.codec))

    def flush(self) -> None:
        """Bytes written one by one are decoded together: a letter may have several."""
        if self.pending:
            self.out.append(decode(bytes(self.pending), self.codec))
            self.pending.clear()

    def _byte(self, value: int) -> None:
        if self.is_skipping:
            return
        if self.to_skip:
            self.to_skip -= 1
        else:
            self.pending.append(value)

    def _group(self, opens: bool) -> None:
        if opens:
            self.groups.append((self.is_skipping, self.replacements))
        else:
            self.is_skipping, self.replacements = self.groups.pop() if self.groups else (False, 1)

    def _control(self, word: bytes, number: bytes | None) -> None:
        value = int(number) if number is not None else None
        if word == b"ansicpg" and value:
            self.codec = codec_of(f"cp{value}") or self.codec
        elif word == b"uc" and value is not None:
            self.replacements = max(0, value)
        elif word == b"u" and value is not None:
            sign = value + 65_536 if value < 0 else value
            self.out.append(chr(sign) if 0 < sign < 0x110000 else "")
            self.to_skip = self.replacements
        elif word in WORDS:
            self.out.append(WORDS[word])

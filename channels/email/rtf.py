"""The words of a rich text body, without its looks."""

import re

from channels.email.charsets import codec_of, decode

MAX_BYTES = 4_000_000
TOKEN = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+"
)
SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr generator "
    b"listtable listoverridetable rsidtbl xmlnstbl themedata datastore latentstyles htmltag mhtmltag".split()
)
BREAKS = {
    b"par": "\n",
    b"line": "\n",
    b"sect": "\n",
    b"page": "\n",
    b"row": "\n",
    b"tab": "\t",
    b"cell": "\t",
}
SIGNS = {
    b"emdash": "—",
    b"endash": "–",
    b"lquote": "‘",
    b"rquote": "’",
    b"ldblquote": "“",
    b"rdblquote": "”",
    b"bullet": "•",
}


def rtf_text(data: bytes) -> str:
    """Text of an RTF document; broken ones give what can be read."""
    out: list[str] = []
    codec = "cp1252"
    stack: list[tuple[bool, int]] = []
    skipping, unicode_skip, to_skip = False, 1, 0
    pending = bytearray()
    for match in TOKEN.finditer(data[:MAX_BYTES]):
        hexed, word, number, symbol, brace, plain = match.groups()
        if hexed is not None and not skipping:
            if to_skip:
                to_skip -= 1
            else:
                pending.append(int(hexed, 16))
            continue
        if pending:
            out.append(decode(bytes(pending), codec))
            pending.clear()
        if brace == b"{":
            stack.append((skipping, unicode_skip))
        elif brace == b"}":
            skipping, unicode_skip = stack.pop() if stack else (False, 1)
        elif symbol == b"*" or word in SKIPPED:
            skipping = True
        elif skipping:
            continue
        elif word == b"ansicpg":
            codec = codec_of(f"cp{int(number or 1252)}") or codec
        elif word == b"uc":
            unicode_skip = int(number or 1)
        elif word == b"u" and number is not None:
            out.append(_sign(int(number)))
            to_skip = unicode_skip
        elif word in BREAKS or word in SIGNS:
            out.append(BREAKS.get(word) or SIGNS[word])
        elif symbol is not None:
            out.append(
                {b"~": " ", b"_": "-", b"\n": "\n", b"\r": ""}.get(
                    symbol, symbol.decode("latin-1") if symbol in b"\\{}" else ""
                )
            )
        elif plain is not None:
            skipped = min(to_skip, len(plain))
            to_skip -= skipped
            out.append(decode(plain[skipped:], codec))
    if pending:
        out.append(decode(bytes(pending), codec))
    return re.sub(r"\n{3,}", "\n\n", _joined_surrogates("".join(out))).strip()


def _sign(number: int) -> str:
    number = number + 65_536 if number < 0 else number
    return chr(number) if 0 < number < 0x110000 else ""


def _joined_surrogates(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

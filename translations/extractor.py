"""Finds marked words in TypeScript and Svelte.

Babel's own JavaScript extractor reads Svelte's markup as if it were code and loses strings after
an apostrophe. This one looks only for the calls themselves, followed by string literals.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

_CALL = re.compile(r"(?<![\w.$])(_|ngettext|pgettext)\(\s*")
_LITERAL = re.compile(r"""\s*(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\$]|\\.)*)`)\s*""")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_WANTED = {"_": 1, "ngettext": 2, "pgettext": 2}
_SIGNS = {"n": "\n", "t": "\t", "r": "\r"}

Found = tuple[int, str, str | tuple[str, ...], list[str]]


def extract_source(
    file: IO[bytes], keywords: Mapping[str, Any], comments: Collection[str], options: Mapping[str, Any]
) -> Iterator[Found]:
    """The marked words of one file, as Babel wants them: line, function, words, comments."""
    text = file.read().decode("utf-8")
    for call in _CALL.finditer(text):
        words = _literals(text, call.end(), _WANTED[call[1]])
        if len(words) == _WANTED[call[1]]:
            line = text.count("\n", 0, call.start()) + 1
            yield line, call[1], words[0] if len(words) == 1 else tuple(words), []


def _literals(text: str, at: int, wanted: int) -> list[str]:
    found: list[str] = []
    while len(found) < wanted:
        literal = _LITERAL.match(text, at)
        if literal is None:
            break
        found.append(_ESCAPE.sub(_unescaped, next(group for group in literal.groups() if group is not None)))
        at = literal.end()
        if text[at : at + 1] != ",":
            break
        at += 1
    return found


def _unescaped(found: re.Match[str]) -> str:
    sign = found[1]
    return chr(int(sign[1:], 16)) if sign.startswith("u") and len(sign) == 5 else _SIGNS.get(sign, sign)

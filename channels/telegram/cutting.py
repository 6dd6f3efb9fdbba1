"""Long texts cut where a reader would pause: between paragraphs, sentences, words, not inside a sign."""

import re
import unicodedata
from collections.abc import Iterator

from channels.telegram.formatting import Marked, cut_marks, units

PARAGRAPH = re.compile(r"\n[^\S\n]*\n+")
LINE = re.compile(r"\n")
SENTENCE = re.compile(r"[.!?…。！？][\"'»”)\]]*\s+")
WORD = re.compile(r"\s+")
LEAST_PART = 0.5  # a piece is at least so full before a coarser place to cut is taken


def cut(marked: Marked, longest: int) -> list[Marked]:
    """Pieces of at most `longest` UTF-16 units; white space around the cuts goes, nothing else.

    A text of nothing but white space has no pieces.
    """
    return [piece for begin, end in _pieces(marked.text, longest) if (piece := _piece(marked, begin, end))]


def shortened(text: str, longest: int) -> str:
    """The beginning of a text, with an ellipsis where it was cut."""
    if units(text) <= longest:
        return text
    return text[: _reach(text, 0, longest - 1)].rstrip() + "…"


def _pieces(text: str, longest: int) -> Iterator[tuple[int, int]]:
    begin = 0
    while begin < len(text):
        furthest = _reach(text, begin, longest)
        end = furthest if furthest == len(text) else _pause(text, begin, furthest)
        yield begin, end
        begin = end


def _piece(marked: Marked, begin: int, end: int) -> Marked | None:
    raw = marked.text[begin:end]
    text = raw.strip()
    if not text:
        return None
    begin += len(raw) - len(raw.lstrip())
    first = units(marked.text[:begin])
    return Marked(text, cut_marks(marked.marks, first, first + units(text)))


def _reach(text: str, begin: int, longest: int) -> int:
    """How far `longest` units go, without cutting a sign that is made of several."""
    end, left = begin, longest
    while end < len(text) and (size := 1 + (ord(text[end]) > 0xFFFF)) <= left:
        end, left = end + 1, left - size
    if end == len(text):
        return end
    whole = end
    while whole > begin + 1 and _clings(text, whole):
        whole -= 1
    return whole if whole > begin + 1 or not _clings(text, whole) else end


def _pause(text: str, begin: int, furthest: int) -> int:
    """The best place to cut before `furthest`."""
    least = begin + int((furthest - begin) * LEAST_PART)
    for kind in (PARAGRAPH, LINE, SENTENCE):
        found = _last(kind, text, least, furthest)
        if found is not None:
            return found
    return _last(WORD, text, begin + 1, furthest) or furthest


def _last(kind: re.Pattern[str], text: str, least: int, furthest: int) -> int | None:
    """The end of the last pause that begins between two places; its spaces may reach beyond."""
    found = None
    for match in kind.finditer(text, least, furthest + 1):
        found = min(match.end(), furthest)
    return found


def _clings(text: str, end: int) -> bool:
    """Whether what follows belongs to the sign before it: accents, joiners, skin tones, flags."""
    following, before = text[end], text[end - 1]
    return (
        unicodedata.category(following)[0] == "M"
        or "\u200d" in (following, before)
        or 0x1F3FB <= ord(following) <= 0x1F3FF
        or (_is_flag(following) and _is_flag(before) and _flags_before(text, end) % 2 == 1)
    )


def _is_flag(sign: str) -> bool:
    return 0x1F1E6 <= ord(sign) <= 0x1F1FF


def _flags_before(text: str, end: int) -> int:
    count = 0
    while count < end and _is_flag(text[end - 1 - count]):
        count += 1
    return count

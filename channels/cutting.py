"""Long texts cut where a reader would pause, counted in UTF-16 units as most messengers do. Pure."""

import re
import unicodedata

PAUSES = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"[.!?…。！？][\"'»”)\]]*\s"),
    re.compile(r"\s"),
)
LEAST = 0.5  # a piece is at least so full before it is cut at a coarser pause


def units(text: str) -> int:
    """How long a text is."""
    return len(text) + sum(ord(sign) > 0xFFFF for sign in text)


def cut_text(text: str, longest: int) -> list[str]:
    """Pieces of at most `longest` units: between paragraphs, lines, sentences or words, never inside a sign.

    White space around the cuts goes, nothing else; a text of nothing but white space has no pieces.
    """
    pieces, rest = [], text.strip()
    while units(rest) > longest:
        end = _pause(rest, _reach(rest, longest))
        pieces.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*pieces, rest] if rest else pieces


def _reach(text: str, longest: int) -> int:
    """How many signs `longest` units hold, without parting what belongs together."""
    end, left = 0, longest
    while end < len(text) and (size := 1 + (ord(text[end]) > 0xFFFF)) <= left:
        end, left = end + 1, left - size
    whole = end
    while whole > 1 and _clings(text, whole):
        whole -= 1
    return whole if whole > 1 else end


def _pause(text: str, furthest: int) -> int:
    for number, pause in enumerate(PAUSES):
        least = int(furthest * LEAST) if number < len(PAUSES) - 1 else 1
        found = [match.end() for match in pause.finditer(text, least, furthest + 1)]
        if found:
            return min(found[-1], furthest)
    return furthest


def _clings(text: str, end: int) -> bool:
    """Whether what follows belongs to the sign before it: accents, joiners, skin tones, flags."""
    if end >= len(text):
        return False
    following, before = text[end], text[end - 1]
    return (
        unicodedata.category(following)[0] == "M"
        or "\u200d" in (following, before)
        or 0x1F3FB <= ord(following) <= 0x1F3FF
        or (_is_half_a_flag(following) and _halves_before(text, end) % 2 == 1)
    )


def _is_half_a_flag(sign: str) -> bool:
    return 0x1F1E6 <= ord(sign) <= 0x1F1FF


def _halves_before(text: str, end: int) -> int:
    count = 0
    while count < end and _is_half_a_flag(text[end - 1 - count]):
        count += 1
    return count

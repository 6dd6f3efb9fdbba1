"""Cutting a text that is too long for one message: between paragraphs, lines, sentences, words, signs."""

import unicodedata

_PLACES = ("\n\n", "\n", ". ", "! ", "? ", "; ", ", ", " ")
_LEAST = 0.5  # of a message must be full before a finer place is looked for
_JOINERS = "\u200d\ufe0f\u20e3"


def cut(text: str, longest: int) -> list[str]:
    """The text in pieces of at most `longest` characters, none of them empty; nothing but space is lost."""
    pieces = []
    rest = text.strip()
    while len(rest) > longest:
        at = _place(rest, longest)
        pieces.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*pieces, rest] if rest else pieces


def _place(text: str, longest: int) -> int:
    for mark in _PLACES:
        at = text.rfind(mark, int(longest * _LEAST), longest - len(mark.strip()) + 1)
        if at > 0:
            return at + len(mark.strip())
    at = longest
    while at > longest - 40 and _clings(text[at - 1], text[at]):
        at -= 1
    return at


def _clings(before: str, after: str) -> bool:
    """Whether two signs are shown as one, or the first changes the second."""
    is_flag = all("\U0001f1e6" <= sign <= "\U0001f1ff" for sign in (before, after))
    is_tone = "\U0001f3fb" <= after <= "\U0001f3ff"
    return (
        is_flag or is_tone or before == "\u200d" or after in _JOINERS or unicodedata.category(after)[0] == "M"
    )

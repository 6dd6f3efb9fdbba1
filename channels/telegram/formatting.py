"""Text with marks on it, as Telegram has it: an offset and a length in UTF-16 units, and a kind. Pure.

https://core.telegram.org/bots/api#messageentity
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html import escape
from itertools import pairwise

from channels.cutting import units
from channels.json_fields import Json, number, parts, words

TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "spoiler": "tg-spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
}
LINK = "text_link"
SAFE_LINKS = ("http://", "https://", "tg://", "mailto:", "tel:")
MOST_MARKS = 1000


@dataclass(frozen=True, slots=True)
class Mark:
    """From where to where, in UTF-16 units, and how it looks; `more` is a link or a language."""

    kind: str
    begin: int
    end: int
    more: str = ""

    def entity(self, *, shift: int = 0) -> dict[str, str | int]:
        """As Telegram is told of it."""
        given: dict[str, str | int] = {
            "type": self.kind,
            "offset": self.begin - shift,
            "length": self.end - self.begin,
        }
        if self.more:
            given["url" if self.kind == LINK else "language"] = self.more
        return given


@dataclass(frozen=True, slots=True)
class Marked:
    """A text and the marks on it."""

    text: str
    marks: tuple[Mark, ...] = ()

    @property
    def length(self) -> int:
        """In UTF-16 units, as Telegram counts."""
        return units(self.text)


def marks_of(found: Json, name: str) -> tuple[Mark, ...]:
    """The marks a message came with, those that change how it looks."""
    made = []
    for each in parts(found, name)[:MOST_MARKS]:
        kind, begin, length = words(each, "type"), number(each, "offset"), number(each, "length")
        if begin is None or length is None or begin < 0 or length <= 0:
            continue
        more = words(each, "url") if kind == LINK else ""
        if kind in TAGS or (kind == LINK and more.lower().startswith(SAFE_LINKS)):
            made.append(Mark(kind, begin, begin + length, more))
    return tuple(made)


def as_html(marked: Marked) -> str:
    """The text as HTML; marks that overlap are closed and opened again, so that tags always nest."""
    if not marked.marks:
        return _shown(marked.text, is_pre=False)
    pieces: list[str] = []
    open_marks: list[Mark] = []
    for text, wanted in _runs(marked):
        kept = 0
        while kept < len(open_marks) and open_marks[kept] in wanted:
            kept += 1
        pieces += [_closing(each) for each in reversed(open_marks[kept:])]
        opened = [each for each in wanted if each not in open_marks[:kept]]
        open_marks = [*open_marks[:kept], *opened]
        pieces += [_opening(each) for each in opened]
        pieces.append(_shown(text, is_pre=any(each.kind == "pre" for each in wanted)))
    pieces += [_closing(each) for each in reversed(open_marks)]
    return "".join(pieces)


def cut_marks(marks: Iterable[Mark], begin: int, end: int) -> tuple[Mark, ...]:
    """The parts of marks that lie between two places, counted from the first."""
    return tuple(
        replace(each, begin=max(each.begin, begin) - begin, end=min(each.end, end) - begin)
        for each in marks
        if each.begin < end and each.end > begin
    )


def _runs(marked: Marked) -> Iterator[tuple[str, list[Mark]]]:
    """Pieces of the text under one set of marks each, the outermost mark first."""
    order = sorted(set(marked.marks), key=lambda mark: (mark.begin, -mark.end, mark.kind))
    encoded = marked.text.encode("utf-16-le", "surrogatepass")
    last = len(encoded) // 2
    edges = sorted({0, last, *(min(edge, last) for mark in order for edge in (mark.begin, mark.end))})
    whole = [edge for edge in edges if not _splits_a_sign(encoded, edge)]
    for begin, end in pairwise(whole):
        text = encoded[2 * begin : 2 * end].decode("utf-16-le", "replace")
        yield text, [each for each in order if each.begin <= begin and each.end >= end]


def _splits_a_sign(encoded: bytes, edge: int) -> bool:
    """Whether an edge lies inside a pair of units that are one sign."""
    return 0 < 2 * edge < len(encoded) and 0xDC <= encoded[2 * edge + 1] <= 0xDF


def _shown(text: str, *, is_pre: bool) -> str:
    escaped = escape(text, quote=False)
    return escaped if is_pre else escaped.replace("\n", "<br>")


def _opening(mark: Mark) -> str:
    return f'<a href="{escape(mark.more)}">' if mark.kind == LINK else f"<{TAGS[mark.kind]}>"


def _closing(mark: Mark) -> str:
    return "</a>" if mark.kind == LINK else f"</{TAGS[mark.kind]}>"

"""What an agent wrote in the composer, as Telegram shows it: bold stays bold, lists become lines. Pure.

The marks travel beside the text instead of as HTML, so that there is no markup Telegram could refuse,
and the length that counts is that of the text.
"""

import re
from html.parser import HTMLParser

from channels.cutting import units
from channels.telegram.formatting import LINK, MOST_MARKS, SAFE_LINKS, Mark, Marked

KINDS = {
    "b": "bold",
    "strong": "bold",
    "h1": "bold",
    "h2": "bold",
    "h3": "bold",
    "h4": "bold",
    "th": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
PARAGRAPHS = frozenset({"p", "ul", "ol", "blockquote", "pre", "h1", "h2", "h3", "h4", "table", "hr"})
LINES = frozenset({"div", "li", "tr"})
SILENT = frozenset({"script", "style", "head", "title", "template"})
BULLET = "• "


def marked_from_html(html: str) -> Marked:
    """Text and marks of the composer's HTML."""
    writer = _Writer()
    writer.feed(html)
    writer.close()
    return writer.finish()


def marked_as_said(text: str, html: str) -> Marked:
    """The marks of the HTML on the text it was made of, sign by sign, else the HTML as Telegram shows it."""
    exact = _Exact()
    exact.feed(html)
    exact.close()
    found = exact.finish()
    return found if found.text == text.rstrip() else marked_from_html(html)


class _Writer(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._length = 0
        self._breaks = 0
        self._space = False
        self._open: list[tuple[str, str, int, str]] = []
        self._marks: list[Mark] = []
        self._lists: list[int | None] = []
        self._silent = 0
        self._pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent += 1
            return
        self._break(tag)
        if tag == "br":
            self._newline()
        elif tag in ("ul", "ol"):
            self._lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            self._bullet()
        elif tag in ("td", "th") and self._pieces and not self._breaks:
            self._space = True
        self._pre += tag == "pre"
        given = dict(attrs)
        kind = KINDS.get(tag) or (LINK if _link(tag, given) else "")
        if kind:
            self._open.append((tag, kind, self._place(), _link(tag, given)))

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self._silent = max(0, self._silent - 1)
            return
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        self._close(tag)
        self._break(tag)
        self._pre = max(0, self._pre - (tag == "pre"))

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._pre:
            self._write(data)
            return
        text = re.sub(r"[ \t\r\n\f]+", " ", data)
        if not text.strip(" "):
            self._space = self._space or (bool(text) and not self._breaks)
            return
        lead = text.startswith(" ") or self._space
        self._space = False
        self._write((" " if lead and self._pieces and not self._breaks else "") + text.strip(" "))
        self._space = text.endswith(" ")

    def finish(self) -> Marked:
        """What was written, without white space at its ends."""
        for tag in [each[0] for each in reversed(self._open)]:
            self._close(tag)
        text = "".join(self._pieces).rstrip()
        last = units(text)
        marks = [
            Mark(each.kind, each.begin, min(each.end, last), each.more)
            for each in self._marks
            if each.begin < min(each.end, last)
        ]
        return Marked(text, tuple(sorted(marks, key=lambda mark: (mark.begin, -mark.end))[:MOST_MARKS]))

    def _place(self) -> int:
        """Where the next sign will stand, so that a mark does not begin on the white space before it."""
        waiting = self._breaks if self._pieces else 0
        return self._length + (waiting or (self._space and bool(self._pieces)))

    def _write(self, text: str) -> None:
        if self._breaks and self._pieces:
            text = "\n" * self._breaks + text
        self._breaks = 0
        self._pieces.append(text)
        self._length += units(text)

    def _bullet(self) -> None:
        number = self._lists[-1] if self._lists else None
        if number is not None:
            self._lists[-1] = number + 1
        depth = max(0, len(self._lists) - 1)
        self._write("  " * depth + (BULLET if number is None else f"{number}. "))
        self._space = False

    def _break(self, tag: str) -> None:
        is_inner = tag in ("ul", "ol") and len(self._lists) > 0
        wanted = 2 if tag in PARAGRAPHS and not is_inner else 1 if tag in LINES or is_inner else 0
        if wanted and self._ends_with_bullet():
            return
        if wanted:
            self._breaks, self._space = max(self._breaks, wanted), False

    def _ends_with_bullet(self) -> bool:
        """A paragraph inside a list's item begins beside its bullet."""
        return (
            bool(self._pieces)
            and not self._breaks
            and re.search(r"(?:• |\d\. )$", self._pieces[-1]) is not None
        )

    def _newline(self) -> None:
        self._breaks = min(self._breaks + 1, 2)
        self._space = False

    def _close(self, tag: str) -> None:
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index][0] == tag:
                _, kind, begin, more = self._open.pop(index)
                if self._length > begin:
                    self._marks.append(Mark(kind, begin, self._length, more))
                return


class _Exact(_Writer):
    """Takes white space as it stands; only `br` is a line's end."""

    def handle_data(self, data: str) -> None:
        self._write(data)

    def _break(self, tag: str) -> None:
        """No element stands on lines of its own."""

    def _newline(self) -> None:
        self._write("\n")


def _link(tag: str, given: dict[str, str | None]) -> str:
    href = (given.get("href") or "").strip()
    return href if tag == "a" and href.lower().startswith(SAFE_LINKS) else ""

"""Lines of text out of HTML, each knowing whether it stood in a quote or a signature.

Works on the serialisation of a parsed tree, where every tag is closed and every value
quoted, so one regular expression reads it in linear time however deep it nests. Each
run of text remembers its line, so that what is folded in the text can be folded in the
HTML at the very same words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape

TOKEN = re.compile(
    r"<!--.*?-->|<(/?)([a-z][a-z0-9:-]*)((?:\s+[^\s=>\"]+(?:=\"[^\"]*\")?)*)\s*/?>|[^<]+|<", re.DOTALL
)
MARK = re.compile(r'\sdata-mark="([a-z]+)"')
HIDDEN = re.compile(r'\sstyle="[^"]*(?:display\s*:\s*none|mso-hide\s*:\s*all)', re.IGNORECASE)
PRESERVED = re.compile(r'\sstyle="[^"]*white-space\s*:\s*(?:pre|break-spaces)', re.IGNORECASE)
ALT = re.compile(r'\salt="([^"]{1,8})"')
START = re.compile(r'\sstart="(\d{1,6})"')
WHITE = re.compile(r"[ \t\r\n\f]+")
VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
SKIPPED = frozenset("script style title head noscript template object svg math textarea select".split())
PARAGRAPHS = frozenset("p h1 h2 h3 h4 h5 h6 blockquote figure dl".split())
BLOCKS = PARAGRAPHS | frozenset(
    """
    address article aside body caption center dd details div dt fieldset figcaption footer form header
    hr html li main nav ol pre section summary table tbody td tfoot th thead tr ul
    """.split()
)
CELLS = frozenset(("td", "th"))
PICTURE = -2

Element = tuple[int, int, int, str]  # the place behind its tag's name, its start, its end, why it is folded


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a letter, the container it stood in, and its number in the HTML it came from."""

    text: str
    mark: str = ""
    number: int = -1


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of the HTML that shows something: text with its line, or a picture (line PICTURE)."""

    start: int
    end: int
    line: int
    mark: str


@dataclass(slots=True)
class _Element:
    """An open element: its tag, whether it brought a mark, whether it preserves white space."""

    tag: str
    brought_mark: bool
    preserves: bool


@dataclass(slots=True)
class _Writer:
    """Collects text into lines the way a browser would break them."""

    lines: list[Line] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    mark: str = ""
    number: int = 0
    wants_empty: bool = False
    has_space: bool = False
    is_new_cell: bool = False
    bullet: str = ""

    def write(self, text: str, mark: str) -> bool:
        """Text whose white space collapses; whether any of it shows."""
        collapsed = WHITE.sub(" ", text)
        stripped = collapsed.strip(" ")
        if not stripped:
            self.has_space = self.has_space or bool(collapsed)
            return False
        self._begin(mark)
        if self.current and not self.current[-1].endswith(" ") and (self.has_space or collapsed[0] == " "):
            self.current.append("  " if self.is_new_cell else " ")
        self.is_new_cell = False
        self.current.append(stripped)
        self.has_space = collapsed[-1] == " "
        return True

    def write_preserved(self, line: str, mark: str) -> bool:
        """A piece of a line whose white space counts; whether any of it shows."""
        if line:
            self._begin(mark)
            self.current.append(line.rstrip("\r").expandtabs(4))
        return bool(line.strip())

    def end_line(self, *, is_forced: bool = False, mark: str = "") -> None:
        if self.current:
            text = "".join(self.current).replace("\xa0", " ").rstrip()
            self.lines.append(Line("-- " if text == "--" else text, self.mark, self.number))
            self.number += 1
            self.current = []
        elif is_forced:
            self.lines.append(Line("", mark))
        self.has_space = self.is_new_cell = False

    def end_paragraph(self) -> None:
        self.end_line()
        self.wants_empty = True

    def end_cell(self) -> None:
        if self.current:
            self.has_space = self.is_new_cell = True

    def _begin(self, mark: str) -> None:
        if self.current:
            return
        self.mark = mark
        if self.wants_empty and self.lines and self.lines[-1].text:
            self.lines.append(Line("", mark if self.lines[-1].mark == mark else ""))
        self.wants_empty = False
        if self.bullet:
            self.current.append(self.bullet)
            self.bullet = ""


@dataclass(slots=True)
class _Reading:
    """Where the reader of tokens stands."""

    writer: _Writer = field(default_factory=_Writer)
    runs: list[Run] = field(default_factory=list)
    marks: list[str] = field(default_factory=lambda: [""])
    elements: list[_Element] = field(default_factory=list)
    lists: list[int | None] = field(default_factory=list)
    skipping: str = ""
    hidden: int = 0
    rest: str = ""

    @property
    def mark(self) -> str:
        return self.rest or self.marks[-1]

    def text(self, match: re.Match[str]) -> None:
        if match[0].startswith("<!--"):
            return
        if self.elements and self.elements[-1].preserves:
            self._preserved(match)
        elif self.writer.write(unescape(match[0]), self.mark):
            self.runs.append(Run(match.start(), match.end(), self.writer.number, self.mark))

    def _preserved(self, match: re.Match[str]) -> None:
        """Text whose line ends count; each line is a run of its own."""
        at = match.start()
        for number, line in enumerate(match[0].split("\n")):
            if number:
                self.writer.end_line(is_forced=True, mark=self.mark)
            if self.writer.write_preserved(unescape(line), self.mark):
                self.runs.append(Run(at, at + len(line), self.writer.number, self.mark))
            at += len(line) + 1

    def open(self, tag: str, attributes: str, match: re.Match[str]) -> None:
        found = MARK.search(attributes) if "data-mark" in attributes else None
        brings = found is not None and found[1] != "rest" and tag not in VOID
        if found and not brings and found[1] == "rest":
            self.writer.end_line()
            self.rest = "rest"
        elif found and brings:
            if tag in BLOCKS:
                self.writer.end_line()
            self.marks.append("quote" if self.marks[-1] == "quote" else found[1])
        if tag not in VOID:
            outer = bool(self.elements) and self.elements[-1].preserves
            self.elements.append(
                _Element(
                    tag,
                    brings,
                    tag == "pre"
                    or outer
                    or ("white-space" in attributes and bool(PRESERVED.search(attributes))),
                )
            )
        elif tag == "img":
            self.runs.append(Run(match.start(), match.end(), PICTURE, self.mark))
        _open(self.writer, tag, attributes, self.lists, self.mark)

    def close(self, tag: str) -> None:
        if self.elements and self.elements[-1].tag == tag and self.elements.pop().brought_mark:
            self.marks.pop()
        _close(self.writer, tag, self.lists)


def html_lines(body: str) -> tuple[list[Line], list[Run]]:
    """The lines of serialised HTML, and which stretch of it each came from."""
    reading = _Reading()
    for match in TOKEN.finditer(body):
        is_closing, tag, attributes = match[1], match[2], match[3] or ""
        if reading.skipping:
            if is_closing and tag == reading.skipping:
                reading.skipping = ""
        elif reading.hidden:
            reading.hidden += 0 if tag is None or tag in VOID else -1 if is_closing else 1
        elif tag is None:
            reading.text(match)
        elif is_closing:
            reading.close(tag)
        elif tag in SKIPPED:
            reading.skipping = tag
        elif tag not in VOID and _is_hidden(attributes):
            reading.hidden = 1
        else:
            reading.open(tag, attributes, match)
    reading.writer.end_line()
    return _without_edges(reading.writer.lines), reading.runs


def fold_html(body: str, runs: Sequence[Run], kinds: dict[int, str]) -> str:
    """The HTML with `data-fold` on what is folded; `kinds` names why by the line's number.

    The outermost elements that hold nothing shown are marked; folded text beside shown
    text gets an element of its own.
    """
    if not any(kinds.values()):
        return body
    told = _kinds_of_runs(runs, kinds)
    places = []
    within = iter(_marked_elements(body, runs, told))
    start, end = -1, -1
    for run, kind in zip(runs, told, strict=True):
        while end <= run.start and (element := next(within, None)) is not None:
            place, start, end, why = element
            places.append((place, f' data-fold="{why}"'))
        if kind and run.line != PICTURE and not start <= run.start < end:
            places += [(run.start, f'<span data-fold="{kind}">'), (run.end, "</span>")]
    out, at = [], 0
    for place, text in sorted(places, key=lambda one: one[0]):
        out += [body[at:place], text]
        at = place
    return "".join([*out, body[at:]])


def _kinds_of_runs(runs: Sequence[Run], kinds: dict[int, str]) -> list[str]:
    """Why each run is folded; a picture is folded only in a folded container or between folded quotes."""
    told = [kinds.get(run.line, "") for run in runs]
    following: list[str | None] = [None] * len(runs)
    for number in range(len(runs) - 2, -1, -1):
        is_picture = runs[number + 1].line == PICTURE
        following[number] = following[number + 1] if is_picture else told[number + 1]
    before = ""
    for number, run in enumerate(runs):
        if run.line != PICTURE:
            before = told[number]
            continue
        after = following[number] if following[number] is not None else before
        is_marked = run.mark in ("quote", "rest", "signature")
        if before == after == "quote" or (is_marked and (before or after)):
            told[number] = "signature" if run.mark == "signature" else "quote"
    return told


def _marked_elements(body: str, runs: Sequence[Run], told: Sequence[str]) -> list[Element]:
    """The outermost elements all of whose runs are folded, in order."""
    found: list[Element] = []
    stack: list[tuple[str, int, int, int]] = []  # tag, start, place, first run
    number = 0
    for match in TOKEN.finditer(body):
        while number < len(runs) and runs[number].start < match.start():
            number += 1
        tag = match[2]
        if tag is None or tag in VOID:
            continue
        if not match[1]:
            stack.append((tag, match.start(), match.start() + 1 + len(tag), number))
        elif stack and stack[-1][0] == tag:
            _, start, place, first = stack.pop()
            within = told[first:number]
            if within and all(within):
                kind = "quote" if "quote" in within else "signature"
                found.append((place, start, match.end(), kind))
    outermost: list[Element] = []
    for element in sorted(found, key=lambda one: one[1]):
        if not outermost or element[1] >= outermost[-1][2]:
            outermost.append(element)
    return outermost


def _is_hidden(attributes: str) -> bool:
    may_be = "display" in attributes or "mso-hide" in attributes or "DISPLAY" in attributes
    return may_be and HIDDEN.search(attributes) is not None


def _open(writer: _Writer, tag: str, attributes: str, lists: list[int | None], mark: str) -> None:
    if tag == "br":
        writer.end_line(is_forced=True, mark=mark)
    elif tag == "img":
        alt = ALT.search(attributes)
        if alt and not re.search(r"[\w\s]", unescape(alt[1])):  # an emoji sent as a picture
            writer.write(unescape(alt[1]), mark)
    elif tag in ("ul", "ol"):
        writer.end_line()
        start = START.search(attributes)
        lists.append(None if tag == "ul" else int(start[1]) if start else 1)
    elif tag == "li":
        writer.end_line()
        number = lists[-1] if lists else None
        writer.bullet = f"{'  ' * (len(lists) - 1)}{'*' if number is None else f'{number}.'} "
        if number is not None:
            lists[-1] = number + 1
    elif tag in PARAGRAPHS:
        writer.end_paragraph()
    elif tag in BLOCKS and tag not in CELLS:
        writer.end_line()


def _close(writer: _Writer, tag: str, lists: list[int | None]) -> None:
    if tag in ("ul", "ol") and lists:
        lists.pop()
        writer.end_line()
    elif tag in CELLS:
        writer.end_cell()
    elif tag in PARAGRAPHS:
        writer.end_paragraph()
    elif tag in BLOCKS:
        writer.end_line()


def _without_edges(lines: list[Line]) -> list[Line]:
    """The lines without empty ones at both ends and without more than two empty ones in a row."""
    kept: list[Line] = []
    empty = 0
    for line in lines:
        empty = 0 if line.text else empty + 1
        if empty <= 2 and (kept or line.text):
            kept.append(line)
    while kept and not kept[-1].text:
        kept.pop()
    return kept

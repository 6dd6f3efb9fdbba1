"""Lines of text out of HTML, each knowing whether it stood in a quote or a signature.

Works on the serialisation of a parsed tree, where every tag is closed and every value
quoted, so one regular expression reads it in linear time however deep it nests.
"""

import re
from dataclasses import dataclass
from html import unescape

Mark = str  # "", "quote", "weak", "rest", "signature"

TOKEN = re.compile(
    r"<!--.*?-->|<(/?)([a-z][a-z0-9:-]*)((?:\s+[^\s=>\"]+(?:=\"[^\"]*\")?)*)\s*/?>|[^<]+|<", re.DOTALL
)
MARK = re.compile(r'\sdata-mark="([a-z]+)"')
HIDDEN = re.compile(r'\sstyle="[^"]*(?:display\s*:\s*none|mso-hide\s*:\s*all)', re.IGNORECASE)
PRESERVED = re.compile(r'\sstyle="[^"]*white-space\s*:\s*(?:pre|break-spaces)', re.IGNORECASE)
ALT = re.compile(r'\salt="([^"]{1,8})"')
START = re.compile(r'\sstart="(\d{1,6})"')
HREF = re.compile(r'\shref="([^"]+)"')
WHITE = re.compile(r"[ \t\r\n\f]+")
VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
SKIPPED = frozenset("script style title head noscript template object svg math textarea select".split())
PARAGRAPHS = frozenset("p h1 h2 h3 h4 h5 h6 blockquote figure dl".split())
BLOCKS = PARAGRAPHS | frozenset(
    "address article aside body caption center dd details div dt fieldset figcaption footer form header hr html li "
    "main nav ol pre section summary table tbody td tfoot th thead tr ul".split()
)
CELLS = frozenset(("td", "th"))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a letter and the container it stood in."""

    text: str
    mark: Mark = ""


class _Writer:
    """Collects text into lines the way a browser would break them."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.current: list[str] = []
        self.mark = ""
        self.wanted_blank = False
        self.space = False
        self.cell = False
        self.bullet = ""

    def write(self, text: str, mark: Mark) -> None:
        collapsed = WHITE.sub(" ", text)
        stripped = collapsed.strip(" ")
        if not stripped:
            self.space = self.space or bool(collapsed)
            return
        self._begin(mark)
        if self.current and not self.current[-1].endswith(" ") and (self.space or collapsed[0] == " "):
            self.current.append("  " if self.cell else " ")
        self.cell = False
        self.current.append(stripped)
        self.space = collapsed[-1] == " "

    def write_preserved(self, text: str, mark: Mark) -> None:
        for number, line in enumerate(text.split("\n")):
            if number:
                self.end_line(force=True, mark=mark)
            if line:
                self._begin(mark)
                self.current.append(line.rstrip("\r").expandtabs(4))

    def end_line(self, *, force: bool = False, mark: Mark = "") -> None:
        if self.current:
            self.lines.append(Line("".join(self.current).replace("\xa0", " ").rstrip(), self.mark))
            self.current = []
        elif force:
            self.lines.append(Line("", mark))
        self.space = self.cell = False

    def end_paragraph(self) -> None:
        self.end_line()
        self.wanted_blank = True

    def end_cell(self) -> None:
        if self.current:
            self.space = self.cell = True

    def _begin(self, mark: Mark) -> None:
        if self.current:
            return
        self.mark = mark
        if self.wanted_blank and self.lines and self.lines[-1].text:
            self.lines.append(Line("", mark if self.lines[-1].mark == mark else ""))
        self.wanted_blank = False
        if self.bullet:
            self.current.append(self.bullet)
            self.bullet = ""


def html_lines(body: str, *, links: bool = False) -> list[Line]:
    """The lines of serialised HTML; with `links`, each link's address follows its text."""
    writer = _Writer()
    marks: list[Mark] = [""]
    opened: list[tuple[str, bool, bool]] = []  # tag, whether it brought a mark, whether it preserves space
    lists: list[int | None] = []
    skipping = ""
    hidden = 0
    rest = ""
    for match in TOKEN.finditer(body):
        closing, tag, attributes = match[1], match[2], match[3] or ""
        if skipping:
            if closing and tag == skipping:
                skipping = ""
            continue
        if hidden:
            hidden += 0 if tag is None or tag in VOID else (-1 if closing else 1)
            continue
        mark = marks[-1] or rest
        if tag is None:
            text = match[0]
            if text.startswith("<!--"):
                continue
            text = unescape(text)
            if opened and opened[-1][2]:
                writer.write_preserved(text, mark)
            else:
                writer.write(text, mark)
        elif closing:
            if opened and opened[-1][0] == tag:
                if opened.pop()[1]:
                    marks.pop()
            _close(writer, tag, lists)
        elif tag in SKIPPED:
            skipping = tag
        elif tag not in VOID and attributes and HIDDEN.search(attributes):
            hidden = 1
        else:
            found = MARK.search(attributes) if attributes else None
            if found and found[1] == "rest":
                writer.end_line()
                rest = "rest"
            elif found and tag not in VOID:
                if tag in BLOCKS:
                    writer.end_line()
                marks.append(_deeper(marks[-1], found[1]))
            if tag not in VOID:
                preserves = (
                    tag == "pre" or (opened[-1][2] if opened else False) or bool(PRESERVED.search(attributes))
                )
                opened.append((tag, bool(found) and found[1] != "rest", preserves))
            _open(writer, tag, attributes, lists, marks[-1] or rest)
    writer.end_line()
    return _without_edges(writer.lines)


def _deeper(outer: Mark, inner: Mark) -> Mark:
    """A signature within a quote is quoted; a weak container within a strong one is strong."""
    return outer if outer in ("quote", "rest") else inner


def _open(writer: _Writer, tag: str, attributes: str, lists: list[int | None], mark: Mark) -> None:
    if tag == "br":
        writer.end_line(force=True, mark=mark)
    elif tag == "img":
        alt = ALT.search(attributes)
        if alt and not re.search(r"[\w\s]", unescape(alt[1])):  # an emoji sent as a picture
            writer.write(unescape(alt[1]), mark)
    elif tag in ("ul", "ol"):
        writer.end_line()
        start = START.search(attributes)
        lists.append(int(start[1]) if tag == "ol" and start else 1 if tag == "ol" else None)
    elif tag == "li":
        writer.end_line()
        number = lists[-1] if lists else None
        indent = "  " * max(0, len(lists) - 1)
        writer.bullet = f"{indent}{'*' if number is None else f'{number}.'} "
        if lists and number is not None:
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

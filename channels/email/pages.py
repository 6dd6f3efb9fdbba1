"""The body of a letter laid out: its lines, what of them is folded, and its HTML made fit to be shown."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from channels.email.body import Contents, Piece, joined_html
from channels.email.charsets import valid_text
from channels.email.containers import mark_containers
from channels.email.fold import Folding, fold
from channels.email.html_text import Line, Run, fold_html, html_lines
from channels.email.letters import Letter, LetterFile
from channels.email.sanitize import (
    MAX_HTML,
    clean_html,
    finished,
    has_remote,
    inline_styles,
    is_too_deep,
    parsed,
    strip_tags,
)
from channels.email.subject import subject_shape

STUB_LENGTH = 300
SURE_KEY = 6  # letters and digits a line needs to be found in the HTML beside it
FOLDED_MARKS = {"quote": "quote", "rest": "quote", "signature": "signature"}
SQUEEZE = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Page:
    """HTML serialised with its containers marked, its lines, and where each came from."""

    body: str
    lines: list[Line]
    runs: list[Run]


def lay_out(letter: Letter, contents: Contents, defects: list[str], parent_text: str | None) -> Letter:
    """The letter with its text, its HTML and both folded; `parent_text` is our message it answers."""
    html = joined_html(contents.pieces)
    page = _read_page(html, contents.files, defects) if html is not None else None
    lines = _lines(contents.pieces, page)
    if html is not None and page is None and not lines:
        lines = [Line(text.strip()) for text in strip_tags(html).split("\n") if text.strip()]
    folding = _fold(lines, letter, parent_text)
    clean = None
    if html is not None:
        clean = _clean(page, lines, folding, letter, parent_text) if page is not None else clean_html(html)
    return replace(
        letter,
        text=valid_text("\n".join(line.text for line in lines)).strip("\n"),
        html=clean,
        has_remote=clean is not None and has_remote(clean),
        visible_text=valid_text(folding.visible),
        folded_text=valid_text(folding.folded),
        files=tuple(contents.files),
        calendar=tuple(contents.calendar),
        notices=tuple(contents.notices),
    )


def fold_letter(letter: Letter, parent_text: str) -> Letter:
    """The letter folded anew, text and HTML, once it is known which of our messages it answers."""
    lines = [Line(text) for text in letter.text.split("\n")]
    if letter.html is None:
        folding = _fold(lines, letter, parent_text)
        return replace(letter, visible_text=folding.visible, folded_text=folding.folded)
    body = letter.html.replace(' data-fold="', ' data-mark="')
    page = Page(body, *html_lines(body))
    is_its_text = letter.text == "\n".join(line.text for line in page.lines).strip("\n")
    lines = page.lines if is_its_text else _with_marks(lines, page.lines)
    folding = _fold(lines, letter, parent_text)
    html = _clean(page, lines, folding, letter, parent_text)
    return replace(letter, visible_text=folding.visible, folded_text=folding.folded, html=html)


def text_of_contents(contents: Contents) -> str:
    """The words of a body alone, for a letter within a letter."""
    html = joined_html(contents.pieces)
    page = _read_page(html, (), []) if html is not None else None
    return valid_text("\n".join(line.text for line in _lines(contents.pieces, page))).strip()


def _read_page(html: str, files: Sequence[LetterFile], defects: list[str]) -> Page | None:
    """The HTML ready to be read; None for what nests too deep to be parsed."""
    if len(html) > MAX_HTML:
        defects.append("html_cut")
        html = html[:MAX_HTML]
    if is_too_deep(html):
        defects.append("html_too_deep")
        return None
    shown = [file for file in files if file.location and file.inline]
    locations = {file.location or "": file.cid or file.sha256[:32] for file in shown}
    tree = parsed(inline_styles(html), locations)
    mark_containers(tree)
    body = (tree.body.inner_html or "") if tree.body is not None else ""
    return Page(body, *html_lines(body))


def _fold(lines: Sequence[Line], letter: Letter, parent_text: str | None) -> Folding:
    is_answer = bool(letter.in_reply_to or letter.references) or subject_shape(letter.subject) == "reply"
    return fold(lines, subject=letter.subject, is_answer=is_answer, parent_text=parent_text)


def _clean(page: Page, lines: list[Line], folding: Folding, letter: Letter, parent_text: str | None) -> str:
    """The HTML to keep: folded where its own lines fold, then harmless."""
    if lines is not page.lines:
        folding = _fold(page.lines, letter, parent_text)
    kinds = {line.number: kind for line, kind in zip(page.lines, folding.kinds, strict=True)}
    return finished(fold_html(page.body, page.runs, kinds))


def _lines(pieces: Sequence[Piece], page: Page | None) -> list[Line]:
    """The letter's lines: plain text where there is some, with what its HTML knows about it."""
    if len(pieces) == 1:
        return _lines_of_one(pieces[0], page)
    lines: list[Line] = []
    for piece in pieces:
        part = _read_page(piece.html, (), []) if piece.html is not None and not piece.plain else None
        more = [Line(line.text, line.mark) for line in _lines_of_one(piece, part)]
        if lines and more and lines[-1].text:
            lines.append(Line(""))
        lines += more
    return lines


def _lines_of_one(piece: Piece, page: Page | None) -> list[Line]:
    marked = page.lines if page is not None else []
    plain = piece.plain or ""
    if not plain.strip() or _is_stub(plain, marked):
        return marked or ([] if piece.plain is None else _plain_lines(plain))
    return _with_marks(_plain_lines(plain), marked)


def _plain_lines(text: str) -> list[Line]:
    lines = text.strip("\n").split("\n")
    return [Line(line if line == "-- " else line.rstrip().replace("\xa0", " ")) for line in lines]


def _is_stub(plain: str, marked: Sequence[Line]) -> bool:
    """A plain part that only says it is one, "your program shows no HTML", beside a real letter."""
    if len(plain) > STUB_LENGTH or not marked:
        return False
    html = _squeezed(line.text for line in marked)
    words = [word for word in (_squeezed([one]) for one in plain.split()) if len(word) > 2]
    is_longer = len(html) > 3 * len(_squeezed([plain]))
    return is_longer and sum(word in html for word in words) < 0.6 * len(words)


def _with_marks(lines: list[Line], marked: Sequence[Line]) -> list[Line]:
    """Plain lines that stand in a quote or signature of the HTML beside them, and nowhere else in it."""
    if not any(line.mark in FOLDED_MARKS for line in marked):
        return lines
    outside = _squeezed(line.text for line in marked if line.mark not in FOLDED_MARKS)
    keys = [_squeezed([line.text]) for line in lines]
    result = list(lines)
    for kind in ("quote", "signature"):
        inside = _squeezed(line.text for line in marked if FOLDED_MARKS.get(line.mark) == kind)
        sure = [len(key) >= SURE_KEY and key in inside and key not in outside for key in keys]
        for at, is_inside in enumerate(_filled(sure, keys, inside)):
            if is_inside and not result[at].mark:
                result[at] = Line(lines[at].text, kind)
    return result


def _filled(sure: list[bool], keys: list[str], inside: str) -> list[bool]:
    """Short lines next to sure ones, and empty ones between them, belong to them."""
    filled = list(sure)
    for places, neighbour in ((range(1, len(sure)), -1), (range(len(sure) - 2, -1, -1), 1)):
        for at in places:
            is_short = 0 < len(keys[at]) < SURE_KEY
            filled[at] = filled[at] or (is_short and filled[at + neighbour] and keys[at] in inside)
    places_filled = [at for at, is_filled in enumerate(filled) if is_filled]
    for before, after in pairwise(places_filled):
        if not any(keys[before + 1 : after]):
            filled[before:after] = [True] * (after - before)
    return filled


def _squeezed(texts: Iterable[str]) -> str:
    return SQUEEZE.sub("", "".join(texts)).lower()

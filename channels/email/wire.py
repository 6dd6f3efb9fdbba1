"""Bytes of a letter into a Letter.

    raw ─ fields ─ addresses, ids, dates, subject
        └ parts  ─ body ─ text ─────────────┬ folded
                 │      └ html ─ containers ┘   └ marks ─ clean
                 └ files, calendar, notices
        then class, bounce, forward

Whatever comes, a Letter comes out: each step that fails gives what it has and leaves a
defect. Nothing here knows a mailbox, a database or the time.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from channels.email import containers, sanitize
from channels.email.addresses import find_addresses, read_addresses
from channels.email.body import Contents, Piece, joined_html, read_contents
from channels.email.bounces import read_bounce
from channels.email.charsets import decode, valid_text
from channels.email.classify import classify
from channels.email.dates import read_date
from channels.email.fold import Folding, fold
from channels.email.forwards import find_forward, read_forwarded
from channels.email.headers import Fields, raw_text, read_fields, text_of
from channels.email.html_text import Line, Run, fold_html, html_lines
from channels.email.identity import is_private, loop_marks, read_authentication, spam_marks
from channels.email.letters import Address, Bounce, Forwarded, Klass, Letter, LetterFile
from channels.email.message_ids import read_id, read_ids
from channels.email.mime import Part, read_parts
from channels.email.subject import subject_shape

MAX_HEADERS_KEPT = 300
MAX_HEADER_KEPT = 4_000
MAX_FOLDED_LINES = 20_000
STUB_LENGTH = 300
MAX_SAVED = 512 * 1024
ENVELOPE = re.compile(rb"\A(?:>?From [^\r\n]*\r*\n)+")
SQUEEZE = re.compile(r"[\W_]+")
Result = TypeVar("Result")
DELIVERED = (
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-rcpt-to",
    "x-delivered-to",
    "apparently-to",
)


def read_letter(raw: bytes, *, parent_text: str | None = None) -> Letter:
    """The letter these bytes are; `parent_text` is our message it answers, if the caller knows it."""
    raw = _normalised(raw)
    fields = _believable(raw, read_fields(raw))
    defects = list(fields.defects)
    root = _guarded(lambda: read_parts(raw, fields, defects), defects) or _one_part(raw, fields)
    hint = _hint(root)
    contents = _guarded(lambda: read_contents(root, hint), defects) or _raw_contents(root)
    defects += contents.defects
    told = _guarded(lambda: _with_fields(Letter(), fields, hint), defects) or Letter()
    bodied = _guarded(lambda: _with_body(told, contents, defects, parent_text), defects)
    letter = _with_kind(bodied or _unfolded(told, contents), root, raw, defects)
    return replace(letter, defects=tuple(dict.fromkeys(defects)))


def saved_letter(raw: bytes, reason: str) -> Letter:
    """What the fields and the first bytes tell of a letter that was too large or could not be read.

    Cheap and without parts, so that it can be done by whoever must not be stopped.
    """
    raw = _normalised(raw[:MAX_SAVED])
    fields = _believable(raw, read_fields(raw))
    letter = _with_fields(Letter(), fields, "")
    text = valid_text(decode(raw[fields.body_at :])).replace("\r\n", "\n").strip()
    return replace(letter, text=text, visible_text=text, defects=(*fields.defects, reason))


def fold_letter(letter: Letter, parent_text: str) -> Letter:
    """The letter folded anew, text and HTML, once it is known which of our messages it answers."""
    lines = [Line(text) for text in letter.text.split("\n")]
    if letter.html is None:
        folding = _fold(lines, letter, parent_text)
        return replace(letter, visible_text=folding.visible, folded_text=folding.folded)
    body = letter.html.replace(' data-fold="', ' data-mark="')
    page = _Page(body, *html_lines(body))
    is_its_text = letter.text == "\n".join(line.text for line in page.lines).strip("\n")
    lines = page.lines if is_its_text else _with_marks(lines, page.lines)
    folding = _fold(lines, letter, parent_text)
    html = _clean(page, lines, folding, letter, parent_text)
    return replace(letter, visible_text=folding.visible, folded_text=folding.folded, html=html)


# -- the fields


def _normalised(raw: bytes) -> bytes:
    """Bytes whose lines end with a line feed and which begin with a field."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raw = decode(raw).encode()
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    start = ENVELOPE.match(raw[:4_096].lstrip(b"\r\n \t"))
    blank = len(raw[:4_096]) - len(raw[:4_096].lstrip(b"\r\n \t"))
    begin = blank + (start.end() if start else 0)
    return raw[begin:] if begin else raw


def _believable(raw: bytes, fields: Fields) -> Fields:
    """The fields, or those below a first block that holds no letter's field at all."""
    if "from" in fields or "to" in fields or "subject" in fields or "date" in fields or "received" in fields:
        return fields
    if (
        fields.items
        and fields.body_at < len(raw)
        and not ("content-type" in fields or "mime-version" in fields)
    ):
        below = read_fields(raw, fields.body_at)
        if "from" in below and ("subject" in below or "date" in below):
            return Fields(below.items, below.body_at, (*below.defects, "junk_before_headers"))
    return fields


def _hint(root: Part) -> str:
    """A charset some part declares, for fields and parts that declare none."""
    return next(
        (
            part.charset
            for part in root.walk()
            if part.charset and part.charset.lower() not in ("us-ascii", "utf-8")
        ),
        "",
    )


def _with_fields(letter: Letter, fields: Fields, hint: str) -> Letter:
    def addresses(name: str) -> tuple[Address, ...]:
        found = [one for value in fields.all(name) for one in read_addresses(raw_text(value, hint))]
        return tuple(found[:500])

    froms = addresses("from")
    senders = addresses("sender")
    paths = fields.all("return-path")
    path = raw_text(paths[0]).strip() if paths else None
    return replace(
        letter,
        message_id=read_id(raw_text(fields.first("message-id")))
        or read_id(raw_text(fields.first("x-message-id"))),
        in_reply_to=next(iter(read_ids(raw_text(fields.first("in-reply-to")))), None),
        references=tuple(
            dict.fromkeys(one for value in fields.all("references") for one in read_ids(raw_text(value)))
        ),
        from_=froms[0] if froms else None,
        sender=senders[0] if senders else None,
        reply_to=addresses("reply-to"),
        to=addresses("to"),
        cc=addresses("cc"),
        delivered_to=_delivered_to(fields),
        subject=text_of(fields.first("subject"), hint),
        date=read_date(text_of(fields.first("date"))),
        return_path=None if path is None else next(iter(find_addresses(path)), ""),
        auto_submitted=text_of(fields.first("auto-submitted")).lower().partition(";")[0].strip(),
        precedence=text_of(fields.first("precedence")).lower(),
        response_suppress=_suppressed(fields),
        list_id=text_of(fields.first("list-id")),
        received_hops=len(fields.all("received")),
        loop_marks=loop_marks(fields),
        spam_marks=spam_marks(fields),
        authentication=read_authentication(fields),
        headers=tuple(
            (name, valid_text(text_of(value[:MAX_HEADER_KEPT], hint)))
            for name, value in fields.items[:MAX_HEADERS_KEPT]
            if not is_private(name)
        ),
    )


def _delivered_to(fields: Fields) -> tuple[str, ...]:
    found = [
        one for name in DELIVERED for value in fields.all(name) for one in find_addresses(text_of(value))
    ]
    return tuple(dict.fromkeys(found))[:50]


def _suppressed(fields: Fields) -> tuple[str, ...]:
    told = text_of(fields.first("x-auto-response-suppress")).lower()
    return tuple(word for word in re.split(r"[\s,;]+", told) if word)[:20]


# -- the body


@dataclass(frozen=True, slots=True)
class _Page:
    """HTML serialised with its containers marked, its lines, and where each came from."""

    body: str
    lines: list[Line]
    runs: list[Run]


def _with_body(letter: Letter, contents: Contents, defects: list[str], parent_text: str | None) -> Letter:
    html = joined_html(contents.pieces)
    page = _page(html, contents.files, defects) if html is not None else None
    lines = _lines(contents.pieces, page)
    if html is not None and page is None and not lines:
        lines = [Line(text.strip()) for text in sanitize.strip_tags(html).split("\n") if text.strip()]
    folding = _fold(lines, letter, parent_text)
    clean = None
    if html is not None:
        clean = (
            sanitize.clean_html(html) if page is None else _clean(page, lines, folding, letter, parent_text)
        )
    return replace(
        letter,
        text=valid_text("\n".join(line.text for line in lines)).strip("\n"),
        html=clean,
        has_remote=clean is not None and sanitize.has_remote(clean),
        visible_text=valid_text(folding.visible),
        folded_text=valid_text(folding.folded),
        files=tuple(contents.files),
        calendar=tuple(contents.calendar),
        notices=tuple(contents.notices),
    )


def _fold(lines: Sequence[Line], letter: Letter, parent_text: str | None) -> Folding:
    is_answer = bool(letter.in_reply_to or letter.references) or subject_shape(letter.subject) == "reply"
    return fold(lines, subject=letter.subject, is_answer=is_answer, parent_text=parent_text)


def _page(html: str, files: Sequence[LetterFile], defects: list[str]) -> _Page | None:
    """The HTML ready to be read; None for what nests too deep to be parsed."""
    if len(html) > sanitize.MAX_HTML:
        defects.append("html_cut")
        html = html[: sanitize.MAX_HTML]
    if sanitize.is_too_deep(html):
        defects.append("html_too_deep")
        return None
    locations = {
        file.location: file.cid or file.sha256[:32] for file in files if file.location and file.inline
    }
    tree = sanitize.parsed(sanitize.inline_styles(html), locations)
    containers.mark_containers(tree)
    body = (tree.body.inner_html or "") if tree.body is not None else ""
    lines, runs = html_lines(body)
    return _Page(body, lines, runs)


def _clean(page: _Page, lines: list[Line], folding: Folding, letter: Letter, parent_text: str | None) -> str:
    """The HTML to keep: folded where its own lines fold, then harmless."""
    if lines is not page.lines:
        folding = _fold(page.lines, letter, parent_text)
    kinds = {line.number: kind for line, kind in zip(page.lines, folding.kinds, strict=True)}
    return sanitize.finished(fold_html(page.body, page.runs, kinds))


def _lines(pieces: Sequence[Piece], page: _Page | None) -> list[Line]:
    """The letter's lines: plain text where there is some, with what its HTML knows about it."""
    if not pieces:
        return []
    marked = page.lines if page is not None else []
    if len(pieces) == 1:
        plain = pieces[0].plain
        if plain is None or not plain.strip() or _is_stub(plain, marked):
            return marked or _plain_lines(plain or "")
        return _with_marks(_plain_lines(plain), marked) if marked else _plain_lines(plain)
    lines: list[Line] = []
    for piece in pieces:
        more = _plain_lines(piece.plain) if piece.plain and piece.plain.strip() else []
        if not more and piece.html is not None:
            part = _page(piece.html, (), [])
            more = [Line(line.text, line.mark) for line in part.lines] if part is not None else []
        if lines and more and lines[-1].text:
            lines.append(Line(""))
        lines += more
    return lines


def _plain_lines(text: str) -> list[Line]:
    return [
        Line(line.rstrip().replace("\xa0", " ") if line != "-- " else line)
        for line in text.strip("\n").split("\n")
    ]


def _is_stub(plain: str, marked: Sequence[Line]) -> bool:
    """A plain part that only says it is one, "your program shows no HTML", beside a real letter."""
    if len(plain) > STUB_LENGTH or not marked:
        return False
    html = SQUEEZE.sub("", "".join(line.text for line in marked)).lower()
    words = [SQUEEZE.sub("", word).lower() for word in plain.split()]
    told = [word for word in words if len(word) > 2]
    return len(html) > 3 * len(SQUEEZE.sub("", plain)) and sum(word in html for word in told) < 0.6 * len(
        told
    )


def _with_marks(lines: list[Line], marked: Sequence[Line]) -> list[Line]:
    """Plain lines that stand in a quote or signature of the HTML beside them, and nowhere else in it."""
    kinds = {"quote": "quote", "rest": "quote", "signature": "signature"}
    if not any(line.mark in kinds for line in marked):
        return lines
    outside = SQUEEZE.sub("", "".join(line.text for line in marked if line.mark not in kinds)).lower()
    result = list(lines)
    for kind in ("quote", "signature"):
        inside = SQUEEZE.sub(
            "", "".join(line.text for line in marked if kinds.get(line.mark) == kind)
        ).lower()
        if not inside:
            continue
        keys = [SQUEEZE.sub("", line.text).lower() for line in lines]
        sure = [len(key) >= 6 and key in inside and key not in outside for key in keys]
        for at, is_inside in enumerate(_filled(sure, keys, inside)):
            if is_inside and not result[at].mark:
                result[at] = Line(lines[at].text, kind)
    return result


def _filled(sure: list[bool], keys: list[str], inside: str) -> list[bool]:
    """Short and empty lines between or next to sure ones belong to them."""
    filled = list(sure)
    for step in (1, -1):
        for at in range(len(sure))[::step]:
            near = at - step
            if (
                not filled[at]
                and 0 <= near < len(sure)
                and filled[near]
                and keys[at]
                and keys[at] in inside
                and len(keys[at]) < 6
            ):
                filled[at] = True
    places = [at for at, is_sure in enumerate(filled) if is_sure]
    for before, after in zip(places, places[1:], strict=False):
        if all(not keys[at] for at in range(before + 1, after)):
            filled[before:after] = [True] * (after - before)
    return filled


# -- the kind


def _with_kind(letter: Letter, root: Part, raw: bytes, defects: list[str]) -> Letter:
    klass: Klass = "human"

    def kind() -> Klass:
        return classify(root, letter.text, letter.subject, letter.from_, letter.return_path)

    klass = _guarded(kind, defects) or "human"
    bounce: Bounce | None = None
    forwarded: Forwarded | None = None
    if klass == "bounce":
        bounce = _guarded(lambda: read_bounce(root, letter.text, letter.subject, raw), defects)
    else:
        forwarded = _guarded(lambda: _forwarded(letter), defects)
    return replace(letter, klass=klass, bounce=bounce, forwarded=forwarded)


def _forwarded(letter: Letter) -> Forwarded | None:
    """The letter inside: a file of its own first, else what the text holds."""
    if letter.klass in ("report", "bounce"):
        return None
    nested = [file for file in letter.files if file.mime in ("message/rfc822", "message/global")]
    lines = letter.text.split("\n")[:MAX_FOLDED_LINES]
    start = find_forward(lines, letter.subject)
    if len(nested) == 1 and (
        subject_shape(letter.subject) == "forward"
        or (start is None and len(letter.visible_text.strip()) < 200)
    ):
        return _nested(nested[0], letter.visible_text)
    return read_forwarded(lines, start, letter.subject) if start is not None else None


def _nested(file: LetterFile, comment: str) -> Forwarded | None:
    raw = _normalised(file.content)
    fields = _believable(raw, read_fields(raw))
    if "from" not in fields:
        return None
    defects: list[str] = []
    contents = read_contents(read_parts(raw, fields, defects), "")
    html = joined_html(contents.pieces)
    page = _page(html, (), defects) if html is not None else None
    lines = _lines(contents.pieces, page)
    read = _with_fields(Letter(), fields, "")
    return Forwarded(
        from_=read.from_,
        subject=read.subject,
        date=read.date,
        text=valid_text("\n".join(line.text for line in lines)).strip(),
        comment=comment.strip(),
        to=read.to,
    )


def _guarded(step: Callable[[], Result], defects: list[str]) -> Result | None:
    """What a step yields, or None and a defect: no letter is so broken that nothing of it is shown.

    Catches everything: a step we wrote wrong must cost a badge on a letter, not the letter.
    """
    try:
        return step()
    except MemoryError:
        raise
    except Exception as fault:
        defects.append(f"unread_{type(fault).__name__.lower()}")
        return None


def _raw_contents(root: Part) -> Contents:
    """The body as it stands, for a letter whose parts could not be read."""
    return Contents(pieces=[Piece(plain=decode(root.body[:MAX_SAVED]))])


def _unfolded(letter: Letter, contents: Contents) -> Letter:
    """The letter with its words and files alone, for a body that could not be laid out."""
    stretches = [piece.plain or sanitize.strip_tags(piece.html or "") for piece in contents.pieces]
    text = valid_text("\n\n".join(stretches)).strip()
    return replace(letter, text=text, visible_text=text, files=tuple(contents.files))


def _one_part(raw: bytes, fields: Fields) -> Part:
    return Part(fields, "text/plain", {}, "", "", "", raw, fields.body_at, len(raw), 0)

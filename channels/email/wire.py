"""Bytes of a letter into a Letter.

    raw ─ fields ─ envelope: addresses, ids, dates, subject
        └ parts  ─ body ─ text ─────────────┬ folded
                 │      └ html ─ containers ┘   └ marks ─ clean
                 └ files, calendar, notices
        then class, bounce, forward

Whatever comes, a Letter comes out: each step that fails gives what it has and leaves a
defect. Nothing here knows a mailbox, a database or the time.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from channels.email.body import Contents, Piece, read_contents
from channels.email.bounces import read_bounce
from channels.email.charsets import decode, valid_text
from channels.email.classify import classify
from channels.email.envelope import believable_fields, normalised, read_envelope
from channels.email.forwards import find_forward, read_forwarded
from channels.email.headers import Fields
from channels.email.identity import SEVERAL_SENDERS
from channels.email.letters import Forwarded, Klass, Letter, LetterFile
from channels.email.mime import Part, name_by_hint, read_parts
from channels.email.pages import fold_letter, lay_out, text_of_contents
from channels.email.sanitize import strip_tags
from channels.email.subject import subject_shape

__all__ = ["fold_letter", "read_letter", "saved_letter"]

MAX_FORWARD_LINES = 20_000
MAX_SAVED = 512 * 1024
SHORT_COMMENT = 200  # what stands above a letter forwarded as a file
PLAIN_CHARSETS = ("", "us-ascii", "utf-8")
NESTED = ("message/rfc822", "message/global")
Result = TypeVar("Result")


def read_letter(raw: bytes, *, parent_text: str | None = None) -> Letter:
    """The letter these bytes are; `parent_text` is our message it answers, if the caller knows it."""
    raw = normalised(raw)
    fields = believable_fields(raw)
    defects = list(fields.defects)
    root = _guarded(lambda: read_parts(raw, fields, defects), defects) or _undivided(raw, fields)
    hint = next((part.charset for part in root.walk() if part.charset.lower() not in PLAIN_CHARSETS), "")
    _guarded(lambda: name_by_hint(root, hint), defects)
    contents = _guarded(lambda: read_contents(root, hint), defects) or _undivided_contents(root)
    defects += contents.defects
    if len(fields.all("from")) > 1:
        defects.append(SEVERAL_SENDERS)
    facts = _guarded(lambda: read_envelope(fields, hint), defects) or Letter()
    laid_out = _guarded(lambda: lay_out(facts, contents, defects, parent_text), defects)
    letter = _with_kind(laid_out or _in_words(facts, contents), root, raw, defects)
    return replace(letter, defects=tuple(dict.fromkeys(defects)))


def saved_letter(raw: bytes, reason: str) -> Letter:
    """What the fields and the first bytes tell of a letter that was too large or could not be read.

    Cheap and without parts, so that it can be done by whoever must not be stopped.
    """
    raw = normalised(raw[:MAX_SAVED])
    fields = believable_fields(raw)
    text = valid_text(decode(raw[fields.body_at :])).replace("\r\n", "\n").strip()
    return replace(read_envelope(fields), text=text, visible_text=text, defects=(*fields.defects, reason))


def _with_kind(letter: Letter, root: Part, raw: bytes, defects: list[str]) -> Letter:
    """The letter with its class, and what a bounce or a forward holds."""
    told: Klass | None = _guarded(
        lambda: classify(root, letter.text, letter.subject, letter.from_, letter.return_path), defects
    )
    klass: Klass = told or "human"
    if klass == "bounce":
        bounce = _guarded(lambda: read_bounce(root, letter.text, letter.subject, raw), defects)
        return replace(letter, klass=klass, bounce=bounce)
    if klass == "report":
        return replace(letter, klass=klass)
    return replace(letter, klass=klass, forwarded=_guarded(lambda: _forwarded(letter), defects))


def _forwarded(letter: Letter) -> Forwarded | None:
    """The letter inside: a file of its own first, else what the text holds."""
    lines = letter.text.split("\n")[:MAX_FORWARD_LINES]
    start = find_forward(lines, letter.subject)
    nested = [file for file in letter.files if file.mime in NESTED]
    is_said = subject_shape(letter.subject) == "forward"
    if len(nested) == 1 and (is_said or (start is None and len(letter.visible_text) < SHORT_COMMENT)):
        return _nested(nested[0], letter.visible_text)
    return read_forwarded(lines, start, letter.subject) if start is not None else None


def _nested(file: LetterFile, comment: str) -> Forwarded | None:
    raw = normalised(file.content)
    fields = believable_fields(raw)
    if "from" not in fields:
        return None
    inner = read_envelope(fields)
    contents = read_contents(read_parts(raw, fields, []), "")
    return Forwarded(
        from_=inner.from_,
        subject=inner.subject,
        date=inner.date,
        text=text_of_contents(contents),
        comment=comment.strip(),
        to=inner.to,
        files=tuple(contents.files),
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


def _undivided(raw: bytes, fields: Fields) -> Part:
    """The whole body as one part."""
    return Part(fields, "text/plain", {}, "", "", "", raw, fields.body_at, len(raw), 0)


def _undivided_contents(root: Part) -> Contents:
    """The body as it stands, for a letter whose parts could not be read."""
    return Contents(pieces=[Piece(plain=decode(root.body[:MAX_SAVED]))])


def _in_words(letter: Letter, contents: Contents) -> Letter:
    """The letter with its words and files alone, for a body that could not be laid out."""
    stretches = [piece.plain or strip_tags(piece.html or "") for piece in contents.pieces]
    text = valid_text("\n\n".join(stretches)).strip()
    return replace(letter, text=text, visible_text=text, files=tuple(contents.files))

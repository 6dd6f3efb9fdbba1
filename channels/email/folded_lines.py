"""The lines of one letter while it is decided which of them are folded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from channels.email.html_text import Line
from channels.email.labels import DISCLAIMER, ENDING_SIGNATURE, LIST_FOOTER, MOBILE_SIGNATURE, SENT_AT_THE_END
from channels.email.quotes import MAX_LINE, is_quoted, is_rule, unquoted

SHOWN, QUOTE, SIGNATURE = "", "quote", "signature"
FOOTER_LINES = 30
MAX_SIGNATURE = 16
DELIMITER = re.compile(r"(?:-- ?|–– ?|— ?|__ ?|--\s*\xa0)\Z")  # RFC 3676 section 4.3, and what becomes of it
MIN_DISCLAIMER = 20
SURE_KEY = 16  # letters and digits a line needs to be recognised in our message
SURE_LINES = 3
SURE_SHARE = 0.6
WORDS = re.compile(r"[^\W_]")
EMOJI = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]")
ASKS = re.compile(r"[^\W\d_].*[?？؟](?=\s|\Z|[\"»”)])")
AFTERTHOUGHT = re.compile(r"(?:p\.?\s?p?\.?\s?s|п\.?\s?с|з\.?\s?ы|пс|зы)\b[\s.:,-]*\w", re.IGNORECASE)
SENTENCE_END = (".", "!", "。", "！", ":")
LONG_LINE = 70
SQUEEZE = re.compile(r"[\W_]+")


@dataclass(slots=True)
class Lines:
    """Texts and marks as they came, and what was found of each line so far.

    `kinds` says why a line is folded, empty while it is shown; `known` which lines repeat
    our own message; `prefixed` which carry a quote's prefix.
    """

    texts: list[str]
    marks: list[str]
    subject: str
    is_answer: bool
    kinds: list[str] = field(default_factory=list)
    known: list[bool] = field(default_factory=list)
    prefixed: list[bool] = field(default_factory=list)
    is_own: list[bool] = field(default_factory=list)  # has words, and not those of a program or a list
    footer_at: int = 0

    @property
    def is_parent_known(self) -> bool:
        return any(self.known)

    def mark(self, start: int, end: int, kind: str = QUOTE) -> None:
        """Fold these lines, unless they are folded already."""
        for at in range(start, end):
            self.kinds[at] = self.kinds[at] or kind

    def show(self, start: int, end: int) -> None:
        self.kinds[start:end] = [SHOWN] * (end - start)

    def next_filled(self, at: int) -> int | None:
        """The next line with anything on it."""
        return next((below for below in range(at, len(self.texts)) if self.texts[below].strip()), None)

    def filled_above(self, at: int) -> int:
        """The line with anything on it above this one, -1 if there is none."""
        above = at - 1
        while above >= 0 and not self.texts[above].strip():
            above -= 1
        return above

    def end_of_shown(self, at: int) -> int:
        """Where the next quote below this line begins; the end if there is none."""
        return next(
            (below for below in range(at, len(self.kinds)) if self.kinds[below] == QUOTE), len(self.kinds)
        )

    def says(self, at: int) -> bool:
        """Whether the line is shown and its writer's own: not a program's signature nor a list's footer."""
        return (
            self.is_own[at] and not self.kinds[at] and self.marks[at] != "signature" and at < self.footer_at
        )

    def is_footer(self, at: int) -> bool:
        return at >= self.footer_at or is_list_line(self.texts[at])

    def find_footer(self) -> None:
        """Where what nobody said begins: a signature below the last quote, a list's words, a disclaimer."""
        self.footer_at = len(self.texts)
        last_quote = max((at for at, kind in enumerate(self.kinds) if kind == QUOTE), default=-1)
        for at in range(len(self.texts) - 1, max(last_quote, len(self.texts) - FOOTER_LINES), -1):
            is_short = sum(map(bool, self.texts[at + 1 :])) <= MAX_SIGNATURE
            if is_delimiter(self.texts, at) and is_short and not is_said_below(self.texts[at:]):
                self.footer_at = at
        for at in range(len(self.texts) - 1, max(-1, len(self.texts) - FOOTER_LINES), -1):
            text = self.texts[at]
            if is_rule(text):
                is_lists = any(is_list_line(below) for below in self.texts[at + 1 :])
                self.footer_at = (
                    at if is_lists or self.next_filled(at + 1) == self.footer_at else self.footer_at
                )
            elif (
                len(text) > MIN_DISCLAIMER and DISCLAIMER.match(text[:MAX_LINE]) and self._is_below_quote(at)
            ):
                self.footer_at = at

    def _is_below_quote(self, at: int) -> bool:
        above = self.filled_above(at)
        if above >= 0 and is_rule(self.texts[above]) and not self.kinds[above]:
            above = self.filled_above(above)
        return above >= 0 and self.kinds[above] == QUOTE


def open_lines(lines: Sequence[Line], subject: str, is_answer: bool, parent_text: str | None) -> Lines:
    """The lines with what their containers, their prefixes and our own message tell."""
    texts = [line.text for line in lines]
    marks = [line.mark for line in lines]
    return Lines(
        texts=texts,
        marks=marks,
        subject=subject,
        is_answer=is_answer,
        kinds=[QUOTE if mark in ("quote", "rest") else SHOWN for mark in marks],
        known=known_lines(texts, parent_text),
        prefixed=[is_quoted(text) for text in texts],
        is_own=[
            has_words(text) and not is_mobile_signature(text) and not is_list_line(text) for text in texts
        ],
        footer_at=len(texts),
    )


def known_lines(texts: Sequence[str], parent_text: str | None) -> list[bool]:
    """Which lines repeat our message: only if several do, or most of what we wrote is there."""
    if not parent_text:
        return [False] * len(texts)
    squeezed = SQUEEZE.sub("", parent_text).lower()
    short = {SQUEEZE.sub("", line).lower() for line in parent_text.split("\n")} - {""}
    keys = [SQUEEZE.sub("", unquoted(text)).lower() for text in texts]
    known = [len(key) >= SURE_KEY and key in squeezed for key in keys]
    covered = sum(len(key) for key, is_known in zip(keys, known, strict=True) if is_known)
    if sum(known) < SURE_LINES and covered < SURE_SHARE * len(squeezed):
        return [False] * len(texts)
    _spread(known, keys, short, range(1, len(texts)), -1)
    _spread(known, keys, short, range(len(texts) - 2, -1, -1), 1)
    return known


def _spread(known: list[bool], keys: list[str], short: set[str], places: range, neighbour: int) -> None:
    """Short lines of ours beside known ones are known, and empty lines that lead to a known one."""
    for at in places:
        if not known[at] and known[at + neighbour]:
            known[at] = keys[at] in short or (not keys[at] and _leads_to_known(known, keys, at, -neighbour))


def _leads_to_known(known: list[bool], keys: list[str], at: int, step: int) -> bool:
    ahead = at + step
    while 0 <= ahead < len(keys) and not keys[ahead]:
        ahead += step
    return 0 <= ahead < len(keys) and known[ahead]


def is_said_below(texts: Sequence[str]) -> bool:
    """Whether what stands below the delimiter is no mere signature: a question, an afterthought, a topic.

    A topic of its own stands below two dashes without the space of RFC 3676 and an empty line.
    """
    below = [text.strip() for text in texts[1:] if text.strip()]
    if any(ASKS.search(text) or AFTERTHOUGHT.match(text) for text in below):
        return True
    is_apart = not texts[0].endswith(" ") and len(texts) > 1 and not texts[1].strip()
    return is_apart and bool(below) and (len(below[0]) > LONG_LINE or below[0].endswith(SENTENCE_END))


def is_delimiter(texts: Sequence[str], at: int) -> bool:
    """A line such as "-- "; one that lost its space or became another dash needs an empty line above."""
    text = texts[at]
    return text == "-- " or (DELIMITER.match(text) is not None and (at == 0 or not texts[at - 1].strip()))


def has_words(text: str) -> bool:
    """Whether the line says anything: a letter, a digit, an emoji."""
    return WORDS.search(text) is not None or EMOJI.search(text) is not None


def is_mobile_signature(text: str) -> bool:
    """A line such as "Sent from my iPhone"."""
    text = text.strip()
    if not 8 <= len(text) <= 120:
        return False
    if SENT_AT_THE_END.search(text[-24:]):
        return ENDING_SIGNATURE.match(text) is not None
    return MOBILE_SIGNATURE.match(text) is not None


def is_list_line(text: str) -> bool:
    """A line a list or a virus scanner adds."""
    return len(text) <= MAX_LINE and LIST_FOOTER.match(text.strip()) is not None

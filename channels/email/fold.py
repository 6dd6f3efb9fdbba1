"""What of a letter its writer wrote now, and what may be closed because it was said before.

Nothing is removed: lines are shown or folded, and folded ones are one click away. What
the customer wrote is never folded, so whenever two readings are possible the letter is
shown. The layers, strongest first: our own message it answers, if known; the containers
mail programs use; our marker; header lines of any language; the prefix `>`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from channels.email.forwards import find_forward
from channels.email.html_text import Line
from channels.email.labels import LIST_FOOTER, MOBILE_SIGNATURE, OWN_MARKER, SEE_BELOW
from channels.email.quotes import (
    MAX_LINE,
    attribution_ending_at,
    header_block_at,
    is_original_line,
    is_quoted,
    is_rule,
    is_sure_block,
    unquoted,
)

SHOWN, QUOTE, SIGNATURE = "", "quote", "signature"
MAX_LINES = 20_000
CLOSING_LINES = 5  # what may stand under a quote and still be a name, not an answer
CLOSING_WIDTH = 50
SIGNATURE_LINES = 16
FOOTER_LINES = 12
WRAPPED_AT = 60
MAX_TRIES = 1_000  # lines with a colon that are looked at twice
SURE_KEY = 16  # letters and digits a line needs to be recognised in our message
DELIMITER = re.compile(r"^(?:-- ?|–– ?|— ?|__ ?|--\s*\xa0)$")
WORDS = re.compile(r"[^\W_]")
SENTENCE_END = re.compile(r"[.!?:;…。!?]\W*$")
SQUEEZE = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Folding:
    """The lines of a letter with, for each, why it is folded; empty where it is shown."""

    lines: tuple[str, ...]
    kinds: tuple[str, ...]

    @property
    def visible(self) -> str:
        """What is shown, in order."""
        return _trimmed(line for line, kind in zip(self.lines, self.kinds, strict=True) if not kind)

    @property
    def folded(self) -> str:
        """What is closed, in order."""
        return _trimmed(line for line, kind in zip(self.lines, self.kinds, strict=True) if kind)

    @property
    def offset(self) -> int:
        """Where in the text the last folded run that reaches its end begins; its length if none does."""
        at = len(self.kinds)
        while at and self.kinds[at - 1]:
            at -= 1
        return sum(len(line) + 1 for line in self.lines[:at])

    @property
    def first_quoted(self) -> str:
        """The first folded line with words in it, for those who look for it in HTML."""
        pairs = zip(self.lines, self.kinds, strict=True)
        return next((line for line, kind in pairs if kind == QUOTE and WORDS.search(line)), "")


def fold(
    lines: Sequence[Line], *, subject: str = "", is_answer: bool = True, parent_text: str | None = None
) -> Folding:
    """Fold quotes and signatures of a letter; `parent_text` is our message it answers, if known.

    In a letter that answers nothing, a few lines with `>` are more likely its writer's own.
    """
    texts = [line.text for line in lines[:MAX_LINES]]
    if find_forward(texts, subject) is not None:
        return _all_shown(lines)
    letter = _Letter(lines[:MAX_LINES], subject, is_answer, parent_text)
    letter.find_quotes()
    letter.open_between_answers()
    letter.find_signatures()
    if not any(
        WORDS.search(text) or _is_emoji(text)
        for text, kind in zip(texts, letter.kinds, strict=True)
        if not kind
    ):
        return _all_shown(lines)
    rest = lines[MAX_LINES:]
    return Folding((*texts, *(line.text for line in rest)), (*letter.kinds, *("" for _ in rest)))


def fold_text(
    text: str, *, subject: str = "", is_answer: bool = True, parent_text: str | None = None
) -> Folding:
    """Fold a letter that is plain text."""
    lines = [Line(line) for line in text.split("\n")]
    return fold(lines, subject=subject, is_answer=is_answer, parent_text=parent_text)


class _Letter:
    """The lines of one letter while it is decided which of them are folded."""

    def __init__(self, lines: Sequence[Line], subject: str, is_answer: bool, parent_text: str | None) -> None:
        self.texts = [line.text for line in lines]
        self.marks = [line.mark for line in lines]
        self.subject = subject
        self.is_answer = is_answer
        self.kinds = [QUOTE if mark in ("quote", "rest") else SHOWN for mark in self.marks]
        self.prefixed = [is_quoted(text) for text in self.texts]
        self.known = _known_lines(self.texts, parent_text)
        self.is_parent_known = any(self.known)
        self.footer_at = _footer_at(self.texts)
        self.tries = MAX_TRIES

    # -- quotes

    def find_quotes(self) -> None:
        """Mark every line that was said before, by all the signs there are."""
        for at, is_known in enumerate(self.known):
            if is_known or self.prefixed[at]:
                self.kinds[at] = QUOTE
        at = 0
        while at < len(self.texts):
            at = self._splitter_at(at)
        self._show_between_known_lines()
        self._attach_headers_above()
        self._join_wrapped_lines()
        self._drop_lone_prefixes()

    def _splitter_at(self, at: int) -> int:
        """Mark what a line begins; where to go on."""
        text = self.texts[at]
        if self.kinds[at] or not text.strip():
            return at + 1
        if len(text) <= MAX_LINE and OWN_MARKER.match(text):
            return self._quote_rest(at, at + 1)
        if is_original_line(text):
            return self._quote_rest(self._with_rule(at), at + 1)
        if ":" not in text and ":" not in text and not self._quote_below(at):
            return at + 1
        self.tries -= 1
        if self.tries < 0:
            return len(self.texts)
        block = header_block_at(self.texts, at, subject=self.subject)
        if block is not None and is_sure_block(block):
            return self._quote_rest(self._with_rule(at), block.end)
        below = self._next_filled(at + 1)
        quote_follows = self._quote_below(at)
        attribution = attribution_ending_at(self.texts, at, quote_follows=quote_follows)
        if attribution is None or any(self.kinds[attribution.start : at + 1]):
            return at + 1
        if quote_follows:
            self._mark(attribution.start, attribution.end)
            return self._quote_weak(below)
        return self._quote_rest(attribution.start, attribution.end) if below is not None else at + 1

    def _quote_below(self, at: int) -> bool:
        """Whether the next line with anything on it is quoted."""
        below = self._next_filled(at + 1)
        return below is not None and bool(self.kinds[below] or self.marks[below] == "weak")

    def _quote_rest(self, start: int, body: int) -> int:
        """Everything below is quoted; if the quote carries prefixes or is known, only what does."""
        self._mark(start, body)
        below = self._next_filled(body)
        if below is not None and (self.prefixed[below] or (self.is_parent_known and self.known[below])):
            return below
        if self.is_parent_known and any(self.known[body:]):
            last = max(at for at in range(body, len(self.known)) if self.known[at])
            first = next(at for at in range(body, len(self.known)) if self.known[at])
            self._mark(body, first)
            return last + 1
        self._mark(body, len(self.texts))
        return len(self.texts)

    def _quote_weak(self, below: int | None) -> int:
        """The indented block under an attribution is a quote."""
        at = len(self.texts) if below is None else below
        while at < len(self.texts) and (self.marks[at] == "weak" or not self.texts[at].strip()):
            if self.marks[at] == "weak":
                self.kinds[at] = QUOTE
            at += 1
        return at

    def _show_between_known_lines(self) -> None:
        """What stands among our own lines and is not ours is an answer, whatever container it is in."""
        known = [at for at, is_known in enumerate(self.known) if is_known]
        for at in range(known[0], known[-1]) if known else ():
            if not self.known[at] and not self.prefixed[at] and WORDS.search(self.texts[at]):
                self.kinds[at] = SHOWN

    def _attach_headers_above(self) -> None:
        """Lines that announce a quote are folded with it, even where no word of them is known."""
        for at in range(1, len(self.texts)):
            if not self.kinds[at] or self.kinds[at - 1]:
                continue
            above = at - 1
            while above >= 0 and not self.texts[above].strip() and at - above <= 3:
                above -= 1
            if above < 0 or self.kinds[above]:
                continue
            attribution = attribution_ending_at(self.texts, above, quote_follows=True)
            if attribution is not None:
                self._mark(attribution.start, at)
            elif is_rule(self.texts[above]):
                self._mark(above, at)

    def _join_wrapped_lines(self) -> None:
        """The end of a quoted line that a mail program broke and left without its prefix."""
        for at in range(1, len(self.texts) - 1):
            before, text = self.texts[at - 1], self.texts[at]
            if self.kinds[at] or not (self.prefixed[at - 1] and self.prefixed[at + 1]) or not text.strip():
                continue
            is_broken = (
                len(before) >= WRAPPED_AT and not SENTENCE_END.search(before) and len(text) < len(before)
            )
            if is_broken and text.lstrip()[:1].islower():
                self.kinds[at] = QUOTE

    def _drop_lone_prefixes(self) -> None:
        """Too few lines with a prefix and nothing that announces them are no quote: "> 5 pieces"."""
        enough = 2 if self.is_answer else 4
        at = 0
        while at < len(self.texts):
            end = at
            while end < len(self.texts) and self.prefixed[end]:
                end += 1
            if 0 < end - at < enough and not self._is_announced(at, end):
                self.kinds[at:end] = [SHOWN] * (end - at)
            at = max(end, at + 1)

    def _is_announced(self, start: int, end: int) -> bool:
        """Whether folded lines stand next to these, or their container or our message knows them."""
        around = [at for at in (start - 2, start - 1, end, end + 1) if 0 <= at < len(self.kinds)]
        within = range(start, end)
        return any(self.kinds[at] for at in around) or any(self.marks[at] or self.known[at] for at in within)

    # -- answers between quotes

    def open_between_answers(self) -> None:
        """Show quotes the customer answered one by one; keep closed what only precedes or follows."""
        answers = [at for at in range(len(self.texts)) if self._is_answer(at)]
        if not answers:
            return
        visible = "\n".join(self.texts[at] for at in answers)
        if not self.is_parent_known and SEE_BELOW.search(visible):
            self.kinds = [SHOWN] * len(self.kinds)
            return
        runs = self._quote_runs(answers[-1])
        first = answers[0]
        is_answered = [run for run in runs if run[0] > first or len(runs) > 1]
        if is_answered and not (len(runs) == 1 and self._is_closing(answers, runs[0][1])):
            for start, end in runs:
                self.kinds[start:end] = [SHOWN] * (end - start)

    def _is_answer(self, at: int) -> bool:
        text = self.texts[at]
        if self.kinds[at] or self.marks[at] == "signature":
            return False
        is_said = WORDS.search(text) is not None or _is_emoji(text)
        return is_said and not _is_mobile_signature(text) and not self._is_footer(at)

    def _quote_runs(self, last_answer: int) -> list[tuple[int, int]]:
        """Runs of quoted lines above the last answer; empty lines do not part them."""
        runs: list[tuple[int, int]] = []
        for at in range(last_answer):
            if self.kinds[at] != QUOTE:
                continue
            if runs and not any(self._is_answer(between) for between in range(runs[-1][1], at)):
                runs[-1] = (runs[-1][0], at + 1)
            else:
                runs.append((at, at + 1))
        return runs

    def _is_closing(self, answers: list[int], end_of_quote: int) -> bool:
        """Whether only a greeting and a name stand under the quote: short lines without a question."""
        below = [self.texts[at] for at in answers if at >= end_of_quote]
        return (
            len(below) <= CLOSING_LINES
            and all(len(text) <= CLOSING_WIDTH and not SENTENCE_END.search(text) for text in below)
            and any("," in text[-2:] for text in below[:1])
        )

    # -- signatures and footers

    def find_signatures(self) -> None:
        """Fold what programs sign with: marked, below "-- ", or a line about a device."""
        for at, text in enumerate(self.texts):
            if self.kinds[at]:
                continue
            if self.marks[at] == "signature" or (_is_mobile_signature(text) and self._is_last(at)):
                self.kinds[at] = SIGNATURE
        start = self._delimiter()
        if start is not None:
            end = next(
                (at for at in range(start, len(self.kinds)) if self.kinds[at] == QUOTE), len(self.kinds)
            )
            self._mark(start, end, SIGNATURE)
        self._fold_footers()
        self._fold_empty_lines()

    def _is_last(self, at: int) -> bool:
        """Whether nothing is said between this line and the next quote or the end, but for more signature."""
        for below in range(at + 1, len(self.texts)):
            if self.kinds[below] == QUOTE:
                return True
            if self._is_answer(below) and not DELIMITER.match(self.texts[below]):
                return False
        return True

    def _delimiter(self) -> int | None:
        """The last "-- " of the shown text if no more than a signature stands below it."""
        shown = [at for at, kind in enumerate(self.kinds) if not kind]
        for at in reversed(shown):
            if not DELIMITER.match(self.texts[at]):
                continue
            end = next(
                (below for below in range(at, len(self.kinds)) if self.kinds[below] == QUOTE), len(self.kinds)
            )
            below = [text for text in self.texts[at + 1 : end] if text.strip()]
            later = [
                one for one in shown if one >= end and self.texts[one].strip() and not self._is_footer(one)
            ]
            above = any(WORDS.search(self.texts[one]) for one in shown if one < at)
            is_sure = self.texts[at] == "-- " or at == 0 or not self.texts[at - 1].strip()
            return at if is_sure and len(below) <= SIGNATURE_LINES and not later and above else None
        return None

    def _fold_footers(self) -> None:
        """Fold what a list or a virus scanner wrote, if it is the end of the letter."""
        at = len(self.texts)
        while at and (self.kinds[at - 1] or not self.texts[at - 1].strip() or self._is_footer(at - 1)):
            at -= 1
        if any(self._is_footer(below) for below in range(at, len(self.texts))):
            self._mark(at, len(self.texts), SIGNATURE)

    def _is_footer(self, at: int) -> bool:
        return at >= self.footer_at or _is_list_line(self.texts[at])

    def _fold_empty_lines(self) -> None:
        """Empty lines among folded ones, and between them and the end, are folded too."""
        closed = SIGNATURE
        for at in range(len(self.texts) - 1, -1, -1):
            if self.kinds[at]:
                closed = self.kinds[at]
            elif self.texts[at].strip():
                closed = SHOWN
            elif closed and (
                at == 0 or self.kinds[at - 1] or at + 1 == len(self.texts) or self.kinds[at + 1]
            ):
                self.kinds[at] = closed

    # -- small tools

    def _mark(self, start: int, end: int, kind: str = QUOTE) -> None:
        for at in range(start, end):
            self.kinds[at] = self.kinds[at] or kind

    def _with_rule(self, at: int) -> int:
        above = at - 1
        while above >= 0 and not self.texts[above].strip():
            above -= 1
        return above if above >= 0 and is_rule(self.texts[above]) else at

    def _next_filled(self, at: int) -> int | None:
        return next((below for below in range(at, len(self.texts)) if self.texts[below].strip()), None)


def _footer_at(texts: Sequence[str]) -> int:
    """Where a list's footer begins: a rule near the end with a list's words below it."""
    for at in range(len(texts) - 1, max(-1, len(texts) - FOOTER_LINES), -1):
        if is_rule(texts[at]):
            return at if any(_is_list_line(text) for text in texts[at + 1 :]) else len(texts)
    return len(texts)


def _known_lines(texts: Sequence[str], parent_text: str | None) -> list[bool]:
    """Which lines repeat our message: a run of them, or most of what we wrote."""
    if not parent_text:
        return [False] * len(texts)
    squeezed = SQUEEZE.sub("", parent_text).lower()
    short = {SQUEEZE.sub("", line).lower() for line in parent_text.split("\n")}
    keys = [SQUEEZE.sub("", unquoted(text)).lower() for text in texts]
    known = [len(key) >= SURE_KEY and key in squeezed for key in keys]
    covered = sum(len(key) for key, is_known in zip(keys, known, strict=True) if is_known)
    if sum(known) < 3 and covered < 0.6 * len(squeezed):
        return [False] * len(texts)
    for step in (1, -1):  # short lines of ours beside sure ones
        for at in range(len(texts))[::step]:
            near = at - step
            if (
                not known[at]
                and 0 <= near < len(texts)
                and known[near]
                and (keys[at] in short or not keys[at])
            ):
                known[at] = bool(keys[at]) or _leads_to_known(known, keys, at, step)
    return known


def _leads_to_known(known: list[bool], keys: list[str], at: int, step: int) -> bool:
    """Whether an empty line parts two lines of ours."""
    ahead = at + step
    while 0 <= ahead < len(keys) and not keys[ahead]:
        ahead += step
    return 0 <= ahead < len(keys) and known[ahead]


def _is_list_line(text: str) -> bool:
    return len(text) <= MAX_LINE and LIST_FOOTER.match(text.strip()) is not None


def _is_mobile_signature(text: str) -> bool:
    text = text.strip()
    return 8 <= len(text) <= 120 and MOBILE_SIGNATURE.match(text) is not None


def _is_emoji(text: str) -> bool:
    return any(char >= "\u2190" and not char.isalnum() and not char.isspace() for char in text) and any(
        0x1F000 <= ord(char) or 0x2600 <= ord(char) <= 0x27BF for char in text
    )


def _all_shown(lines: Sequence[Line]) -> Folding:
    return Folding(tuple(line.text for line in lines), ("",) * len(lines))


def _trimmed(lines: Iterable[str]) -> str:
    return "\n".join(lines).strip("\n").rstrip()

"""What of a letter its writer wrote now, and what may be closed because it was said before.

Nothing is removed: lines are shown or folded, and folded ones are one click away. What
the customer wrote is never folded, so whenever two readings are possible the letter is
shown. The layers, strongest first: our own message it answers, if known; the containers
mail programs use; our marker; header lines of any language; the prefix `>`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from channels.email.fold_quotes import find_quotes
from channels.email.fold_signatures import find_signatures
from channels.email.folded_lines import QUOTE, Lines, has_words, open_lines
from channels.email.forwards import find_forward
from channels.email.html_text import Line
from channels.email.labels import CLOSING, SEE_BELOW

MAX_LINES = 20_000
CLOSING_LINES = 8  # what may stand under a quote and still be a name, not an answer
CLOSING_WIDTH = 60


@dataclass(frozen=True, slots=True)
class Folding:
    """The lines of a letter with, for each, why it is folded; empty where it is shown."""

    lines: tuple[str, ...]
    kinds: tuple[str, ...]

    @property
    def visible(self) -> str:
        """What is shown, in order."""
        return _joined(line for line, kind in zip(self.lines, self.kinds, strict=True) if not kind)

    @property
    def folded(self) -> str:
        """What is closed, in order."""
        return _joined(line for line, kind in zip(self.lines, self.kinds, strict=True) if kind)

    @property
    def offset(self) -> int:
        """Where in the text the last folded run that reaches its end begins; its length if none does."""
        at = len(self.kinds)
        while at and self.kinds[at - 1]:
            at -= 1
        return sum(len(line) + 1 for line in self.lines[:at])


def fold(
    lines: Sequence[Line], *, subject: str = "", is_answer: bool = True, parent_text: str | None = None
) -> Folding:
    """Fold quotes and signatures of a letter; `parent_text` is our message it answers, if known.

    In a letter that answers nothing, a few lines with `>` are more likely its writer's own.
    """
    texts = tuple(line.text for line in lines)
    shown = Folding(texts, ("",) * len(texts))
    if find_forward(texts[:MAX_LINES], subject) is not None:
        return shown
    letter = open_lines(lines[:MAX_LINES], subject, is_answer, parent_text)
    find_quotes(letter)
    letter.find_footer()
    open_between_answers(letter)
    find_signatures(letter)
    if not any(has_words(text) for text, kind in zip(letter.texts, letter.kinds, strict=True) if not kind):
        return shown
    return Folding(texts, (*letter.kinds, *shown.kinds[len(letter.kinds) :]))


def fold_text(
    text: str, *, subject: str = "", is_answer: bool = True, parent_text: str | None = None
) -> Folding:
    """Fold a letter that is plain text."""
    lines = [Line(line) for line in text.split("\n")]
    return fold(lines, subject=subject, is_answer=is_answer, parent_text=parent_text)


def open_between_answers(lines: Lines) -> None:
    """Show quotes that are answered one by one; keep closed what only precedes or follows the answer."""
    answers = [at for at in range(len(lines.texts)) if lines.says(at)]
    if not answers:
        return
    if not lines.is_parent_known and SEE_BELOW.search("\n".join(lines.texts[at] for at in answers)):
        lines.show(0, len(lines.texts))
        return
    runs = _quote_runs(lines, answers[-1])
    if len(runs) == 1 and (runs[0][0] < answers[0] or _is_closing(lines, answers, runs[0][1])):
        return
    for start, end in runs:
        lines.show(start, end)


def _quote_runs(lines: Lines, last_answer: int) -> list[tuple[int, int]]:
    """Runs of quoted lines above the last answer; empty lines do not part them."""
    runs: list[tuple[int, int]] = []
    for at in range(last_answer):
        if lines.kinds[at] != QUOTE:
            continue
        if runs and not any(lines.says(between) for between in range(runs[-1][1], at)):
            runs[-1] = (runs[-1][0], at + 1)
        else:
            runs.append((at, at + 1))
    return runs


def _is_closing(lines: Lines, answers: list[int], end_of_quote: int) -> bool:
    """Whether only a greeting and a name stand under the quote: "Regards," and short lines."""
    below = [lines.texts[at] for at in answers if at >= end_of_quote]
    is_short = all(len(text) <= CLOSING_WIDTH and "?" not in text for text in below)
    is_greeting = "," in below[0][-2:] or CLOSING.match(below[0]) is not None
    return is_short and is_greeting and len(below) <= CLOSING_LINES


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines).strip("\n").rstrip()

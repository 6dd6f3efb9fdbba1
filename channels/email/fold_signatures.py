"""What programs sign with, at the end of what is shown."""

from channels.email.folded_lines import (
    DELIMITER,
    MAX_SIGNATURE,
    QUOTE,
    SHOWN,
    SIGNATURE,
    WORDS,
    Lines,
    is_delimiter,
    is_mobile_signature,
    is_said_below,
)


def find_signatures(lines: Lines) -> None:
    """Fold what is marked as a signature, stands below "-- ", names a device or is a list's footer."""
    for at, text in enumerate(lines.texts):
        if lines.kinds[at]:
            continue
        if lines.marks[at] == "signature" or (is_mobile_signature(text) and _is_last(lines, at)):
            lines.kinds[at] = SIGNATURE
    start = _delimiter(lines)
    if start is not None:
        lines.mark(start, lines.end_of_shown(start), SIGNATURE)
    _fold_footer(lines)
    _fold_empty_lines(lines)


def _is_last(lines: Lines, at: int) -> bool:
    """Whether nothing is said between this line and the next quote or the end, but for more signature."""
    for below in range(at + 1, len(lines.texts)):
        if lines.kinds[below] == QUOTE:
            return True
        if lines.says(below) and not DELIMITER.match(lines.texts[below]):
            return False
    return True


def _delimiter(lines: Lines) -> int | None:
    """The last "-- " of the shown text if no more than a signature stands below it, and something above."""
    shown = [at for at, kind in enumerate(lines.kinds) if not kind]
    at = next((at for at in reversed(shown) if DELIMITER.match(lines.texts[at])), None)
    if at is None or not is_delimiter(lines.texts, at):
        return None
    end = lines.end_of_shown(at)
    if is_said_below(lines.texts[at:end]):
        return None
    below = sum(1 for text in lines.texts[at + 1 : end] if text.strip())
    is_said_above = any(WORDS.search(lines.texts[one]) for one in shown if one < at)
    is_said_later = any(lines.says(one) for one in range(end, len(lines.texts)))
    return at if below <= MAX_SIGNATURE and is_said_above and not is_said_later else None


def _fold_footer(lines: Lines) -> None:
    """Fold what a list or a virus scanner wrote, if it is the end of the letter."""
    at = len(lines.texts)
    while at and (lines.kinds[at - 1] or not lines.texts[at - 1].strip() or lines.is_footer(at - 1)):
        at -= 1
    if any(lines.is_footer(below) for below in range(at, len(lines.texts))):
        lines.mark(at, len(lines.texts), SIGNATURE)


def _fold_empty_lines(lines: Lines) -> None:
    """Empty lines among folded ones, and between them and the end, are folded too."""
    below = SIGNATURE
    for at in range(len(lines.texts) - 1, -1, -1):
        if lines.kinds[at]:
            below = lines.kinds[at]
        elif lines.texts[at].strip():
            below = SHOWN
        elif below:
            is_last = at + 1 == len(lines.texts) or bool(lines.kinds[at + 1])
            lines.kinds[at] = below if is_last or at == 0 or lines.kinds[at - 1] else SHOWN

"""Which lines of a letter were said before, by all the signs there are."""

import re

from channels.email.folded_lines import QUOTE, SHOWN, WORDS, Lines
from channels.email.labels import REPLY_ABOVE
from channels.email.quotes import (
    MAX_LINE,
    attribution_ending_at,
    header_block_at,
    is_dated_line,
    is_original_line,
    is_rule,
    is_sure_block,
)

MAX_TRIES = 1_000  # lines with a colon that are looked at twice
WRAPPED_AT = 60
LONE_LINES = 2
LONE_LINES_OF_A_FIRST_LETTER = 4
SENTENCE_END = re.compile(r"[.!?:;…。!?]\W*$")


def find_quotes(lines: Lines) -> None:
    """Mark every line that was said before."""
    for at, is_known in enumerate(lines.known):
        if is_known or lines.prefixed[at]:
            lines.kinds[at] = QUOTE
    at, tries = 0, MAX_TRIES
    while at < len(lines.texts) and tries:
        tries -= _is_worth_trying(lines, at)
        at = _mark_from(lines, at)
    _show_between_known_lines(lines)
    _attach_announcements(lines)
    _join_wrapped_lines(lines)
    _drop_lone_prefixes(lines)


def _mark_from(lines: Lines, at: int) -> int:
    """Mark what a line begins; where to go on."""
    text = lines.texts[at]
    if lines.kinds[at] or not text.strip():
        return at + 1
    if len(text) <= MAX_LINE and REPLY_ABOVE.match(text):
        return _mark_rest(lines, at, at + 1)
    if is_original_line(text) or is_dated_line(text):
        return _mark_rest(lines, _with_rule(lines, at), at + 1)
    if not _is_worth_trying(lines, at):
        return at + 1
    block = header_block_at(lines.texts, at, subject=lines.subject)
    if block is not None and is_sure_block(block):
        return _mark_rest(lines, _with_rule(lines, at), block.end)
    return _mark_attribution(lines, at)


def _is_worth_trying(lines: Lines, at: int) -> bool:
    text = lines.texts[at]
    return ":" in text or ":" in text or _quote_follows(lines, at)


def _mark_attribution(lines: Lines, at: int) -> int:
    quote_follows = _quote_follows(lines, at)
    attribution = attribution_ending_at(lines.texts, at, quote_follows=quote_follows)
    below = lines.next_filled(at + 1)
    if attribution is None or below is None or any(lines.kinds[attribution.start : at + 1]):
        return at + 1
    if not quote_follows:
        return _mark_rest(lines, attribution.start, attribution.end)
    lines.mark(attribution.start, attribution.end)
    while below < len(lines.texts) and (lines.marks[below] == "weak" or not lines.texts[below].strip()):
        if lines.marks[below] == "weak":  # an indented block is a quote if it is announced
            lines.kinds[below] = QUOTE
        below += 1
    return below


def _mark_rest(lines: Lines, start: int, body: int) -> int:
    """Everything below is quoted; if the quote carries prefixes or is known, only what does."""
    lines.mark(start, body)
    below = lines.next_filled(body)
    if below is not None and (lines.prefixed[below] or lines.known[below]):
        return below
    known = [at for at in range(body, len(lines.known)) if lines.known[at]]
    if known:
        lines.mark(body, known[0])
        return known[-1] + 1
    lines.mark(body, len(lines.texts))
    return len(lines.texts)


def _quote_follows(lines: Lines, at: int) -> bool:
    """Whether the next line with anything on it is quoted."""
    below = lines.next_filled(at + 1)
    return below is not None and bool(lines.kinds[below] or lines.marks[below] == "weak")


def _with_rule(lines: Lines, at: int) -> int:
    """The rule some programs draw above belongs to the quote."""
    above = lines.filled_above(at)
    return above if above >= 0 and is_rule(lines.texts[above]) else at


def _show_between_known_lines(lines: Lines) -> None:
    """What stands among our own lines and is not ours is an answer, whatever container it is in."""
    known = [at for at, is_known in enumerate(lines.known) if is_known]
    for at in range(known[0], known[-1]) if known else ():
        if not lines.known[at] and not lines.prefixed[at] and WORDS.search(lines.texts[at]):
            lines.kinds[at] = SHOWN


def _attach_announcements(lines: Lines) -> None:
    """Lines that announce a quote are folded with it, even where no word of them is known."""
    for at in range(1, len(lines.texts)):
        if not lines.kinds[at] or lines.kinds[at - 1]:
            continue
        above = lines.filled_above(at)
        if above < max(0, at - 4) or lines.kinds[above]:
            continue
        attribution = attribution_ending_at(lines.texts, above, quote_follows=True)
        if attribution is not None:
            lines.mark(attribution.start, at)
        elif is_rule(lines.texts[above]):
            lines.mark(above, at)


def _join_wrapped_lines(lines: Lines) -> None:
    """The end of a quoted line that a mail program broke and left without its prefix."""
    for at in range(1, len(lines.texts) - 1):
        before, text = lines.texts[at - 1], lines.texts[at]
        if lines.kinds[at] or not (lines.prefixed[at - 1] and lines.prefixed[at + 1]):
            continue
        is_broken = len(text) < len(before) >= WRAPPED_AT and not SENTENCE_END.search(before)
        if is_broken and text.lstrip()[:1].islower():
            lines.kinds[at] = QUOTE


def _drop_lone_prefixes(lines: Lines) -> None:
    """Too few lines with a prefix and nothing that announces them are no quote: "> 5 pieces"."""
    enough = LONE_LINES if lines.is_answer else LONE_LINES_OF_A_FIRST_LETTER
    at = 0
    while at < len(lines.texts):
        end = at
        while end < len(lines.texts) and lines.prefixed[end]:
            end += 1
        if 0 < end - at < enough and not _is_announced(lines, at, end):
            lines.show(at, end)
        at = max(end, at + 1)


def _is_announced(lines: Lines, start: int, end: int) -> bool:
    """Whether folded lines stand next to these, or their container or our message knows them."""
    around = [at for at in (start - 2, start - 1, end, end + 1) if 0 <= at < len(lines.kinds)]
    known = any(lines.marks[at] or lines.known[at] for at in range(start, end))
    return known or any(lines.kinds[at] for at in around)

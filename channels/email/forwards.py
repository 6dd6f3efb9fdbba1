"""Whether a letter is a forward, and whose letter was forwarded.

A forward says so by a line of its program, by its subject over a block of fields, or by
holding the letter as a file. What merely quotes a forward further down is an answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from channels.email.labels import END_OF_FORWARD, field_of
from channels.email.letters import Address, Forwarded
from channels.email.quotes import (
    LABEL,
    MAX_LINE,
    Attribution,
    HeaderBlock,
    attribution_ending_at,
    flat_forward_at,
    header_block_at,
    is_forwarded_line,
    is_original_line,
    is_quoted,
    is_rule,
    is_sure_block,
    unquoted,
)
from channels.email.subject import base_subject, subject_shape

MAX_TRIES = 1_000
NEAR = 6  # lines between the program's line and the fields it announces
KEEP = re.compile(r"^\s*#keep\b|^\s*@fwd\b", re.IGNORECASE | re.MULTILINE)
NORDIC_FORWARD = re.compile(r"^\W*(?:fra|sendt|från)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ForwardStart:
    """Where the forwarded letter begins, where its own text begins, and what says whose it is."""

    start: int
    body: int
    source: HeaderBlock | Attribution | None


def find_forward(lines: Sequence[str], subject: str) -> ForwardStart | None:
    """Where a forwarded letter begins in these lines; None for answers and ordinary letters."""
    shape = subject_shape(subject)
    tries = MAX_TRIES
    for at, text in enumerate(lines):
        if not text or text.isspace():
            continue
        if (start := _by_line(lines, at, subject)) is not None:
            return start
        if is_quoted(text):
            if shape != "forward":
                return None
            if (start := _quoted_whole(lines, at, subject)) is not None:
                return start
        elif is_original_line(text):
            return _announced(lines, at, subject) if _means_forward(shape, lines, at) else None
        elif ":" in text or ":" in text:
            tries -= 1
            is_decided, start = _by_source(lines, at, subject)
            if is_decided or not tries:
                return start
    return None


def read_forwarded(lines: Sequence[str], start: ForwardStart, subject: str) -> Forwarded:
    """The forwarded letter as its fields and text tell it, and what was written above it."""
    body = list(lines[start.body :])
    for at, text in enumerate(body):
        if len(text) <= MAX_LINE and END_OF_FORWARD.match(text):
            body = body[:at]
            break
    filled = [line for line in body if line.strip()]
    if filled and all(is_quoted(line) for line in filled):
        body = [unquoted(line) for line in body]
    source = start.source
    block = source if isinstance(source, HeaderBlock) else None
    return Forwarded(
        from_=source.from_ if source else None,
        subject=(block.subject if block and block.subject else base_subject(subject)),
        date=source.date if source else None,
        text="\n".join(body).strip(),
        comment="\n".join(lines[: start.start]).strip(),
        to=block.to if block else (),
    )


def wants_to_keep(comment: str) -> bool:
    """Whether the forwarder asks that the dialog be the forwarder's own: a line #keep or @fwd."""
    return KEEP.search(comment) is not None


def reads_as_forward(subject: str, text: str) -> bool:
    """Whether References must not be believed: the letter forwards another thread to us (I20b)."""
    shape = subject_shape(subject)
    return shape == "forward" or (shape != "reply" and find_forward(text.split("\n"), subject) is not None)


def _by_source(lines: Sequence[str], at: int, subject: str) -> tuple[bool, ForwardStart | None]:
    """Whether fields or an attribution here decide the matter, and the forward they begin if it is one."""
    shape = subject_shape(subject)
    block = header_block_at(lines, at, subject=subject)
    if block is not None and (shape == "forward" or is_sure_block(block)):
        is_forward = _means_forward(shape, lines, at)
        return True, ForwardStart(_with_rule(lines, at), block.end, block) if is_forward else None
    attribution = attribution_ending_at(lines, at, quote_follows=False)
    if attribution is None:
        return False, None
    is_forward = shape == "forward" and attribution.from_ is not None
    return True, ForwardStart(attribution.start, attribution.end, attribution) if is_forward else None


def _by_line(lines: Sequence[str], at: int, subject: str) -> ForwardStart | None:
    """A forward that its program's own line announces, with the fields below it or in it."""
    if is_forwarded_line(lines[at]):
        return _announced(lines, at, subject)
    flat = flat_forward_at(lines[at], at)
    return ForwardStart(at, at + 1, flat) if flat is not None else None


def _quoted_whole(lines: Sequence[str], at: int, subject: str) -> ForwardStart | None:
    """A forward whose program quotes all of it, its own line and the fields included."""
    if is_forwarded_line(unquoted(lines[at])):
        return _announced(lines, at, subject)
    block = header_block_at(lines, at, subject=subject)
    return ForwardStart(at, block.end, block) if block is not None and is_sure_block(block) else None


def _announced(lines: Sequence[str], at: int, subject: str) -> ForwardStart:
    """The forward a program's line announces: by fields below it, or by an attribution."""
    end = min(len(lines), at + 1 + NEAR)
    stripped = [unquoted(line) for line in lines[at + 1 : end + 40]]
    for below in range(min(NEAR, len(stripped))):
        if not stripped[below].strip():
            continue
        block = header_block_at(stripped, below, subject=subject) or _lone_sender(stripped, below)
        if block is not None:
            return ForwardStart(at, _past_rule(lines, at + 1 + block.end), block)
        attribution = attribution_ending_at(stripped, below, quote_follows=True)
        if attribution is not None and attribution.from_ is not None:
            return ForwardStart(at, at + 1 + attribution.end, attribution)
    return ForwardStart(at, at + 1, None)


def _lone_sender(lines: Sequence[str], at: int) -> HeaderBlock | None:
    """A sender with nothing else, as some phones print it."""
    label = LABEL.match(lines[at][:MAX_LINE])
    if label and field_of(label[1]) == "from" and label[2]:
        return HeaderBlock(at, at + 1, {"from": label[2]})
    return None


def _means_forward(shape: str, lines: Sequence[str], at: int) -> bool:
    """Whether a header block that could stand in an answer too stands in a forward."""
    if shape == "forward":
        return True
    if shape == "either":
        return any(NORDIC_FORWARD.match(line[:MAX_LINE]) for line in lines[at : at + NEAR])
    return shape == "new" and not any(line.strip() and not is_rule(line) for line in lines[:at])


def _with_rule(lines: Sequence[str], at: int) -> int:
    """The line of underscores Outlook draws above a block belongs to it."""
    above = at - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    return above if above >= 0 and is_rule(lines[above]) else at


def _past_rule(lines: Sequence[str], at: int) -> int:
    """Some programs repeat their line below the fields."""
    return at + 1 if at < len(lines) and (is_forwarded_line(lines[at]) or is_rule(lines[at])) else at


def original_sender(forwarded: Forwarded, own: Sequence[str]) -> Address | None:
    """Who the forwarded letter is from, unless that is one of our own addresses."""
    sender = forwarded.from_
    known = {address.lower() for address in own}
    return sender if sender is not None and sender.address.lower() not in known else None

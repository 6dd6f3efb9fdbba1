"""Where a quote begins in lines of text: attributions, header blocks, separators, of any language.

Words are known for some forty languages; where they are not, the shape is: a line with
a date, an address and a colon; three labels with an address, a date and this subject.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from channels.email.addresses import find_addresses, read_addresses
from channels.email.dates import CLOCK, read_written_date
from channels.email.labels import FLAT_LABEL, FORWARDED_LINE, ORIGINAL_LINE, WROTE_WORDS, Field, field_of
from channels.email.letters import Address
from channels.email.subject import base_subject

MAX_ATTRIBUTION = 400
MAX_BLOCK = 60
MAX_VALUE = 20_000
MAX_AT = 8
MAX_LINE = 400  # longer lines are prose, and patterns need not try
LEADING = " \t*_|>\xa0\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
LABEL_EDGE = " \t*_\xa0"
QUOTED = re.compile(r"^ {0,3}(?:>|»|\|\s|[A-Z][A-Za-z]{0,3}> )")
LABEL = re.compile(
    r"^[\s*_|>\u200e\u200f]*([^\W\d_][^::\n]{0,38}?|cc|抄送)[\s*_]*[::][\s*_]*(.*?)[\s*_]*$", re.IGNORECASE
)
COLON = (":", ":", ":*", ":_", "︰")
DASHED = re.compile(r"^[\s>]{0,9}-{3,40}[^-].{3,200}[^-]-{3,40}\s*$")
DASHED_START = re.compile(r"^[\s>]{0,9}-{3,40}[^-]{3,80}-{3,40}(?=\s*\w)")
LETTER = re.compile(r"[^\W\d_]")
RULE = re.compile(r"^\s*[_\-=*─—]{5,}\s*$")
MAIL_TO = re.compile(r"\[?(?:mailto|smtp):\s*([^\s\]>]+)\]?", re.IGNORECASE)
WHEN = re.compile(
    r"\d{1,2}[:.h時]\s?\d{2}(?::\d{2})?(?:\s?[ap]\.?\s?m\.?(?!\w))?"
    r"(?:\s?(?:Uhr|GMT|UTC)?\s?[+-]\d{1,2}:?(?:\d{2})?)?|(?:19|20)\d\d",
    re.IGNORECASE,
)
BEFORE_NAME = re.compile(
    r"^[\s,;.]*(?:(?:г\.|р\.|uhr|klo|odesílatel|uživatel|používateľ|пользователь|користувач|időpontban|heeft|tarihinde|użytkownik|от|від|από|ο\sχρήστης|o|μ\.μ\.|π\.μ\.)"
    r"(?!\w)[\s,;.]*){0,3}",
    re.IGNORECASE,
)
OPENERS = re.compile(
    r"""
    ^(?:on|am|le|el|il|em|no\sdia|op|den|de|dne|dňa|w\sdniu|dnia|pe|în|in\sdata|a|τη|στις|kun|vào|pada
    |wed|mon|tue|thu|fri|sat|sun|пн|вт|ср|чт|пт|сб|вс|нд|понедельник|вторник|среда|четверг|пятница
    |суббота|воскресенье|на|в|від|\d)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """The fields of a letter as somebody's mail program printed them, and the lines they take."""

    start: int
    end: int
    values: dict[Field, str] = field(default_factory=dict)

    @property
    def from_(self) -> Address | None:
        return read_written_address(self.values.get("from", ""))

    @property
    def date(self) -> datetime | None:
        return read_written_date(self.values.get("date", ""))

    @property
    def subject(self) -> str:
        return self.values.get("subject", "")

    @property
    def to(self) -> tuple[Address, ...]:
        return read_addresses(MAIL_TO.sub(r"<\1>", self.values.get("to", "")))


@dataclass(frozen=True, slots=True)
class Attribution:
    """Lines that say who wrote what follows; `is_sure` if nothing else reads like them."""

    start: int
    end: int
    text: str
    is_sure: bool

    @property
    def from_(self) -> Address | None:
        return read_written_address(self.text)

    @property
    def date(self) -> datetime | None:
        return read_written_date(self.text)


def is_quoted(text: str) -> bool:
    """Whether the line carries a quote's prefix."""
    return QUOTED.match(text) is not None


def unquoted(text: str) -> str:
    """The line without its prefixes, however deep."""
    return re.sub(r"^(?: {0,3}(?:>|»|\|(?=\s)) ?)+", "", text)


def header_block_at(lines: Sequence[str], at: int, *, subject: str = "") -> HeaderBlock | None:
    """The block of fields that begins at this line: a sender and a date, subject or recipient."""
    if (":" not in lines[at] and ":" not in lines[at]) or len(lines[at]) > MAX_LINE:
        return None
    values: dict[Field, str] = {}
    last: Field | None = None
    end = at
    for index in range(at, min(len(lines), at + MAX_BLOCK)):
        text = lines[index]
        if not text.strip(LEADING):
            if not _label_follows(lines, index):
                break
            continue
        label = LABEL.match(text[:MAX_VALUE])
        name = field_of(label[1]) if label else None
        if label and name is None and len(values) >= 2 and _fits_block(label[2], subject):
            name = "subject" if base_subject(label[2]) == base_subject(subject) else "other"
        if label and name is not None and (name not in values or name in ("other", "cc", "to")):
            values.setdefault(name, label[2].strip())
            last = name
        elif last is not None and _continues(lines[index - 1], text, values.get(last, "")):
            values[last] = f"{values.get(last, '')} {text.lstrip(LEADING).rstrip()}".strip()
        else:
            break
        end = index + 1
    if "from" in values and values.keys() & {"date", "to", "subject"} and any(values.values()):
        return HeaderBlock(at, end, values)
    return _one_line_block(lines[at], at) or _unknown_block(lines, at, subject)


def is_sure_block(block: HeaderBlock) -> bool:
    """Whether the block can only be a quoted letter's, not a journey: From: Berlin, To: Munich."""
    named = block.values.keys()
    if len(named & {"date", "to", "subject", "cc"}) < 2:
        return False
    if "date" in named and not any(each.isdigit() for each in block.values["date"]):
        return False  # programs print numbers, people write "Monday"
    if block.from_ is not None:
        return block.date is not None or {"subject", "to"} <= named
    return "subject" in named and block.date is not None and CLOCK.search(block.values["date"]) is not None


def attribution_ending_at(lines: Sequence[str], at: int, *, quote_follows: bool) -> Attribution | None:
    """The attribution whose last line this is, over up to four lines; None if it says something else."""
    if len(lines[at]) > MAX_LINE:
        return None
    last = lines[at].strip(LEADING)
    has_colon = lines[at].rstrip().endswith(COLON) or last.endswith(COLON)
    if not last or (not has_colon and not quote_follows and not WROTE_WORDS.search(last[-40:])):
        return None
    weak: Attribution | None = None
    for start in range(at, max(-1, at - 4), -1):
        if not lines[start].strip(LEADING) or (
            start < at and is_quoted(lines[start]) != is_quoted(lines[at])
        ):
            break
        text = " ".join(line.strip(LEADING) for line in lines[start : at + 1])
        if len(text) > MAX_ATTRIBUTION:
            break
        grade = _grade(text, has_colon)
        if grade == 3:
            return Attribution(start, at + 1, text, is_sure=True)
        if grade and (weak is None or (grade > 1 and not weak.is_sure)):
            weak = (
                weak
                if weak is not None and start < at and not OPENERS.match(text)
                else Attribution(start, at + 1, text, grade == 2)
            )
    if weak is None or (not quote_follows and not weak.is_sure):
        return None
    return weak


def is_original_line(text: str) -> bool:
    """A line such as -----Original Message-----."""
    return _may_separate(text) and ORIGINAL_LINE.match(text) is not None


def is_dated_line(text: str) -> bool:
    """A line between dashes that names a person and a day: ----- Message from Ann <…> on Mon, 5 May -----."""
    if not _may_separate(text) or not DASHED.match(text):
        return False
    return bool(find_addresses(text)) and read_written_date(text) is not None


def is_forwarded_line(text: str) -> bool:
    """A line such as ---------- Forwarded message ---------."""
    return _may_separate(text) and FORWARDED_LINE.match(text) is not None


def flat_forward_at(text: str, at: int) -> HeaderBlock | None:
    """A forward's line that goes on with its fields: ----- Forwarded Message ----- From: … Subject: x."""
    line = DASHED_START.match(text[:MAX_LINE]) if text.lstrip(LEADING).startswith("--") else None
    if line is None or not is_forwarded_line(line[0]):
        return None
    return _one_line_block(text[line.end() :], at)


def is_rule(text: str) -> bool:
    """A line of underscores or dashes alone."""
    return len(text) <= MAX_LINE and RULE.match(text) is not None


def _may_separate(text: str) -> bool:
    """Whether it is worth trying: short, and with a word in it."""
    return len(text) <= MAX_LINE and LETTER.search(text) is not None


def read_written_address(text: str) -> Address | None:
    """The person in a From line or an attribution, as mail programs print them."""
    text = (
        MAIL_TO.sub(r"<\1>", text).replace("&lt;", "<").replace("&gt;", ">").strip(LEADING.replace(">", ""))
    )
    addresses = find_addresses(text)
    if not addresses:
        return None
    address = addresses[0]
    before = text[: text.find(address)]
    name = before.strip(" \t<(['\"“”„«»‘’*_,;:\xa0")
    for quotes in ('"', "“", "«", "„"):
        if quotes in name:
            name = name.rpartition(quotes)[2]
    if WROTE_WORDS.search(name) or read_written_date(name) is not None:
        name = _name_after_date(name)
    return Address("" if "@" in name else name.strip(" \"'“”„«»*_,;<([")[:200], address)


def _grade(text: str, has_colon: bool) -> int:
    """3: date with an address, or an hour and a verb; 2: address and verb; 1: something of it; 0: nothing."""
    if text.count("@") > MAX_AT:
        return 0
    verb = WROTE_WORDS.search(text) is not None
    address = "@" in text and bool(find_addresses(text))
    date = any(char.isdigit() for char in text) and read_written_date(text) is not None
    if date and ((address and has_colon) or (verb and (address or CLOCK.search(text)))):
        return 3
    if address and verb:
        return 2
    return 1 if (has_colon and (verb or date or address)) or (date and (address or verb)) else 0


def _name_after_date(text: str) -> str:
    """The name behind date and time in an attribution."""
    tail = WHEN.split(text)[-1]
    for verb in WROTE_WORDS.finditer(tail):
        tail = tail[verb.end() :] if tail[verb.end() :].strip(" ,;:") else tail[: verb.start()]
        break
    tail = BEFORE_NAME.sub("", tail)
    return "" if any(char.isdigit() for char in tail) else tail


def _fits_block(value: str, subject: str) -> bool:
    """Whether a field with an unknown label belongs to the block around it."""
    base = base_subject(subject)
    return bool(find_addresses(value)) or (len(base) > 2 and base_subject(value) == base)


def _label_follows(lines: Sequence[str], at: int) -> bool:
    """Whether the line after one empty line is another field of the same block."""
    if at + 1 >= len(lines):
        return False
    label = LABEL.match(lines[at + 1])
    return label is not None and field_of(label[1]) is not None


def _continues(before: str, text: str, value: str) -> bool:
    """Whether a line goes on with the field above: recipients, a long subject, a value below its label."""
    if not value:
        return True
    return (
        before.rstrip().endswith((",", ";")) or text.startswith((" ", "\t")) or text.lstrip().startswith("<")
    )


def _one_line_block(text: str, at: int) -> HeaderBlock | None:
    """A block some programs flatten: From: Ann <…>To: Mia Sent: Monday, 5 May 2025 14:03Subject: x."""
    found = list(FLAT_LABEL.finditer(text))
    if len(found) < 3 or text[: found[0].start()].strip(LEADING) or field_of(found[0][1]) != "from":
        return None
    ends = [*(match.start() for match in found[1:]), len(text)]
    values: dict[Field, str] = {}
    for match, end in zip(found, ends, strict=True):
        values.setdefault(field_of(match[1]) or "other", text[match.end() : end].strip(LABEL_EDGE))
    return HeaderBlock(at, at + 1, values) if values.keys() >= {"from", "subject", "date"} else None


def _unknown_block(lines: Sequence[str], at: int, subject: str) -> HeaderBlock | None:
    """A block in a language we have no words for: three labels, an address, a time, and our subject."""
    base = base_subject(subject)
    if len(base) < 3:
        return None
    values: dict[Field, str] = {}
    index = at
    while index < len(lines) and index - at < 12:
        label = LABEL.match(lines[index])
        if label is None or not label[2]:
            break
        value = label[2]
        if base_subject(value) == base:
            values["subject"] = value
        elif find_addresses(value):
            values["to" if "from" in values else "from"] = value
        elif any(char.isdigit() for char in value) and re.search(r"\d[:.]\d\d|\d{4}", value):
            values.setdefault("date", value)
        elif index == at:
            values["from"] = value
        index += 1
    if index - at >= 3 and values.keys() >= {"from", "subject", "date"}:
        return HeaderBlock(at, index, values)
    return None

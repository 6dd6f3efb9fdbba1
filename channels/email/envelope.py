"""The fields of a letter as facts of it: who, to whom, when, about what, by which way."""

import re

from channels.email.addresses import MAX_ADDRESSES, find_addresses, read_addresses
from channels.email.charsets import decode, valid_text
from channels.email.dates import read_date
from channels.email.headers import Fields, raw_text, read_fields, text_of
from channels.email.identity import is_private, loop_marks, read_authentication, spam_marks
from channels.email.letters import Address, Letter
from channels.email.message_ids import read_id, read_ids

MAX_KEPT = 300
MAX_KEPT_VALUE = 4_000
MAX_DELIVERED = 50
MBOX_LINES = re.compile(rb"\A(?:>?From [^\r\n]*\r*\n)+")
LETTER_FIELDS = ("from", "to", "subject", "date", "received", "content-type", "mime-version")
DELIVERED = (
    "delivered-to x-original-to envelope-to x-envelope-to x-rcpt-to x-delivered-to apparently-to".split()
)


def normalised(raw: bytes) -> bytes:
    """Bytes whose lines end with a line feed and which begin with a field."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raw = decode(raw).encode()
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    head = raw[:4_096]
    blank = len(head) - len(head.lstrip(b"\r\n \t"))
    mbox = MBOX_LINES.match(head[blank:])
    begin = blank + (mbox.end() if mbox else 0)
    return raw[begin:] if begin else raw


def believable_fields(raw: bytes) -> Fields:
    """The fields; those below a first block that holds no field of a letter, if they are a letter's."""
    fields = read_fields(raw)
    if not fields.items or any(name in fields for name in LETTER_FIELDS):
        return fields
    below = read_fields(raw, fields.body_at)
    if "from" in below and ("subject" in below or "date" in below):
        return Fields(below.items, below.body_at, (*below.defects, "junk_before_headers"))
    return fields


def read_envelope(fields: Fields, hint: str = "") -> Letter:
    """A letter without a body: all its fields tell; `hint` is a charset for raw 8-bit ones."""
    froms, senders = _addresses(fields, "from", hint), _addresses(fields, "sender", hint)
    answered = read_ids(raw_text(fields.first("in-reply-to")))
    references = [one for value in fields.all("references") for one in read_ids(raw_text(value))]
    return Letter(
        message_id=_id(fields, "message-id") or _id(fields, "x-message-id"),
        in_reply_to=answered[0] if answered else None,
        references=tuple(dict.fromkeys(references)),
        from_=froms[0] if froms else None,
        sender=senders[0] if senders else None,
        reply_to=_addresses(fields, "reply-to", hint),
        to=_addresses(fields, "to", hint),
        cc=_addresses(fields, "cc", hint),
        delivered_to=_delivered_to(fields),
        subject=text_of(fields.first("subject"), hint),
        date=read_date(text_of(fields.first("date"))),
        return_path=_return_path(fields),
        auto_submitted=text_of(fields.first("auto-submitted")).lower().partition(";")[0].strip(),
        precedence=text_of(fields.first("precedence")).lower(),
        response_suppress=_suppressed(fields),
        list_id=text_of(fields.first("list-id")),
        received_hops=len(fields.all("received")),
        loop_marks=loop_marks(fields),
        spam_marks=spam_marks(fields),
        authentication=read_authentication(fields),
        headers=_kept(fields, hint),
    )


def _id(fields: Fields, name: str) -> str | None:
    return read_id(raw_text(fields.first(name)))


def _addresses(fields: Fields, name: str, hint: str) -> tuple[Address, ...]:
    found = [one for value in fields.all(name) for one in read_addresses(raw_text(value, hint))]
    return tuple(found[:MAX_ADDRESSES])


def _delivered_to(fields: Fields) -> tuple[str, ...]:
    values = [value for name in DELIVERED for value in fields.all(name)]
    found = [one for value in values for one in find_addresses(text_of(value))]
    return tuple(dict.fromkeys(found))[:MAX_DELIVERED]


def _return_path(fields: Fields) -> str | None:
    """The envelope sender the last server wrote down: empty for the null path, None if it wrote nothing."""
    if "return-path" not in fields:
        return None
    found = find_addresses(raw_text(fields.first("return-path")))
    return found[0] if found else ""


def _suppressed(fields: Fields) -> tuple[str, ...]:
    told = text_of(fields.first("x-auto-response-suppress")).lower()
    return tuple(word for word in re.split(r"[\s,;]+", told) if word)[:20]


def _kept(fields: Fields, hint: str) -> tuple[tuple[str, str], ...]:
    """The fields for those who look at them; none of ours that somebody outside wrote."""
    return tuple(
        (name, valid_text(text_of(value[:MAX_KEPT_VALUE], hint)))
        for name, value in fields.items[:MAX_KEPT]
        if not is_private(name)
    )

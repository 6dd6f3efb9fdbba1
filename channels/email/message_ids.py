"""Message ids, as strict as they should be written and as broken as they come."""

import hashlib
import re
from email.utils import make_msgid

from channels.email.charsets import valid_text
from channels.email.headers import decode_words, raw_text, read_fields

MAX_LENGTH = 2_048
MAX_IDS = 500
BRACKETED = re.compile(r"<([^<>]{1,4096})>")
SPACE = re.compile(r"\s+")
SEPARATORS = re.compile(r"[\s,;]+")


def read_id(text: str) -> str | None:
    """The one id of a Message-ID field, without brackets; None if there is none.

    Brackets may be missing, doubled or around square ones, the id folded, spaced,
    or an encoded word.
    """
    found = read_ids(text)
    if found:
        return found[0]
    bare = _tidy(decode_words(text).strip().strip("<>"))
    return bare or None


def read_ids(text: str) -> tuple[str, ...]:
    """The ids of References or In-Reply-To in order, each once; prose between them is left out."""
    text = decode_words(text)
    found = [_tidy(match) for match in BRACKETED.findall(text)]
    if not found:
        found = [_tidy(word.strip("<>\"'()")) for word in SEPARATORS.split(text) if "@" in word]
    return tuple(dict.fromkeys(one for one in found if one))[:MAX_IDS]


def thread_root(headers: bytes) -> str:
    """What letters of one thread share: the first id their fields name, else a hash of the fields.

    Read from the fields alone, before a letter is parsed: letters with one root are
    read one after another. Lower case, so that a server that changes case does not matter.
    """
    fields = read_fields(headers)
    for name in ("references", "in-reply-to"):
        for value in fields.all(name):
            ids = read_ids(raw_text(value))
            if ids:
                return ids[0].lower()
    own = read_id(raw_text(fields.first("message-id")))
    if own:
        return own.lower()
    told = b"\n".join(fields.first(name).strip() for name in ("from", "date", "subject", "to"))
    return hashlib.sha256(told or headers).hexdigest()


def substitute_id(digest: str) -> str:
    """The id of a letter that has none, made of its content hash; no real server owns the domain."""
    return f"{digest}@hd.invalid"


def random_id(domain: str) -> str:
    """A fresh id for a letter that belongs to no dialog, without brackets."""
    return make_msgid(domain=domain).strip("<>")


def _tidy(text: str) -> str:
    text = SPACE.sub("", valid_text(text))
    return text[:MAX_LENGTH]

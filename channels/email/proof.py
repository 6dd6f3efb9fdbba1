"""Whether a letter's own DKIM signature proves its From, where no server we trust has said so (I15)."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import dkim

from channels.email.headers import read_fields
from channels.email.identity import Verdict, is_aligned
from channels.email.letters import Letter
from core.outside.dns import NameServers
from core.outside.faults import OutsideFault

MOST_SIGNATURES = 3
SECONDS = 2.0
MOST_BYTES = 10 * 1024 * 1024
MOST_FIELDS = 1_000
KEPT_SECONDS = 3600.0
REST_SECONDS = 60.0
MOST_KEPT = 2_000

Texts = Callable[[str], Sequence[str]]


def proven_by_signature(raw: bytes, letter: Letter, texts: Texts) -> Verdict:
    """Whether a signature of the author's own domain holds; a broken one is no forgery but proves nothing.

    Lists break signatures (RFC 6376 section 6.1). One over the beginning of a body alone proves
    nothing about the rest, and of two From fields nobody knows which is meant.
    """
    fields = read_fields(raw)
    if letter.from_ is None or len(fields.all("from")) != 1 or len(fields.items) > MOST_FIELDS:
        return "none"
    signatures = fields.all("dkim-signature")[:MOST_SIGNATURES]
    holds = any(
        _holds(raw, number, each, letter.from_.domain, texts) for number, each in enumerate(signatures)
    )
    return "pass" if holds else "none"


def proof_of(path: Path, letter: Letter) -> Verdict:
    """The same for a stored letter, with the keys that the name servers of this machine know."""
    if not letter.header("dkim-signature") or path.stat().st_size > MOST_BYTES:
        return "none"
    return proven_by_signature(path.read_bytes(), letter, _book.texts)


class KeyBook:
    """Published keys, asked for once an hour; name servers that are silent are left alone for a minute."""

    def __init__(self, ask: Callable[[str], Sequence[str]]) -> None:
        self._ask = ask
        self._known: dict[str, tuple[float, Sequence[str]]] = {}
        self._silent_until = 0.0
        self._lock = threading.Lock()

    def texts(self, name: str) -> Sequence[str]:
        """The TXT records of a name; OutsideFault while nobody answers."""
        moment = time.monotonic()
        with self._lock:
            known = self._known.get(name)
            if known is not None and known[0] > moment:
                return known[1]
            if self._silent_until > moment:
                return ()
        try:
            found = self._ask(name)
        except OutsideFault:
            self._silent_until = moment + REST_SECONDS
            raise
        with self._lock:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            self._known[name] = (moment + KEPT_SECONDS, found)
        return found


def _holds(raw: bytes, number: int, value: bytes, author_domain: str, texts: Texts) -> bool:
    try:
        tags = dkim.parse_tag_value(b"".join(value.split(b"\n")))
        domain = tags.get(b"d", b"").decode("ascii", "replace")
        if not is_aligned(domain, author_domain) or b"l" in tags:
            return False
        signed = dkim.DKIM(raw, minkey=1024, timeout=SECONDS)
        return bool(signed.verify(idx=number, dnsfunc=lambda name, timeout=SECONDS: _key(texts, name)))
    except Exception:
        # The library raises whatever its reading of a stranger's bytes runs into; none of it is a proof.
        return False


def _key(texts: Texts, name: bytes | str) -> bytes | None:
    asked = name.decode("ascii", "replace") if isinstance(name, bytes) else name
    found = texts(asked.rstrip("."))
    return found[0].encode() if found else None


_book = KeyBook(lambda name: NameServers().texts(name, SECONDS))

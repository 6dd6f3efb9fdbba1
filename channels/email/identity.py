"""Who wrote, who takes part, whom to believe, and whether the same letter came before."""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from channels.email.addresses import read_addresses
from channels.email.headers import Fields, raw_text, text_of
from channels.email.letters import Address, AuthenticationResult, Letter
from channels.email.tokens import plain_address

Verdict = Literal["pass", "fail", "none"]

PRIVATE_PREFIXES = ("x-hd-", "x-emptyfeed-")
RESULT = re.compile(r"\s*([a-z0-9-]+)(?:/\d+)?\s*=\s*([a-z]+)", re.IGNORECASE)
PROPERTY = re.compile(
    r"\b(header\.(?:from|d|i)|smtp\.(?:mailfrom|helo)|policy\.[\w.-]+)\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE
)
BY = re.compile(r"\bby\s+([^\s;()]+)", re.IGNORECASE)
COMMENT_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[()]|[^"()\\]+|["\\]', re.DOTALL)
MAX_RESULTS = 16_000
SPACES = re.compile(r"\s+")
SPAM_SCORE = 5
SEVERAL_SENDERS = "several_senders"  # nobody knows which of them a server looked at
FORM_SENDER = re.compile(
    r"^(?:no-?reply|forms?|website|webmaster|wordpress|www-data|contact|info)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class TrustedServers:
    """Whose Authentication-Results a mailbox believes, and the hosts that may stand above them."""

    names: frozenset[str]
    hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Participants:
    """Everybody in a letter but ourselves, and whether we got it blind."""

    sender: Address | None
    others: tuple[Address, ...]
    is_blind: bool


def read_authentication(fields: Fields) -> tuple[AuthenticationResult, ...]:
    """Every verdict of every Authentication-Results field, each with the servers above it (RFC 8601)."""
    hosts: list[str] = []
    found: list[AuthenticationResult] = []
    for name, value in fields.items:
        if name == "received":
            by = BY.search(_without_comments(raw_text(value)[:MAX_RESULTS]))
            hosts.append(by[1].lower().rstrip(".") if by else "")
        elif name in ("authentication-results", "x-authentication-results") and len(found) < 100:
            if name.startswith("x-"):
                continue
            found += _results(raw_text(value), tuple(hosts))
    return tuple(found)


def verdict(letter: Letter, trusted: TrustedServers) -> Verdict:
    """Whether a server we believe says the From address is real: DMARC first, else an aligned DKIM or SPF.

    Only the topmost group of results of a trusted name counts, and only if every server
    that added a Received above it is one of the mailbox's own: below that anybody may
    have written anything (RFC 8601 sections 5 and 7.1).
    """
    believed = [one for one in letter.authentication if _is_believed(one, trusted)]
    if not believed or letter.from_ is None or SEVERAL_SENDERS in letter.defects:
        return "none"
    top = min(len(one.hosts_above) for one in believed)
    results = [one for one in believed if len(one.hosts_above) == top]
    author = letter.from_.domain
    dmarc = next((one.result for one in results if one.method == "dmarc" and _is_of(one.domain, author)), "")
    if dmarc in ("pass", "fail"):
        return "pass" if dmarc == "pass" else "fail"
    aligned = [
        one
        for one in results
        if one.method in ("dkim", "spf") and is_aligned(one.domain, letter.from_.domain)
    ]
    if any(one.result == "pass" for one in aligned):
        return "pass"
    return "fail" if any(one.result == "fail" for one in aligned) else "none"


def _is_of(domain: str, author_domain: str) -> bool:
    return not domain or is_aligned(domain, author_domain)


def is_aligned(domain: str, author_domain: str) -> bool:
    """Whether two domains are one or one lies within the other (relaxed alignment, RFC 7489 section 3.1)."""
    first, second = domain.lower().rpartition("@")[2].strip("."), author_domain.lower().strip(".")
    if not first or not second or "." not in first or "." not in second:
        return False
    return first == second or first.endswith(f".{second}") or second.endswith(f".{first}")


def participants(letter: Letter, own_addresses: Iterable[str]) -> Participants:
    """The sender and everybody else in To and Cc; we stand in neither if we got it blind."""
    own = {plain_address(address).lower() for address in own_addresses}
    seen: set[str] = set()
    others: list[Address] = []
    found_us = False
    for one in (*letter.to, *letter.cc):
        key = plain_address(one.address).lower()
        if key in own:
            found_us = True
        elif key not in seen and not (letter.from_ and key == letter.from_.address.lower()):
            seen.add(key)
            others.append(one)
    sender = letter.from_ if letter.from_ and plain_address(letter.from_.address).lower() not in own else None
    return Participants(sender, tuple(others), is_blind=not found_us)


def customer_address(
    letter: Letter, *, own_addresses: Iterable[str] = (), believes_reply_to: bool = False
) -> Address | None:
    """Whose letter it is: From, or who stands behind a form or a rewriting list.

    Reply-To is the sender's word, so it counts only where the channel says so and From is
    a form's or our own address; "X via Group" is undone by what the list keeps.
    """
    own = {plain_address(address).lower() for address in own_addresses}
    from_ = letter.from_
    if from_ is None:
        return None
    if letter.list_id or " via " in from_.name:
        original = _original_sender(letter)
        if original is not None:
            return original
    is_ours = plain_address(from_.address).lower() in own
    if believes_reply_to and letter.reply_to and (is_ours or FORM_SENDER.match(from_.local_part)):
        return letter.reply_to[0]
    return from_


def content_hash(letter: Letter) -> str:
    """What a letter says, as one number: equal for copies of it however they travelled (I28).

    Fields servers add on the way (Received, Return-Path, Delivered-To, X-*) are left out.
    """
    told = [
        letter.from_.address.lower() if letter.from_ else "",
        letter.date.isoformat() if letter.date else letter.header("date"),
        SPACES.sub(" ", letter.subject).strip(),
        ",".join(sorted(one.address.lower() for one in letter.to)),
        ",".join(sorted(one.address.lower() for one in letter.cc)),
        SPACES.sub(" ", unicodedata.normalize("NFC", letter.text)).strip(),
        ",".join(sorted(file.sha256 for file in letter.files)),
    ]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()


def near_duplicate_key(letter: Letter) -> str | None:
    """Equal for a letter and its copy from a list, whose footer differs: id, sender and date (I29)."""
    if letter.message_id is None or letter.from_ is None:
        return None
    date = letter.date.isoformat() if letter.date else ""
    return hashlib.sha256(
        "\0".join((letter.message_id, letter.from_.address.lower(), date)).encode()
    ).hexdigest()


def spam_marks(fields: Fields) -> tuple[str, ...]:
    """What filters on the way said against the letter; only the caller knows whether to believe them."""
    marks = []
    if text_of(fields.first("x-spam-flag")).lower().startswith("yes"):
        marks.append("x-spam-flag")
    if text_of(fields.first("x-spam-status")).lower().startswith("yes"):
        marks.append("x-spam-status")
    for name in (
        "x-ms-exchange-organization-scl",
        "x-forefront-antispam-report",
        "x-spam-level",
        "x-spamd-bar",
    ):
        if _score(name, text_of(fields.first(name))) >= SPAM_SCORE:
            marks.append(name)
    action = (
        text_of(fields.first("x-rspamd-action")).lower() or text_of(fields.first("x-spam-action")).lower()
    )
    if action in ("reject", "add header", "rewrite subject", "quarantine"):
        marks.append("x-rspamd-action")
    return tuple(marks)


def loop_marks(fields: Fields) -> tuple[str, ...]:
    """The instances of ours, or others like us, that already sent this letter on its way."""
    values = [text_of(value) for name in ("x-hd-instance", "x-loop") for value in fields.all(name)]
    return tuple(value for value in values if value)[:20]


def is_private(name: str) -> bool:
    """Whether a field is one of ours, which nobody outside may set."""
    return name.lower().startswith(PRIVATE_PREFIXES)


def _results(value: str, hosts: tuple[str, ...]) -> Sequence[AuthenticationResult]:
    value = _without_comments(value[:MAX_RESULTS])
    head, _, rest = value.partition(";")
    words = head.split()
    server = words[0].lower() if words else ""
    if "=" in head:  # Microsoft leaves its name out
        server, rest = "", value
    found = []
    for clause in rest.split(";")[:50]:
        match = RESULT.match(clause)
        if match is None:
            continue
        properties = {key.lower(): told for key, told in PROPERTY.findall(clause)}
        domain = next(
            (
                properties[key]
                for key in ("header.from", "header.d", "header.i", "smtp.mailfrom", "smtp.helo")
                if key in properties
            ),
            "",
        )
        found.append(
            AuthenticationResult(
                server, match[1].lower(), match[2].lower(), domain.rpartition("@")[2].lower(), hosts
            )
        )
    return found


def _without_comments(text: str) -> str:
    """The field without its comments, however they nest: senders can write into them."""
    kept, depth = list[str](), 0
    for token in COMMENT_TOKEN.findall(text):
        if token == "(":
            depth += 1
        elif token == ")":
            depth = max(0, depth - 1)
        elif not depth:
            kept.append(token)
    return " ".join(kept) if depth == 0 else ""


def _is_believed(one: AuthenticationResult, trusted: TrustedServers) -> bool:
    if one.server not in {name.lower() for name in trusted.names} or not one.server:
        return False
    return all(_is_own_host(host, one.server, trusted.hosts) for host in one.hosts_above)


def _is_own_host(host: str, server: str, hosts: Collection[str]) -> bool:
    """A host above the verdict: of the server's own domain, named by the mailbox, or a bare local address."""
    if not host or host == "localhost" or re.fullmatch(r"\[?[0-9a-f.:]+\]?", host):
        return True
    domains = {server, ".".join(server.split(".")[-2:]), *(one.lower() for one in hosts)}
    return any(host == one or host.endswith(f".{one}") for one in domains if one)


def _original_sender(letter: Letter) -> Address | None:
    for name in ("x-original-from", "x-original-sender", "x-google-original-from"):
        found = read_addresses(letter.header(name))
        if found:
            return found[0]
    return None


def _score(name: str, value: str) -> float:
    if name == "x-spam-level":
        return value.count("*")
    if name == "x-spamd-bar":
        return value.count("+")
    if name == "x-forefront-antispam-report":
        match = re.search(r"\bSCL:(-?\d+)", value)
        return float(match[1]) if match else 0
    try:
        return float(value)
    except ValueError:
        return 0

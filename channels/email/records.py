"""What a domain publishes about its mail: who may send, its keys, and what becomes of forgeries.

Reading is pure; `check_records` asks whatever resolver it is given. Each finding says what was found,
what is wrong with it and what to publish where.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from channels.domains import PUBLIC_DOMAINS
from channels.email.spf import is_spf, mended_spf, spf_fault
from core.outside.faults import OutsideFault
from core.words import N_

Kind = Literal["spf", "dkim", "dmarc"]
State = Literal["found", "missing", "wrong", "unknown", "not_ours"]
Texts = Callable[[str], Sequence[str]]

NOBODYS = frozenset(("test", "invalid", "example", "localhost", "local", "internal", "lan"))  # RFC 6761, 6762
SHORTEST_KEY = 1024 // 8  # RFC 8301 section 3.2
TAG = re.compile(r"\s*([a-z][a-z0-9_]*)\s*=\s*([^;]*?)\s*\Z", re.IGNORECASE)


class Resolver(Protocol):
    """Whoever can look up TXT records."""

    def texts(self, name: str, seconds: float = 5.0) -> list[str]:
        """The TXT records of a name, none if there are none."""
        ...


@dataclass(frozen=True, slots=True)
class Post:
    """How a domain's mail leaves: what its SPF record must include, and the names its keys may have."""

    name: str
    include: str = ""
    selectors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One record: how it stands, in a sentence with its `params`, and what to publish at `host`."""

    kind: Kind
    state: State
    host: str
    sentence: str
    found: str = ""
    publish: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


# What providers ask their customers to publish for a domain of their own, by outgoing server.
POSTS: Mapping[str, Post] = {
    "smtp.yandex.ru": Post("Yandex", "_spf.yandex.net", ("mail",)),
    "smtp.yandex.com": Post("Yandex", "_spf.yandex.net", ("mail",)),
    "smtp.mail.ru": Post("VK WorkSpace", "_spf.mail.ru", ("mailru",)),
    "smtp.gmail.com": Post("Google", "_spf.google.com", ("google",)),
    "smtp.office365.com": Post("Microsoft", "spf.protection.outlook.com", ("selector1", "selector2")),
}
OWN_SERVER = Post("", "", ("mail", "default", "dkim", "selector1", "s1", "key1"))
GOOD = {
    "spf": N_("The record names who may send for %(domain)s."),
    "dkim": N_("The key of %(domain)s is published."),
    "dmarc": N_("The record says what happens to e-mails that only claim to be from %(domain)s."),
}
WATCHING = N_(
    "The record only asks for reports. When they show that your own e-mails pass, change p=none to "
    "p=quarantine."
)
NOT_OURS = N_("%(domain)s belongs to the mail provider, who takes care of this.")
UNKNOWN = N_("The record of %(host)s could not be looked up right now. Test again in a few minutes.")


def check_records(
    domain: str,
    resolver: Resolver,
    *,
    smtp_host: str = "",
    selector: str = "",
    public_key: str = "",
) -> tuple[Finding, ...]:
    """How SPF, DKIM and DMARC of a domain stand for letters that leave by `smtp_host`.

    Of a domain that exists inside a network alone there is nothing to say.

    `selector` and `public_key` (base64, as it is published) are those of our own signatures; without
    them the provider's usual names are tried.
    """
    domain = domain.lower().strip(".")
    if "." not in domain or domain.rpartition(".")[2] in NOBODYS:
        return ()
    if domain in PUBLIC_DOMAINS:
        return (
            _finding("spf", "not_ours", domain, NOT_OURS, domain),
            _finding("dkim", "not_ours", domain, NOT_OURS, domain),
            _finding("dmarc", "not_ours", domain, NOT_OURS, domain),
        )
    post = POSTS.get(smtp_host.lower(), OWN_SERVER)
    selectors = (selector,) if selector else post.selectors

    def ask(name: str) -> Sequence[str]:
        return resolver.texts(name)

    return (
        _asked("spf", domain, domain, lambda: read_spf(domain, ask, post)),
        _asked(
            "dkim",
            f"{selectors[0]}._domainkey.{domain}",
            domain,
            lambda: _dkim(domain, ask, post, selectors, public_key),
        ),
        _asked("dmarc", f"_dmarc.{domain}", domain, lambda: read_dmarc(domain, ask)),
    )


def read_spf(domain: str, texts: Texts, post: Post = OWN_SERVER) -> Finding:
    """Who may send for a domain (RFC 7208): one record that servers understand, with the provider in it."""
    include = f"include:{post.include}" if post.include else ""
    wanted = f"v=spf1 {include or 'mx'} ~all"
    records = [each for each in texts(domain) if is_spf(each)]
    if not records:
        words = N_("There is no SPF record, so many servers take e-mail from %(domain)s for spam.")
        return _finding("spf", "missing", domain, words, domain, publish=wanted)
    found = " | ".join(records)
    fault = spf_fault(records, domain, texts, post.include)
    if fault:
        mended = mended_spf(records, include)
        return _finding(
            "spf", "wrong", domain, fault, domain, found=found, publish=mended, provider=post.name
        )
    return _finding("spf", "found", domain, GOOD["spf"], domain, found=found)


def read_dkim(domain: str, selector: str, texts: Texts, *, public_key: str = "") -> Finding | None:
    """A published key (RFC 6376 section 3.6.1); None if there is no record of that name."""
    host = f"{selector}._domainkey.{domain}"
    records = [each for each in texts(host) if "p" in tags_of(each)]
    if not records:
        return None
    wanted = f"v=DKIM1; k=rsa; p={public_key}" if public_key else ""
    fault = _dkim_fault(records, public_key)
    state: State = "wrong" if fault else "found"
    return _finding(
        "dkim",
        state,
        host,
        fault or GOOD["dkim"],
        domain,
        found=" | ".join(records),
        publish=wanted if fault else "",
    )


def read_dmarc(domain: str, texts: Texts) -> Finding:
    """What others should do with forgeries (RFC 7489): the domain's record, else that of the one above."""
    host = f"_dmarc.{domain}"
    wanted = f"v=DMARC1; p=none; rua=mailto:postmaster@{domain}"
    for place in (host, *(f"_dmarc.{parent}" for parent in _parents(domain))):
        records = [each for each in texts(place) if re.match(r"\s*v\s*=\s*DMARC1\b", each, re.IGNORECASE)]
        if records:
            fault = _dmarc_fault(records)
            policy = tags_of(records[0]).get("p", "").lower()
            words = fault or (WATCHING if policy == "none" else GOOD["dmarc"])
            state: State = "wrong" if fault else "found"
            return _finding(
                "dmarc",
                state,
                place,
                words,
                domain,
                found=" | ".join(records),
                publish=wanted if fault else "",
            )
    words = N_(
        "There is no DMARC record: anybody can write in the name of %(domain)s, and Gmail trusts it less."
    )
    return _finding("dmarc", "missing", host, words, domain, publish=wanted)


def tags_of(record: str) -> dict[str, str]:
    """The tag=value pairs of a DKIM or DMARC record, names in lower case, the first of each counts."""
    found: dict[str, str] = {}
    for each in record.split(";"):
        match = TAG.match(each)
        if match is not None:
            found.setdefault(match[1].lower(), match[2])
    return found


def _asked(kind: Kind, host: str, domain: str, read: Callable[[], Finding]) -> Finding:
    try:
        return read()
    except OutsideFault:
        return _finding(kind, "unknown", host, UNKNOWN, domain)


def _dkim(domain: str, texts: Texts, post: Post, selectors: Sequence[str], public_key: str) -> Finding:
    for selector in selectors:
        finding = read_dkim(domain, selector, texts, public_key=public_key)
        if finding is not None:
            return finding
    host = f"{selectors[0]}._domainkey.{domain}"
    if public_key:
        words = N_("Our signatures cannot be checked: their key is not published.")
        return _finding("dkim", "missing", host, words, domain, publish=f"v=DKIM1; k=rsa; p={public_key}")
    if post.name:
        words = N_("No key was found. Switch DKIM on at %(provider)s, which shows the record to publish.")
        return _finding("dkim", "missing", host, words, domain, provider=post.name)
    words = N_(
        "No key was found under the usual names. If your mail server signs under another one, all is well;"
        " else let it sign with DKIM and publish its key."
    )
    return _finding("dkim", "missing", host, words, domain)


def _dkim_fault(records: Sequence[str], public_key: str) -> str:
    if len(records) > 1:
        return N_("There are several keys under one name. Leave one.")
    tags = tags_of(records[0])
    published = re.sub(r"\s+", "", tags["p"])
    if not published:
        return N_("The key was withdrawn: its record is there, but empty.")
    try:
        key = base64.b64decode(published, validate=True)
    except (binascii.Error, ValueError):
        return N_("The key is damaged: parts of it were lost when it was entered.")
    if tags.get("k", "rsa").lower() == "rsa" and len(key) < SHORTEST_KEY:
        return N_("The key is too short to be trusted.")
    if public_key and published != re.sub(r"\s+", "", public_key):
        return N_("Another key is published than the one our e-mail is signed with.")
    return ""


def _dmarc_fault(records: Sequence[str]) -> str:
    if len(records) > 1:
        return N_("There are several DMARC records, so none of them counts. Leave one.")
    policy = tags_of(records[0]).get("p", "").lower()
    if policy not in ("none", "quarantine", "reject"):
        return N_(
            "The DMARC record has no policy that servers understand: p= must be none, quarantine or reject."
        )
    return ""


def _parents(domain: str) -> list[str]:
    """The domains above, down to one with two labels: whose record counts when there is none of one's own."""
    labels = domain.split(".")
    return [".".join(labels[number:]) for number in range(1, len(labels) - 1)]


def _finding(
    kind: Kind,
    state: State,
    host: str,
    sentence: str,
    domain: str,
    *,
    found: str = "",
    publish: str = "",
    provider: str = "",
) -> Finding:
    params = {"domain": domain, "host": host, "provider": provider}
    return Finding(kind, state, host, sentence, found, publish, params)

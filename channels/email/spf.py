"""SPF records (RFC 7208): whether servers understand them, and whom they let send."""

import re
from collections.abc import Callable, Iterator, Sequence

from core.words import N_

MOST_LOOKUPS = 10  # RFC 7208 section 4.6.4
MECHANISM = re.compile(
    r"[+?~-]?(?:all|(?:include|exists):\S+|(?:a|mx)(?::[^\s/]+)?(?:/\d{1,2})?(?://\d{1,3})?|ptr(?::\S+)?"
    r"|ip4:[\d.]+(?:/\d{1,2})?|ip6:[0-9a-f:.]+(?:/\d{1,3})?)\Z",
    re.IGNORECASE,
)
MODIFIER = re.compile(r"[a-z][a-z0-9._-]*=\S*\Z", re.IGNORECASE)
ASKS = re.compile(r"[+?~-]?(?:include:|exists:|a\b|mx\b|ptr\b)|redirect=", re.IGNORECASE)


def is_spf(record: str) -> bool:
    """Whether a TXT record is one about senders."""
    return record.lower() == "v=spf1" or record.lower().startswith("v=spf1 ")


def spf_fault(
    records: Sequence[str], domain: str, texts: Callable[[str], Sequence[str]], include: str
) -> str:
    """What is wrong with a domain's records, in a sentence; nothing if they work and `include` is in them."""
    if len(records) > 1:
        return N_("There are several SPF records, so none of them counts. Make one of them.")
    terms = records[0].split()[1:]
    if not all(MECHANISM.match(each) or MODIFIER.match(each) for each in terms):
        return N_("The SPF record holds something no server understands.")
    if any(each.lower() in ("all", "+all") for each in terms):
        return N_("The SPF record lets everybody send for %(domain)s. End it with ~all.")
    led_to = dict(_included(records[0], texts, {domain}))
    if sum(_lookups(each) for each in (records[0], *led_to.values())) > MOST_LOOKUPS:
        return N_("The SPF record leads to more than ten look-ups, so servers give up. Take includes out.")
    if include and include not in led_to:
        return N_("The SPF record does not allow %(provider)s to send for %(domain)s.")
    if not any(each.lower().endswith("all") or each.lower().startswith("redirect=") for each in terms):
        return N_("The SPF record does not say what becomes of everybody else. End it with ~all.")
    return ""


def mended_spf(records: Sequence[str], term: str) -> str:
    """One record with all that stands in these, one more term if given, and a careful end."""
    terms = [each for record in records for each in record.split()[1:]]
    kept = [each for each in terms if MECHANISM.match(each) and not each.lower().endswith("all")]
    return " ".join(dict.fromkeys(["v=spf1", *kept, *([term] if term else []), "~all"]))


def _lookups(record: str) -> int:
    return sum(1 for term in record.split()[1:] if ASKS.match(term))


def _included(
    record: str, texts: Callable[[str], Sequence[str]], seen: set[str]
) -> Iterator[tuple[str, str]]:
    """Every domain a record leads to, with that one's own record, each once and no more than are allowed."""
    for term in record.split()[1:]:
        match = re.match(r"[+?~-]?include:(\S+)|redirect=(\S+)", term, re.IGNORECASE)
        name = ((match[1] or match[2]) if match else "").lower().strip(".")
        if not name or name in seen or "%" in name or len(seen) > MOST_LOOKUPS + 1:
            continue
        seen.add(name)
        found = next((each for each in texts(name) if is_spf(each)), "v=spf1")
        yield name, found
        yield from _included(found, texts, seen)

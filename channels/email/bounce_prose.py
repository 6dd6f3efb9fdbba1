"""Prose of servers that write no report: the addresses in it, and what it says next to them."""

import email
import email.policy
import logging
import re
from collections.abc import Iterable

from flufl.bounce import all_failures

from channels.email.addresses import find_addresses, is_address
from channels.email.bounce_status import ENHANCED, REPLY_CODE, STATUS_OF_WORDS
from channels.email.charsets import decode
from channels.email.headers import Fields, text_of

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)

MAX_PROSE = 300_000
MAX_ADDRESSES = 200
MAX_FLUFL = 60_000  # it reads every line with every detector
MAX_REASON = 600
MIN_REASON = 8
COPY = re.compile(
    r"""
    ^[^\w\n]{0,40}?(?:-{2,40}.{0,30}(?:copy\sof|original|returned|forwarded|unsent|undelivered
    |body\sof|header|message\sfollows).*|.{0,60}(?:below\sthis\sline\sis\sa\scopy
    |is\sa\scopy\sof\sthe\smessage|headers?\sof\sthe\soriginal).*|(?!.{0,60}(?:transcript|list|reason|log)\b).{0,60}(?:message\s(?:text\s
    |headers?\s|header\s)?follows?|копия\sписьма|исходное\s(?:сообщение|письмо)|text\sof\s(?:your\s
    |the\s)?(?:original\s)?message|original\smessage(?:\sheaders?)?)\s*[:.]?\W*|(?:received
    |return-path|dkim-signature|message-id|mime-version|x-[\w-]+):\s.+)$
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
OWN_LINE = re.compile(
    r"""
    ^[\s*\->«\"'\[]*(?:(?!(?:from|reply-to|return-path|sender|subject|contact|support|help|von|от|de
    |发件人|差出人)\b)[^\s@:<>][^@:<>\n]{0,40}[::]\s*)?(?:rfc822;\s*)?(?:--\s)?[<\[\"']{0,2}(?:mailto:
    |smtp:)?([^\s<>\[\]\"',;:()]+@[^\s<>\[\]\"',;:()]+)[>\]\"']{0,2}(?:\s*\(.{0,80}\))?
    (?:\s*(?:[:,;]|[.\-](?=\s|$))|\s*$|\s+(?:on|reason|failed|unknown|delivery|\d))
    """,
    re.IGNORECASE | re.VERBOSE,
)
SENTENCE = re.compile(
    r"""
    deliver|rcpt\sto|recipient|user\b|mailbox|account|unknown|unable|could\s?n|cannot|not\sfound|reject|fail
    |bounce|undeliver|invalid|exist|достав|адресат|получател|не\sнайден|не\sсуществ|zugestellt
    |empfänger|dostarcz|entrega|destinatari|remis|consegna|leveren|doręcz|送信|配信|投递|发送|退信|无法|送達
    """,
    re.IGNORECASE | re.VERBOSE,
)
NOT_RECIPIENT = re.compile(
    r"""
    ^(?:mailer-daemon|postmaster|abuse|support|helpdesk|help|noreply|no-reply|mdaemon|hostmaster
    |webmaster|administrator)@
    """,
    re.IGNORECASE | re.VERBOSE,
)
ANGLED = re.compile(r"^ {0,4}<([^<>\s@]{1,64}@[^<>\s@]{1,255})>(?: \(.{0,80}\))?:(?=\s)", re.MULTILINE)
ADDRESSED = re.compile(r"[\s>*]*(?:to|an|à|кому|for)\s*:\s*<?\Z", re.IGNORECASE)


def before_copy(text: str) -> str:
    """The server's own words, without the copy of our letter below them."""
    match = COPY.search(text[:MAX_PROSE])
    return text[: match.start()] if match and text[: match.start()].strip() else text[:MAX_PROSE]


def tells_of_failure(text: str) -> bool:
    """Whether prose names an address and why letters do not reach it."""
    told = before_copy(text)
    if "@" not in told or not (SENTENCE.search(told) or ENHANCED.search(told)):
        return False
    return _has_reason(told)


def failing_addresses(fields: Fields, prose: str, raw: bytes) -> tuple[list[str], set[str]]:
    """The addresses a letter does not reach, and which of them may yet be reached.

    X-Failed-Recipients is believed first, then what flufl.bounce recognises, then
    addresses on lines of their own, then those in sentences about delivery.
    """
    named = [one for value in fields.all("x-failed-recipients") for one in find_addresses(text_of(value))]
    if named:
        return list(dict.fromkeys(named)), set()
    own = _own_addresses(fields)
    failing, temporary = _by_flufl(raw)
    found = failing | temporary | {one for one in ANGLED.findall(prose) if _may_be_recipient(one, own)}
    whole = [one for one in found if not any(other.startswith(f"{one}.") for other in found)]
    whole.sort(key=lambda one: (_place(one, prose), one))
    return whole or _in_prose(own, prose), temporary


def reason_for(address: str, prose: str) -> str:
    """What the prose says of this address: behind it, or in the paragraph after it."""
    for match in re.finditer(re.escape(address), prose, re.IGNORECASE):
        line = prose[prose.rfind("\n", 0, match.start()) + 1 : match.start()]
        if not ADDRESSED.match(line):
            break
    else:
        return ""
    paragraphs = re.split(r"\n\s*\n", prose[match.end() : match.end() + 1_500])
    reasons = [
        " ".join(one.split()).strip(" <>[]:;,-*()\"'")
        for one in paragraphs[:3]
        if not one.rstrip().endswith(":")
    ]
    told = [reason for reason in reasons if len(reason) >= MIN_REASON]
    return next((reason for reason in told if _has_reason(reason)), told[0] if told else "")[:MAX_REASON]


def coded_line(prose: str) -> str:
    """The line that holds a code, for prose whose reason stands far from the address."""
    lines = (" ".join(line.split()) for line in prose.split("\n"))
    return next((line for line in lines if ENHANCED.search(line) or REPLY_CODE.search(line)), "")[:MAX_REASON]


def first_words(prose: str) -> str:
    """The prose itself, for a bounce that says nothing of its recipients."""
    return " ".join(prose.split())[:MAX_REASON]


def _has_reason(told: str) -> bool:
    patterns = (ENHANCED, REPLY_CODE, *(pattern for pattern, _ in STATUS_OF_WORDS[:3]))
    return any(pattern.search(told) for pattern in patterns)


def _by_flufl(raw: bytes) -> tuple[set[str], set[str]]:
    try:
        message = email.message_from_bytes(raw[:MAX_FLUFL], policy=email.policy.compat32)
        temporary, permanent = all_failures(message)
    except Exception:  # its detectors raise on broken letters, whichever way these are broken
        return set(), set()
    return _readable(permanent), _readable(temporary)


def _place(address: str, prose: str) -> int:
    at = prose.lower().find(address.lower())
    return at if at >= 0 else len(prose)


def _readable(addresses: Iterable[bytes]) -> set[str]:
    texts = (decode(address).strip(" <>\"'") for address in addresses)
    return {text for text in texts if is_address(text) and not NOT_RECIPIENT.match(text)}


def _own_addresses(fields: Fields) -> set[str]:
    names = ("from", "to", "return-path", "reply-to")
    values = [value for name in names for value in fields.all(name)]
    return {one.lower() for value in values for one in find_addresses(text_of(value))}


def _in_prose(own: set[str], prose: str) -> list[str]:
    lines = prose.split("\n")
    on_lines = [match[1].rstrip(".") for line in lines if (match := OWN_LINE.match(line))]
    in_sentences = [one for line in lines if SENTENCE.search(line) for one in find_addresses(line)]
    for found in (on_lines, in_sentences):
        kept = [one for one in dict.fromkeys(found) if _may_be_recipient(one, own)]
        if kept:
            return kept[:MAX_ADDRESSES]
    return []


def _may_be_recipient(address: str, own: set[str]) -> bool:
    return is_address(address) and address.lower() not in own and not NOT_RECIPIENT.match(address)

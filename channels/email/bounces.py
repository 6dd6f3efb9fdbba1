"""Which letter of ours came back, to whom it did not go, and whether it may yet.

A delivery report (RFC 3464) is read first; servers without one write prose, which
flufl.bounce and then a search of our own read, but only in letters that passed the
gate of `classify`: on ordinary mail they find recipients that never bounced.
"""

import email
import email.policy
import logging
import re
from collections.abc import Iterable, Sequence

from flufl.bounce import all_failures

from channels.email.addresses import find_addresses, is_address
from channels.email.charsets import decode
from channels.email.headers import Fields, raw_text, read_fields, text_of
from channels.email.letters import Bounce, BounceKind, BounceRecipient
from channels.email.message_ids import read_id, read_ids
from channels.email.mime import Part

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)

MAX_RECIPIENTS = 200
ADDRESSED = re.compile(r"[\s>*]*(?:to|an|à|кому|for)\s*:\s*<?\Z", re.IGNORECASE)
MAX_EVIDENCE = 300_000
MAX_FLUFL = 60_000  # it reads every line with every detector
STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
ORIGINAL_PARTS = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/global",
    "message/global-headers",
    "message/rfc822-headers",
)
ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]|\s?(?:MB|KB))")
REPLY_CODE = re.compile(r"(?<![\d.\-])([45][0-5]\d)(?=[\s\-#:<>(,.]|$)(?!\.\d)")
GENERIC = re.compile(r"[245]\.0\.0\Z")
NOT_FAILED = frozenset(("delivered", "relayed", "expanded", "deliverable"))
FULL = re.compile(
    r"quota|mailbox\s(?:is\s)?(?:too\s)?full|over\s?(?:quota|limit)|mail\s?box\s(?:size\s)?(?:limit|exceed)|inbox\s(?:is\s)?full|"
    r"(?:exceed|insufficient|not\senough).{0,40}(?:storage|space|size\slimit)|mailfolder\sis\sfull|postfach\s(?:ist\s)?voll|"
    r"переполнен|пространств.{0,30}(?:закончи|исчерпа)|ящик.{0,20}полон|buz[oó]n.{0,20}lleno|boîte.{0,30}pleine|casella.{0,20}piena|"
    r"skrzynka.{0,20}pełna|doldu|volle?\smailbox|メールボックス.{0,20}いっぱい|邮箱.{0,6}满|郵箱.{0,6}滿",
    re.IGNORECASE,
)
LATER = re.compile(
    r"temporar|try\sagain|timed?\s?out|greylist|deferred|connection\s(?:refused|reset|lost|dropped)|too\smany\sconnections|rate\slimit|"
    r"retry\s(?:time|timeout)|resources\stemporarily|could\snot\sconnect|(?:no|not)\s(?:route|answer)|unreachable|service\sunavailable|"
    r"host\snot\sresponding|over\srate|throttl|отложен|временн",
    re.IGNORECASE,
)
DELAY = re.compile(
    r"\bdelay|warning:\s(?:could\snot\ssend|message)|will\s(?:continue|keep)\s(?:trying|to\stry)|still\s(?:being\s)?(?:trying|retried|undelivered)|"
    r"do(?:n'?t|\snot)\sneed\sto\sresend|not\s(?:yet\s)?been\sdelivered|has\snot\syet|verzöger|noch\snicht\szugestellt|задерж|retardé|retrasad|ritard|"
    r"попытки\sдоставки\sбудут|opóźni|atrasad|gecik|配信.{0,6}遅延|延迟|延遲",
    re.IGNORECASE,
)
GIVEN_UP = re.compile(
    r"giv(?:e|en|ing)\sup|final|permanent|returned\sto\ssender|undeliverable|failed\spermanently|delivery\s(?:has\s)?failed",
    re.IGNORECASE,
)
STATUS_OF_TEXT: tuple[tuple[re.Pattern[str], str], ...] = (
    (FULL, "5.2.2"),
    (
        re.compile(
            r"(?:user|recipient|mailbox|address|account|addressee|alias|адрес\w*|пользовател\w*|ящик\w*|получател\w*|empfänger\w*|benutzer\w*|destinatar\w*|usuario)"
            r".{0,60}(?:unknown|not\s(?:found|exist|listed|known|valid|available)|does\s?n[o']t\sexist|no\slonger|invalid|disabled|inactive|"
            r"unavailable|не\s(?:найден|существует|обнаружен)|recogni[sz]ed|unbekannt|nicht\sgefunden|existiert\snicht|no\sexiste|inconnu|desconocid)|"
            r"(?:unknown|no\ssuch|invalid|bad|non-?existent|unrouteable|unknown\sor\sillegal)\s(?:local|user|recipient|mailbox|address|account|destination|person|alias)|"
            r"address\snot\sfound|user\sunknown|wasn't\sfound\sat|couldn't\sbe\sfound|не\sсуществует|listed\sin\s(?:public|domino)",
            re.IGNORECASE | re.DOTALL,
        ),
        "5.1.1",
    ),
    (
        re.compile(
            r"(?:host|domain|server|mx|dns).{0,60}(?:not\s(?:found|appear)|unregistered|unknown|does\snot\sexist|lookup|nxdomain|no\ssuch)|unrouteable\smail\sdomain|bad\sdestination\s(?:host|system)|"
            r"name\s(?:service\s)?error|домен.{0,30}не\s",
            re.IGNORECASE,
        ),
        "5.1.2",
    ),
    (
        re.compile(
            r"too\s(?:large|big)|size\s(?:limit|exceed)|exceeds?.{0,30}size|message\ssize", re.IGNORECASE
        ),
        "5.3.4",
    ),
    (
        re.compile(
            r"spam|blocked|black\s?list|block\s?list|policy|reject|denied|refused\sby|not\sallowed|prohibited|relay",
            re.IGNORECASE,
        ),
        "5.7.1",
    ),
    (re.compile(r"retry\stime|expired|too\sold|queue\stoo\slong|timed?\sout", re.IGNORECASE), "4.4.7"),
)
COPY = re.compile(
    r"^[^\w\n]{0,40}?(?:"
    r"-{2,40}.{0,30}(?:copy\sof|original|returned|forwarded|unsent|undelivered|body\sof|header|message\sfollows).*"
    r"|.{0,60}(?:below\sthis\sline\sis\sa\scopy|is\sa\scopy\sof\sthe\smessage|headers?\sof\sthe\soriginal).*"
    r"|.{0,60}(?:message\s(?:text\s|headers?\s|header\s)?follows?|копия\sписьма|исходное\s(?:сообщение|письмо)"
    r"|text\sof\s(?:your\s|the\s)?(?:original\s)?message|original\smessage(?:\sheaders?)?)\s*[:.]?\W*"
    r"|(?:received|return-path|dkim-signature|message-id|mime-version|x-[\w-]+):\s.+)$",
    re.IGNORECASE | re.MULTILINE,
)
IN_COPY = re.compile(
    r"^[ \t>|]{0,40}message-id:[ \t]*(?:\n[ \t>|]{1,40})?(<?[^\s<>]+@?[^\s<>]*>?)",
    re.IGNORECASE | re.MULTILINE,
)
OWN_LINE = re.compile(
    r"^[\s*\->«\"'\[]*(?:(?!(?:from|reply-to|return-path|sender|subject|contact|support|help|von|от|de|发件人|差出人)\b)"
    r"[^\s@:<>][^@:<>\n]{0,40}[::]\s*)?(?:rfc822;\s*)?(?:--\s)?[<\[\"']{0,2}(?:mailto:|smtp:)?"
    r"([^\s<>\[\]\"',;:()]+@[^\s<>\[\]\"',;:()]+)[>\]\"']{0,2}(?:\s*\(.{0,80}\))?"
    r"(?:\s*[:,;.\-]|\s*$|\s+(?:on|reason|failed|unknown|delivery|\d))",
    re.IGNORECASE,
)
SENTENCE = re.compile(
    r"deliver|recipient|user\b|mailbox|account|unknown|unable|could\s?n|cannot|not\sfound|reject|fail|bounce|undeliver|invalid|exist|"
    r"достав|адресат|получател|не\sнайден|не\sсуществ|zugestellt|empfänger|entrega|destinatari|remis|consegna|leveren|doręcz|送信|配信|投递|发送|退信|无法|送達",
    re.IGNORECASE,
)
NOT_RECIPIENT = re.compile(
    r"^(?:mailer-daemon|postmaster|abuse|support|helpdesk|help|noreply|no-reply|mdaemon|hostmaster|webmaster|administrator)@",
    re.IGNORECASE,
)


def read_bounce(root: Part, text: str, subject: str, raw: bytes) -> Bounce:
    """What a letter that is a bounce says; unknown facts stay empty, the text is kept as diagnostic."""
    report = _status_fields(root)
    recipients = _reported(report, text, subject)
    if not recipients:
        recipients = _told(root, text, subject, raw)
    worst = _worst(recipients)
    return Bounce(
        recipients=tuple(recipients[:MAX_RECIPIENTS]),
        status=worst.status if worst else _status("", text),
        kind=worst.kind if worst else _kind("", _status("", text), text, subject),
        diagnostic=worst.diagnostic if worst else _first_lines(text),
        original_message_id=original_message_id(root, text),
        original_envelope_id=next(
            (
                text_of(group.first("original-envelope-id"))
                for group in report
                if "original-envelope-id" in group
            ),
            None,
        ),
    )


def is_success_report(root: Part) -> bool:
    """Whether a delivery report only says that letters arrived."""
    actions = [text_of(group.first("action")).lower() for group in _status_fields(root) if "action" in group]
    return bool(actions) and all(action.split(" ")[0] in NOT_FAILED for action in actions)


def has_status_part(root: Part) -> bool:
    """Whether a delivery report stands anywhere in the letter."""
    return any(part.mime in STATUS_PARTS for part in root.walk())


def tells_of_failure(text: str) -> bool:
    """Whether prose names an address and why letters do not reach it."""
    told = _before_copy(text)
    if not SENTENCE.search(told):
        return False
    has_reason = (
        ENHANCED.search(told)
        or REPLY_CODE.search(told)
        or any(pattern.search(told) for pattern, _ in STATUS_OF_TEXT[:3])
    )
    return bool(has_reason) and "@" in told


def original_message_id(root: Part, text: str) -> str | None:
    """The id of the letter that came back: from its copy, its fields, the prose, or what the bounce answers."""
    for part in root.walk():
        if part.mime in ORIGINAL_PARTS:
            found = _id_in_copy(part.content()[0])
            if found:
                return found
    for group in (root.fields, *_status_fields(root)):
        for name in ("x-original-message-id", "original-message-id"):
            if found := read_id(raw_text(group.first(name))):
                return found
    evidence = [
        text,
        *(decode(part.content()[0][:MAX_EVIDENCE]) for part in root.walk() if _is_evidence(part)),
    ]
    for told in evidence:
        match = IN_COPY.search(told[:MAX_EVIDENCE])
        if match and "@" in match[1]:
            return read_id(match[1])
    for name in ("in-reply-to", "references"):
        ids = read_ids(raw_text(root.fields.first(name)))
        if ids:
            return ids[-1]
    return None


def _is_evidence(part: Part) -> bool:
    return (
        not part.is_multipart
        and part.depth > 0
        and (part.mime.startswith(("text/", "message/")) or part.mime == "application/octet-stream")
    )


def _id_in_copy(data: bytes) -> str | None:
    data = data.lstrip(b"\r\n \t")[:MAX_EVIDENCE]
    found = read_id(raw_text(read_fields(data).first("message-id")))
    if found:
        return found
    match = IN_COPY.search(decode(data))
    return read_id(match[1]) if match else None


def _status_fields(root: Part) -> list[Fields]:
    """The groups of fields in delivery reports; empty lines part them (RFC 3464 section 2.1)."""
    groups: list[Fields] = []
    for part in root.walk():
        if part.mime not in STATUS_PARTS:
            continue
        data = part.content()[0][:MAX_EVIDENCE].replace(b"\r\n", b"\n")
        for block in re.split(rb"\n[ \t]*\n", data.strip(b"\n"))[: MAX_RECIPIENTS + 2]:
            fields = read_fields(block.lstrip(b"\n") + b"\n\n")
            if fields.items:
                groups.append(fields)
    return groups


def _reported(groups: Sequence[Fields], text: str, subject: str) -> list[BounceRecipient]:
    found: dict[str, BounceRecipient] = {}
    for group in groups:
        action = text_of(group.first("action")).lower().split(" ")[0].strip(";,")
        address = _typed_address(
            group, "x-actual-recipient", "final-recipient", "original-recipient", "x-postfix-recipient"
        )
        if not address or action in NOT_FAILED:
            continue
        original = _typed_address(group, "original-recipient")
        address = original if original and not is_address(address) else address
        diagnostic = _diagnostic(group)
        told = diagnostic or _told_of(address, text)
        status = _better_status(text_of(group.first("status")), told, text)
        kind = "delayed" if action == "delayed" else _kind(action, status, f"{told}", subject)
        found.setdefault(address.lower(), BounceRecipient(address, status, kind, told or _first_lines(text)))
    return list(found.values())


def _typed_address(group: Fields, *names: str) -> str:
    for name in names:
        value = text_of(group.first(name))
        typed = value.partition(";")[2] if ";" in value else value
        addresses = find_addresses(typed.replace("+AEA-", "@"))
        if addresses:
            return addresses[0]
        if (
            name == "final-recipient"
            and typed.strip()
            and "@" not in value
            and ";" in value
            and len(names) > 1
        ):
            continue
    return ""


def _diagnostic(group: Fields) -> str:
    value = (
        text_of(group.first("diagnostic-code"))
        or text_of(group.first("x-supplementary-info"))
        or text_of(group.first("x-diagnostic"))
    )
    kind, _, rest = value.partition(";")
    return rest.strip() if rest and len(kind) <= 20 and " " not in kind.strip() else value.strip()


def _better_status(status: str, diagnostic: str, text: str) -> str | None:
    """The exact status: a general one gives way to what the diagnostic, then the text, says."""
    match = ENHANCED.search(status)
    told = match.group() if match else ""
    if told and not GENERIC.match(told):
        return told
    found = ENHANCED.search(diagnostic)
    if found and not GENERIC.match(found.group()):
        return found.group()
    by_text = ENHANCED.search(_before_copy(text)) if not diagnostic else None
    if by_text and not GENERIC.match(by_text.group()) and (not told or by_text[1] == told[0]):
        return by_text.group()
    return _status(diagnostic, "" if diagnostic else text) or told or None


def _status(diagnostic: str, text: str) -> str | None:
    """A status out of prose: enhanced code, reply code, words, in this order."""
    told = diagnostic or _before_copy(text)
    if found := ENHANCED.search(told):
        return found.group()
    code = REPLY_CODE.search(told)
    for pattern, status in STATUS_OF_TEXT:
        if pattern.search(told):
            return f"{code[1][0]}{status[1:]}" if code else status
    return f"{code[1][0]}.0.0" if code else None


def _exact(told: str) -> str | None:
    found = ENHANCED.search(told)
    return found.group() if found and not GENERIC.match(found.group()) else None


def _kind(action: str, status: str | None, diagnostic: str, subject: str) -> BounceKind:
    """Hard for an address that will not work, soft for what may work another day, delayed while tried."""
    is_delay = DELAY.search(subject) or (
        DELAY.search(_before_copy(diagnostic)) and not GIVEN_UP.search(diagnostic)
    )
    if action == "delayed" or (action != "failed" and is_delay and not GIVEN_UP.search(subject)):
        return "delayed"
    if status:
        if status.startswith("4") or status in ("5.2.2", "5.2.3", "5.3.1", "5.3.4", "5.4.7", "5.4.5"):
            return "soft"
        if not GENERIC.match(status):
            return "soft" if status.startswith("5.2.") and FULL.search(diagnostic) else "hard"
    if FULL.search(diagnostic) or (LATER.search(diagnostic) and not (status or "").startswith("5")):
        return "soft"
    return "hard"


def _told(root: Part, text: str, subject: str, raw: bytes) -> list[BounceRecipient]:
    """Recipients out of X-Failed-Recipients, what flufl.bounce knows, and the prose."""
    named = [
        one for value in root.fields.all("x-failed-recipients") for one in find_addresses(text_of(value))
    ]
    temporary: set[str] = set()
    if not named:
        failing, temporary = _by_flufl(raw)
        named = sorted(failing | temporary)
    if not named:
        named = _in_prose(root, text)
    found: dict[str, BounceRecipient] = {}
    for address in named:
        told = _told_of(address, text)
        alone = _exact(_before_copy(text)) if len(named) == 1 else None
        status = _exact(told) or alone or _status(told, "") or _status("", text)
        kind: BounceKind = _kind("", status, told or text, subject)
        if address in temporary and kind == "hard" and not (status or "").startswith("5"):
            kind = "delayed" if DELAY.search(f"{subject} {text}") else "soft"
        found.setdefault(address.lower(), BounceRecipient(address, status, kind, told or _first_lines(text)))
    return list(found.values())


def _by_flufl(raw: bytes) -> tuple[set[str], set[str]]:
    try:
        message = email.message_from_bytes(raw[:MAX_FLUFL], policy=email.policy.compat32)
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - its detectors raise on broken letters, whichever way these are broken
        return set(), set()
    return _decoded(permanent), _decoded(temporary)


def _decoded(addresses: Iterable[bytes]) -> set[str]:
    texts = (decode(address).strip(" <>\"'") for address in addresses)
    return {text for text in texts if is_address(text) and not NOT_RECIPIENT.match(text)}


def _in_prose(root: Part, text: str) -> list[str]:
    """Addresses on lines of their own, else in sentences that say a letter did not arrive."""
    told = _before_copy(text)
    own = {
        one.lower()
        for name in ("from", "to", "return-path", "reply-to")
        for value in root.fields.all(name)
        for one in find_addresses(text_of(value))
    }
    lines = told.split("\n")
    on_lines = [match[1].rstrip(".") for line in lines if (match := OWN_LINE.match(line))]
    in_sentences = [one for line in lines if SENTENCE.search(line) for one in find_addresses(line)]
    for found in (on_lines, in_sentences):
        kept = [
            one
            for one in dict.fromkeys(found)
            if is_address(one) and one.lower() not in own and not NOT_RECIPIENT.match(one)
        ]
        if kept:
            return kept[:MAX_RECIPIENTS]
    return []


def _told_of(address: str, text: str) -> str:
    """What the prose says next to this address: behind it, or in the paragraph after it."""
    told = _before_copy(text)
    for match in re.finditer(re.escape(address), told, re.IGNORECASE):
        line = told[told.rfind("\n", 0, match.start()) + 1 : match.start()]
        if not ADDRESSED.match(line):
            break
    else:
        return ""
    paragraphs = re.split(r"\n\s*\n", told[match.end() : match.end() + 1_500])
    for paragraph in paragraphs[:3]:
        reason = " ".join(paragraph.split()).strip(" <>[]:;,-*()\"'")
        if len(reason) >= 8 and not paragraph.rstrip().endswith(":"):
            return reason[:600]
    return ""


def _worst(recipients: Sequence[BounceRecipient]) -> BounceRecipient | None:
    rank = {"hard": 0, "soft": 1, "delayed": 2}
    return min(recipients, key=lambda one: rank[one.kind]) if recipients else None


def _before_copy(text: str) -> str:
    """The server's own words, without the copy of our letter below them."""
    match = COPY.search(text[:MAX_EVIDENCE])
    return text[: match.start()] if match and text[: match.start()].strip() else text[:MAX_EVIDENCE]


def _first_lines(text: str) -> str:
    return " ".join(_before_copy(text).split())[:600]

"""Which letter of ours came back, to whom it did not go, and whether it may yet.

A delivery report (RFC 3464) is read first; servers without one write prose, which is
searched only in letters that passed the gate of `classify`: on ordinary mail such a
search finds recipients that never bounced.
"""

import re
from collections.abc import Sequence

from channels.email.addresses import find_addresses, is_address
from channels.email.bounce_prose import before_copy, coded_line, failing_addresses, first_words, reason_for
from channels.email.bounce_status import DELAY, exact, kind_of, sharpened, status_of
from channels.email.charsets import decode
from channels.email.headers import Fields, raw_text, read_fields, text_of
from channels.email.letters import Bounce, BounceKind, BounceRecipient
from channels.email.message_ids import read_id, read_ids
from channels.email.mime import Part

MAX_RECIPIENTS = 200
MAX_EVIDENCE = 300_000
NOT_FAILED = frozenset(("delivered", "relayed", "expanded", "deliverable"))
STATUS_PARTS = frozenset(("message/delivery-status", "message/global-delivery-status"))
ORIGINAL_PARTS = frozenset(
    "message/rfc822 message/global text/rfc822-headers message/global-headers message/rfc822-headers".split()
)
ADDRESS_FIELDS = ("original-recipient", "final-recipient", "x-actual-recipient", "x-postfix-recipient")
DIAGNOSTIC_FIELDS = ("diagnostic-code", "x-supplementary-info", "x-diagnostic")
IN_COPY = re.compile(
    r"^[ \t>|]{0,40}message-id:[ \t]*(?:\n[ \t>|]{1,40})?(<?[^\s<>]+@?[^\s<>]*>?)",
    re.IGNORECASE | re.MULTILINE,
)


def read_bounce(root: Part, text: str, subject: str, raw: bytes) -> Bounce:
    """What a letter that is a bounce says; unknown facts stay empty, the text is kept as diagnostic."""
    groups = _status_fields(root)
    prose = before_copy(text)
    recipients = _reported(groups, prose, subject) or _told(root, prose, subject, raw)
    worst = _worst(recipients)
    status = worst.status if worst else status_of(prose)
    return Bounce(
        recipients=tuple(recipients[:MAX_RECIPIENTS]),
        status=status,
        kind=worst.kind if worst else kind_of("", status, prose, subject),
        diagnostic=worst.diagnostic if worst else first_words(prose),
        original_message_id=original_message_id(root, text),
        original_envelope_id=_first_of(groups, "original-envelope-id"),
    )


def is_success_report(root: Part) -> bool:
    """Whether a delivery report only says that letters arrived."""
    actions = [_action(group) for group in _status_fields(root) if "action" in group]
    return bool(actions) and all(action in NOT_FAILED for action in actions)


def has_status_part(root: Part) -> bool:
    """Whether a delivery report stands anywhere in the letter."""
    return any(part.mime in STATUS_PARTS for part in root.walk())


def original_message_id(root: Part, text: str) -> str | None:
    """The id of the letter that came back: from its copy, the prose, or what the bounce answers."""
    for part in root.walk():
        if part.mime in ORIGINAL_PARTS and (found := _id_in_copy(part.content()[0])):
            return found
    groups = (root.fields, *_status_fields(root))
    told = _first_of(groups, "x-original-message-id") or _first_of(groups, "original-message-id")
    return read_id(told or "") or _id_in_evidence(root, text) or _answered_id(root.fields)


def _id_in_copy(data: bytes) -> str | None:
    data = data.lstrip(b"\r\n \t")[:MAX_EVIDENCE]
    found = read_id(raw_text(read_fields(data).first("message-id")))
    if found:
        return found
    match = IN_COPY.search(decode(data))
    return read_id(match[1]) if match else None


def _id_in_evidence(root: Part, text: str) -> str | None:
    """A Message-ID line in the prose or in a part that may hold a copy without saying so."""
    parts = [
        part
        for part in root.walk()
        if part.depth and part.mime.startswith(("text/", "message/", "application/o"))
    ]
    for told in (text, *(decode(part.content()[0][:MAX_EVIDENCE]) for part in parts)):
        match = IN_COPY.search(told[:MAX_EVIDENCE])
        if match and "@" in match[1]:
            return read_id(match[1])
    return None


def _answered_id(fields: Fields) -> str | None:
    for name in ("in-reply-to", "references"):
        ids = read_ids(raw_text(fields.first(name)))
        if ids:
            return ids[-1]
    return None


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


def _reported(groups: Sequence[Fields], prose: str, subject: str) -> list[BounceRecipient]:
    """The recipients of a report that it says failed or wait."""
    found: dict[str, BounceRecipient] = {}
    for group in groups:
        action, address = _action(group), _address(group)
        if not address or action in NOT_FAILED:
            continue
        diagnostic = _diagnostic(group) or reason_for(address, prose)
        status = sharpened(text_of(group.first("status")), diagnostic, prose)
        kind = kind_of(action, status, diagnostic, subject)
        one = BounceRecipient(address, status, kind, diagnostic or first_words(prose))
        found.setdefault(address.lower(), one)
    return list(found.values())


def _told(root: Part, prose: str, subject: str, raw: bytes) -> list[BounceRecipient]:
    """The recipients a server names in prose."""
    addresses, temporary = failing_addresses(root.fields, prose, raw)
    found = []
    for address in addresses:
        reason = reason_for(address, prose)
        if len(addresses) == 1 and status_of(reason) is None:
            reason = coded_line(prose) or reason
        by_prose = exact(prose) if len(addresses) == 1 else None
        status = exact(reason) or by_prose or status_of(reason) or status_of(prose)
        kind: BounceKind = kind_of("", status, reason or prose, subject)
        if address in temporary and kind == "hard" and not (status or "").startswith("5"):
            kind = "delayed" if DELAY.search(f"{subject} {prose}") else "soft"
        found.append(BounceRecipient(address, status, kind, reason or first_words(prose)))
    return found


def _address(group: Fields) -> str:
    """The address we wrote to, without its type ("rfc822;", "utf-8;")."""
    for name in ADDRESS_FIELDS:
        value = text_of(group.first(name))
        typed = value.partition(";")[2] if ";" in value else value
        addresses = find_addresses(typed)
        if addresses and is_address(addresses[0]):
            return addresses[0]
    return ""


def _diagnostic(group: Fields) -> str:
    value = next((told for name in DIAGNOSTIC_FIELDS if (told := text_of(group.first(name)))), "")
    kind, _, rest = value.partition(";")
    return rest.strip() if rest and len(kind) <= 20 and " " not in kind.strip() else value.strip()


def _action(group: Fields) -> str:
    words = text_of(group.first("action")).lower().split()
    action = words[0].strip(";,()") if words else ""
    return "failed" if action.startswith(("fail", "error")) else action


def _first_of(groups: Sequence[Fields], name: str) -> str | None:
    return next((text_of(group.first(name)) for group in groups if name in group), None)


def _worst(recipients: Sequence[BounceRecipient]) -> BounceRecipient | None:
    rank = {"hard": 0, "soft": 1, "delayed": 2}
    return min(recipients, key=lambda one: rank[one.kind]) if recipients else None

"""What an agent should know about a letter before believing it, as codes; the screen has the sentences."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from channels.email.addresses import find_addresses
from channels.email.identity import Participants, Verdict, is_aligned
from channels.email.letters import Letter
from channels.email.tokens import plain_address

# Files that run when they are opened, or bring programs along that do.
DANGEROUS = re.compile(
    r"\.(?:apk|bat|chm|cmd|com|cpl|dll|dmg|docm|dotm|exe|hta|img|iso|jar|jse?|lnk|msi|msp|one|pif|potm|ppam|pptm"
    r"|ps1|reg|scr|url|vb[es]?|vhdx?|wsf|wsh|xlam|xll|xlsm|xltm)\Z",
    re.IGNORECASE,
)
SPAM_FOLDER = re.compile(r"(?:^|[/.])(?:junk|spam|спам|bulk mail|correo no deseado)\Z", re.IGNORECASE)


def warnings_of(
    letter: Letter, people: Participants, verdict: Verdict, own: Collection[str], payload: Mapping[str, Any]
) -> tuple[str, ...]:
    """Every warning there is reason for, the notices of the letter first."""
    found = {
        "no_sender": letter.from_ is None,
        "not_verified": verdict == "fail",
        "unverified_sender": people.sender is None and verdict == "none" and letter.received_hops > 0,
        "looks_like_us": _is_named_like(letter, own),
        "display_name_address": _is_named_like_another(letter, own),
        "reply_to_differs": answers_go_elsewhere(letter, own),
        "blind_copy": people.is_blind and letter.klass == "human",
        "too_large": bool(payload.get("truncated")),
        "marked_spam": is_marked_spam(letter, payload),
        "dangerous_file": any(DANGEROUS.search(file.name.rstrip(". ")) for file in letter.files),
    }
    return tuple(dict.fromkeys([*letter.notices, *(code for code, is_so in found.items() if is_so)]))


def answers_go_elsewhere(letter: Letter, own: Collection[str]) -> bool:
    """Whether Reply-To leads to people the sender's domain does not speak for."""
    if letter.from_ is None or letter.klass != "human":
        return False
    domain = letter.from_.domain
    strangers = [
        each
        for each in letter.reply_to
        if plain_address(each.address).lower() not in own and not is_aligned(each.domain, domain)
    ]
    return bool(strangers) and all(each.domain != domain for each in strangers)


def is_marked_spam(letter: Letter, payload: Mapping[str, Any]) -> bool:
    """Whether a filter on the way, or the folder it lies in, says so (I16)."""
    return bool(letter.spam_marks) or SPAM_FOLDER.search(str(payload.get("folder") or "")) is not None


def _is_named_like(letter: Letter, own: Collection[str]) -> bool:
    """Whether a stranger's name holds an address of ours."""
    if letter.from_ is None or plain_address(letter.from_.address).lower() in own:
        return False
    return any(each.lower() in own for each in find_addresses(letter.from_.name))


def _is_named_like_another(letter: Letter, own: Collection[str]) -> bool:
    """Whether the sender's name holds an address that is neither the sender's nor ours."""
    if letter.from_ is None:
        return False
    named = {each.lower() for each in find_addresses(letter.from_.name)}
    return bool(named - {letter.from_.address.lower(), *own})

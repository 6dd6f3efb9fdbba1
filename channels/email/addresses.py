"""Mailboxes out of address fields, in one linear pass and before encoded words are decoded.

An address that no strict grammar would accept is no address: a wrong sender is worse
than an unknown one (CVE-2023-27043).
"""

import re
from dataclasses import dataclass, field

from channels.email.charsets import valid_text
from channels.email.headers import decode_words
from channels.email.letters import Address

MAX_ADDRESSES = 500
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|<[^<>]*>?|[(),;:\\>]|[^"<>(),;:\\]+', re.DOTALL)
ATOM = r"[^\s\x00-\x20\x7f()<>\[\]:;@\\,\"]+"
LOCAL = rf'(?:{ATOM}|"(?:[^"\\\r\n\x00]|\\[^\r\n\x00])+")'
LABEL = r"[^\W_](?:[\w\-]*[^\W_])?"
DOMAIN = rf"(?:{LABEL}(?:\.{LABEL})*\.?|\[[0-9A-Fa-f:.]+\]|\[IPv6:[0-9A-Fa-f:.]+\])"
STRICT = re.compile(rf"{LOCAL}@{DOMAIN}\Z")
AT_ITS_END = re.compile(rf"{ATOM}\Z")
AT_ITS_START = re.compile(DOMAIN)
NEAR = 128
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad]")
SPACES = re.compile(r"\s+")


def read_addresses(text: str) -> tuple[Address, ...]:
    """Every mailbox of a field still encoded (RFC 5322 section 3.4, and what mailers make of it).

    Groups are flattened, semicolons separate like commas, a comma in an unquoted name
    does not, comments serve as names, what has no valid address is left out.
    """
    found: list[Address] = []
    for pieces in _mailboxes(text):
        address = _mailbox(pieces.words, pieces.angle, " ".join(pieces.comments))
        if address is not None:
            found.append(address)
        if len(found) >= MAX_ADDRESSES:
            break
    return tuple(found)


def is_address(text: str) -> bool:
    """Whether this is one whole mail address and nothing else."""
    return len(text) <= 320 and STRICT.match(text) is not None


def find_addresses(text: str) -> list[str]:
    """Addresses anywhere in running text, without what punctuation sticks to them."""
    found: list[str] = []
    at = text.find("@")
    while at >= 0 and len(found) < MAX_ADDRESSES:
        before = AT_ITS_END.search(text[max(0, at - NEAR) : at].rpartition(" ")[2])
        after = AT_ITS_START.match(text[at + 1 : at + 256])
        if before and after:
            local = before.group().lstrip("'*_<{").lstrip(".")
            if local:
                found.append(f"{local}@{after.group().rstrip('.')}")
        at = text.find("@", at + 1)
    return found


def clean_name(text: str) -> str:
    """A display name for people: decoded, one line, nothing invisible, no quotes around it."""
    text = SPACES.sub(" ", INVISIBLE.sub("", valid_text(decode_words(text)))).strip()
    while len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    return text[:500]


@dataclass(slots=True)
class _Pieces:
    """What one mailbox is written of."""

    words: list[str] = field(default_factory=list)
    angle: str | None = None
    comments: list[str] = field(default_factory=list)

    def take(self, token: str, has_groups: bool) -> None:
        if token[0] == "<" and self.angle is None:
            self.angle = token
        elif token == ":" and self.angle is None and has_groups:
            self.words.clear()  # the name of a group
        elif token not in (">", "\\"):
            self.words.append(token)


def _mailboxes(text: str) -> list[_Pieces]:
    """The words, the angle address and the comments of each mailbox, in order."""
    found = [_Pieces()]
    has_groups = ";" in text
    depth = 0
    for token in TOKEN.findall(text):
        current = found[-1]
        if depth or token == "(":
            depth += (token == "(") - (token == ")")
            if token not in "()":
                current.comments.append(token)
        elif token not in ",;" or _is_unfinished(current.words, current.angle, text):
            current.take(token, has_groups)
        elif len(found) > 4 * MAX_ADDRESSES:
            break
        else:
            found.append(_Pieces())
    return found


def _is_unfinished(words: list[str], angle: str | None, text: str) -> bool:
    """A comma after words without any @ belongs to a name, "Doe, John <…>", if an angle is to come."""
    if angle is not None or not words or len(words) > 20:
        return False
    said = "".join(words)
    return bool(said.strip()) and "@" not in said and "<" in text


def _mailbox(words: list[str], angle: str | None, comment: str) -> Address | None:
    if angle is not None:
        address = _bare(angle.strip("<>"))
        name = clean_name(_joined(words)) or clean_name(comment)
        if any(word.startswith("<") and _bare(word.strip("<>")) != address for word in words):
            return None
        if is_address(address):
            return Address("" if name == address else name, address)
        found = find_addresses(decode_words(_joined(words)))  # "a@b.example" <a@b.example <x>
        return Address("", found[0]) if len(found) == 1 and not address else None
    plain = next((text for text in (_bare("".join(words)), _bare(_joined(words))) if is_address(text)), "")
    if plain:
        return Address(clean_name(comment), plain)
    plain = _bare(_joined(words))
    found = find_addresses(decode_words(plain))
    if len(set(found)) != 1:
        return None
    return Address(clean_name(plain.replace(found[0], " ").strip(" []'\"")), found[0])


def _joined(words: list[str]) -> str:
    """Words as one text; quoted ones lose their quotes and backslashes."""
    pieces = []
    for word in words:
        if word.startswith('"') and "@" not in word[-1:]:
            inner = word[1:-1] if len(word) > 1 and word.endswith('"') else word[1:]
            pieces.append(re.sub(r"\\(.)", r"\1", inner))
        else:
            pieces.append(word)
    return "".join(pieces).strip()


def _bare(text: str) -> str:
    """An address without route, mailto:, quotes around it and space in it."""
    text = INVISIBLE.sub("", decode_words(text)).strip().strip("'")
    if text.startswith("@") and ":" in text:
        text = text.rpartition(":")[2]
    text = text.removeprefix("mailto:").removeprefix("MAILTO:").removeprefix("smtp:").removeprefix("SMTP:")
    if '"' not in text:
        text = SPACES.sub("", text) if re.search(r"\s@|@\s|\s\.|\.\s", text) else text.strip()
    return text.rstrip(".") if "@" in text else text

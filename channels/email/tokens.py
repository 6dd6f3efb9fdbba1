"""Signs by which an answer or a bounce finds its dialog, and which nobody else can make.

A dialog's address is `support+d.<id36>.<mac>@dom`, a message id of ours is
`<d.<id36>.<msg36>.<mac>@dom>`, the envelope of a letter is `bounces+<msg36>.<mac>@dom`. A subject
carries `[#<id36>-<short mac>]`, short enough to be read and so no proof by itself.
The first letter of every mac names the key that made it, so keys can be changed
while letters signed by the old ones are still being answered.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

MAC_LENGTH = 16
LOCAL_PART_LIMIT = 64  # octets, RFC 5321 section 4.5.3.1.1
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
KEY_ID = re.compile(r"[a-z0-9]\Z")
MAC = rf"(?P<mac>[a-z0-9][a-z2-7]{{{MAC_LENGTH}}})"
DIALOG_TOKEN = re.compile(rf"(?P<base>.+)\+d\.(?P<dialog>[0-9a-z]{{1,13}})\.{MAC}\Z")
MESSAGE_TOKEN = re.compile(rf"d\.(?P<dialog>[0-9a-z]{{1,13}})\.(?P<message>[0-9a-z]{{1,13}})\.{MAC}\Z")
SHORT_MAC_LENGTH = 9  # the key's letter and 40 bits
SUBJECT_TOKEN = re.compile(
    rf"\[#(?P<dialog>[0-9a-z]{{1,13}})-(?P<mac>[a-z0-9]{{{SHORT_MAC_LENGTH}}})\]", re.IGNORECASE
)
BOUNCE_TOKEN = re.compile(rf".+\+(?P<message>[0-9a-z]{{1,13}})\.{MAC}\Z")


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys tokens are made and checked with; each named by one lower-case letter or digit."""

    keys: Mapping[str, bytes] = field(repr=False)
    current: str
    workspace: str = ""

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise ValueError(f"no key is named {self.current!r}")
        for name, key in self.keys.items():
            if not KEY_ID.match(name):
                raise ValueError(f"a key is named by one lower-case letter or digit, not {name!r}")
            if len(key) < 16:
                raise ValueError(f"key {name!r} is shorter than 16 bytes")


@dataclass(frozen=True, slots=True)
class MessageToken:
    """The dialog and the message an id of ours names."""

    dialog_id: int
    message_id: int


def dialog_address(keyring: Keyring, address: str, dialog_id: int) -> str:
    """The mailbox's address with the dialog's token; the bare address if the token does not fit."""
    local, _, domain = address.rpartition("@")
    number = to_base36(dialog_id)
    tagged = f"{local}+d.{number}.{_mac(keyring, keyring.current, 'dialog', number, address)}"
    return f"{tagged}@{domain}" if len(tagged.encode()) <= LOCAL_PART_LIMIT else address


def dialog_of_address(keyring: Keyring, address: str) -> int | None:
    """The dialog an address of ours names, None if the token is not ours; case does not matter."""
    local, _, domain = address.strip().lower().rpartition("@")
    match = DIALOG_TOKEN.match(local)
    if match is None:
        return None
    number = match["dialog"]
    if not _is_ours(keyring, match["mac"], "dialog", number, f"{match['base']}@{domain}"):
        return None
    return int(number, 36)


def plain_address(address: str) -> str:
    """An address without the dialog's token, whoever made it."""
    local, _, domain = address.rpartition("@")
    match = DIALOG_TOKEN.match(local.lower())
    return f"{local[: match.end('base')]}@{domain}" if match else address


def new_message_id(keyring: Keyring, domain: str, dialog_id: int, message_id: int) -> str:
    """The Message-ID of a letter of ours, without angle brackets; the same every time it is asked."""
    dialog, message = to_base36(dialog_id), to_base36(message_id)
    domain = domain.lower()
    return (
        f"d.{dialog}.{message}.{_mac(keyring, keyring.current, 'message', dialog, message, domain)}@{domain}"
    )


def message_of_id(keyring: Keyring, message_id: str) -> MessageToken | None:
    """The dialog and message an id names, None unless we made it."""
    local, _, domain = message_id.strip().strip("<>").lower().rpartition("@")
    match = MESSAGE_TOKEN.match(local)
    if match is None or not _is_ours(
        keyring, match["mac"], "message", match["dialog"], match["message"], domain
    ):
        return None
    return MessageToken(int(match["dialog"], 36), int(match["message"], 36))


def bounce_address(keyring: Keyring, address: str, message_id: int) -> str:
    """The envelope sender that tells by itself which letter came back (VERP)."""
    local, _, domain = address.rpartition("@")
    number = to_base36(message_id)
    tagged = f"{local}+{number}.{_mac(keyring, keyring.current, 'bounce', number, domain)}"
    return f"{tagged}@{domain}" if len(tagged.encode()) <= LOCAL_PART_LIMIT else address


def message_of_bounce_address(keyring: Keyring, address: str) -> int | None:
    """The message whose letter came back to this address, None unless we made the address."""
    local, _, domain = address.strip().strip("<>").lower().rpartition("@")
    match = BOUNCE_TOKEN.match(local)
    if match is None or not _is_ours(keyring, match["mac"], "bounce", match["message"], domain):
        return None
    return int(match["message"], 36)


def subject_token(keyring: Keyring, dialog_id: int) -> str:
    """What stands between brackets in a subject to name a dialog."""
    number = to_base36(dialog_id)
    return f"#{number}-{_mac(keyring, keyring.current, 'subject', number)[:SHORT_MAC_LENGTH]}"


def dialog_of_subject(keyring: Keyring, subject: str) -> int | None:
    """The dialog a subject names; its mac is short, so whoever believes it also asks who writes."""
    for match in SUBJECT_TOKEN.finditer(subject):
        number, mac = match["dialog"].lower(), match["mac"].lower()
        if mac[0] in keyring.keys:
            expected = _mac(keyring, mac[0], "subject", number)[:SHORT_MAC_LENGTH]
            if hmac.compare_digest(mac, expected):
                return int(number, 36)
    return None


def to_base36(number: int) -> str:
    """A non-negative number in the digits 0-9 and a-z."""
    if number < 0:
        raise ValueError("only non-negative numbers have a base 36 form here")
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = DIGITS[rest] + digits
        if not number:
            return digits


def _mac(keyring: Keyring, key_id: str, *facts: str) -> str:
    told = "\0".join((keyring.workspace, *(fact.lower() for fact in facts)))
    digest = hmac.new(keyring.keys[key_id], told.encode(), hashlib.sha256).digest()
    return key_id + base64.b32encode(digest).decode().lower()[:MAC_LENGTH]


def _is_ours(keyring: Keyring, mac: str, *facts: str) -> bool:
    key_id = mac[0]
    if key_id not in keyring.keys:
        return False
    return hmac.compare_digest(mac, _mac(keyring, key_id, *facts))

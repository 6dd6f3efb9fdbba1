"""The keys that sign our tokens, made of the installation's root secrets."""

import hashlib

from channels.email.tokens import DIGITS, Keyring
from core.secrets import derive_keys

PURPOSE = "letters"


def token_keyring() -> Keyring:
    """The keys of this installation: the newest signs, all of them are recognised."""
    return keyring_of(derive_keys(PURPOSE))


def keyring_of(newest_first: list[bytes]) -> Keyring:
    """Keys named by what is in them, so that a name means the same key after any rotation.

    Two that want one name differ by age: the older one has it.
    """
    named: dict[str, bytes] = {}
    name = ""
    for key in reversed(newest_first):
        place = hashlib.sha256(key).digest()[0] % len(DIGITS)
        free = (DIGITS[(place + step) % len(DIGITS)] for step in range(len(DIGITS)))
        name = next(each for each in free if each not in named)
        named[name] = key
    return Keyring(named, name)

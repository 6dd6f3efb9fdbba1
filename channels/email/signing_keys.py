"""Key pairs for our own signatures: the private half as PEM, the public one as a domain publishes it."""

import base64
import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

BITS = 2048  # what RFC 8301 section 3.2 recommends, and what every TXT record can still hold
SHORTEST_BITS = 1024
LONGEST_BITS = 4096
SELECTOR = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\Z")


class NoKey(ValueError):
    """The text holds no private key that letters can be signed with."""


def new_private_key() -> str:
    """A fresh RSA key as PEM."""
    return _written(rsa.generate_private_key(public_exponent=65537, key_size=BITS))


def usable_key(pem: str) -> str:
    """The RSA key somebody pasted, in the form signatures are made with; NoKey if it is none of use."""
    try:
        key = load_pem_private_key("\n".join(pem.split("\r\n")).strip().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as fault:
        raise NoKey from fault
    if not isinstance(key, rsa.RSAPrivateKey) or not SHORTEST_BITS <= key.key_size <= LONGEST_BITS:
        raise NoKey
    return _written(key)


def public_half(pem: str) -> str:
    """What others check signatures with, as the p= of its record (RFC 6376 section 3.6.1)."""
    key = load_pem_private_key(pem.encode(), password=None)
    written = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(written).decode()


def _written(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()

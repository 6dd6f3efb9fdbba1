"""Who a visitor is by the word of the shop's server: a signed token, or a hash of the user's id. Pure.

The token is a JWT (RFC 7519) with HS256 and nothing else; how it is told and checked is that of
RFC 8725: one algorithm, chosen by us, a secret per channel, a short life.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt
from jwt.types import Options

from core.text import plain_line

ALGORITHM = "HS256"
LONGEST_TOKEN = 4096
LONGEST_LIFE = timedelta(hours=1)
LEEWAY = timedelta(seconds=60)  # two servers' clocks
LONGEST_ID = 200
LONGEST_VALUE = 500
MOST_ATTRIBUTES = 30
_EMAIL = re.compile(r"[^\s@<>\"',;]{1,64}@[^\s@<>\"',;]{1,255}")
_OPTIONS: Options = {
    "require": ["sub", "iat", "exp"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_aud": False,
}


class IdentityRefused(Exception):
    """What was told proves nobody; the code says why, for the shop's developer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Proven:
    """What the shop has signed about a user; all but the id may be empty."""

    user_id: str
    name: str = ""
    email: str = ""
    phone: str = ""
    attrs: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As it is kept with the visitor."""
        told = {"name": self.name, "email": self.email, "phone": self.phone, "attrs": dict(self.attrs)}
        return {name: value for name, value in told.items() if value}


def read_token(token: str, secrets: Sequence[str], *, at: datetime) -> Proven:
    """What a token proves; IdentityRefused for one that is not ours, not of now, or too big."""
    if not token or len(token) > LONGEST_TOKEN:
        raise IdentityRefused("bad_token")
    claims = _claims(token, secrets)
    _check_times(claims, at)
    user_id = claims["sub"]
    if not isinstance(user_id, str) or not is_user_id(user_id):
        raise IdentityRefused("bad_subject")
    return Proven(
        user_id,
        name=plain_line(_words(claims, "name"), longest=LONGEST_ID),
        email=_email(_words(claims, "email")),
        phone=_words(claims, "phone")[:40],
        attrs=_attributes(claims.get("attrs")),
    )


def check_hash(user_id: str, user_hash: str, secrets: Sequence[str]) -> Proven:
    """The user with this id, if the hash is HMAC-SHA256 of it under a secret of the channel.

    Tokens are signed with the same secret, so an id that reads as the signed part of one is none: its hash
    would be the signature of whatever a user has put into it.
    """
    if not is_user_id(user_id) or _could_begin_token(user_id):
        raise IdentityRefused("bad_subject")
    given = user_hash.strip().lower().encode()
    fits = [hmac.compare_digest(hash_for(user_id, secret).encode(), given) for secret in secrets if secret]
    if not any(fits):
        raise IdentityRefused("bad_hash")
    return Proven(user_id)


def hash_for(user_id: str, secret: str) -> str:
    """The hash that proves a user's id."""
    return hmac.new(secret.encode(), user_id.encode(), hashlib.sha256).hexdigest()


def is_user_id(user_id: str) -> bool:
    """Whether this can be the name of a user: some visible characters."""
    return 0 < len(user_id) <= LONGEST_ID and user_id.isprintable() and bool(user_id.strip())


def _could_begin_token(user_id: str) -> bool:
    """Whether this reads as a token that lacks its signature, by the reader that would read it."""
    try:
        jwt.get_unverified_header(f"{user_id}.AA")
    except (jwt.InvalidTokenError, ValueError, TypeError, RecursionError):
        return False
    return True


def _claims(token: str, secrets: Sequence[str]) -> dict[str, Any]:
    for secret in filter(None, secrets):
        try:
            claims: dict[str, Any] = jwt.decode(token, secret, algorithms=[ALGORITHM], options=_OPTIONS)
        except jwt.InvalidSignatureError:
            continue
        except (jwt.InvalidTokenError, ValueError, TypeError, RecursionError):
            raise IdentityRefused("bad_token") from None
        return claims
    raise IdentityRefused("bad_signature")


def _check_times(claims: Mapping[str, Any], at: datetime) -> None:
    begun, over = (_moment(claims, name) for name in ("iat", "exp"))
    if over + LEEWAY.total_seconds() <= at.timestamp():
        raise IdentityRefused("expired")
    if begun - LEEWAY.total_seconds() > at.timestamp():
        raise IdentityRefused("not_yet")
    if not 0 < over - begun <= LONGEST_LIFE.total_seconds():
        raise IdentityRefused("lives_too_long")


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e11:
        raise IdentityRefused("bad_times")
    return float(value)


def _words(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.replace("\0", "").strip()[:LONGEST_VALUE] if isinstance(value, str) else ""


def _email(told: str) -> str:
    return told.lower() if _EMAIL.fullmatch(told) else ""


def _attributes(told: Any) -> dict[str, Any]:
    """Plain facts about a user; what is none of text, number or yes and no is left out."""
    if not isinstance(told, Mapping):
        return {}
    plain = {
        plain_line(str(name), longest=60): _plain(value)
        for name, value in list(told.items())[:MOST_ATTRIBUTES]
        if isinstance(value, str | bool) or (isinstance(value, int | float) and abs(value) < 1e15)
    }
    return {name: value for name, value in plain.items() if name}


def _plain(value: Any) -> Any:
    return plain_line(value, longest=LONGEST_VALUE) if isinstance(value, str) else value

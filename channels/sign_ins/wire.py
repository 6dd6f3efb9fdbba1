"""What is said to a provider and what it answers (RFC 6749, 7636, OpenID Connect Core). Pure.

Answers of the token endpoint that grant nothing are ChannelErrors: AuthBroken where only a person can
help ("consent_needed": who consented must do so again; "client_refused": our registration there is
wrong), Temporary for everything that may pass.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson

from channels.adapter import AuthBroken, ChannelError, Temporary
from channels.sign_ins.providers import Provider
from core.text import plain_line

LONGEST_TOKEN = 16_000
USUAL_LIFE, LONGEST_LIFE = 3600, 30 * 24 * 3600
LONGEST_WORDS = 300

_AGAIN = frozenset({"invalid_grant", "interaction_required", "consent_required", "login_required"})
_LATER = frozenset({"temporarily_unavailable", "server_error", "slow_down"})


@dataclass(frozen=True, slots=True)
class Granted:
    """What a provider grants; `account` is who consented, as far as it says."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    seconds: int
    scopes: tuple[str, ...] = ()
    account: str = ""


def challenge_of(verifier: str) -> str:
    """What goes along to the page of consent, so that the code is worthless without the verifier."""
    return _unpadded(hashlib.sha256(verifier.encode()).digest())


def consent_address(
    provider: Provider, *, client: str, redirect_uri: str, state: str, verifier: str, nonce: str, hint: str
) -> str:
    """Where a browser is sent to be asked for consent."""
    told = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": redirect_uri,
        "scope": " ".join(provider.scopes),
        "state": state,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
        "login_hint": hint,
        **({"nonce": nonce} if "openid" in provider.scopes else {}),
        **provider.asks,
    }
    return f"{provider.consent_url}{'&' if '?' in provider.consent_url else '?'}{urlencode(told)}"


def exchange_form(*, client: str, secret: str, code: str, redirect_uri: str, verifier: str) -> dict[str, str]:
    """A code for tokens."""
    told = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return {**told, "code_verifier": verifier, **_client(client, secret)}


def renewal_form(provider: Provider, *, client: str, secret: str, refresh: str) -> dict[str, str]:
    """A refresh token for a new access token."""
    told = {"grant_type": "refresh_token", "refresh_token": refresh, "scope": " ".join(provider.scopes)}
    return {**told, **_client(client, secret)}


def revocation_form(*, client: str, secret: str, token: str) -> dict[str, str]:
    """That a token is to be forgotten (RFC 7009)."""
    return {"token": token, **(_client(client, secret) if secret else {})}


def granted_in(status: int, headers: Mapping[str, str], body: bytes) -> tuple[Granted, str]:
    """What an answer grants, and its token that says who somebody is; ChannelError if it grants nothing."""
    if status >= 500 or status == 429:
        told = headers.get("retry-after", "")
        wait = float(told) if told.isdecimal() and len(told) < 6 else None
        raise Temporary(f"it answered with status {status}", code="sign_in_unavailable", retry_after=wait)
    answer = _object(body)
    if status != 200 or "error" in answer:
        raise _refusal(status, answer)
    kind = answer.get("token_type", "bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise _unreadable("it grants a kind of token that mail servers do not know")
    scopes = answer.get("scope", "")
    granted = Granted(
        access=_token(answer.get("access_token")),
        refresh=_token(answer["refresh_token"]) if answer.get("refresh_token") else "",
        seconds=_seconds(answer.get("expires_in")),
        scopes=tuple(scopes.split()) if isinstance(scopes, str) else (),
    )
    identity = answer.get("id_token") or ""
    return granted, identity if isinstance(identity, str) else ""


def account_in(identity: str, *, client: str, nonce: str) -> str:
    """Who consented, by a token that came from the provider itself; "" if it does not say.

    It came over a connection whose certificate was checked, which is what its signature would prove
    (OpenID Connect Core, 3.1.3.7, 6). One for another client or another attempt is refused.
    """
    if not identity:
        return ""
    parts = identity.split(".")
    claims = _object(_decoded(parts[1])) if len(parts) == 3 and len(identity) <= LONGEST_TOKEN else {}
    audience = claims.get("aud")
    if client not in (audience if isinstance(audience, list) else [audience]):
        raise _unreadable("it says who somebody is to another program, not to us")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise _unreadable("it says who somebody is in answer to another question")
    for name in ("email", "preferred_username", "upn"):
        told = claims.get(name)
        if isinstance(told, str) and "@" in told:
            return plain_line(told, longest=320)
    return ""


def _client(client: str, secret: str) -> dict[str, str]:
    return {"client_id": client, **({"client_secret": secret} if secret else {})}


def _refusal(status: int, answer: Mapping[str, Any]) -> ChannelError:
    name = answer.get("error")
    name = name if isinstance(name, str) else ""
    words = answer.get("error_description")
    detail = plain_line(f"{name} {words if isinstance(words, str) else ''}", longest=LONGEST_WORDS)
    if name in _AGAIN:
        return AuthBroken(detail, code="consent_needed")
    if name in _LATER or not name:
        return Temporary(detail or f"it answered with status {status}", code="sign_in_unavailable")
    return AuthBroken(detail, code="client_refused")


def _object(body: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise _unreadable("its answer cannot be read")
    return answer


def _token(told: object) -> str:
    """A token that can stand in a command: visible ASCII and no more (RFC 6749, A.12)."""
    if (
        not isinstance(told, str)
        or not 0 < len(told) <= LONGEST_TOKEN
        or not all("!" <= c <= "~" for c in told)
    ):
        raise _unreadable("there is no token in its answer that could be used")
    return told


def _seconds(told: object) -> int:
    """How long a token lives; some say it as text."""
    if isinstance(told, str) and told.isdecimal() and len(told) < 10:
        told = int(told)
    if isinstance(told, bool) or not isinstance(told, int | float) or told != told:
        return USUAL_LIFE
    return int(min(max(told, 1), LONGEST_LIFE))


def _decoded(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return b""


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unreadable(detail: str) -> Temporary:
    return Temporary(detail, code="sign_in_unreadable")

"""Who asks people for their consent, and where; Google and Microsoft by name, others by their addresses."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

PASSWORD = "password"
COMMON = "common"  # people of any organisation, and private accounts


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider's addresses, and what is asked of it; `granted` must be among what it grants.

    `asks` goes along to the page of consent. Without `revoke_url` it cannot be told that we forget.
    """

    key: str
    name: str
    consent_url: str
    token_url: str
    scopes: tuple[str, ...]
    revoke_url: str = ""
    granted: tuple[str, ...] = ()
    asks: Mapping[str, str] = field(default_factory=dict)


# https://developers.google.com/identity/protocols/oauth2/web-server; a refresh token comes only when both
# `access_type` and `prompt` are said. People may untick the mailbox, so what was granted is looked at.
GOOGLE = Provider(
    "google",
    "Google",
    "https://accounts.google.com/o/oauth2/v2/auth",
    "https://oauth2.googleapis.com/token",
    ("openid", "email", "https://mail.google.com/"),
    revoke_url="https://oauth2.googleapis.com/revoke",
    granted=("https://mail.google.com/",),
    asks={"access_type": "offline", "prompt": "consent"},
)
# https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
MICROSOFT = Provider(
    "microsoft",
    "Microsoft",
    "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
    "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
    (
        "openid",
        "email",
        "offline_access",
        "https://outlook.office.com/IMAP.AccessAsUser.All",
        "https://outlook.office.com/SMTP.Send",
    ),
    asks={"prompt": "select_account"},
)
OWN = "own"
CLIENT_SECRET = "oauth_client_secret"
KEYS = (GOOGLE.key, MICROSOFT.key, OWN)


def provider_of(settings: Mapping[str, Any]) -> Provider | None:
    """The provider that a channel's settings name; None where a password opens it."""
    key = settings.get("sign_in") or PASSWORD
    if key == GOOGLE.key:
        return GOOGLE
    if key == MICROSOFT.key:
        tenant = str(settings.get("oauth_tenant") or COMMON)
        return replace(
            MICROSOFT,
            consent_url=MICROSOFT.consent_url.format(tenant=tenant),
            token_url=MICROSOFT.token_url.format(tenant=tenant),
        )
    if key == OWN:
        consent_url, token_url = (
            str(settings.get(f"oauth_{kind}_url") or "") for kind in ("consent", "exchange")
        )
        return Provider(
            OWN,
            _host(consent_url),
            consent_url,
            token_url,
            tuple(str(settings.get("oauth_scopes") or "").split()),
            revoke_url=str(settings.get("oauth_revoke_url") or ""),
        )
    return None


def told_to(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Who learns the client secret. Google and Microsoft are who they are, others are their addresses."""
    provider = provider_of(settings)
    if provider is None or provider.key != OWN:
        return (provider.key if provider else "",)
    return (provider.key, provider.token_url, provider.revoke_url)


def client_of(settings: Mapping[str, Any]) -> str:
    """The name this installation has at the provider."""
    return str(settings.get("oauth_client_id") or "")


def client_secret_of(secrets: Mapping[str, str]) -> str:
    """What this installation proves itself with at the provider; empty where it needs nothing."""
    return secrets.get(CLIENT_SECRET, "")


def user_of(settings: Mapping[str, Any], address: str) -> str:
    """Whose mailbox it is, as the mail server calls it."""
    return str(settings.get("imap_user") or address)


def fingerprint(settings: Mapping[str, Any], address: str) -> str:
    """What tokens hold for: the provider, our name there and the mailbox; with another they are no good."""
    provider = provider_of(settings)
    told = (
        provider.key if provider else "",
        provider.token_url if provider else "",
        client_of(settings),
        user_of(settings, address).lower(),
    )
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]

"""Signing letters ourselves, for a mailbox whose server does not: a key pair, its record, on and off."""

from typing import Any

import idna
from sqlalchemy.orm import Session

from channels.checks import latest_check
from channels.domains import PUBLIC_DOMAINS
from channels.email.signing_keys import SELECTOR, NoKey, new_private_key, public_half, usable_key
from core.errors import Conflict, Invalid
from core.words import N_
from inbox.actions import change_channel
from inbox.models import Channel
from people.models import Agent

SETTING = "signing"
SECRET = "dkim_private_key"
SELECTOR_AT_FIRST = "emptyfeed"


def may_sign(channel: Channel) -> bool:
    """Whether the channel has a domain in which somebody who owns it can publish a key."""
    domain = domain_of(channel)
    return channel.kind == "email" and "." in domain and domain not in PUBLIC_DOMAINS


def set_up_key(
    session: Session, channel: Channel, *, agent: Agent | None, selector: str, private_key: str = ""
) -> None:
    """Give the channel a key, the one given as PEM or a new one; it signs nothing before it is published.

    A key that was published before stays where it is: letters on their way are checked with it.
    """
    if not may_sign(channel):
        raise Conflict(N_("The key of this domain is managed by its provider."), code="not_ours")
    name = selector.strip().lower()
    if len(name) > 63 or SELECTOR.match(name) is None:
        raise Invalid(
            N_("Lowercase letters, digits and hyphens only."), code="bad_selector", field="selector"
        )
    try:
        pem = usable_key(private_key) if private_key.strip() else new_private_key()
    except NoKey:
        words = N_("This is not an RSA key that e-mail can be signed with.")
        raise Invalid(words, code="bad_key", field="secret_key") from None
    told = {"domain": domain_of(channel), "selector": name, "public_key": public_half(pem), "on": False}
    change_channel(session, channel, agent=agent, settings={SETTING: told}, secrets={SECRET: pem})


def sign_letters(session: Session, channel: Channel, *, agent: Agent | None) -> None:
    """Sign from the next letter on; not before a test has found the key where others look for it."""
    told = key_of(channel)
    if told is None or not is_published(session, channel):
        raise Conflict(N_("The key is not published yet. Test again when it is."), code="not_published")
    change_channel(session, channel, agent=agent, settings={SETTING: {**told, "on": True}})


def stop_signing(session: Session, channel: Channel, *, agent: Agent | None) -> None:
    """Sign no more letters; the key stays for another time."""
    told = channel.settings.get(SETTING)
    if told and told.get("on"):
        change_channel(session, channel, agent=agent, settings={SETTING: {**told, "on": False}})


def key_of(channel: Channel) -> dict[str, Any] | None:
    """Selector, public key and whether it signs; None without a key for the domain the channel has now."""
    told: dict[str, Any] = channel.settings.get(SETTING) or {}
    return told if told and told.get("domain") == domain_of(channel) else None


def is_published(session: Session, channel: Channel) -> bool:
    """Whether the last test found the channel's own key in its record."""
    told, check = key_of(channel), latest_check(session, channel)
    if told is None or check is None:
        return False
    host = f"{told['selector']}._domainkey.{told['domain']}"
    return any(
        each["kind"] == "dkim"
        and each["state"] == "found"
        and each["host"] == host
        and told["public_key"] in "".join(str(each["found"]).split())
        for each in check.facts.get("records") or ()
    )


def domain_of(channel: Channel) -> str:
    """The domain of the channel's address, as records are named by it."""
    domain = channel.address.rpartition("@")[2].lower()
    try:
        return domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return domain

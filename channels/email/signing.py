"""DKIM signatures on final bytes, and the record a domain must publish for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dkim

SIGNED = (
    "from to cc subject date message-id in-reply-to references reply-to mime-version content-type "
    "list-unsubscribe list-unsubscribe-post"
).split()


class CannotSign(ValueError):
    """The key or the letter cannot be used for a signature."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A domain's RSA key, as PEM, and where its public half is published."""

    domain: str
    selector: str
    private_key: bytes = field(repr=False)


def key_for(settings: Mapping[str, Any], domain: str) -> dict[str, str]:
    """Name and public half of a channel's own key; nothing if it has none for this domain."""
    told = settings.get("signing") or {}
    if told.get("domain") != domain:
        return {}
    return {"selector": str(told["selector"]), "public_key": str(told["public_key"])}


def signer_from(settings: Mapping[str, Any], secrets: Mapping[str, str], domain: str) -> Signer | None:
    """Who signs for a channel: nobody unless it is switched on and the key is this domain's."""
    own, key = key_for(settings, domain), secrets.get("dkim_private_key", "")
    if not (own and key and settings["signing"].get("on")):
        return None
    return Signer(domain, own["selector"], key.encode())


def sign(raw: bytes, signer: Signer) -> bytes:
    """The letter with a DKIM-Signature in front; From is signed once too often, so none can be added.

    The last thing done to a letter: any change of its bytes after it breaks the signature.
    """
    present = {
        line.split(b":", 1)[0].lower() for line in raw.split(b"\r\n\r\n", 1)[0].split(b"\r\n") if b":" in line
    }
    fields = [name.encode() for name in SIGNED if name.encode() in present]
    try:
        signature = dkim.sign(
            raw,
            selector=signer.selector.encode("ascii"),
            domain=signer.domain.encode("ascii"),
            privkey=signer.private_key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[*fields, b"from"],
        )
    except (dkim.DKIMException, ValueError, TypeError) as fault:
        raise CannotSign(str(fault) or type(fault).__name__) from fault
    return bytes(signature) + raw

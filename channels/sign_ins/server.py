"""The one call to a provider: a form to its token endpoint, and what it answers."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from channels.adapter import AuthBroken, ChannelError, Temporary
from channels.sign_ins.wire import Granted, granted_in
from core.outside.addresses import is_allowed
from core.outside.connect import resolve_checked
from core.outside.faults import OutsideFault
from core.outside.http import Fetched, OutsideClient

SECONDS = 15.0
MOST_BYTES = 200_000
_HIDDEN = ("client_secret", "code", "code_verifier", "refresh_token", "token")


def ask_for_tokens(url: str, form: Mapping[str, str], *, authority: str = "") -> tuple[Granted, str]:
    """Tokens, and the one that says who consented; ChannelError if there are none.

    What the provider says of an error never repeats what must stay secret.
    """
    fetched = _posted(url, form, authority)
    try:
        return granted_in(fetched.status, fetched.headers, fetched.body)
    except ChannelError as fault:
        words = fault.detail
        for name in _HIDDEN:
            words = words.replace(form[name], "…") if form.get(name) else words
        kind = AuthBroken if isinstance(fault, AuthBroken) else Temporary
        raise kind(
            f"{urlsplit(url).hostname}: {words}", code=fault.code, retry_after=fault.retry_after
        ) from None


def revoke(url: str, form: Mapping[str, str], *, authority: str = "") -> bool:
    """Have a token forgotten; whether the provider answered: what it does not know is gone as well."""
    return _posted(url, form, authority).status <= 400


def _posted(url: str, form: Mapping[str, str], authority: str) -> Fetched:
    try:
        _refuse_plain(url)
        with OutsideClient(authority=authority) as client:
            return client.fetch(
                url,
                method="POST",
                seconds=SECONDS,
                most_bytes=MOST_BYTES,
                data=dict(form),
                headers={"Accept": "application/json"},
            )
    except OutsideFault as fault:
        raise Temporary(str(fault), code="sign_in_unavailable") from None


def _refuse_plain(url: str) -> None:
    """Our secret goes unencrypted to nobody but a server of the own network."""
    parts = urlsplit(url)
    if parts.scheme != "https" and any(is_allowed(each) for each in resolve_checked(parts.hostname or "")):
        raise Temporary(
            f"{parts.hostname} is on the internet and the connection would not be encrypted",
            code="sign_in_unavailable",
        )

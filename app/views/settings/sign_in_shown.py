"""What the page of a channel says of its sign-in at a provider."""

from dataclasses import dataclass
from datetime import datetime

from flask import request
from sqlalchemy.orm import Session

from channels.sign_ins.asking import OTHER_ACCOUNT, attempt_of, redirect_address, sign_in_of
from channels.sign_ins.providers import OWN, provider_of, user_of
from core.clock import now
from core.config import get_settings
from inbox.models import Channel


@dataclass(frozen=True, slots=True)
class ShownSignIn:
    """How far the sign-in of a channel is; `state` is one word for it.

    none, going (somebody is at the provider), finishing, asks (another account signed in), in, refused.
    """

    state: str
    provider: str
    redirect_uri: str
    mailbox: str
    account: str = ""
    at: datetime | None = None
    fault: str = ""
    detail: str = ""
    opened_elsewhere: bool = False
    needs_https: bool = False


def shown_sign_in(session: Session, channel: Channel) -> ShownSignIn | None:
    """How far the sign-in of a channel is; None for one that opens by a password."""
    provider = provider_of(channel.settings)
    if provider is None:
        return None
    row, attempt = sign_in_of(session, channel), attempt_of(session, channel)
    state = "none" if row is None else "refused" if row.refused_at is not None else "in"
    fault = detail = ""
    account = row.account if row is not None else ""
    if attempt is not None and attempt.ended_at is None and attempt.answered_at is not None:
        state = "finishing"
    elif attempt is not None and attempt.outcome == OTHER_ACCOUNT:
        state, account = "asks", attempt.account
    elif attempt is not None and attempt.outcome:
        fault, detail = attempt.outcome, attempt.detail
    elif attempt is not None and attempt.ended_at is None and attempt.until > now() and row is None:
        state = "going"
    base = get_settings().base_url
    return ShownSignIn(
        state,
        provider.name,
        redirect_address(provider),
        user_of(channel.settings, channel.address),
        account,
        row.signed_in_at if row is not None else None,
        fault or ("consent_needed" if state == "refused" else ""),
        detail or (row.refused_detail if row is not None and state == "refused" else ""),
        opened_elsewhere=not request.host_url.startswith(f"{base}/"),
        needs_https=provider.key != OWN and not base.startswith(("https://", "http://localhost")),
    )

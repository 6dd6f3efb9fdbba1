"""Sending somebody to a provider and taking what they bring back; what follows is a worker's.

begin_sign_in() ── the browser goes there and comes back ──▶ take_answer() ──▶ finishing.finish_sign_ins()
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from channels.sign_ins.models import SignIn, SignInAttempt
from channels.sign_ins.providers import (
    CLIENT_SECRET,
    Provider,
    client_of,
    fingerprint,
    provider_of,
    told_to,
    user_of,
)
from channels.sign_ins.wire import consent_address
from core.clock import now
from core.config import get_settings
from core.db import tell_after
from core.errors import Conflict, Invalid
from core.secrets import seal, token_hash, unseal
from core.text import plain_line
from core.words import N_
from inbox.models import Channel
from inbox.recording import record_on
from people.models import Agent

TIME_FOR_IT = timedelta(minutes=15)
LONGEST_CODE = 8_000
OTHER_ACCOUNT = "other_account"
_OVER = N_(
    "This sign-in is over, or was started in another browser. Start it again on the page of the channel."
)


def redirect_address(provider: Provider) -> str:
    """Where a provider sends people back to; one for each, so that none can answer for another."""
    return f"{get_settings().base_url}/settings/sign-in/{provider.key}"


def sign_in_of(session: Session, channel: Channel) -> SignIn | None:
    """The tokens of a channel that are good for its settings as they are; None if nobody signed in."""
    row = session.get(SignIn, channel.id)
    holds_for = fingerprint(channel.settings, channel.address)
    return row if row is not None and row.leaving_at is None and row.holds_for == holds_for else None


def attempt_of(session: Session, channel: Channel) -> SignInAttempt | None:
    """The newest way of somebody to the provider, under way or ended, for the settings as they are."""
    row = session.get(SignInAttempt, channel.id)
    return (
        row if row is not None and row.holds_for == fingerprint(channel.settings, channel.address) else None
    )


def begin_sign_in(session: Session, channel: Channel, *, agent: Agent, browser: int | None) -> str:
    """The address at which the provider asks for consent; what was begun before for the channel is over."""
    provider = provider_of(channel.settings)
    if provider is None or not client_of(channel.settings) or not provider.consent_url:
        raise Conflict(N_("This channel opens by a password."), code="no_sign_in")
    if browser is None:
        raise Conflict(N_("Sign in in a browser."), code="no_browser")
    state, verifier, nonce = (secrets.token_urlsafe(32) for _ in range(3))
    kept = {"verifier": verifier, "nonce": nonce}
    values = {
        "provider": provider.key,
        "holds_for": fingerprint(channel.settings, channel.address),
        "redirect_uri": redirect_address(provider),
        "state_hash": token_hash(state),
        "browser": browser,
        "agent_id": agent.id,
        "kept": seal(orjson.dumps(kept).decode()),
        "account": "",
        "asked_at": now(),
        "until": now() + TIME_FOR_IT,
        "answered_at": None,
        "attempts": 0,
        "due_at": None,
        "lease_until": None,
        "ended_at": None,
        "outcome": "",
        "detail": "",
    }
    begun = insert(SignInAttempt).values(channel_id=channel.id, **values)
    session.execute(begun.on_conflict_do_update(index_elements=["channel_id"], set_=values))
    return consent_address(
        provider,
        client=client_of(channel.settings),
        redirect_uri=redirect_address(provider),
        state=state,
        verifier=verifier,
        nonce=nonce,
        hint=user_of(channel.settings, channel.address),
    )


def take_answer(
    session: Session,
    provider: str,
    *,
    browser: int | None,
    state: str,
    code: str = "",
    error: str = "",
    words: str = "",
) -> Channel:
    """Keep what a browser brings back from a provider, for a worker; the channel that it is for.

    It counts once, within a quarter of an hour, from the provider that was asked and in the browser
    session that was sent there: Invalid for everything else.
    """
    wanted = select(SignInAttempt).where(SignInAttempt.state_hash == token_hash(state)) if state else None
    attempt = session.scalar(wanted.with_for_update(of=SignInAttempt)) if wanted is not None else None
    if (
        attempt is None
        or attempt.browser != browser
        or attempt.provider != provider
        or attempt.answered_at is not None
        or attempt.until <= now()
        or attempt.holds_for != fingerprint(attempt.channel.settings, attempt.channel.address)
        or len(code) > LONGEST_CODE
        or not (code or error)
    ):
        raise Invalid(_OVER, code="sign_in_over")
    attempt.answered_at = attempt.due_at = now()
    if error:
        attempt.ended_at, attempt.kept = now(), None
        attempt.outcome = "consent_denied" if error == "access_denied" else "consent_failed"
        attempt.detail = plain_line(f"{error} {words}", longest=300)
    else:
        kept = orjson.loads(unseal(attempt.kept or b""))
        attempt.kept = seal(orjson.dumps({**kept, "code": code}).decode())
        tell_after(session, "wake:sign_ins")
    return attempt.channel


def sign_out(session: Session, channel: Channel, *, agent: Agent | None) -> None:
    """Forget the tokens of a channel; a worker tells who gave them, and nobody else."""
    attempt = session.get(SignInAttempt, channel.id)
    if attempt is not None:
        session.delete(attempt)
    row = session.get(SignIn, channel.id, with_for_update={"of": SignIn})
    if row is None or row.leaving_at is not None:
        return
    row.leaving_at, row.retry_at, row.failures = now(), None, 0
    row.lease_token = row.lease_until = None
    tell_after(session, "wake:sign_ins")
    record_on(session, channel, "channel.signed_out", actor=agent.ref if agent else None, account=row.account)


def fitting_secrets(
    channel: Channel, settings: Mapping[str, Any], secrets: Mapping[str, str | None]
) -> dict[str, str | None]:
    """The secrets of a change; one that was typed for a provider is forgotten before another would get it."""
    after = {**channel.settings, **settings}
    may_stay = told_to(channel.settings) == told_to(after) or secrets.get(CLIENT_SECRET)
    return {**secrets} if may_stay else {**secrets, CLIENT_SECRET: None}


def heed_change(session: Session, channel: Channel, *, agent: Agent | None) -> None:
    """After a change of settings: tokens for another mailbox or provider go, the others get a new chance."""
    attempt = session.get(SignInAttempt, channel.id)
    if attempt is not None and attempt.holds_for != fingerprint(channel.settings, channel.address):
        session.delete(attempt)
    row = session.get(SignIn, channel.id)
    if row is None:
        return
    if row.holds_for != fingerprint(channel.settings, channel.address):
        sign_out(session, channel, agent=agent)
    else:
        row.failures, row.retry_at = 0, None

"""The access token of a channel, renewed before it ends: by one process at a time, however many ask.

current() ── good ─────────────────────────────────▶ token
          └─ old ── lease in the row, COMMIT ── the provider ── written down, COMMIT ──▶ token
                    (whoever else asks waits for it, or goes on with what is still good)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from time import monotonic, sleep
from uuid import uuid4

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.adapter import AuthBroken, ChannelError, Temporary
from channels.lease import write_down
from channels.sign_ins.models import SignIn
from channels.sign_ins.providers import Provider, client_of, client_secret_of, fingerprint, provider_of
from channels.sign_ins.server import SECONDS, ask_for_tokens
from channels.sign_ins.wire import Granted, renewal_form
from core.clock import now
from core.db import transaction
from core.secrets import seal, unseal
from inbox.models import Channel

LEASE = timedelta(seconds=SECONDS * 2)
PATIENCE = SECONDS + 5.0
PAUSE = 0.1
MARGIN = timedelta(minutes=5)  # clocks differ, and a letter takes its time
LONGEST_PAUSE = 900.0
JUST_NOW = timedelta(minutes=1)
WRITES_FOR = 15.0


@dataclass(frozen=True, slots=True)
class ChannelTokens:
    """What opens the mailbox of one channel, as `channels.adapter.Tokens`."""

    channel_id: int

    def current(self) -> str:
        """A token that is good now; ChannelError if there is none."""
        return _token(self.channel_id, refused="")

    def instead_of(self, refused: str) -> str:
        """Another than the one a server refused; AuthBroken if that one was new already."""
        return _token(self.channel_id, refused=refused)


@dataclass(frozen=True, slots=True)
class _Claim:
    channel_id: int
    lease: str
    generation: int
    provider: Provider
    form: dict[str, str] = field(repr=False)
    authority: str
    still_good: str = field(repr=False)


def put_tokens(row: SignIn, granted: Granted, *, client: Mapping[str, str] | None = None) -> None:
    """Keep new tokens; a provider that gives no new refresh token means the old one to go on.

    With them stays who we were there (`client`), so that they can be taken back after the settings changed.
    """
    known = {**_opened(row), **(client or {})}
    kept = {**known, "access": granted.access, "refresh": granted.refresh or known.get("refresh", "")}
    row.tokens = seal(orjson.dumps(kept).decode())
    moment, life = now(), timedelta(seconds=granted.seconds)
    row.issued_at, row.expires_at = moment, moment + life
    row.renew_at = row.expires_at - min(MARGIN, life / 4)
    row.generation = (row.generation or 0) + 1
    row.refused_at, row.refused_detail = None, ""
    row.failures, row.retry_at = 0, None
    row.lease_token = row.lease_until = None


def _token(channel_id: int, *, refused: str) -> str:
    until = monotonic() + PATIENCE
    while True:
        with transaction() as session:
            found = _look(session, channel_id, refused)
        if isinstance(found, str):
            return found
        if found is not None:
            return _renew(found)
        if monotonic() > until:
            raise Temporary("the sign-in is being renewed and takes its time", code="sign_in_unavailable")
        sleep(PAUSE)


def _look(session: Session, channel_id: int, refused: str) -> str | _Claim | None:
    """A token, the right to fetch one, or None while somebody else does."""
    channel = session.get_one(Channel, channel_id)
    row = session.scalar(select(SignIn).where(SignIn.channel_id == channel_id).with_for_update(of=SignIn))
    provider = provider_of(channel.settings)
    holds_for = fingerprint(channel.settings, channel.address)
    if row is None or provider is None or row.leaving_at is not None or row.holds_for != holds_for:
        raise AuthBroken("nobody has signed in yet", code="not_signed_in")
    if row.refused_at is not None:
        raise AuthBroken(row.refused_detail, code="consent_needed")
    kept = _opened(row)
    access, moment = kept.get("access", ""), now()
    good = access if access != refused and row.expires_at > moment else ""
    if good and row.renew_at > moment:
        return good
    if access == refused and row.issued_at > moment - JUST_NOW:
        raise AuthBroken(
            "the mail server refuses a sign-in that the provider has just confirmed", code="sign_in_refused"
        )
    if row.retry_at is not None and row.retry_at > moment:
        return good or _wait(row)
    if session.scalar(
        select(SignIn.lease_until > func.clock_timestamp()).where(SignIn.channel_id == channel_id)
    ):
        return good or None
    row.lease_token, row.lease_until = uuid4().hex, func.clock_timestamp() + LEASE
    return _Claim(
        channel_id,
        row.lease_token,
        row.generation,
        provider,
        renewal_form(
            provider,
            client=client_of(channel.settings),
            secret=_secret(channel),
            refresh=kept.get("refresh", ""),
        ),
        str(channel.settings.get("authority") or ""),
        good,
    )


def _renew(claim: _Claim) -> str:
    try:
        granted, _ = ask_for_tokens(claim.provider.token_url, claim.form, authority=claim.authority)
    except ChannelError as fault:
        write_down(partial(_note_failure, claim, fault), seconds=WRITES_FOR)
        if claim.still_good and isinstance(fault, Temporary):
            return claim.still_good
        raise
    write_down(partial(_note_renewed, claim, granted), seconds=WRITES_FOR)
    return granted.access


def _note_renewed(claim: _Claim, granted: Granted) -> None:
    with transaction() as session:
        row = _still(session, claim)
        if row is not None:
            put_tokens(row, granted)


def _note_failure(claim: _Claim, fault: ChannelError) -> None:
    with transaction() as session:
        row = _still(session, claim)
        if row is None:
            return
        if row.lease_token == claim.lease:
            row.lease_token = row.lease_until = None
        if fault.code == "consent_needed":
            row.refused_at, row.refused_detail = now(), fault.detail
            return
        row.failures += 1
        pause = min(fault.retry_after or 2.0 ** min(row.failures, 10), LONGEST_PAUSE)
        row.retry_at = now() + timedelta(seconds=pause)


def _still(session: Session, claim: _Claim) -> SignIn | None:
    """The row, unless somebody signed in or renewed meanwhile: then what we heard is of no interest."""
    row = session.get(SignIn, claim.channel_id, with_for_update={"of": SignIn})
    return row if row is not None and row.generation == claim.generation else None


def _wait(row: SignIn) -> str:
    assert row.retry_at is not None
    seconds = (row.retry_at - now()).total_seconds()
    raise Temporary(
        "the provider did not answer; it is asked again", code="sign_in_unavailable", retry_after=seconds
    )


def _secret(channel: Channel) -> str:
    secrets: dict[str, str] = orjson.loads(unseal(channel.secrets)) if channel.secrets else {}
    return client_secret_of(secrets)


def _opened(row: SignIn) -> dict[str, str]:
    opened: dict[str, str] = orjson.loads(unseal(row.tokens)) if row.tokens else {}
    return opened

"""What a worker does for sign-ins: codes into tokens, and telling providers what is to be forgotten."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from math import inf
from time import monotonic
from typing import Any

import orjson
import structlog
from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from channels.access import open_access
from channels.adapter import ChannelAccess, ChannelError, Temporary
from channels.checks import ask_check
from channels.sign_ins.asking import OTHER_ACCOUNT
from channels.sign_ins.models import SignIn, SignInAttempt
from channels.sign_ins.providers import (
    Provider,
    client_of,
    client_secret_of,
    fingerprint,
    provider_of,
    user_of,
)
from channels.sign_ins.renewing import LEASE, put_tokens
from channels.sign_ins.server import ask_for_tokens, revoke
from channels.sign_ins.wire import Granted, account_in, exchange_form, revocation_form
from core.clock import now
from core.db import transaction
from core.errors import Conflict
from core.secrets import seal, unseal
from core.words import N_
from inbox.actions import change_channel
from inbox.models import Channel
from inbox.recording import record_on
from people.models import Agent

log = structlog.get_logger()

TRIES = 4
FORGETTING_TRIES = 6


@dataclass(frozen=True, slots=True)
class _Answered:
    access: ChannelAccess
    provider: Provider
    state_hash: str
    redirect_uri: str
    kept: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Leaving:
    channel_id: int
    generation: int
    url: str
    form: dict[str, str] = field(repr=False)
    authority: str


def finish_sign_ins(*, seconds: float = inf) -> int:
    """Finish what was begun until nothing waits or the time is up; how many calls were made."""
    done, until = 0, monotonic() + seconds
    while monotonic() < until and _finish_one():
        done += 1
    return done


def due_sign_ins(session: Session) -> bool:
    """Whether any sign-in waits for a worker."""
    return bool(session.scalar(select(or_(exists().where(_is_leaving()), exists().where(_is_answered())))))


def accept_account(session: Session, channel: Channel, *, agent: Agent) -> None:
    """Somebody says that the account which signed in, though called otherwise, opens this mailbox."""
    attempt = _asking(session, channel)
    told = orjson.loads(unseal(attempt.kept or b""))
    _take_in(session, attempt, Granted(**{**told, "scopes": tuple(told["scopes"])}))


def decline_account(session: Session, channel: Channel, *, agent: Agent) -> None:
    """It was the wrong account: its tokens are forgotten, what the channel had stays."""
    session.delete(_asking(session, channel))


def _finish_one() -> bool:
    with transaction() as session:
        leaving = _claim_leaving(session)
        answered = _claim_answered(session) if leaving is None else None
    if leaving is not None:
        _forget(leaving)
    elif answered is not None:
        _exchange(answered)
    return leaving is not None or answered is not None


def _is_answered() -> ColumnElement[bool]:
    return and_(
        SignInAttempt.answered_at.is_not(None),
        SignInAttempt.ended_at.is_(None),
        SignInAttempt.due_at <= now(),
        or_(SignInAttempt.lease_until.is_(None), SignInAttempt.lease_until < func.clock_timestamp()),
    )


def _is_leaving() -> ColumnElement[bool]:
    return and_(
        SignIn.leaving_at.is_not(None),
        or_(SignIn.retry_at.is_(None), SignIn.retry_at <= now()),
        or_(SignIn.lease_until.is_(None), SignIn.lease_until < func.clock_timestamp()),
    )


def _claim_answered(session: Session) -> _Answered | None:
    attempt = session.scalar(
        select(SignInAttempt)
        .where(_is_answered())
        .order_by(SignInAttempt.due_at)
        .limit(1)
        .with_for_update(of=SignInAttempt, skip_locked=True)
    )
    if attempt is None:
        return None
    access = open_access(attempt.channel)
    provider = provider_of(access.settings)
    if provider is None:
        _end(attempt, "code_refused", "the settings were changed meanwhile")
        return None
    attempt.attempts += 1
    attempt.lease_until = func.clock_timestamp() + LEASE
    kept = orjson.loads(unseal(attempt.kept or b""))
    return _Answered(access, provider, attempt.state_hash, attempt.redirect_uri, kept)


def _exchange(answered: _Answered) -> None:
    settings, client = answered.access.settings, client_of(answered.access.settings)
    form = exchange_form(
        client=client,
        secret=client_secret_of(answered.access.secrets),
        code=answered.kept["code"],
        redirect_uri=answered.redirect_uri,
        verifier=answered.kept["verifier"],
    )
    try:
        authority = str(settings.get("authority") or "")
        granted, identity = ask_for_tokens(answered.provider.token_url, form, authority=authority)
        account = account_in(identity, client=client, nonce=answered.kept["nonce"])
    except ChannelError as fault:
        _with_attempt(answered, partial(_note_failure, fault=fault))
    else:
        found = Granted(granted.access, granted.refresh, granted.seconds, granted.scopes, account)
        _with_attempt(answered, partial(_judge, provider=answered.provider, granted=found))


def _with_attempt(answered: _Answered, act: Any) -> None:
    """Write down what an answer brought, unless somebody began anew meanwhile."""
    with transaction() as session:
        attempt = session.scalar(
            select(SignInAttempt)
            .where(SignInAttempt.state_hash == answered.state_hash, SignInAttempt.ended_at.is_(None))
            .with_for_update(of=SignInAttempt)
        )
        if attempt is not None:
            attempt.lease_until = None
            act(session, attempt)


def _note_failure(session: Session, attempt: SignInAttempt, *, fault: ChannelError) -> None:
    may_pass = isinstance(fault, Temporary) and fault.code == "sign_in_unavailable"
    if may_pass and attempt.attempts < TRIES and now() < attempt.until:
        attempt.due_at = now() + timedelta(seconds=fault.retry_after or 2**attempt.attempts)
        attempt.detail = fault.detail
        return
    code = "code_refused" if fault.code == "consent_needed" else fault.code
    _end(attempt, code, fault.detail)


def _judge(session: Session, attempt: SignInAttempt, *, provider: Provider, granted: Granted) -> None:
    """Take what was granted only if it is what was asked for, and of the account that is expected."""
    channel = attempt.channel
    if attempt.holds_for != fingerprint(channel.settings, channel.address):
        _end(attempt, "code_refused", "the settings were changed meanwhile")
    elif granted.scopes and not set(provider.granted) <= set(granted.scopes):
        _end(attempt, "scope_missing", " ".join(granted.scopes)[:300])
    elif not granted.refresh:
        _end(attempt, "no_lasting_consent", "")
    elif _is_expected(session, channel, granted.account):
        _take_in(session, attempt, granted)
    else:
        kept = {
            "access": granted.access,
            "refresh": granted.refresh,
            "seconds": granted.seconds,
            "scopes": list(granted.scopes),
            "account": granted.account,
        }
        _end(attempt, OTHER_ACCOUNT, "")
        attempt.kept, attempt.account = seal(orjson.dumps(kept).decode()), granted.account


def _is_expected(session: Session, channel: Channel, account: str) -> bool:
    """Who does not say who it is will have to prove it to the mail server."""
    row = session.get(SignIn, channel.id)
    before = (
        row.account
        if row is not None and row.holds_for == fingerprint(channel.settings, channel.address)
        else ""
    )
    known = {channel.address, user_of(channel.settings, channel.address), before}
    return not account or account.lower() in {each.lower() for each in known if each}


def _take_in(session: Session, attempt: SignInAttempt, granted: Granted) -> None:
    """The channel opens by these tokens from now on: it gets another chance at once, and is tested."""
    channel, agent = attempt.channel, session.get(Agent, attempt.agent_id)
    provider = provider_of(channel.settings)
    row = session.get(SignIn, channel.id, with_for_update={"of": SignIn})
    if row is None:
        row = SignIn(channel_id=channel.id, generation=0)
        session.add(row)
    row.holds_for, row.tokens, row.account = attempt.holds_for, None, granted.account
    row.signed_in_at, row.leaving_at = now(), None
    row.revoke_url = provider.revoke_url if provider else ""
    access = open_access(channel)
    client = {"client": client_of(access.settings), "secret": client_secret_of(access.secrets)}
    put_tokens(row, granted, client=client)
    _end(attempt, "", "")
    record_on(
        session, channel, "channel.signed_in", actor=agent.ref if agent else None, account=granted.account
    )
    change_channel(session, channel, agent=agent)
    ask_check(session, channel, agent=agent)


def _asking(session: Session, channel: Channel) -> SignInAttempt:
    attempt = session.get(SignInAttempt, channel.id, with_for_update={"of": SignInAttempt})
    holds_for = fingerprint(channel.settings, channel.address)
    if attempt is None or attempt.outcome != OTHER_ACCOUNT or attempt.holds_for != holds_for:
        raise Conflict(N_("There is nothing to decide any more."), code="nothing_asked")
    return attempt


def _end(attempt: SignInAttempt, outcome: str, detail: str) -> None:
    attempt.ended_at, attempt.outcome, attempt.detail, attempt.kept = now(), outcome, detail, None


def _claim_leaving(session: Session) -> _Leaving | None:
    row = session.scalar(
        select(SignIn).where(_is_leaving()).limit(1).with_for_update(of=SignIn, skip_locked=True)
    )
    if row is None:
        return None
    row.failures += 1
    row.lease_until = func.clock_timestamp() + LEASE
    access = open_access(row.channel)
    kept = orjson.loads(unseal(row.tokens)) if row.tokens else {}
    is_same = row.holds_for == fingerprint(access.settings, row.channel.address)
    newest = client_secret_of(access.secrets) if is_same else ""
    form = revocation_form(
        client=kept.get("client", ""),
        secret=newest or kept.get("secret", ""),
        token=kept.get("refresh") or kept.get("access", ""),
    )
    return _Leaving(
        row.channel_id, row.generation, row.revoke_url, form, str(access.settings.get("authority") or "")
    )


def _forget(leaving: _Leaving) -> None:
    """Tell the provider and let the tokens go; after some tries they go without."""
    try:
        is_told = not leaving.url or revoke(leaving.url, leaving.form, authority=leaving.authority)
    except ChannelError as fault:
        log.warning("sign_in.not_revoked", channel_id=leaving.channel_id, detail=fault.detail)
        is_told = False
    with transaction() as session:
        row = session.get(SignIn, leaving.channel_id, with_for_update={"of": SignIn})
        if row is None or row.leaving_at is None or row.generation != leaving.generation:
            return
        if is_told or row.failures >= FORGETTING_TRIES:
            session.delete(row)
        else:
            row.lease_until, row.retry_at = None, now() + timedelta(seconds=2.0**row.failures)

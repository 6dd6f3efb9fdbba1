"""Access tokens before they end: renewed once however many ask, and kept whatever a provider does."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from sqlalchemy import func, text
from sqlalchemy.orm import Session

import core.db
from channels.adapter import AuthBroken, Temporary
from channels.sign_ins import renewing, server
from channels.sign_ins.models import SignIn
from channels.sign_ins.renewing import ChannelTokens
from core.clock import now
from core.config import get_settings
from core.db import transaction
from core.secrets import unseal
from inbox.models import Channel
from people.models import Agent
from tests.channels.sign_ins.signing import make_administrator, make_signing_channel, row_of, sign_in
from tests.peers.oauth import OAuthPeer, opens

pytestmark = [pytest.mark.peer, pytest.mark.requirement("I37")]

ROOT = Path(__file__).parents[3]
ASK = "from channels.sign_ins.renewing import ChannelTokens; print(ChannelTokens({}).current())"
READY = (
    "from core.config import get_settings; from core.db import connect; connect(get_settings().database_url)"
)


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_administrator(session)


@pytest.fixture
def channel(session: Session, provider: OAuthPeer, ann: Agent) -> Channel:
    made = make_signing_channel(session, provider)
    sign_in(session, provider, made, ann)
    return made


@pytest.fixture
def signed_in(live_database: str, provider: OAuthPeer, monkeypatch: pytest.MonkeyPatch) -> int:
    """A channel in a database for several processes, whose token is over."""
    monkeypatch.setenv("OUTSIDE_ALLOW", "127.0.0.0/8")
    get_settings.cache_clear()
    with Session(core.db.engine(), expire_on_commit=False) as session:
        channel = make_signing_channel(session, provider)
        sign_in(session, provider, channel, make_administrator(session))
        number = channel.id
    with transaction() as session:
        row = session.get_one(SignIn, number)
        row.renew_at = row.expires_at = row.issued_at = now() - timedelta(hours=1)
    return number


def outdate(session: Session, channel: Channel, *, over: bool = True) -> str:
    """Let the token of a channel be near its end, or past it; the token."""
    row = row_of(session, channel)
    row.issued_at = now() - timedelta(hours=1)
    row.renew_at = now()
    row.expires_at = now() + timedelta(minutes=0 if over else 4)
    session.commit()
    return str(orjson.loads(unseal(row.tokens or b""))["access"])


def test_a_good_token_costs_no_call(provider: OAuthPeer, channel: Channel) -> None:
    tokens = ChannelTokens(channel.id)
    assert tokens.current() == tokens.current() == provider.given[-1]
    assert provider.asked("token") == 1


def test_a_token_is_renewed_before_it_ends(session: Session, provider: OAuthPeer, channel: Channel) -> None:
    row = row_of(session, channel)
    assert row.expires_at - row.renew_at == timedelta(minutes=5)
    old = outdate(session, channel, over=False)
    new = ChannelTokens(channel.id).current()
    assert new != old
    assert ChannelTokens(channel.id).current() == new
    assert provider.asked("token") == 2


def test_a_new_refresh_token_is_kept_each_time(
    session: Session, provider: OAuthPeer, channel: Channel
) -> None:
    provider.rotates = True
    for _ in range(3):
        outdate(session, channel)
        assert opens(ChannelTokens(channel.id).current(), "support@helpdesk.test")
    assert provider.asked("token") == 4


def test_many_threads_and_processes_at_once_make_one_call(provider: OAuthPeer, signed_in: int) -> None:
    provider.rotates = True
    provider.faults.add("delay", method="token", seconds=1.5, times=None)
    command = [sys.executable, "-c", f"{READY}; {ASK.format(signed_in)}"]
    processes = [
        subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    with ThreadPoolExecutor(4) as pool:
        here = [*pool.map(lambda _: ChannelTokens(signed_in).current(), range(4))]
    there = [process.communicate(timeout=30)[0].strip().splitlines()[-1] for process in processes]
    assert {*here, *there} == {provider.given[-1]}
    assert provider.asked("token") == 2


def test_a_process_that_dies_while_it_renews_holds_nobody_up_for_long(
    provider: OAuthPeer, signed_in: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewing, "PATIENCE", 0.3)
    with transaction() as session:
        row = session.get_one(SignIn, signed_in)
        row.lease_token, row.lease_until = "a dead one", func.clock_timestamp() + text("interval '30 s'")
    with pytest.raises(Temporary):
        ChannelTokens(signed_in).current()
    with transaction() as session:
        session.get_one(SignIn, signed_in).lease_until = func.clock_timestamp() - text("interval '1 s'")
    assert ChannelTokens(signed_in).current() == provider.given[-1]


def test_who_is_late_does_not_put_an_old_token_in_place_of_a_new_one(
    provider: OAuthPeer, signed_in: int
) -> None:
    def somebody_signs_in_meanwhile() -> bool:
        with transaction() as session:
            row = session.get_one(SignIn, signed_in)
            row.generation, row.account = row.generation + 1, "new"
        return True

    provider.faults.add("status", method="token", status=400, only_if=somebody_signs_in_meanwhile)
    with pytest.raises(AuthBroken):
        ChannelTokens(signed_in).current()
    with transaction() as session:
        row = session.get_one(SignIn, signed_in)
        assert (row.account, row.refused_at) == ("new", None)


def test_while_a_token_is_good_a_provider_that_is_away_is_no_matter(
    session: Session, provider: OAuthPeer, channel: Channel
) -> None:
    old = outdate(session, channel, over=False)
    provider.faults.add("status", method="token", status=503, times=None)
    assert [ChannelTokens(channel.id).current() for _ in range(3)] == [old] * 3
    assert provider.asked("token") == 2  # and is not asked again at once


@pytest.mark.parametrize(
    "fault",
    [
        {"do": "status", "status": 500},
        {"do": "html", "status": 502},
        {"do": "garbage"},
        {"do": "cut"},
        {"do": "drip", "seconds": 9},
        {"do": "answer", "status": 200, "body": b"{" + b" " * 5_000_000},
        {"do": "answer", "status": 429, "headers": {"Retry-After": "40"}},
    ],
)
def test_a_provider_in_trouble_is_left_alone_ever_longer_and_nothing_is_lost(
    session: Session, provider: OAuthPeer, channel: Channel, fault: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "SECONDS", 0.5)
    outdate(session, channel)
    provider.faults.add(**fault, method="token", times=None)
    pauses = []
    for _ in range(3):
        with pytest.raises(Temporary):
            ChannelTokens(channel.id).current()
        row = row_of(session, channel)
        assert row.retry_at is not None
        pauses.append(round((row.retry_at - now()).total_seconds()))
        with pytest.raises(Temporary) as caught:
            ChannelTokens(channel.id).current()
        assert caught.value.retry_after is not None
        row.retry_at = None
        session.commit()
    assert provider.asked("token") == 4
    assert pauses == sorted(pauses)
    provider.faults.clear()
    assert ChannelTokens(channel.id).current() == provider.given[-1]


def test_a_consent_that_was_taken_back_is_asked_for_once_and_then_for_a_person(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent
) -> None:
    outdate(session, channel)
    provider.forget_everybody()
    for _ in range(3):
        with pytest.raises(AuthBroken) as caught:
            ChannelTokens(channel.id).current()
        assert caught.value.code == "consent_needed"
    assert provider.asked("token") == 2
    sign_in(session, provider, channel, ann)
    assert ChannelTokens(channel.id).current() == provider.given[-1]


def test_a_secret_that_is_over_is_for_a_person_but_the_consent_stays(
    session: Session, provider: OAuthPeer, channel: Channel
) -> None:
    outdate(session, channel)
    provider.faults.add("status", method="token", status=401)
    with pytest.raises(AuthBroken) as caught:
        ChannelTokens(channel.id).current()
    assert caught.value.code == "client_refused"
    row_of(session, channel).retry_at = None
    session.commit()
    assert ChannelTokens(channel.id).current() == provider.given[-1]


def test_a_token_that_a_server_refuses_is_replaced_but_not_again_and_again(
    session: Session, provider: OAuthPeer, channel: Channel
) -> None:
    outdate(session, channel, over=False)
    row_of(session, channel).renew_at = now() + timedelta(minutes=3)
    session.commit()
    tokens = ChannelTokens(channel.id)
    refused = tokens.current()
    fresh = tokens.instead_of(refused)
    assert fresh != refused
    assert tokens.instead_of(refused) == fresh  # another thread was refused with the old one too
    for _ in range(3):
        with pytest.raises(AuthBroken) as caught:
            tokens.instead_of(fresh)
        assert caught.value.code == "sign_in_refused"
    assert provider.asked("token") == 2


def test_before_anybody_signed_in_nobody_is_asked(session: Session, provider: OAuthPeer) -> None:
    with pytest.raises(AuthBroken) as caught:
        ChannelTokens(make_signing_channel(session, provider).id).current()
    assert caught.value.code == "not_signed_in"
    assert provider.calls == []


def test_a_secret_goes_unencrypted_to_no_public_address(
    session: Session, provider: OAuthPeer, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "is_allowed", lambda address: str(address) == "127.0.0.1")
    outdate(session, channel)
    with pytest.raises(Temporary):
        ChannelTokens(channel.id).current()
    assert provider.asked("token") == 1

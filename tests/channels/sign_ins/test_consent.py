"""From the button to tokens: who is sent where, what may come back, and what is kept of it."""

from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from channels.models import ChannelCheck
from channels.sign_ins import server
from channels.sign_ins.asking import begin_sign_in, heed_change, sign_in_of, sign_out
from channels.sign_ins.finishing import accept_account, decline_account, due_sign_ins, finish_sign_ins
from channels.sign_ins.models import SignIn, SignInAttempt
from channels.sign_ins.renewing import ChannelTokens
from core.clock import now
from core.errors import Conflict, Invalid
from core.events import Event
from core.secrets import unseal
from inbox.actions import change_channel
from inbox.models import Channel
from people.models import Agent
from tests.channels.sign_ins.signing import (
    BROWSER,
    begin,
    come_back,
    make_administrator,
    make_signing_channel,
    outcome_of,
    query_of,
    row_of,
    sign_in,
)
from tests.peers.oauth import SECRET, OAuthPeer, opens

pytestmark = [pytest.mark.peer, pytest.mark.requirement("I37")]


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_administrator(session)


@pytest.fixture
def channel(session: Session, provider: OAuthPeer) -> Channel:
    return make_signing_channel(session, provider)


def test_somebody_consents_and_the_mailbox_opens(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent
) -> None:
    channel.health, channel.health_code, channel.retry_at = (
        "broken",
        "consent_needed",
        now() + timedelta(hours=1),
    )
    session.commit()
    sign_in(session, provider, channel, ann)
    row = row_of(session, channel)
    assert row.account == "support@helpdesk.test"
    assert opens(ChannelTokens(channel.id).current(), "support@helpdesk.test")
    assert (channel.health, channel.retry_at) == ("ok", None)
    assert session.scalars(select(ChannelCheck)).one().channel_id == channel.id
    assert session.scalars(select(Event.kind).where(Event.kind == "channel.signed_in")).one()
    assert provider.asked("token") == 1


def test_nothing_that_opens_a_mailbox_lies_in_the_database_as_it_is(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent
) -> None:
    address = begin(session, channel, ann)
    come_back(session, provider.consent(address))
    told = query_of(address)
    rows = str(session.execute(text("SELECT * FROM sign_in_attempts")).all())
    assert told["state"] not in rows
    assert next(iter(provider.codes)) not in rows
    finish_sign_ins()
    rows = "".join(
        str(session.execute(text(f"SELECT * FROM {table}")).all()) for table in ("sign_ins", "events")
    )
    assert not any(each in rows for each in (*provider.given, *provider.refresh))
    assert session.get_one(SignInAttempt, channel.id).kept is None


def test_the_page_of_consent_is_asked_for_no_more_than_the_mailbox(
    session: Session, channel: Channel, ann: Agent, provider: OAuthPeer
) -> None:
    told = query_of(begin(session, channel, ann))
    assert told["redirect_uri"] == "http://127.0.0.1:8000/settings/sign-in/own"
    assert told["scope"] == "openid email mail offline_access"
    assert told["login_hint"] == "support@helpdesk.test"
    assert len(told["state"]) > 40
    assert SECRET not in str(told)


@pytest.mark.parametrize(
    "change",
    [
        {"back": {"state": "forged"}},
        {"back": {"state": ""}},
        {"back": {"code": ""}},
        {"back": {"code": "x" * 9000}},
        {"browser": BROWSER + 1},
        {"at": "google"},
    ],
)
def test_what_another_brings_back_changes_nothing(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent, change: dict
) -> None:
    back = provider.consent(begin(session, channel, ann))
    given = {name: value for name, value in change.items() if name != "back"}
    with pytest.raises(Invalid):
        come_back(session, {**back, **change.get("back", {})}, **given)
    session.rollback()
    assert not due_sign_ins(session)
    come_back(session, back)
    finish_sign_ins()
    assert outcome_of(session, channel) == ""


def test_an_answer_counts_once_and_for_a_quarter_of_an_hour(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent
) -> None:
    back = provider.consent(begin(session, channel, ann))
    come_back(session, back)
    with pytest.raises(Invalid):
        come_back(session, back)
    session.rollback()
    back = provider.consent(begin(session, channel, ann))
    session.get_one(SignInAttempt, channel.id).until = now()
    session.commit()
    with pytest.raises(Invalid):
        come_back(session, back)


def test_whoever_begins_anew_makes_the_older_way_worthless(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent
) -> None:
    old = provider.consent(begin(session, channel, ann))
    new = provider.consent(begin(session, channel, ann))
    with pytest.raises(Invalid):
        come_back(session, old)
    session.rollback()
    come_back(session, new)


def test_a_code_that_was_got_for_another_channel_is_refused(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent
) -> None:
    other = make_signing_channel(session, provider, address="sales@helpdesk.test")
    here, there = (provider.consent(begin(session, each, ann)) for each in (channel, other))
    come_back(session, {**here, "code": there["code"]})
    finish_sign_ins()
    assert outcome_of(session, channel) == "code_refused"
    assert session.get(SignIn, channel.id) is None


def test_who_does_not_allow_it_is_believed_and_words_from_outside_do_no_harm(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent
) -> None:
    state = query_of(begin(session, channel, ann))["state"]
    come_back(session, {"state": state, "error": "access_denied", "words": "no\u202e\n<b>"})
    assert outcome_of(session, channel) == "consent_denied"
    assert session.get_one(SignInAttempt, channel.id).detail == "access_denied no <b>"
    assert finish_sign_ins() == 0


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"do": "garbage"}, "sign_in_unreadable"),
        ({"do": "empty"}, "sign_in_unreadable"),
        ({"do": "answer", "status": 200, "body": b"[" * 100_000}, "sign_in_unreadable"),
        (
            {"do": "answer", "status": 200, "body": b'{"access_token": "a\\u0001b", "refresh_token": "r"}'},
            "sign_in_unreadable",
        ),
        ({"do": "answer", "status": 200, "body": b'{"access_token": "t"}'}, "no_lasting_consent"),
        ({"do": "status", "status": 400}, "code_refused"),
        ({"do": "status", "status": 401}, "client_refused"),
    ],
)
def test_an_answer_that_gives_nothing_ends_the_attempt_and_takes_nothing_away(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent, fault: dict, outcome: str
) -> None:
    sign_in(session, provider, channel, ann)
    token = ChannelTokens(channel.id).current()
    provider.faults.add(**fault, method="token")
    sign_in(session, provider, channel, ann)
    assert outcome_of(session, channel) == outcome
    assert ChannelTokens(channel.id).current() == token


@pytest.mark.parametrize(
    "fault",
    [
        {"do": "status", "status": 503},
        {"do": "html", "status": 502},
        {"do": "reset_before"},
        {"do": "answer", "status": 200, "body": b" " * 300_000},
        {"do": "silent"},
    ],
)
def test_a_provider_that_is_away_for_a_moment_is_asked_again(
    session: Session,
    provider: OAuthPeer,
    channel: Channel,
    ann: Agent,
    fault: dict,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "SECONDS", 0.5)
    provider.faults.add(**fault, method="token")
    sign_in(session, provider, channel, ann)
    assert outcome_of(session, channel) == "going"
    session.get_one(SignInAttempt, channel.id).due_at = now()
    session.commit()
    finish_sign_ins()
    assert outcome_of(session, channel) == ""


def test_a_provider_that_stays_away_is_given_up(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent
) -> None:
    provider.faults.add("status", method="token", status=503, times=None)
    sign_in(session, provider, channel, ann)
    for _ in range(3):
        session.get_one(SignInAttempt, channel.id).due_at = now()
        session.commit()
        finish_sign_ins()
        session.expire_all()
    assert outcome_of(session, channel) == "sign_in_unavailable"
    assert provider.asked("token") == 4


def test_a_wrong_secret_is_said_without_being_repeated(
    session: Session, provider: OAuthPeer, ann: Agent
) -> None:
    channel = make_signing_channel(session, provider, secret="not the secret")
    words = b'{"error": "invalid_client", "error_description": "not the secret is wrong"}'
    provider.faults.add("answer", method="token", status=401, body=words)
    sign_in(session, provider, channel, ann)
    assert outcome_of(session, channel) == "client_refused"
    assert "not the secret" not in session.get_one(SignInAttempt, channel.id).detail


def test_another_account_is_asked_about_and_taken_when_somebody_says_so(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent
) -> None:
    provider.account = "ann@helpdesk.test"
    sign_in(session, provider, channel, ann)
    assert outcome_of(session, channel) == "other_account"
    assert sign_in_of(session, channel) is None
    accept_account(session, channel, agent=ann)
    session.commit()
    assert row_of(session, channel).account == "ann@helpdesk.test"
    with pytest.raises(Conflict):
        accept_account(session, channel, agent=ann)
    session.rollback()
    sign_in(session, provider, channel, ann)  # the same once more needs no question
    assert outcome_of(session, channel) == ""


def test_an_account_that_changes_does_not_take_the_place_of_the_one_there_is_by_itself(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent
) -> None:
    sign_in(session, provider, channel, ann)
    token = ChannelTokens(channel.id).current()
    provider.account = "mallory@elsewhere.test"
    sign_in(session, provider, channel, ann)
    assert outcome_of(session, channel) == "other_account"
    assert ChannelTokens(channel.id).current() == token
    decline_account(session, channel, agent=ann)
    session.commit()
    assert session.get(SignInAttempt, channel.id) is None
    assert row_of(session, channel).account == "support@helpdesk.test"


def test_who_signs_out_is_forgotten_here_and_there(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent
) -> None:
    sign_in(session, provider, channel, ann)
    refresh = orjson.loads(unseal(row_of(session, channel).tokens or b""))["refresh"]
    provider.faults.add("status", method="revoke", status=503)
    sign_out(session, channel, agent=ann)
    session.commit()
    finish_sign_ins()
    row_of(session, channel).retry_at = now()
    session.commit()
    finish_sign_ins()
    session.expire_all()
    assert session.get(SignIn, channel.id) is None
    assert provider.revoked == [refresh]


def test_a_provider_that_cannot_be_told_does_not_keep_tokens_here_for_ever(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent
) -> None:
    sign_in(session, provider, channel, ann)
    provider.faults.add("status", method="revoke", status=503, times=None)
    sign_out(session, channel, agent=ann)
    for _ in range(6):
        row_of(session, channel).retry_at = now()
        session.commit()
        finish_sign_ins()
    session.expire_all()
    assert session.get(SignIn, channel.id) is None


def test_tokens_hold_for_the_mailbox_they_were_got_for(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent
) -> None:
    sign_in(session, provider, channel, ann)
    change_channel(session, channel, agent=ann, secrets={"oauth_client_secret": SECRET}, name="Help")
    heed_change(session, channel, agent=ann)
    assert sign_in_of(session, channel) is not None
    change_channel(session, channel, agent=ann, address="sales@helpdesk.test")
    heed_change(session, channel, agent=ann)
    session.commit()
    assert sign_in_of(session, channel) is None
    assert row_of(session, channel).leaving_at is not None
    finish_sign_ins()
    assert len(provider.revoked) == 1


def test_no_other_provider_is_told_tokens_or_the_secret_of_the_one_before(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent
) -> None:
    channel.settings = {**channel.settings, "oauth_revoke_url": ""}
    sign_in(session, provider, channel, ann)
    later = {
        "oauth_exchange_url": f"{provider.url}/other/token",
        "oauth_revoke_url": f"{provider.url}/revoke",
    }
    change_channel(session, channel, agent=ann, settings=later)
    heed_change(session, channel, agent=ann)
    session.commit()
    finish_sign_ins()
    session.expire_all()
    assert session.get(SignIn, channel.id) is None
    assert provider.asked("revoke") == 0


def test_the_provider_before_is_told_to_forget_with_the_secret_it_knows(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent
) -> None:
    sign_in(session, provider, channel, ann)
    other, new = {"oauth_exchange_url": f"{provider.url}/other/token"}, {"oauth_client_secret": "of another"}
    change_channel(session, channel, agent=ann, settings=other, secrets=new)
    heed_change(session, channel, agent=ann)
    session.commit()
    finish_sign_ins()
    told = [request.fields for name, request in provider.calls if name == "revoke"]
    assert [each["client_secret"] for each in told] == [SECRET]


def test_a_code_that_waits_when_the_settings_change_holds_nobody_up(
    session: Session, provider: OAuthPeer, channel: Channel, ann: Agent
) -> None:
    come_back(session, provider.consent(begin(session, channel, ann)))
    channel.settings = {**channel.settings, "sign_in": "password"}
    session.commit()
    finish_sign_ins()
    assert outcome_of(session, channel) == "code_refused"
    assert provider.asked("token") == 0
    heed_change(session, channel, agent=ann)
    session.commit()
    assert session.get(SignInAttempt, channel.id) is None


def test_a_channel_with_a_password_has_nothing_to_sign_in_for(
    session: Session, channel: Channel, ann: Agent
) -> None:
    channel.settings = {**channel.settings, "sign_in": "password"}
    session.commit()
    with pytest.raises(Conflict):
        begin_sign_in(session, channel, agent=ann, browser=BROWSER)
    channel.settings = {**channel.settings, "sign_in": "own"}
    with pytest.raises(Conflict):
        begin_sign_in(session, channel, agent=ann, browser=None)

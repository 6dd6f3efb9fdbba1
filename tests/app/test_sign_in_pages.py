"""Signing in for a mailbox in the settings: what an administrator sees at each step, and what is refused."""

import re
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.again import MASK
from channels.access import open_access
from channels.models import ChannelCheck
from channels.sign_ins.finishing import finish_sign_ins
from channels.sign_ins.models import SignIn
from core.clock import now
from core.config import get_settings
from inbox.models import Channel
from people.models import Agent, Role
from tests.channels.sign_ins.signing import query_of
from tests.ground.browsing import Browser
from tests.makers import make_agent
from tests.peers.oauth import CLIENT, SECRET, OAuthPeer

pytestmark = pytest.mark.requirement("I37")

_GOOGLE = {
    "name": "Support",
    "address": "support@desk.example",
    "sign_in": "google",
    "oauth_client_id": CLIENT,
    "oauth_client_secret": SECRET,
    "imap_host": "imap.gmail.com",
    "imap_port": "993",
    "imap_security": "tls",
    "smtp_host": "smtp.gmail.com",
    "smtp_port": "465",
    "smtp_security": "tls",
    "undo_seconds": "5",
}


@pytest.fixture
def desk(session: Session, browse: Callable[[Agent], Browser]) -> Browser:
    """Olga in her settings."""
    return browse(make_agent(session, "Olga", role=Role.OWNER, language="en", zone="UTC"))


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[OAuthPeer]:
    monkeypatch.setenv("OUTSIDE_ALLOW", "127.0.0.0/8")
    get_settings.cache_clear()
    with OAuthPeer() as peer:
        yield peer


@pytest.fixture
def mailbox(session: Session, desk: Browser, provider: OAuthPeer) -> str:
    """The page of a mailbox that was connected and that nobody has signed in for."""
    told = {**_GOOGLE, **provider.settings()}
    location = desk.send("/settings/channels/new/email?at=own", told).location
    assert location is not None
    return str(location)


def consent_of(desk: Browser, mailbox: str) -> str:
    """Where the browser is sent."""
    shown = desk.send(f"{mailbox}/sign-in").text
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', shown)
    assert found is not None
    return found[1].replace("&amp;", "&")


def test_a_provider_is_offered_by_signing_in_and_says_which_address_it_must_know(desk: Browser) -> None:
    assert "/settings/channels/new/email?at=gmail-sign-in" in desk.get("/settings/channels/new/email").text
    form = desk.get("/settings/channels/new/email?at=microsoft-365-sign-in").text
    first = form.partition("<details")[0]
    assert "http://127.0.0.1:8000/settings/sign-in/microsoft" in first
    for name in ("oauth_client_id", "oauth_client_secret", "oauth_tenant"):
        assert f'id="{name}"' in first
    assert 'id="imap_password"' not in form
    assert 'id="oauth_exchange_url"' not in form
    assert 'id="imap_password"' in desk.get("/settings/channels/new/email?at=gmail").text


def test_a_mailbox_at_google_needs_no_password_and_waits_for_somebody_to_sign_in(
    session: Session, desk: Browser
) -> None:
    response = desk.send("/settings/channels/new/email?at=gmail-sign-in", _GOOGLE)
    channel = session.scalars(select(Channel)).one()
    assert response.location == f"/settings/channels/{channel.id}"
    assert (channel.enabled, channel.settings["sign_in"]) == (False, "google")
    assert session.scalars(select(ChannelCheck)).all() == []
    assert SECRET not in str(channel.settings)
    assert SECRET.encode() not in (channel.secrets or b"")
    shown = desk.get(response.location).text
    assert "Nobody has signed in yet." in shown
    assert "Switch on" not in shown
    assert SECRET not in shown


def test_what_is_missing_is_asked_for(session: Session, desk: Browser) -> None:
    response = desk.send("/settings/channels/new/email?at=gmail-sign-in", {**_GOOGLE, "oauth_client_id": ""})
    assert response.status_code == 422
    assert 'id="oauth_client_id-error"' in response.text
    own = {**_GOOGLE, "sign_in": "own", "oauth_exchange_url": "ftp://id.example/token"}
    response = desk.send("/settings/channels/new/email?at=own", own)
    assert 'id="oauth_exchange_url-error"' in response.text
    assert 'id="oauth_consent_url-error"' in response.text
    assert 'value="openid email offline_access"' in response.text
    tenant = {**_GOOGLE, "sign_in": "microsoft", "oauth_tenant": "evil.example/x?"}
    assert 'id="oauth_tenant-error"' in desk.send("/settings/channels/new/email?at=own", tenant).text
    assert session.scalars(select(Channel)).all() == []


def test_from_the_button_to_the_test_of_the_channel(
    session: Session, desk: Browser, mailbox: str, provider: OAuthPeer
) -> None:
    address = consent_of(desk, mailbox)
    assert address.startswith(f"{provider.url}/authorize?")
    back = provider.consent(address)
    response = desk.get("/settings/sign-in/own", query_string=back)
    assert response.location == mailbox
    shown = desk.get(mailbox).text
    assert "The sign-in is being finished." in shown
    assert back["code"] not in shown
    finish_sign_ins()
    shown = desk.get(mailbox).text
    assert "Signed in as support@desk.example." in shown
    assert "The test is running." in shown
    assert not any(token in shown for token in (*provider.given, *provider.refresh))


def test_another_browser_another_state_and_a_second_time_are_refused_and_lead_nowhere_else(
    session: Session, desk: Browser, mailbox: str, provider: OAuthPeer
) -> None:
    back = provider.consent(consent_of(desk, mailbox))
    other = Browser(desk.app, make_agent(session, "Ben", role=Role.ADMIN, language="en"))
    for asking, given in (
        (other, back),
        (desk, {**back, "state": "forged"}),
        (desk, {"code": back["code"]}),
        (desk, {}),
        (desk, {**back, "state": "\ud83d\x00".encode("utf-8", "surrogatepass").decode("latin-1")}),
    ):
        response = asking.get("/settings/sign-in/own", query_string=given)
        assert (response.status_code, response.location) == (422, None)
        assert "Start it again" in response.text
    assert (
        desk.get("/settings/sign-in/own", query_string={**back, "next": "https://evil.example"}).location
        == mailbox
    )
    assert desk.get("/settings/sign-in/own", query_string=back).status_code == 422
    assert desk.get("/settings/sign-in/elsewhere", query_string=back).status_code == 404


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
def test_only_administrators_sign_in_for_mailboxes(
    session: Session, desk: Browser, mailbox: str, provider: OAuthPeer, role: Role
) -> None:
    back = provider.consent(consent_of(desk, mailbox))
    ben = Browser(desk.app, make_agent(session, "Ben", role=role))
    assert ben.send(f"{mailbox}/sign-in").status_code == 403
    assert ben.get("/settings/sign-in/own", query_string=back).status_code == 403
    assert ben.send(f"{mailbox}/sign-in/leave").status_code == 403
    stranger = Browser(desk.app)
    assert stranger.get("/settings/sign-in/own", query_string=back).status_code in (302, 303, 401)
    assert desk.get("/settings/sign-in/own", query_string=back).location == mailbox


def test_nobody_is_sent_away_by_a_mere_link(desk: Browser, mailbox: str) -> None:
    assert desk.get(f"{mailbox}/sign-in").status_code == 405
    assert desk.open("POST", f"{mailbox}/sign-in").status_code == 403


def test_another_account_is_asked_about(
    session: Session, desk: Browser, mailbox: str, provider: OAuthPeer
) -> None:
    provider.account = "<b>ann@desk.example"
    desk.get("/settings/sign-in/own", query_string=provider.consent(consent_of(desk, mailbox)))
    finish_sign_ins()
    shown = desk.get(mailbox).text
    assert "&lt;b&gt;ann@desk.example has signed in, but this mailbox is support@desk.example" in shown
    desk.send(f"{mailbox}/sign-in/decline")
    assert "has signed in, but" not in desk.get(mailbox).text
    assert desk.send(f"{mailbox}/sign-in/accept").status_code == 409
    provider.account = "ann@desk.example"
    desk.get("/settings/sign-in/own", query_string=provider.consent(consent_of(desk, mailbox)))
    finish_sign_ins()
    desk.send(f"{mailbox}/sign-in/accept")
    assert "Signed in as ann@desk.example." in desk.get(mailbox).text


def test_a_refusal_is_said_and_can_be_mended_by_one_button(
    session: Session, desk: Browser, mailbox: str, provider: OAuthPeer
) -> None:
    state = query_of(consent_of(desk, mailbox))["state"]
    desk.get("/settings/sign-in/own", query_string={"state": state, "error": "access_denied"})
    shown = desk.get(mailbox).text
    assert "did not allow it" in shown
    assert "Sign in again" in shown
    desk.get("/settings/sign-in/own", query_string=provider.consent(consent_of(desk, mailbox)))
    finish_sign_ins()
    row = session.scalars(select(SignIn)).one()
    row.refused_at, row.refused_detail = now(), "invalid_grant Token has been revoked."
    session.commit()
    shown = desk.get(mailbox).text
    assert "The provider no longer accepts the sign-in" in shown
    assert "Token has been revoked." in shown
    assert "Sign in again" in shown


def test_who_goes_back_to_a_password_takes_the_sign_in_back(
    session: Session, desk: Browser, mailbox: str, provider: OAuthPeer
) -> None:
    desk.get("/settings/sign-in/own", query_string=provider.consent(consent_of(desk, mailbox)))
    finish_sign_ins()
    channel = session.scalars(select(Channel)).one()
    told = {**_GOOGLE, "sign_in": "password", "oauth_client_secret": ""}
    assert 'id="imap_password-error"' in desk.send(mailbox, told).text
    assert desk.send(mailbox, {**told, "imap_password": "secret"}).status_code == 303
    finish_sign_ins()
    session.expire_all()
    assert open_access(channel).secrets == {"imap_password": "secret"}
    assert session.scalars(select(SignIn)).all() == []
    assert len(provider.revoked) == 1
    assert 'id="sign-in"' not in desk.get(mailbox).text


@pytest.mark.parametrize(
    "change",
    [
        {"sign_in": "google"},
        {"oauth_exchange_url": "https://id.example/token"},
        {"oauth_revoke_url": "https://id.example/revoke"},
    ],
)
def test_a_kept_secret_goes_to_no_server_that_it_was_not_typed_for(
    session: Session, desk: Browser, mailbox: str, provider: OAuthPeer, change: dict[str, str]
) -> None:
    told = {**_GOOGLE, **provider.settings(), "oauth_client_secret": MASK}
    channel = session.scalars(select(Channel)).one()
    assert desk.send(mailbox, {**told, "name": "Help"}).status_code == 303
    session.expire_all()
    assert open_access(channel).secrets == {"oauth_client_secret": SECRET}
    assert desk.send(mailbox, {**told, **change}).status_code == 303
    session.expire_all()
    assert open_access(channel).secrets == {}
    assert desk.send(mailbox, {**told, "oauth_client_secret": "a new one"}).status_code == 303
    session.expire_all()
    assert open_access(channel).secrets == {"oauth_client_secret": "a new one"}


def test_signing_out_is_one_button(
    session: Session, desk: Browser, mailbox: str, provider: OAuthPeer
) -> None:
    desk.get("/settings/sign-in/own", query_string=provider.consent(consent_of(desk, mailbox)))
    finish_sign_ins()
    assert desk.send(f"{mailbox}/sign-in/leave").location == mailbox
    shown = desk.get(mailbox).text
    assert "Signed out." in shown
    assert "Nobody has signed in yet." in shown


def test_a_page_that_is_looked_at_under_another_address_says_so(desk: Browser, mailbox: str) -> None:
    assert "than the one in BASE_URL" not in desk.get(mailbox).text
    cookie = desk.client.get_cookie("sid", domain="127.0.0.1")
    assert cookie is not None
    desk.client.set_cookie("sid", cookie.value, domain="localhost")
    assert "than the one in BASE_URL" in desk.get(mailbox, base_url="http://localhost:8000").text


def test_google_sends_nobody_back_without_https(desk: Browser, mailbox: str) -> None:
    response = desk.send(
        "/settings/channels/new/email?at=gmail-sign-in", {**_GOOGLE, "address": "b@desk.example"}
    )
    assert "https addresses only" in desk.get(response.location or "").text
    assert "https addresses only" not in desk.get(mailbox).text

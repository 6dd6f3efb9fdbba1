"""A mailbox opened by consent, in a browser: to the provider and back, and again when it was taken back."""

from collections.abc import Callable, Iterator
from threading import Thread

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from channels.sign_ins.models import SignIn
from core.clock import now
from inbox.models import Channel
from tests.peers.dovecot import Dovecot, Mailbox
from tests.peers.oauth import CLIENT, SECRET, OAuthPeer
from tests.peers.smtp_faults import SmtpSink
from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.peer, pytest.mark.requirement("I37")]

LONG = 30_000


@pytest.fixture
def provider() -> Iterator[OAuthPeer]:
    with OAuthPeer() as peer:
        yield peer


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """A mail server; the browser has a loop in this thread already."""
    made = SmtpSink()
    starting = Thread(target=made.start)
    starting.start()
    starting.join()
    yield made
    made.stop()


@pytest.fixture
def box(dovecot: Dovecot) -> Mailbox:
    return dovecot.mailbox("consent")


def connect(page: Page, box: Mailbox, smtp_port: int, provider: OAuthPeer) -> None:
    """Fill the form of a server and a provider of one's own."""
    page.goto("/settings/channels/new/email")
    page.get_by_role("link", name="by signing in at a provider of your own").click()
    page.locator("summary").click()
    expect(page.get_by_label("How we get in")).to_have_value("own")
    for name, value in {
        "name": "By consent",
        "address": box.address,
        "imap_host": "127.0.0.1",
        "imap_port": str(box.imap_port),
        "smtp_host": "127.0.0.1",
        "smtp_port": str(smtp_port),
    }.items():
        page.locator(f"[name={name}]").fill(value)
    for name in ("imap_security", "smtp_security"):
        page.locator(f"[name={name}]").select_option("none")
    assert page.get_by_label("Password", exact=True).count() == 0
    expect(page.locator(".code").first).to_have_text(
        f"{page.url.partition('/settings')[0]}/settings/sign-in/own"
    )
    page.get_by_label("Client ID").fill(CLIENT)
    page.get_by_label("Client secret").fill(SECRET)
    page.get_by_label("Address of the page where people sign in").fill(f"{provider.url}/authorize")
    page.get_by_label("Address that gives tokens").fill(f"{provider.url}/token")
    page.get_by_role("button", name="Connect and sign in").click()


def test_to_the_provider_and_back_and_again_when_it_was_taken_back(
    screen: Callable[..., Page], product: Product, provider: OAuthPeer, box: Mailbox, sink: SmtpSink
) -> None:
    page = screen("/settings/channels")
    connect(page, box, sink.port, provider)
    expect(page.get_by_text("Nobody has signed in yet.")).to_be_visible()

    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Deny").click()
    expect(page.get_by_text("did not allow it")).to_be_visible()

    page.get_by_role("button", name="Sign in again").click()
    page.get_by_role("link", name="Allow").click()
    expect(page.get_by_text(f"Signed in as {box.address}.")).to_be_visible(timeout=LONG)
    assert "code=" not in page.url
    expect(page.locator("#tested").get_by_text("The sign-in is accepted.").first).to_be_visible(timeout=LONG)
    expect(page.locator("#tested .badge.danger")).to_have_count(0)
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("button", name="Switch off")).to_be_visible()

    provider.forget_everybody()
    with product.session() as session:
        channel = session.scalars(select(Channel).where(Channel.address == box.address)).one()
        row = session.get_one(SignIn, channel.id)
        row.renew_at = row.expires_at = now()
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("The provider no longer accepts the sign-in").first).to_be_visible(timeout=LONG)
    expect(page.locator("#badge")).to_have_text("Stopped", timeout=LONG)

    page.get_by_role("button", name="Sign in again").click()
    page.get_by_role("link", name="Allow").click()
    expect(page.locator("#badge")).not_to_have_text("Stopped", timeout=LONG)
    expect(page.get_by_text(f"Signed in as {box.address}.")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Switch off").click()
    log = product.log.read_text()
    assert not any(each in log for each in (SECRET, *provider.given, *provider.refresh, *provider.brought))


def test_another_account_is_asked_about_and_without_javascript_all_works_too(
    screen: Callable[..., Page], provider: OAuthPeer, box: Mailbox, sink: SmtpSink
) -> None:
    page = screen("/settings/channels", java_script_enabled=False)
    connect(page, box, sink.port, provider)
    provider.account = "mia@elsewhere.test"
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Allow").click()
    expect(page.get_by_text("mia@elsewhere.test has signed in, but this mailbox is")).to_be_visible(
        timeout=LONG
    )
    page.get_by_role("button", name="No, forget this account").click()
    expect(page.get_by_text("Nobody has signed in yet.")).to_be_visible()

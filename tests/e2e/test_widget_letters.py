"""A visitor closes the page before the answer comes: it follows by e-mail, and what they reply comes home."""

import time
from collections.abc import Iterator
from email.message import EmailMessage

import jwt
import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import func, select

from channels.access import sealed
from inbox.models import Channel, Dialog
from tests.e2e.colleagues import Office, open_office
from tests.e2e.shop import QUEUE, Shop, Visits, visiting
from tests.e2e.test_widget import answer, pick_up, show_chat
from tests.makers import make_mailbox
from tests.peers.dovecot import Dovecot, Mailbox
from tests.peers.exim import Exim
from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.peer]

LONG = 30_000
SECRET = "a-secret-of-the-shop-and-of-us-alone"


@pytest.fixture
def office(product: Product, browser: Browser, shop: Shop) -> Iterator[Office]:
    """An office whose chat stands on the shop's pages."""
    with open_office(product, browser) as office:
        office.found("Ann", customers=())
        show_chat(office, shop)
        yield office
    product.shift_clock(0)


@pytest.fixture
def visits(shop: Shop, office: Office, browser: Browser) -> Iterator[Visits]:
    """Those who come to the shop."""
    with visiting(shop, browser) as visits:
        yield visits


def send_letters(office: Office, ours: Mailbox, smtp_port: int) -> None:
    """Let the chat's letters leave by a mailbox, and the shop sign who its visitors are."""
    with office.product.session() as session:
        mailbox = make_mailbox(session, ours, smtp_port, name="Letters", undo_seconds=0)
        chat = session.get_one(Channel, office.channel_id)
        chat.settings = {**chat.settings, "letters_by": mailbox.id}
        chat.secrets = sealed({"identity_secret": SECRET})


def signed_in(address: str) -> str:
    """What the shop's page calls for a customer who is signed in there."""
    begun = int(time.time())
    claims = {"sub": "user-7", "iat": begun, "exp": begun + 3000, "name": "Max Miller", "email": address}
    return f'{QUEUE}\nEmptyfeed("identify", {{ token: "{jwt.encode(claims, SECRET, algorithm="HS256")}" }});'


def reply_to(letter: EmailMessage, sender: str, text: str) -> EmailMessage:
    """What the customer's program sends when they press Reply."""
    message = EmailMessage()
    message["Message-ID"] = "<thanks@customer.test>"
    message["From"] = f"Max Miller <{sender}>"
    message["To"] = letter["Reply-To"] or letter["From"]
    message["Subject"] = f"Re: {letter['Subject']}"
    message["In-Reply-To"] = message["References"] = letter["Message-ID"]
    message.set_content(text)
    return message


def dialogs(office: Office) -> int:
    """How many dialogs there are in all channels."""
    with office.product.session() as session:
        return session.scalar(select(func.count()).select_from(Dialog)) or 0


@pytest.mark.requirement("FAR-30", "CHN-09")
def test_whoever_left_is_answered_by_e_mail_and_replies_into_the_same_dialog(
    office: Office, shop: Shop, visits: Visits, dovecot: Dovecot, exim: Exim
) -> None:
    ours, theirs = dovecot.mailbox(), dovecot.mailbox("max", domain="customer.test")
    send_letters(office, ours, exim.port)
    shop.calls = signed_in(theirs.address)
    ann, max_ = office.seat("Ann"), visits.enter()
    max_.open()
    max_.say("Is the jug still there?")
    pick_up(ann, "Is the jug still there?")
    before = dialogs(office)

    # The page is closed; what is answered now leaves as one letter.
    max_.page.goto("about:blank")
    answer(office, ann, "Two of them are.")
    answer(office, ann, "Shall I keep one for you?")
    office.product.shift_clock(6 * 60)
    (letter,) = theirs.wait_for(patience=LONG / 1000)
    assert letter["Auto-Submitted"] == "auto-generated"
    for said in ("Two of them are.", "Shall I keep one for you?"):
        assert letter.as_string().count(said) == 2, "once as text and once as HTML"
    expect(ann.timeline).to_contain_text(f"was sent by e-mail to {theirs.address}", timeout=LONG)

    # The reply stands in the dialog that is open, and nowhere else.
    exim.send(reply_to(letter, theirs.address, "Yes, please, until Friday."))
    expect(ann.timeline).to_contain_text("Yes, please, until Friday.", timeout=LONG)
    assert dialogs(office) == before

    # Back on the page the chat stands open as it was left, and everything is there, once.
    max_.page.goto(shop.address)
    answers = ["Two of them are.", "Shall I keep one for you?"]
    told = ["Is the jug still there?", *answers, "Yes, please, until Friday."]
    expect(max_.bubbles).to_have_text(told, timeout=LONG)
    office.product.shift_clock(20 * 60)
    answer(office, ann, "It is kept.")
    expect(max_.bubbles.last).to_have_text("It is kept.")
    assert len(theirs.letters()) == 1

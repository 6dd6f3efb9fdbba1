"""A mailbox that signs its letters itself: its key, its record, and what is signed with it."""

from collections.abc import Callable
from dataclasses import asdict

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy.orm import Session

from channels.access import open_access
from channels.domain_keys import SECRET, SETTING, key_of, set_up_key, sign_letters, stop_signing
from channels.email.adapter import EmailAdapter
from channels.email.records import check_records
from channels.email.signing_keys import new_private_key, public_half
from channels.models import ChannelCheck
from core.clock import now
from core.errors import Conflict, Invalid
from inbox.border import Outgoing
from inbox.models import Channel
from people.models import Agent, Role
from tests.ground.browsing import Browser
from tests.makers import make_agent, make_channel
from tests.peers.fake import Outside

pytestmark = pytest.mark.requirement("O6")

SERVERS = {"imap_host": "imap.desk.org", "smtp_host": "smtp.desk.org"}


class Zone:
    """What the domain publishes."""

    def __init__(self, **records: str) -> None:
        self.records = records

    def texts(self, name: str, seconds: float = 5.0) -> list[str]:
        return [value for host, value in self.records.items() if host == name]


RELOADS = '<meta http-equiv="refresh"'


@pytest.fixture
def channel(session: Session) -> Channel:
    return make_channel(session, kind="email", address="help@desk.org", settings=SERVERS)


def record_of(channel: Channel) -> str:
    told = key_of(channel)
    assert told is not None
    return f"v=DKIM1; k=rsa; p={told['public_key']}"


def look_up(session: Session, channel: Channel, zone: Zone) -> None:
    told = key_of(channel) or {}
    found = check_records(
        "desk.org", zone, selector=told.get("selector", ""), public_key=told.get("public_key", "")
    )
    facts = {"records": [asdict(each) for each in found]}
    session.add(
        ChannelCheck(channel_id=channel.id, state="ok", done_at=now(), steps=[], warnings=[], facts=facts)
    )
    session.flush()


def letter_of(channel: Channel) -> bytes:
    envelope = {"to": [{"address": "mia@ok.example", "name": "Mia"}], "subject": "Заказ"}
    outgoing = Outgoing("k", 1, 1, "t", "Ваш заказ готов.", None, (), envelope, None, said_at=now())
    (part,) = EmailAdapter(open_access(channel)).plan(outgoing)
    assert part.raw is not None
    return part.raw


def holds(letter: bytes, name: str, record: str) -> bool:
    def lookup(asked: bytes, timeout: int = 5) -> bytes | None:
        return record.encode() if asked.decode().rstrip(".") == name else None

    return bool(dkim.verify(letter, dnsfunc=lookup))


def test_letters_are_signed_once_the_key_is_published_and_not_before(
    session: Session, channel: Channel
) -> None:
    set_up_key(session, channel, agent=None, selector="Desk1")
    host = "desk1._domainkey.desk.org"
    assert b"DKIM-Signature" not in letter_of(channel)
    with pytest.raises(Conflict):
        sign_letters(session, channel, agent=None)
    look_up(session, channel, Zone(**{host: f"v=DKIM1; k=rsa; p={public_half(new_private_key())}"}))
    with pytest.raises(Conflict):
        sign_letters(session, channel, agent=None)
    look_up(session, channel, Zone(**{host: record_of(channel)}))
    sign_letters(session, channel, agent=None)
    assert holds(letter_of(channel), host, record_of(channel))
    stop_signing(session, channel, agent=None)
    assert b"DKIM-Signature" not in letter_of(channel)


def test_the_private_half_is_sealed(session: Session, channel: Channel) -> None:
    pem = new_private_key()
    set_up_key(session, channel, agent=None, selector="s1", private_key=pem.replace("\n", "\r\n"))
    assert open_access(channel).secrets[SECRET] == pem
    assert b"PRIVATE" not in (channel.secrets or b"")
    assert "PRIVATE" not in str(channel.settings)
    assert channel.settings[SETTING]["public_key"] == public_half(pem)


def test_a_key_is_for_the_domain_it_was_made_for(session: Session, channel: Channel) -> None:
    set_up_key(session, channel, agent=None, selector="s1")
    look_up(session, channel, Zone(**{"s1._domainkey.desk.org": record_of(channel)}))
    sign_letters(session, channel, agent=None)
    channel.address = "help@moved.example"
    assert key_of(channel) is None
    assert b"DKIM-Signature" not in letter_of(channel)


@pytest.mark.parametrize("selector", ["", "a b", "ä", "x" * 64, "a..b", "-a", "a;b"])
def test_a_selector_is_a_name_in_the_domain(session: Session, channel: Channel, selector: str) -> None:
    with pytest.raises(Invalid):
        set_up_key(session, channel, agent=None, selector=selector)
    assert SETTING not in channel.settings


def test_a_key_nobody_checks_with_is_refused(session: Session, channel: Channel) -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    pem = curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for given in (pem, "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----", "ключ"):
        with pytest.raises(Invalid):
            set_up_key(session, channel, agent=None, selector="s1", private_key=given)


def test_nobody_signs_for_a_provider(session: Session) -> None:
    mailbox = make_channel(session, kind="email", address="shop@yandex.ru", settings=SERVERS)
    with pytest.raises(Conflict):
        set_up_key(session, mailbox, agent=None, selector="s1")


def test_the_page_makes_a_key_shows_its_record_and_never_the_key(
    session: Session, browse: Callable[[Agent], Browser], channel: Channel, outside: Outside
) -> None:
    desk = browse(make_agent(session, "Olga", role=Role.OWNER, language="en", zone="UTC"))
    path = f"/settings/channels/{channel.id}/domain-key"
    pem = new_private_key()
    assert desk.send(path, selector="s1", secret_key="PRIVATE nonsense").status_code == 422
    assert "PRIVATE nonsense" not in desk.get(path).text
    assert desk.send(path, selector="s1", secret_key=pem).status_code == 303
    session.expire_all()
    page = desk.get(path).text
    assert record_of(session.get_one(Channel, channel.id)) in page
    assert "s1._domainkey.desk.org" in page
    assert "PRIVATE KEY" not in page
    assert desk.send(f"{path}/sign").status_code == 409
    assert path in desk.get(f"/settings/channels/{channel.id}").text


@pytest.mark.parametrize("page", ["", "/domain-key"])
def test_what_is_typed_while_a_test_runs_is_not_lost_to_a_page_that_updates_itself(
    session: Session, browse: Callable[[Agent], Browser], channel: Channel, outside: Outside, page: str
) -> None:
    desk = browse(make_agent(session, "Olga", role=Role.OWNER, language="en", zone="UTC"))
    path = f"/settings/channels/{channel.id}"
    assert desk.send(f"{path}/domain-key", selector="s1").status_code == 303
    shown = desk.get(path + page).text
    assert "The test is running." in shown
    assert 'data-live="1"' in shown
    assert shown.count(RELOADS) == shown.count(f"<noscript>{RELOADS}") == 1
    wrong = desk.send(path + page, name="", selector="no name")
    assert (wrong.status_code, wrong.text.count(RELOADS)) == (422, 0)

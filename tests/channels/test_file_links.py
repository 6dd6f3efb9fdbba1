"""Files too big for a letter: links in it, the page behind them, and when they end."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import structlog
from sqlalchemy.orm import Session

from channels.checks import ask_check, make_checks
from channels.delivery import deliver_due
from channels.email.file_links import chosen_for_links, encoded_size, links_from
from channels.registry import capabilities_of
from core.config import get_settings
from core.files import LARGEST_FILE, file_store
from inbox.actions import NewReply, reply
from inbox.models import Attachment, Channel, Delivery, Dialog, Message
from inbox.recipients import Address
from people.models import Agent
from tests.ground.browsing import Browser
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_channel, make_dialog
from tests.peers.fake import Outside
from tests.peers.server import free_ports
from tests.peers.smtp_faults import SmtpSink

pytestmark = [pytest.mark.requirement("O5"), pytest.mark.usefixtures("loopback")]

MB = 1_000_000


def people_open(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("BASE_URL", address)
    get_settings.cache_clear()


@pytest.fixture(autouse=True)
def public(data_folder: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that customers reach."""
    people_open(monkeypatch, "https://desk.example.org")


def mailbox(session: Session, port: int, **settings: Any) -> Channel:
    servers = {"imap_host": "127.0.0.1", "smtp_host": "127.0.0.1", "smtp_port": port}
    return make_channel(
        session,
        kind="email",
        address="support@helpdesk.test",
        undo_seconds=0,
        settings={
            **servers,
            "smtp_security": "none",
            "imap_security": "none",
            "smtp_anonymous": True,
            **settings,
        },
    )


def upload(session: Session, agent: Agent, name: str, content: bytes) -> int:
    stored = file_store().put_bytes(content)
    file = Attachment(
        uploaded_by=agent.id, sha256=stored.sha256, name=name, mime="application/zip", size=stored.size
    )
    session.add(file)
    session.flush()
    return file.id


def answer(session: Session, dialog: Dialog, text: str, **files: bytes) -> Message:
    agent = make_agent(session)
    uploads = tuple(upload(session, agent, name, content) for name, content in files.items())
    new = NewReply(
        client_uuid=str(uuid4()),
        text=text,
        attachments=uploads,
        to=[Address("mia@customer.test", "Mia")],
        subject="Plans",
    )
    message = reply(session, dialog, agent=agent, new=new)
    session.commit()
    return message


@contextmanager
def narrow_server(size: int) -> Iterator[SmtpSink]:
    """A server that takes no larger letters, and says so."""
    sink = SmtpSink(size_limit=size)
    sink.start()
    try:
        yield sink
    finally:
        sink.stop()


def letter_in(sink: SmtpSink) -> EmailMessage:
    letter = message_from_bytes(sink.taken[-1].raw, policy=policy.default)
    assert isinstance(letter, EmailMessage)
    return letter


def links_in(letter: EmailMessage) -> list[str]:
    body = letter.get_body(("html",))
    assert body is not None
    return re.findall(r'href="https://desk\.example\.org(/fetch/[^"]+)"', body.get_content())


def test_a_file_too_big_stays_here_and_the_letter_says_where(
    session: Session, smtp_sink: SmtpSink, browse: Callable[[Agent], Browser], stranger: Browser
) -> None:
    channel = mailbox(session, smtp_sink.port, largest_letter=1)
    big = b"PK\x03\x04" + b"\0" * 2 * MB
    answer(session, make_dialog(session, channel), "Вот планы дома.", big=big, small=b"hello")
    deliver_due()
    letter = letter_in(smtp_sink)
    assert [each.get_filename() for each in letter.iter_attachments()] == ["small"]
    (path,) = links_in(letter)
    text = letter.get_body(("plain",))
    assert text is not None
    assert "Их можно скачать до" in text.get_content()
    assert path in text.get_content()
    response = stranger.get(path)
    assert (response.status_code, response.data) == (200, big)
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "private, no-store"


def test_a_link_ends_and_its_page_says_when_in_the_language_of_the_letter(
    session: Session, smtp_sink: SmtpSink, stranger: Browser, clock: FrozenClock
) -> None:
    channel = mailbox(session, smtp_sink.port, largest_letter=1, link_days=3)
    answer(session, make_dialog(session, channel), "Вот планы дома.", big=b"x" * 2 * MB)
    deliver_due()
    (path,) = links_in(letter_in(smtp_sink))
    clock.forward(days=2, hours=23)
    assert stranger.get(path).status_code == 200
    clock.forward(hours=2)
    response = stranger.get(path)
    assert response.status_code == 410
    assert 'lang="ru"' in response.text
    assert "Ссылка действовала до" in response.text


def test_nobody_makes_a_link_by_himself(session: Session, smtp_sink: SmtpSink, stranger: Browser) -> None:
    channel = mailbox(session, smtp_sink.port, largest_letter=1)
    message = answer(session, make_dialog(session, channel), "Here they are.", big=b"x" * 2 * MB)
    deliver_due()
    (path,) = links_in(letter_in(smtp_sink))
    signed = urlsplit(path).path.split("/")[2]
    # The last letter of a signature holds bits that mean nothing.
    changed = signed[:-2] + ("A" if signed[-2] != "A" else "B") + signed[-1]
    for other in (changed, signed[5:], "x", "%00", signed.swapcase()):
        assert stranger.get(f"/fetch/{other}/big").status_code == 404
    for file in session.get_one(Message, message.id).attachments:
        session.delete(file)
    session.commit()
    assert stranger.get(path).status_code == 404


def test_no_log_holds_a_link(session: Session, smtp_sink: SmtpSink, stranger: Browser) -> None:
    channel = mailbox(session, smtp_sink.port, largest_letter=1)
    answer(session, make_dialog(session, channel), "Here they are.", big=b"x" * 2 * MB)
    deliver_due()
    (path,) = links_in(letter_in(smtp_sink))
    with structlog.testing.capture_logs() as lines:
        assert stranger.get(path).status_code == 200
    signed = urlsplit(path).path.split("/")[2]
    assert any(line["event"] == "request" for line in lines)
    assert signed not in str(lines)


def test_a_server_that_takes_less_than_we_thought_gets_the_letter_with_links(
    session: Session, smtp_sink: SmtpSink
) -> None:
    with narrow_server(1 * MB) as narrow:
        channel = mailbox(session, narrow.port)
        message = answer(session, make_dialog(session, channel), "Here they are.", big=b"x" * 2 * MB)
        deliver_due()
        deliver_due()
        assert links_in(letter_in(narrow))
    session.expire_all()
    assert session.get_one(Message, message.id).delivery == Delivery.SENT


def test_what_the_server_takes_is_learned_from_a_test(session: Session, outside: Outside) -> None:
    (port,) = free_ports(1)
    with narrow_server(10 * MB) as sink:
        channel = mailbox(session, sink.port, imap_port=port)
        ask_check(session, channel, agent=None)
        session.commit()
        make_checks()
    session.expire_all()
    links = links_from(session.get_one(Channel, channel.id).settings)
    assert links is not None
    assert links.above == 9 * MB


def test_without_an_address_that_customers_reach_nothing_becomes_a_link(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for address in ("http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"):
        people_open(monkeypatch, address)
        assert links_from({}) is None
    people_open(monkeypatch, "https://desk.example.org")
    links = links_from({"link_days": 7})
    assert links is not None
    assert (links.above, links.life) == (25 * MB, timedelta(days=7))


def test_the_biggest_go_first_and_small_ones_never() -> None:
    assert chosen_for_links([2 * MB, 12 * MB, 9 * MB], 25 * MB) == {1}
    assert chosen_for_links([40 * MB, 19 * MB, 1000], 25 * MB) == {0, 1}
    assert chosen_for_links([50_000] * 50, 0) == set()
    assert encoded_size(57) == 78


@pytest.mark.parametrize("kind", ["email", "telegram"])
def test_the_screen_learns_from_the_kind_itself_from_which_size_on_files_become_links(
    session: Session, browse: Callable[[Agent], Browser], kind: str
) -> None:
    make_channel(session, kind=kind, settings={"largest_letter": 2})
    (channel,) = browse(make_agent(session)).api("GET", "/api/start")["channels"]
    able, says = channel["capabilities"], capabilities_of(kind)
    assert says is not None
    if kind == "email":
        assert (able["links_above"], able["attachment_bytes"]) == (2 * MB, LARGEST_FILE)
    else:
        assert (able["links_above"], able["attachment_bytes"]) == (0, says.attachment_bytes)

"""Whether letters with a token in the address arrive, tried on servers that let them and that do not."""

from typing import Any

import pytest

from channels.adapter import ChannelAccess, StoredEvent
from channels.email import subaddress
from channels.email.adapter import EmailAdapter
from core.files import file_store
from tests.peers.dovecot import Dovecot, Mailbox
from tests.peers.exim import Exim
from tests.peers.smtp_faults import Refuse, SmtpSink

pytestmark = [pytest.mark.peer, pytest.mark.usefixtures("loopback")]


@pytest.fixture
def box(dovecot: Dovecot) -> Mailbox:
    return dovecot.mailbox("support")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subaddress, "PAUSE", 0.1)


def adapter_at(dovecot: Dovecot, box: Mailbox, port: int, **settings: Any) -> EmailAdapter:
    given = {
        "imap_host": "127.0.0.1",
        "imap_port": dovecot.imap_port,
        "imap_security": "none",
        "imap_user": box.user,
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": "none",
        "subaddressing": True,
        "import": "all",
        **settings,
    }
    return EmailAdapter(ChannelAccess(1, "email", "Shop", box.address, given, {"imap_password": "secret"}))


@pytest.mark.requirement("I17")
def test_a_server_that_lets_tokens_through_is_found_out_and_the_test_is_no_message(
    dovecot: Dovecot, box: Mailbox, exim: Exim
) -> None:
    adapter = adapter_at(dovecot, box, exim.port)
    health = adapter.verify()
    assert (health.state, health.steps[-1][:2]) == ("ok", ("imap.subaddress", True))
    (event,) = adapter.poll({}, 5).events
    adapter.close()
    path = file_store().path_of(file_store().put_bytes(event.raw or b"").sha256)
    (incoming,) = adapter.normalize(StoredEvent(event.event_key, event.payload, str(path)))
    assert (incoming.kind, incoming.text) == ("unsupported", "a test of ours")


@pytest.mark.requirement("I17")
def test_a_server_that_loses_them_is_found_out_too(
    dovecot: Dovecot, box: Mailbox, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subaddress, "PATIENCE", 0.5)
    health = adapter_at(dovecot, box, smtp_sink.port).verify()
    assert health.steps[-1][:2] == ("imap.subaddress", False)
    assert "Switch that setting off" in health.warnings[0]
    assert smtp_sink.taken[0].letter["Auto-Submitted"] == "auto-generated"


def test_nothing_is_sent_unless_tokens_are_wanted(
    dovecot: Dovecot, box: Mailbox, smtp_sink: SmtpSink
) -> None:
    health = adapter_at(dovecot, box, smtp_sink.port, subaddressing=False).verify()
    assert health.steps[-1][0] == "smtp.login"
    assert smtp_sink.taken == []


def test_a_letter_to_the_mailbox_itself_proves_the_whole_way(
    dovecot: Dovecot, box: Mailbox, exim: Exim
) -> None:
    adapter = adapter_at(dovecot, box, exim.port, subaddressing=False)
    assert adapter.write_to_itself()[:2] == ("smtp.letter", True)
    assert [letter["Auto-Submitted"] for letter in box.letters()] == ["auto-generated"]
    adapter.close()


def test_a_letter_to_itself_that_is_lost_or_refused_is_said_with_advice(
    dovecot: Dovecot, box: Mailbox, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subaddress, "PATIENCE", 0.5)
    adapter = adapter_at(dovecot, box, smtp_sink.port, subaddressing=False)
    name, arrived, sentence = adapter.write_to_itself()
    assert (name, arrived) == ("smtp.letter", False)
    assert "did not arrive" in sentence
    smtp_sink.next(Refuse("554 5.7.1 spam"))
    assert "SPF" in adapter.write_to_itself()[2]
    adapter.close()

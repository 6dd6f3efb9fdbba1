"""Servers and wires misbehave exactly as ordered."""

import smtplib
from email.message import EmailMessage

import pytest
from imapclient import IMAPClient

from tests.peers.dovecot import Dovecot
from tests.peers.smtp_faults import (
    CloseDuringData,
    Drop,
    Hang,
    Refuse,
    RefuseRecipients,
    SmtpSink,
)
from tests.peers.tcp_proxy import Wires

THREE = ["max@customer.test", "mia@customer.test", "old@customer.test"]


def send(port: int, to: list[str], *, timeout: float = 5) -> dict[str, tuple[int, bytes]]:
    letter = EmailMessage()
    letter["Message-ID"], letter["Subject"] = "<1@helpdesk.test>", "Your order"
    letter.set_content("It is on its way.")
    with smtplib.SMTP("127.0.0.1", port, timeout=timeout) as line:
        return line.sendmail("support@helpdesk.test", to, letter.as_bytes())


def test_a_letter_is_counted_for_each_recipient(smtp_sink: SmtpSink) -> None:
    send(smtp_sink.port, THREE)
    send(smtp_sink.port, THREE[:1])
    assert smtp_sink.copies() == {
        ("<1@helpdesk.test>", THREE[0]): 2,
        ("<1@helpdesk.test>", THREE[1]): 1,
        ("<1@helpdesk.test>", THREE[2]): 1,
    }


def test_one_of_three_recipients_is_refused(smtp_sink: SmtpSink) -> None:
    smtp_sink.next(RefuseRecipients({"old": "550 5.1.1 no such user"}))
    refused = send(smtp_sink.port, THREE)
    assert {address: code for address, (code, _) in refused.items()} == {THREE[2]: 550}
    assert len(smtp_sink.copies()) == 2


def test_a_refused_letter_is_not_taken(smtp_sink: SmtpSink) -> None:
    smtp_sink.next(Refuse("554 5.7.1 spam"))
    with pytest.raises(smtplib.SMTPDataError):
        send(smtp_sink.port, THREE)
    assert not smtp_sink.taken


@pytest.mark.parametrize(("fault", "copies"), [(Drop(), 1), (Hang(), 1), (CloseDuringData(), 0)])
def test_the_client_hears_no_yes(
    smtp_sink: SmtpSink, fault: Drop | Hang | CloseDuringData, copies: int
) -> None:
    smtp_sink.next(fault)
    with pytest.raises((smtplib.SMTPException, OSError)):
        send(smtp_sink.port, THREE[:1], timeout=0.5)
    assert len(smtp_sink.taken) == copies


def test_a_stopped_server_comes_back_at_its_port(smtp_sink: SmtpSink) -> None:
    smtp_sink.stop()
    with pytest.raises(OSError):
        send(smtp_sink.port, THREE)
    smtp_sink.start()
    assert send(smtp_sink.port, THREE) == {}


@pytest.mark.peer
def test_a_wire_is_cut_in_the_middle_of_a_letter(dovecot: Dovecot, wires: Wires) -> None:
    mailbox = dovecot.mailbox()
    mailbox.append(b"Subject: long\r\n\r\n" + b"x" * 50_000 + b"\r\n")
    wire = wires.to(dovecot.imap_port)
    with (
        pytest.raises(Exception, match=r"EOF|closed|reset"),
        IMAPClient("127.0.0.1", wire.port, ssl=False) as client,
    ):
        client.login(mailbox.user, mailbox.password)
        client.select_folder("INBOX")
        wire.cut_after(10_000)
        client.fetch("1:*", ["BODY.PEEK[]"])


@pytest.mark.peer
def test_a_frozen_wire_says_nothing_and_thaws(dovecot: Dovecot, wires: Wires) -> None:
    mailbox, wire = dovecot.mailbox(), wires.to(dovecot.imap_port)
    with IMAPClient("127.0.0.1", wire.port, ssl=False, timeout=0.5) as client:
        client.login(mailbox.user, mailbox.password)
        wire.freeze()
        with pytest.raises(TimeoutError):
            client.noop()
        wire.thaw()
    wire.cut()
    with pytest.raises(OSError):
        IMAPClient("127.0.0.1", wire.port, ssl=False, timeout=0.5)
    wire.restore()
    with IMAPClient("127.0.0.1", wire.port, ssl=False, timeout=5) as client:
        client.login(mailbox.user, mailbox.password)

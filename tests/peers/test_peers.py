"""The peers do what the tests that use them take for granted."""

from email.message import EmailMessage

import pytest

from tests.peers.dovecot import Dovecot
from tests.peers.exim import Exim

pytestmark = pytest.mark.peer


def letter(to: str, sender: str = "max@customer.test", subject: str = "Hello") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = "<1@customer.test>"
    message.set_content("Where is my parcel?")
    return message


def test_a_letter_appended_is_a_letter_found(dovecot: Dovecot) -> None:
    mailbox = dovecot.mailbox()
    mailbox.append(letter(mailbox.address))
    assert [each["Subject"] for each in mailbox.letters()] == ["Hello"]
    assert dovecot.mailbox().letters() == []


def test_a_mailbox_changes_its_numbering_and_keeps_its_letters(dovecot: Dovecot) -> None:
    mailbox = dovecot.mailbox()
    mailbox.append(letter(mailbox.address))
    with mailbox.client() as client:
        before = client.folder_status("INBOX", ["UIDVALIDITY"])
    mailbox.renumber()
    with mailbox.client() as client:
        after = client.folder_status("INBOX", ["UIDVALIDITY"])
    assert after[b"UIDVALIDITY"] != before[b"UIDVALIDITY"]
    assert len(mailbox.letters()) == 1


def test_exim_brings_a_letter_to_its_mailbox(dovecot: Dovecot, exim: Exim) -> None:
    mailbox = dovecot.mailbox("mia", domain="customer.test")
    exim.send(letter(mailbox.address.replace("@", "+order@")))
    assert mailbox.wait_for()[0]["Subject"] == "Hello"


def test_a_letter_to_nobody_comes_back_as_a_bounce(dovecot: Dovecot, exim: Exim) -> None:
    mailbox = dovecot.mailbox("bounces")
    exim.send(letter("nobody@bounce.test"), sender=mailbox.address)
    assert mailbox.wait_for()[0].get_content_type() == "multipart/report"

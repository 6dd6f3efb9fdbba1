"""Mailboxes keep what every channel promises."""

from dataclasses import replace

import pytest

from channels.adapter import ChannelAccess
from tests.channels.contract import SECRET, AdapterContract
from tests.channels.email.letters import make_letter
from tests.channels.peer import Peer
from tests.peers.dovecot import Dovecot, Mailbox
from tests.peers.smtp_faults import Accept, Drop, Refuse, RefuseRecipients, SmtpSink

pytestmark = [pytest.mark.peer, pytest.mark.usefixtures("loopback")]


class MailPeer(Peer):
    """Max, who writes by Dovecot and reads at the sink."""

    outside = frozenset({"blocks"})

    def __init__(self, dovecot: Dovecot, box: Mailbox, sink: SmtpSink) -> None:
        self._box = box
        self._sink = sink
        settings = {
            "imap_host": "127.0.0.1",
            "imap_port": dovecot.imap_port,
            "imap_security": "none",
            "imap_user": box.user,
            "smtp_host": "127.0.0.1",
            "smtp_port": sink.port,
            "smtp_security": "none",
            "import": "all",
        }
        self.access = ChannelAccess(1, "email", "Shop", box.address, settings, {"imap_password": "secret"})

    def with_wrong_secret(self) -> ChannelAccess:
        return replace(self.access, secrets={"imap_password": SECRET})

    def says(self, text: str, who: str = "Max", **_: object) -> None:
        self._box.append(make_letter(text, to=self._box.address))

    def heard(self, who: str = "Max", **_: object) -> list[str]:
        bodies = [taken.letter.get_body(("plain",)) for taken in self._sink.taken]
        return [body.get_content() for body in bodies if body is not None]

    def got(self, who: str = "Max") -> list[tuple[str, bytes]]:
        letters = [taken.letter for taken in self._sink.taken]
        files = [each for letter in letters for each in letter.iter_attachments()]
        return [(each.get_filename() or "", each.get_payload(decode=True)) for each in files]

    def envelope(self) -> dict[str, object]:
        return {
            "from": {"name": "Ann", "brand": "Shop"},
            "to": [{"address": "max@customer.test", "name": "Max"}],
            "subject": "Parcel",
        }

    def blocks(self, who: str = "Max") -> None:
        self._sink.always(RefuseRecipients({"max@customer.test": "550 5.1.1 no such user here"}))

    def unblocks(self, who: str = "Max") -> None:
        self._sink.always(Accept())

    def vanish_after_next(self) -> None:
        self._sink.next(Drop())

    def refuse_next(self) -> None:
        self._sink.next(Refuse("451 4.3.0 try again later"))


class TestMailbox(AdapterContract):
    @pytest.fixture
    def peer(self, dovecot: Dovecot, smtp_sink: SmtpSink) -> Peer:
        return MailPeer(dovecot, dovecot.mailbox("support"), smtp_sink)

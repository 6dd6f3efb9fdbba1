"""Dovecot, unprivileged and on loopback: any user name is a mailbox, its password is `secret`.

A token of `tests.peers.oauth` opens the mailbox of the account it names, by XOAUTH2 or OAUTHBEARER.

Letters for `name+anything@any.domain` lie in the mailbox `name`; LMTP is how Exim hands them over.
"""

import base64
import contextlib
import grp
import pwd
import re
import smtplib
import time
import uuid
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from imapclient import IMAPClient

from tests.peers.oauth import KEY
from tests.peers.server import Program, free_ports, need

PROGRAM = "/usr/sbin/dovecot"
PASSWORD = "secret"

_CONFIGURATION = """
protocols = imap lmtp
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
ssl = no
disable_plaintext_auth = no
auth_username_format = %Ln
auth_mechanisms = plain login xoauth2 oauthbearer
mail_location = maildir:{folder}/mail/%u
mail_fsync = never
mailbox_list_index = yes
mail_max_userip_connections = 50
imap_idle_notify_interval = 30 s
first_valid_uid = 1
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
    auto = subscribe
  }}
  mailbox Trash {{
    special_use = \\Trash
    auto = create
  }}
  mailbox Junk {{
    special_use = \\Junk
    auto = create
  }}
}}
service imap-login {{
  chroot =
  client_limit = 200
  process_min_avail = 1
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


_TOKENS = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={folder}/keys/
username_attribute = email
"""


class Mailbox:
    """One user's mail, looked at past the product."""

    password = PASSWORD

    def __init__(self, server: "Dovecot", user: str, domain: str) -> None:
        self._server = server
        self.user = user
        self.imap_port = server.imap_port
        self.address = f"{user}@{domain}"

    @contextlib.contextmanager
    def client(self) -> Iterator[IMAPClient]:
        """A connection that is signed in."""
        with IMAPClient(
            "127.0.0.1", port=self._server.imap_port, ssl=False, use_uid=True, timeout=10
        ) as client:
            client.login(self.user, self.password)
            yield client

    def append(self, *letters: EmailMessage | bytes, folder: str = "INBOX") -> None:
        """Put letters there byte for byte; a waiting IDLE is told."""
        with self.client() as client:
            for letter in letters:
                client.append(folder, _bytes(letter))

    def deliver(
        self, letter: EmailMessage | bytes, *, sender: str = "max@customer.test", to: str = ""
    ) -> None:
        """Hand a letter over by LMTP, as a mail server does."""
        with smtplib.LMTP("127.0.0.1", self._server.lmtp_port) as line:
            line.sendmail(sender, [to or self.address], _bytes(letter))

    def fill(self, letters: Iterator[bytes]) -> int:
        """Lay many letters straight into the mailbox; nothing else may look into it meanwhile."""
        self.letters()
        count = 0
        for count, letter in enumerate(letters, 1):
            place = self._folder / "new" / f"{int(time.time())}.{count:09d}.bench"
            place.write_bytes(letter)
        return count

    def letters(self, folder: str = "INBOX") -> list[EmailMessage]:
        """What lies there, oldest first."""
        return [_parsed(raw) for raw in self.raw_letters(folder)]

    def raw_letters(self, folder: str = "INBOX") -> list[bytes]:
        """The same as bytes."""
        with self.client() as client:
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search(), ["BODY.PEEK[]"])
        return [found[number][b"BODY[]"] for number in sorted(found)]

    def wait_for(self, count: int = 1, *, folder: str = "INBOX", patience: float = 15) -> list[EmailMessage]:
        """The letters there, as soon as there are so many; AssertionError when they do not come."""
        end = time.monotonic() + patience
        while len(found := self.letters(folder)) < count:
            assert time.monotonic() < end, f"{len(found)} of {count} letters came to {self.address}"
            time.sleep(0.1)
        return found

    def flags(self, folder: str = "INBOX") -> list[set[str]]:
        """The flags of each letter, oldest first."""
        with self.client() as client:
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search(), ["FLAGS"])
        return [
            {flag.decode() for flag in found[number][b"FLAGS"]} - {"\\Recent"} for number in sorted(found)
        ]

    def renumber(self) -> None:
        """Give the mailbox another UIDVALIDITY, as after a move to another server; letters get new UIDs."""
        for file in self._folder.glob("dovecot.index*"):
            file.unlink()
        names = self._folder / "dovecot-uidlist"
        names.write_text(
            re.sub(r"(?<=V)\d+", lambda found: str(int(found.group()) + 1000), names.read_text(), count=1)
        )

    @property
    def _folder(self) -> Path:
        return self._server.folder / "mail" / self.user


class Dovecot:
    """The server; every mailbox asked of it is new, so tests never meet in one."""

    def __init__(self) -> None:
        self._program = Program("dovecot", "nobody")
        self.folder = self._program.folder
        self.imap_port, self.lmtp_port = free_ports(2)

    def start(self) -> None:
        """Write the configuration and wait for the greeting."""
        self._program.own("run", "state", "mail")
        entry = pwd.getpwnam(self._program.account)
        file = self.folder / "dovecot.conf"
        file.write_text(
            _CONFIGURATION.format(
                folder=self.folder,
                user=entry.pw_name,
                group=grp.getgrgid(entry.pw_gid).gr_name,
                password=PASSWORD,
                imap=self.imap_port,
                lmtp=self.lmtp_port,
            )
        )
        (self.folder / "oauth2.conf").write_text(_TOKENS.format(folder=self.folder))
        key = self.folder / "keys/default/HS256/default"
        key.parent.mkdir(parents=True, exist_ok=True)
        key.write_bytes(base64.b64encode(KEY))
        (self.folder / "dovecot.log").touch()
        (self.folder / "dovecot.log").chmod(0o666)
        self._program.run([PROGRAM, "-F", "-c", file], port=self.imap_port)

    def stop(self) -> None:
        """End it and forget all mail."""
        self._program.end()

    def mailbox(self, name: str = "support", *, domain: str = "helpdesk.test") -> Mailbox:
        """A mailbox nobody has used, its user name beginning with `name`."""
        return Mailbox(self, f"{name}-{uuid.uuid4().hex[:8]}", domain)


@contextlib.contextmanager
def open_dovecot() -> Iterator[Dovecot]:
    """Run a Dovecot for as long as the block."""
    server = Dovecot()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """The Dovecot of this worker."""
    need(PROGRAM, "dovecot-imapd dovecot-lmtpd")
    with open_dovecot() as server:
        yield server


def _bytes(letter: EmailMessage | bytes) -> bytes:
    return letter if isinstance(letter, bytes) else letter.as_bytes(policy=policy.SMTP)


def _parsed(raw: bytes) -> EmailMessage:
    letter = message_from_bytes(raw, policy=policy.default)
    assert isinstance(letter, EmailMessage)
    return letter

"""Exim, a real mail server on loopback: real refusals, real greylisting, real bounces.

Letters to the domains below `.test` go to Dovecot by LMTP; `bounce.test` bounces after it was accepted,
`defer.test` keeps being busy, `hard550@` and `soft451@` are refused at once. Nothing leaves the machine.
"""

import contextlib
import smtplib
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage

import pytest

from tests.peers.dovecot import Dovecot
from tests.peers.server import Program, free_ports, need

PROGRAM = "/usr/sbin/exim4"

_CONFIGURATION = """
keep_environment =
add_environment =
spool_directory = {folder}/spool
log_file_path = {folder}/log/%s
pid_file_path = {folder}/run/exim.pid
primary_hostname = mx.test.invalid
qualify_domain = test.invalid
domainlist local_domains = helpdesk.test : customer.test
deliver_drop_privilege = true
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
smtp_accept_max = 100
smtp_accept_queue_per_connection = 0
tls_advertise_hosts =
host_lookup =
rfc1413_hosts =
acl_smtp_rcpt = acl_rcpt
acl_smtp_data = acl_data
begin acl
acl_rcpt:
  deny    local_parts = hard550
          message = 5.1.1 user unknown
  defer   local_parts = soft451
          message = 4.7.1 greylisted, try later
  accept
acl_data:
  accept
begin routers
bad:
  driver = redirect
  domains = bounce.test
  allow_fail
  data = :fail: 550 5.1.1 <$local_part@$domain>: no such mailbox
later:
  driver = redirect
  domains = defer.test
  allow_defer
  data = :defer: 451 4.2.2 mailbox busy
to_dovecot:
  driver = manualroute
  domains = +local_domains
  transport = lmtp_dovecot
  route_data = 127.0.0.1
  self = send
rest:
  driver = redirect
  allow_fail
  data = :fail: unrouteable in the test net
begin transports
lmtp_dovecot:
  driver = smtp
  protocol = lmtp
  port = {lmtp}
  allow_localhost
begin retry
* * F,1m,1s
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${{if eq{{$auth3}}{{secret}}}}
  server_set_id = $auth2
"""


class Exim:
    """The server that takes our letters and brings them to the customers' mailboxes."""

    def __init__(self, lmtp_port: int) -> None:
        self._program = Program("exim", "Debian-exim")
        self._lmtp_port = lmtp_port
        (self.port,) = free_ports(1)

    def start(self) -> None:
        """Write the configuration and wait for the greeting."""
        self._program.own("spool", "log", "run")
        file = self._program.folder / "exim.conf"
        file.write_text(
            _CONFIGURATION.format(folder=self._program.folder, port=self.port, lmtp=self._lmtp_port)
        )
        file.chmod(0o644)
        self._program.run([PROGRAM, "-C", file, "-bdf", "-q2s"], port=self.port)

    def stop(self) -> None:
        """End it and forget what it still held."""
        self._program.end()

    def send(self, letter: EmailMessage, *, sender: str | None = None, to: list[str] | None = None) -> None:
        """Send a letter as a customer's program does."""
        recipients = to or [each.addr_spec for each in letter["To"].addresses]
        sender = sender or letter["From"].addresses[0].addr_spec
        with smtplib.SMTP("127.0.0.1", self.port, local_hostname="customer.test") as line:
            line.sendmail(sender, recipients, letter.as_bytes(policy=policy.SMTP))


@contextlib.contextmanager
def open_exim(dovecot: Dovecot) -> Iterator[Exim]:
    """Run an Exim in front of a Dovecot for as long as the block."""
    server = Exim(dovecot.lmtp_port)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def exim(dovecot: Dovecot) -> Iterator[Exim]:
    """The Exim of this worker."""
    need(PROGRAM, "exim4-daemon-light")
    with open_exim(dovecot) as server:
        yield server

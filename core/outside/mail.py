"""Letters the product itself writes: password resets, invitations, notices.

They carry one recipient, no header a stranger could add to, and links to ourselves alone:
a letter of ours that leads elsewhere would be the best phishing there is.
"""

import re
import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid, parseaddr
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from core.clock import now
from core.config import Settings, get_settings
from core.outside.addresses import EVERYWHERE
from core.outside.connect import Door, create_connection
from core.outside.faults import MailRefused, NotTrusted, OutsideFault, TooSlow, Unreachable
from core.outside.trust import trust
from core.text import plain_line
from core.words import N_

_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
)
_LINK = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^\s\"'<>]*|\b(?:mailto|javascript|data):|\bwww\.\S+", re.I
)


@dataclass(frozen=True)
class SystemSmtp:
    """The server that takes our own letters."""

    host: str
    sender: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None


@dataclass(frozen=True)
class SystemMail:
    """One letter; `html`, where there is one, says the same as `text`."""

    recipient: str
    subject: str
    text: str
    html: str | None = None


@dataclass(frozen=True)
class Sent:
    """The server took the letter."""

    message_id: str


@dataclass(frozen=True)
class NotConfigured:
    """There is no server for our own letters; show the link to the administrator instead."""


def post(mail: SystemMail) -> Sent | NotConfigured:
    """Send a letter by the server of this installation (SYSTEM_SMTP_*), or say that there is none.

    That server may stand inside our network: it is named by the operator, not by a form.
    """
    settings = get_settings()
    door = Door(allow=EVERYWHERE)
    return send_system_mail(mail, smtp_of(settings), base_url=settings.base_url, door=door)


def smtp_of(settings: Settings) -> SystemSmtp | None:
    """The server for our own letters, None until SYSTEM_SMTP_HOST is set."""
    if settings.system_smtp_host is None:
        return None
    password = settings.system_smtp_password
    sender = parseaddr(settings.system_smtp_from or "")[1]
    return SystemSmtp(
        host=settings.system_smtp_host,
        sender=sender or f"emptyfeed@{urlsplit(settings.base_url).hostname}",
        port=settings.system_smtp_port,
        security=settings.system_smtp_security,
        username=settings.system_smtp_username,
        password=password.get_secret_value() if password is not None else None,
    )


def send_system_mail(
    mail: SystemMail,
    smtp: SystemSmtp | None,
    *,
    base_url: str,
    door: Door | None = None,
    seconds: float = 15.0,
) -> Sent | NotConfigured:
    """Hand one letter to the server, or say that there is none.

    `seconds` bounds each step of the talk. A server that says no raises MailRefused with its
    words; a certificate that does not fit is never overlooked.
    """
    if smtp is None:
        return NotConfigured()
    message = compose(mail, sender=smtp.sender, base_url=base_url)
    try:
        with _connect(smtp, door, seconds) as server:
            if smtp.username is not None:
                server.login(smtp.username, smtp.password or "")
            server.send_message(message)
    except OutsideFault:
        raise
    except (smtplib.SMTPException, OSError) as error:
        raise _fault(error, smtp.host) from error
    return Sent(str(message["Message-ID"]))


def compose(mail: SystemMail, *, sender: str, base_url: str) -> EmailMessage:
    """The letter as it leaves; a ValueError where it would lead elsewhere or to more than one person."""
    for part in (mail.text, mail.html or ""):
        _refuse_foreign_links(part, base_url)
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(sender, name="Emptyfeed")
    message["To"] = _address(mail.recipient)
    message["Subject"] = plain_line(mail.subject, longest=200)
    message["Date"] = now()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no robot answers this
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(mail.text, cte="quoted-printable")
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    return message


def link(base_url: str, path: str, **query: str) -> str:
    """An address of ours; the request's Host header never has a say in it (CWE-640)."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path or "//" in path:
        raise ValueError("a link needs a path of ours")
    return base_url.rstrip("/") + path + (f"?{urlencode(query)}" if query else "")


def plain_value(text: str, *, longest: int = 100) -> str:
    """Somebody's words for a letter of ours: one line that no mail program turns into a link.

    `J.R. Smith` stays himself, `evil.example` becomes `evil. example`.
    """
    line = plain_line(text, longest=longest).replace("//", " ").replace("@", " ")
    return " ".join(re.sub(r"(?<=\w)([.:])(?=\w)", r"\1 ", line).split())


def is_address(text: str) -> bool:
    """Whether this is exactly one plain address (RFC 5321 without quoting and comments)."""
    return bool(_ADDRESS.fullmatch(text)) and ".." not in text


def _address(text: str, name: str = "") -> Address:
    if not is_address(text):
        raise ValueError("this is not one address")
    return Address(display_name=name, addr_spec=text)


def _refuse_foreign_links(text: str, base_url: str) -> None:
    ours = urlsplit(base_url)
    for found in _LINK.findall(text):
        link_found = urlsplit(found)
        if (link_found.scheme.lower(), link_found.netloc) != (ours.scheme, ours.netloc):
            raise ValueError("a letter of ours leads to ourselves alone")


def _connect(smtp: SystemSmtp, door: Door | None, seconds: float) -> smtplib.SMTP:
    server = _DoorSmtp(smtp, door, seconds)
    if smtp.security == "starttls":
        try:
            server.starttls(context=trust(smtp.ca_file))
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
    return server


class _DoorSmtp(smtplib.SMTP):
    """smtplib over a connection that went through the door."""

    def __init__(self, smtp: SystemSmtp, door: Door | None, seconds: float) -> None:
        self._door = door
        self._trust = trust(smtp.ca_file) if smtp.security == "tls" else None
        super().__init__(smtp.host, smtp.port, timeout=seconds)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = create_connection((host, port), timeout, door=self._door)
        if self._trust is None:
            return connection
        try:
            return self._trust.wrap_socket(connection, server_hostname=host)
        except OSError:
            connection.close()
            raise


def _fault(error: Any, host: str) -> OutsideFault:
    if isinstance(error, ssl.SSLCertVerificationError):
        return NotTrusted(
            N_("The certificate of %(host)s is not valid: %(reason)s."),
            host=host,
            reason=error.verify_message,
        )
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return TooSlow(N_("%(host)s did not answer in time."), host=host)
    words = _server_words(error)
    if words:
        return MailRefused(
            N_("The mail server %(host)s refused the e-mail: %(reason)s"), host=host, reason=words
        )
    return Unreachable(N_("The connection to %(host)s broke."), host=host)


def _server_words(error: Any) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        error = smtplib.SMTPResponseException(*next(iter(error.recipients.values())))
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        return plain_line(f"{error.smtp_code} {text}", longest=300)
    return plain_line(str(error), longest=300) if isinstance(error, smtplib.SMTPNotSupportedError) else ""

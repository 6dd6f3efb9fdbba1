"""Where a mailbox and its outgoing server are, and how a connection to them is opened."""

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import certifi

from channels.adapter import ChannelError, Temporary, Tokens
from core.outside.addresses import is_allowed
from core.outside.connect import create_connection
from core.outside.faults import OutsideFault
from core.text import plain_line

Security = Literal["tls", "starttls", "none"]

CONNECT_SECONDS = 15.0
_KEEPALIVE = (
    ("TCP_KEEPIDLE", 60),
    ("TCP_KEEPINTVL", 20),
    ("TCP_KEEPCNT", 3),
)
BYTES_AS_WORDS = re.compile(r"b(['\"])(.*)\1", re.DOTALL)  # how imaplib words what a server said


@dataclass(frozen=True, slots=True)
class Server:
    """One server, and who we are there.

    `authority` is a certificate authority of the operator's own, as PEM. With `tokens` somebody's consent
    opens it and there is no password.
    """

    host: str
    port: int
    security: Security
    user: str
    password: str = field(repr=False)
    authority: str = ""
    tokens: Tokens | None = field(default=None, repr=False)


def server_from(
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    kind: Literal["imap", "smtp"],
    address: str = "",
    tokens: Tokens | None = None,
) -> Server:
    """The server a channel's settings name.

    Outgoing mail uses the mailbox's name and password unless it has its own; who gives no name goes
    by the address.
    """
    user = settings.get(f"{kind}_user") or settings.get("imap_user") or address
    password = secrets.get(f"{kind}_password") or secrets.get("imap_password") or ""
    return Server(
        host=str(settings.get(f"{kind}_host") or ""),
        port=int(settings.get(f"{kind}_port") or {"imap": 993, "smtp": 465}[kind]),
        security=settings.get(f"{kind}_security") or "tls",
        user="" if settings.get(f"{kind}_anonymous") else str(user),
        password="" if tokens else password,
        authority=str(settings.get("authority") or ""),
        tokens=tokens,
    )


def trust(server: Server) -> ssl.SSLContext:
    """Whom we believe: everybody's authorities and the operator's own; the name is always checked."""
    context = ssl.create_default_context(cafile=None)
    context.load_verify_locations(certifi.where())
    if server.authority:
        context.load_verify_locations(cadata=server.authority)
    return context


def open_socket(server: Server, seconds: float = CONNECT_SECONDS) -> socket.socket:
    """A TCP connection, not yet encrypted; an unencrypted talk with a public address is refused."""
    connection = create_connection((server.host, server.port), seconds)
    try:
        if server.security == "none" and is_allowed(str(connection.getpeername()[0])):
            raise Temporary(
                f"{server.host} is on the internet and the connection would not be encrypted",
                code="plain_refused",
            )
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE:
            if hasattr(socket, name):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    except BaseException:  # also a peer that hung up at once
        connection.close()
        raise
    return connection


@contextmanager
def connecting(server: Server) -> Iterator[None]:
    """Whatever fails before anything was asked of the server is Temporary, with a code for its sentence."""
    try:
        yield
    except ChannelError:
        raise
    except OutsideFault as fault:
        raise Temporary(str(fault), code=fault.code) from fault
    except ssl.SSLCertVerificationError as error:
        raise Temporary(f"{server.host}: {error.verify_message}", code="certificate_not_trusted") from error
    except ssl.SSLError as error:
        raise Temporary(f"{server.host}: {error.reason or error}", code="tls_failed") from error
    except TimeoutError as error:
        raise Temporary(f"{server.host} did not answer in time", code="server_silent") from error
    except OSError as error:
        raise Temporary(spoken(error), code="connection_lost") from error


def spoken(said: Any) -> str:
    """What a server or a library said, as one harmless line."""
    if isinstance(said, bytes):
        said = said.decode("utf-8", "replace")
    text = str(said)
    wrapped = BYTES_AS_WORDS.fullmatch(text)
    return plain_line(wrapped[2] if wrapped else text, longest=500)

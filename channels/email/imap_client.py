"""A logged-in connection to an IMAP server, and the sorting of all that can go wrong on it."""

import imaplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from channels.adapter import AuthBroken, ChannelError, Temporary
from channels.email.consent import MECHANISMS, first_word, last_word, mechanism_among, opened, without_tokens
from channels.email.servers import Server, connecting, open_socket, spoken, trust

READ_SECONDS = 30.0
_LATER = ("UNAVAILABLE", "LIMIT", "INUSE", "SERVERBUG", "OVERQUOTA")  # RFC 5530
_LATER_WORDS = ("too many", "try again", "temporar", "rate limit", "throttl", "unavailable", "timeout")


class Refused(Exception):
    """The server understood a command and said no; the connection is still good."""


def open_client(server: Server, *, seconds: float = READ_SECONDS) -> Any:
    """A logged-in IMAPClient over a checked connection; AuthBroken if password or consent are refused."""
    return opened(server, lambda known: _open(known, seconds))


def _open(server: Server, seconds: float) -> Any:
    with connecting(server), _greeted(server):
        client = _CheckedClient(server, seconds)
    try:
        with asked():
            if server.security == "starttls":
                _start_tls(client, server)
            _log_in(client, server)
        client.forget_capabilities()
    except Refused as refusal:
        hang_up(client)
        raise Temporary(f"{server.host}: {refusal}", code="server_busy") from refusal
    except BaseException:
        hang_up(client)
        raise
    return client


@contextmanager
def asked() -> Iterator[None]:
    """Every way a command can fail, sorted: lost connections, refusals, answers nobody can read."""
    try:
        yield
    except (ChannelError, Refused):
        raise
    except TimeoutError as error:
        raise Temporary("the server stopped answering", code="server_silent") from error
    except (IMAPClientAbortError, OSError) as error:
        raise Temporary(spoken(error), code="connection_lost") from error
    except IMAPClientError as error:
        raise Refused(spoken(error)) from error
    except (ValueError, TypeError, LookupError, AssertionError, AttributeError, RecursionError) as error:
        raise Refused(f"an answer that cannot be read: {spoken(error)}") from error


def hang_up(client: Any) -> None:
    """Close the connection without waiting for a goodbye."""
    try:
        client.shutdown()
    except (OSError, IMAPClientError):
        return


class _CheckedClient(IMAPClient):  # type: ignore[misc]  # IMAPClient has no types
    def __init__(self, server: Server, seconds: float) -> None:
        self._server = server
        self._looks_first = False
        super().__init__(server.host, server.port, ssl=server.security == "tls", timeout=seconds)
        self._imap.debug = 0  # letters and passwords do not belong into a debug log
        self.normalise_times = False

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802
        return _CheckedImap4(self._server, self._timeout.read)

    def forget_capabilities(self) -> None:
        """What a server can do before the login says little about what it can do after."""
        self._cached_capabilities = None

    def idle(self) -> None:
        super().idle()
        self._looks_first = True

    def _poll_socket(self, sock: Any, timeout: float | None = None) -> Any:
        """What came together with the answer to IDLE lies in a buffer poll() cannot see: read once first."""
        if self._looks_first:
            self._looks_first = False
            return True
        if hasattr(sock, "pending") and sock.pending():
            return True
        return super()._poll_socket(sock, timeout)


class _CheckedImap4(imaplib.IMAP4):
    def __init__(self, server: Server, seconds: float) -> None:
        self._server = server
        self._seconds = seconds
        super().__init__(server.host, server.port)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        connection = open_socket(self._server)
        connection.settimeout(self._seconds)
        if self._server.security != "tls":
            return connection
        try:
            return trust(self._server).wrap_socket(connection, server_hostname=self._server.host)
        except BaseException:
            connection.close()
            raise


def _start_tls(client: Any, server: Server) -> None:
    if not client.has_capability("STARTTLS"):
        raise Temporary(f"{server.host} offers no encryption on this port", code="no_starttls")
    with connecting(server):
        client.starttls(trust(server))


def _log_in(client: Any, server: Server) -> None:
    if any(ord(sign) < 32 for sign in server.user + server.password):  # would end the command
        raise AuthBroken("the name or the password holds a control character", code="login_refused")
    try:
        if server.tokens is not None:
            _hand_over_token(client, server)
        elif (server.user + server.password).isascii():
            client.login(server.user, server.password)
        else:  # LOGIN knows no letters beyond ASCII (RFC 6855 apart)
            client.plain_login(server.user, server.password)
    except LoginError as error:
        words = spoken(error)
        if server.password:
            words = words.replace(server.password, "…")  # some servers repeat what they could not read
        if server.tokens is not None:
            words = without_tokens(words)
        if isinstance(error.__context__, IMAPClientAbortError):
            raise Temporary(words, code="connection_lost") from error
        if _is_for_later(words):
            raise Temporary(words, code="login_unavailable") from error
        raise AuthBroken(words, code="login_refused") from error


def _hand_over_token(client: Any, server: Server) -> None:
    mechanism = mechanism_among([each for each in MECHANISMS if client.has_capability(f"AUTH={each}")])
    if mechanism is None:
        raise Temporary(f"{server.host} lets nobody in by consent", code="no_consent_login")
    said = [last_word(mechanism), first_word(mechanism, server)]
    client.sasl_login(mechanism, lambda _: said.pop() if len(said) > 1 else said[0])


def _is_for_later(words: str) -> bool:
    return any(f"[{code}" in words.upper() for code in _LATER) or any(
        w in words.lower() for w in _LATER_WORDS
    )


@contextmanager
def _greeted(server: Server) -> Iterator[None]:
    try:
        yield
    except IMAPClientError as error:
        raise Temporary(f"{server.host}: {spoken(error)}", code="server_busy") from error

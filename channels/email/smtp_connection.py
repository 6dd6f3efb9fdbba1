"""A greeted, encrypted, logged-in connection to the outgoing server."""

import base64
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import aiosmtplib

from channels.adapter import AuthBroken, BadContent, Temporary
from channels.email.consent import first_word, last_word, mechanism_among, without_tokens
from channels.email.servers import CONNECT_SECONDS, Server, connecting, spoken, trust
from channels.email.smtp_answers import Answer

COMMAND_SECONDS = 30.0


async def connect(server: Server, connection: socket.socket, name: str) -> aiosmtplib.SMTP:
    """Greet, encrypt and log in on a connection that was just opened."""
    with connecting(server), before_the_letter(f"{server.host}: "):
        client = aiosmtplib.SMTP(
            hostname=server.host,
            sock=connection,
            local_hostname=name,
            timeout=COMMAND_SECONDS,
            use_tls=server.security == "tls",
            start_tls=False,
            tls_context=trust(server),
        )
        try:
            await _greet(client)
            await _introduce(client, server)
        except BaseException:
            client.close()
            raise
    return client


async def leave(client: aiosmtplib.SMTP) -> None:
    """Say goodbye, briefly."""
    try:
        await client.quit(timeout=5)
    except (aiosmtplib.SMTPException, OSError):
        pass
    finally:
        client.close()


@contextmanager
def before_the_letter(where: str = "") -> Iterator[None]:
    """Whatever fails while no byte of the letter has left may simply be tried again."""
    try:
        yield
    except ssl.SSLError:  # also a ValueError, in part; `connecting` has words for it
        raise
    except aiosmtplib.SMTPResponseException as error:
        code = "server_busy" if error.code >= 400 else "bad_answer"
        raise Temporary(f"{where}{Answer(error.code, error.message).words}", code=code) from error
    except aiosmtplib.SMTPTimeoutError as error:
        raise Temporary(f"{where}the server stopped answering", code="server_silent") from error
    except (aiosmtplib.SMTPException, ConnectionError) as error:
        raise Temporary(f"{where}{spoken(error)}", code="connection_lost") from error
    except ValueError as error:  # what cannot be written into a command without breaking out of it
        raise BadContent(spoken(error), code="bad_address") from error


async def _greet(client: aiosmtplib.SMTP) -> None:
    try:
        await client.connect(timeout=CONNECT_SECONDS)
    except aiosmtplib.SMTPConnectError as error:
        if isinstance(error.__cause__, OSError):  # a certificate, a time limit: said more plainly elsewhere
            raise error.__cause__ from None
        raise


async def _introduce(client: aiosmtplib.SMTP, server: Server) -> None:
    await client.ehlo()
    if server.security == "starttls":
        if not client.supports_extension("starttls"):
            raise Temporary(f"{server.host} offers no encryption on this port", code="no_starttls")
        await client.starttls(server_hostname=server.host)
        await client.ehlo()
    if server.user:
        await _log_in(client, server)


async def _log_in(client: aiosmtplib.SMTP, server: Server) -> None:
    """One attempt with one method: more would lock accounts out for one wrong password."""
    methods = client.server_auth_methods
    try:
        if server.tokens is not None:
            await _hand_over_token(client, server)
        elif "plain" in methods:
            await client.auth_plain(server.user, server.password)
        elif "login" in methods:
            await client.auth_login(server.user, server.password)
        elif client.supports_extension("auth"):
            await client.login(server.user, server.password)
        elif server.security != "none":  # a relay in the own network may take everybody
            raise Temporary(f"{server.host} takes no password on this port", code="no_login")
    except aiosmtplib.SMTPAuthenticationError as error:
        words = without_tokens(error.message) if server.tokens is not None else error.message
        answer = Answer(error.code, words)
        if answer.is_for_later:
            raise Temporary(answer.words, code="login_unavailable") from error
        raise AuthBroken(answer.words, code="login_refused") from error


async def _hand_over_token(client: aiosmtplib.SMTP, server: Server) -> None:
    """A server that refuses says why and waits for a last word before it ends the attempt."""
    mechanism = mechanism_among(client.server_auth_methods)
    if mechanism is None:
        raise Temporary(f"{server.host} lets nobody in by consent on this port", code="no_consent_login")
    word = base64.b64encode(first_word(mechanism, server))
    answer = await client.execute_command(b"AUTH", mechanism.encode(), word)
    if answer.code == 334:
        answer = await client.execute_command(base64.b64encode(last_word(mechanism)))
    if answer.code != 235:
        raise aiosmtplib.SMTPAuthenticationError(answer.code, answer.message)

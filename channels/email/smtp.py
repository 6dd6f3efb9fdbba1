"""Handing letters to the outgoing server over connections that are kept for a while.

A letter goes through MAIL, RCPT, DATA and the letter itself. Whatever fails before the letter's
first byte surely sent nothing; what breaks after it may have gone out; after a 250 nothing is an
error any more.
"""

import asyncio
from dataclasses import dataclass, field

import aiosmtplib
from aiosmtplib.protocol import PERIOD_REGEX

from channels import event_loop
from channels.adapter import Ambiguous, AuthBroken, BadContent, ChannelError, RecipientGone, Temporary
from channels.email.addresses import is_address
from channels.email.consent import opened
from channels.email.servers import Server, connecting, open_socket, spoken
from channels.email.smtp_answers import Answer, refusal, refusal_of_all, result_of
from channels.email.smtp_connection import before_the_letter, connect, leave
from core.failpoints import failpoint
from inbox.border import RecipientResult

ANSWER_SECONDS = 60.0
SLOWEST_LINE = 100_000  # bytes a second
MOST_LETTERS = 100
IDLE_SECONDS = 60.0
SIZE_MARGIN = 0.9  # servers count what they add themselves


@dataclass(frozen=True, slots=True)
class Posting:
    """One letter and its envelope; `name` is how our own server calls itself."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes = field(repr=False)
    envelope_id: str = ""
    name: str = "localhost"


@dataclass(frozen=True, slots=True)
class Posted:
    """The server took the letter: its words, and who was accepted and who not."""

    words: str
    recipients: tuple[RecipientResult, ...]


@dataclass
class _Kept:
    client: aiosmtplib.SMTP
    letters: int = 0
    closing: asyncio.TimerHandle | None = None


_leaving: set[asyncio.Task[None]] = set()
_kept: dict[tuple[asyncio.AbstractEventLoop, Server], _Kept] = {}


def post(server: Server, posting: Posting) -> Posted:
    """Hand one letter over; raises ChannelError only, and never sends twice."""
    try:
        posted = event_loop.run(_post_by_kept(server, posting))
        return posted or _post_anew(server, posting)
    except AuthBroken as refusal:
        if server.tokens is None or refusal.code != "login_refused":
            raise
    hang_up(server)  # a connection that outlived its token; a letter that was refused did not leave
    return _post_anew(server, posting)


def try_login(server: Server, name: str = "localhost") -> dict[str, str]:
    """Connect and log in, send nothing; the extensions the server offers, with what it says of each."""
    client = _opened(server, name)
    extensions = dict(client.esmtp_extensions)
    event_loop.run(leave(client))
    return extensions


def hang_up(server: Server) -> None:
    """Let go of the connection that was kept, if there is one."""
    kept = event_loop.run(_take(server))
    if kept is not None:
        event_loop.run(leave(kept.client))


def _post_anew(server: Server, posting: Posting) -> Posted:
    return event_loop.run(_post(server, posting, _Kept(_opened(server, posting.name))))


def _opened(server: Server, name: str) -> aiosmtplib.SMTP:
    """A new connection; names and tokens are looked up here, because the loop must not wait for that."""

    def open_it(known: Server) -> aiosmtplib.SMTP:
        with connecting(known):
            connection = open_socket(known)
        return event_loop.run(connect(known, connection, name))

    return opened(server, open_it)


async def _post_by_kept(server: Server, posting: Posting) -> Posted | None:
    """By the connection that was kept; None, and nothing done, if there is none."""
    kept = await _take(server)
    return await _post(server, posting, kept) if kept is not None else None


async def _post(server: Server, posting: Posting, kept: _Kept) -> Posted:
    try:
        posted = await _Transaction(kept.client, posting).run()
    except BaseException as error:
        if isinstance(error, ChannelError) and not error.maybe_delivered:
            await _keep(server, kept)
        else:
            kept.client.close()
        raise
    await _keep(server, kept)
    return posted


async def _take(server: Server) -> _Kept | None:
    """The connection that was kept, if it still answers; whoever takes it has it alone."""
    kept = _kept.pop((asyncio.get_running_loop(), server), None)
    if kept is None:
        return None
    if kept.closing is not None:
        kept.closing.cancel()
    try:
        await kept.client.rset(timeout=10)
    except (aiosmtplib.SMTPException, OSError):
        kept.client.close()
        return None
    return kept


async def _keep(server: Server, kept: _Kept) -> None:
    loop = asyncio.get_running_loop()
    kept.letters += 1
    if not kept.client.is_connected or (loop, server) in _kept:
        kept.client.close()
    elif kept.letters >= MOST_LETTERS:
        await leave(kept.client)
    else:
        _kept[loop, server] = kept
        kept.closing = loop.call_later(IDLE_SECONDS, _let_go, server)


def _let_go(server: Server) -> None:
    loop = asyncio.get_running_loop()
    kept = _kept.pop((loop, server), None)
    if kept is not None:
        leaving = loop.create_task(leave(kept.client))
        _leaving.add(leaving)
        leaving.add_done_callback(_leaving.discard)


class _Transaction:
    def __init__(self, client: aiosmtplib.SMTP, posting: Posting) -> None:
        self._client = client
        self._posting = posting
        self._refused: list[RecipientResult] = []

    async def run(self) -> Posted:
        self._refuse_what_cannot_go()
        with before_the_letter():
            await self._mail()
            accepted = [address for address in self._posting.recipients if await self._is_accepted(address)]
            refused = tuple(self._refused)
            if not accepted:
                raise refusal_of_all(refused)
            begin = await self._client.execute_command(b"DATA")
            if begin.code != 354:
                raise refusal(Answer(begin.code, begin.message), "letter", recipients=refused)
        answer = await self._hand_over()
        if answer.code // 100 != 2:
            raise refusal(answer, "letter", recipients=refused)
        return Posted(answer.words, (*(RecipientResult(each, "sent") for each in accepted), *refused))

    def _refuse_what_cannot_go(self) -> None:
        told = self._client.esmtp_extensions.get("size", "")
        limit = int(told) if told.isdigit() else 0  # 0 is no limit (RFC 1870)
        size = len(self._posting.raw)
        if limit and size > limit * SIZE_MARGIN:
            raise BadContent(f"the letter has {size} bytes, the server takes {limit}", code="too_big")
        takes_all = self._client.supports_extension("smtputf8")
        for address in self._posting.recipients:
            if not is_address(address):
                self._refuse(address, "bad_address")
            elif not (takes_all or address.isascii()):
                self._refuse(address, "address_not_ascii")
        if len(self._refused) == len(self._posting.recipients):
            raise RecipientGone("", code=self._refused[0].code, recipients=tuple(self._refused))

    def _refuse(self, address: str, code: str) -> None:
        self._refused.append(RecipientResult(address, "failed", code))

    async def _mail(self) -> None:
        options = []
        if self._client.supports_extension("size"):
            options.append(f"SIZE={len(self._posting.raw)}")
        if not self._posting.raw.isascii() and self._client.supports_extension("8bitmime"):
            options.append("BODY=8BITMIME")
        if self._client.supports_extension("dsn") and self._posting.envelope_id:
            options += ["RET=HDRS", f"ENVID={_xtext(self._posting.envelope_id)}"]
        if any(not each.isascii() for each in self._posting.recipients):
            options += ["SMTPUTF8"] if self._client.supports_extension("smtputf8") else []
        try:
            await self._client.mail(self._posting.sender, options=options, encoding="utf-8")
        except aiosmtplib.SMTPSenderRefused as error:
            raise refusal(Answer(error.code, error.message), "sender") from error

    async def _is_accepted(self, address: str) -> bool:
        if any(each.address == address for each in self._refused):
            return False
        try:
            await self._client.rcpt(address, encoding="utf-8")
        except aiosmtplib.SMTPRecipientRefused as error:
            self._refused.append(result_of(address, Answer(error.code, error.message)))
            if error.code == 421:
                raise refusal(Answer(error.code, error.message), "recipient") from error
            return False
        return True

    async def _hand_over(self) -> Answer:
        """From the first byte on, a connection that breaks leaves it open whether the letter went out."""
        letter = PERIOD_REGEX.sub(b"..", self._posting.raw)
        letter += b".\r\n" if letter.endswith(b"\r\n") else b"\r\n.\r\n"
        protocol = self._client.protocol
        if protocol is None or not protocol.is_connected:
            raise Temporary("the connection ended before the letter", code="connection_lost")
        failpoint("smtp.before_letter")
        protocol.write(letter)
        failpoint("smtp.letter_written")
        try:
            answer = await protocol.read_response(timeout=ANSWER_SECONDS + len(letter) / SLOWEST_LINE)
        except (aiosmtplib.SMTPException, OSError) as error:
            silent = isinstance(error, aiosmtplib.SMTPTimeoutError)
            words = "the server did not confirm the letter in time" if silent else spoken(error)
            raise Ambiguous(words, code="unconfirmed") from error
        return Answer(answer.code, answer.message)


def _xtext(text: str) -> str:
    """Any text as an SMTP parameter (RFC 3461 section 4)."""
    return "".join(c if "!" <= c <= "~" and c not in "+=" else f"+{ord(c):02X}" for c in text[:100])

"""A mail server that misbehaves on order and keeps its own books.

A test says how the next letters fare (`sink.next(Drop())`); every letter that was taken is counted by its
Message-ID and recipient, whatever the client was told about it. Its password is `secret`; tokens of
`tests.peers.oauth` are taken by XOAUTH2 and OAUTHBEARER.
"""

import asyncio
import base64
import contextlib
import re
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.peers.oauth import opens

PASSWORD = "secret"


@dataclass(frozen=True)
class Accept:
    """Take the letter, after `delay` seconds."""

    delay: float = 0


@dataclass(frozen=True)
class Refuse:
    """Answer the whole letter with a code after its data came."""

    answer: str = "451 4.3.0 try again later"


@dataclass(frozen=True)
class RefuseSender:
    """Answer the sender with a code, as one whose session is over."""

    answer: str = "530 5.7.0 Authentication required"


@dataclass(frozen=True)
class RefuseRecipients:
    """Answer some recipients with a code and take the others; the part before @ is enough."""

    answers: Mapping[str, str]


@dataclass(frozen=True)
class Drop:
    """Take the letter and vanish before saying so."""


@dataclass(frozen=True)
class Hang:
    """Take the letter and never answer."""


@dataclass(frozen=True)
class CloseDuringData:
    """Say 421 in the middle of the letter and hang up; it is not taken."""


Fault = Accept | Refuse | RefuseSender | RefuseRecipients | Drop | Hang | CloseDuringData


@dataclass(frozen=True)
class Taken:
    """One letter that was taken for its recipients."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes = field(repr=False)

    @property
    def letter(self) -> EmailMessage:
        """The letter, read."""
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def text(self) -> str:
        """What a person reads in it."""
        body = self.letter.get_body(("plain",))
        return str(body.get_content()) if body is not None else ""


class SmtpSink:
    """The server; it listens from `start()` to `stop()` at `port`."""

    def __init__(self, *, size_limit: int | None = None, port: int = 0) -> None:
        self.port = port
        self.taken: list[Taken] = []
        self.connections = 0
        self.logins: list[tuple[str, bool]] = []
        self._size_limit = size_limit
        self._orders: deque[Fault] = deque()
        self._always: Fault = Accept()
        self.open: set[_Conversation] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def next(self, *faults: Fault) -> None:
        """Say how the next letters fare, one after the other; then all is `always` again."""
        self._orders.extend(faults)

    def always(self, fault: Fault) -> None:
        """Say how every letter fares that nothing else was said about."""
        self._always = fault

    def copies(self) -> Counter[tuple[str, str]]:
        """How often each Message-ID was taken for each recipient."""
        return Counter(
            (str(each.letter["Message-ID"]), recipient)
            for each in self.taken
            for recipient in each.recipients
        )

    def start(self) -> None:
        """Listen; again at the same port after `stop()`."""
        self._loop = asyncio.new_event_loop()
        server = self._loop.run_until_complete(
            self._loop.create_server(self._conversation, "127.0.0.1", self.port)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._serve, args=(self._loop, server), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and hang up on everybody; what was taken is kept."""
        if self._thread is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._thread = None

    def order(self) -> Fault:
        """What was said about the letter that comes now."""
        return self._orders.popleft() if self._orders else self._always

    def _conversation(self) -> SMTP:
        return _Conversation(
            _Handler(self),
            sink=self,
            hostname="sink.test.invalid",
            data_size_limit=self._size_limit,
            enable_SMTPUTF8=True,
            authenticator=_authenticate,
            auth_require_tls=False,
            loop=self._loop,
        )

    def _serve(self, loop: asyncio.AbstractEventLoop, server: asyncio.Server) -> None:
        loop.run_forever()
        server.close()
        for conversation in list(self.open):
            conversation.hang_up()
        loop.run_until_complete(_end_all(asyncio.all_tasks(loop)))
        loop.close()


class _Conversation(SMTP):
    line_length_limit = 20_000

    def __init__(self, handler: Any, *, sink: SmtpSink, **options: Any) -> None:
        super().__init__(handler, **options)
        self._sink = sink
        self.command_size_limits = defaultdict(lambda: SMTP.command_size_limit, AUTH=16_000)
        self.fault: Fault = Accept()

    async def auth_XOAUTH2(self, _: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        return await self._by_token("XOAUTH2", args[1], r"user=([^\x01]*)\x01auth=Bearer ([^\x01]*)\x01\x01")

    async def auth_OAUTHBEARER(self, _: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        words = r"n,a=([^,\x01]*),(?:\x01host=[^\x01]+\x01port=\d+)?\x01auth=Bearer ([^\x01]*)\x01\x01"
        return await self._by_token("OAUTHBEARER", args[1], words)

    async def _by_token(self, mechanism: str, told: str, words: str) -> AuthResult:
        found = re.fullmatch(words, base64.b64decode(told).decode())
        is_good = found is not None and opens(found[2], found[1])
        self._sink.logins.append((mechanism, is_good))
        if not is_good:
            last = await self.challenge_auth('{"status":"400","schemes":"Bearer"}')
            assert last == (b"" if mechanism == "XOAUTH2" else b"\1")
        return AuthResult(success=is_good, handled=False)

    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802 aiosmtpd's own name
        self.fault = self._sink.order()
        if isinstance(self.fault, RefuseSender):
            await self.push(self.fault.answer)
            return
        await super().smtp_MAIL(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if not isinstance(self.fault, CloseDuringData):
            await super().smtp_DATA(arg)
            return
        await self.push("354 go ahead")
        await self._reader.read(64)
        await self.push("421 4.3.2 service closing")
        self._writer.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._sink.connections += 1
        self._sink.open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._sink.open.discard(self)
        super().connection_lost(error)

    def hang_up(self) -> None:
        """End the connection without a word."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


class _Handler:
    def __init__(self, sink: SmtpSink) -> None:
        self._sink = sink

    async def handle_RCPT(  # noqa: N802
        self, server: _Conversation, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if isinstance(server.fault, RefuseRecipients):
            for who, answer in server.fault.answers.items():
                if who in (address, address.partition("@")[0]):
                    return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: _Conversation, session: Session, envelope: Envelope) -> str:  # noqa: N802
        fault = server.fault
        if isinstance(fault, Refuse):
            return fault.answer
        raw = envelope.original_content or b""
        self._sink.taken.append(Taken(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw))
        if isinstance(fault, Accept):
            await asyncio.sleep(fault.delay)
        if isinstance(fault, Hang):
            await asyncio.sleep(3600)
        if isinstance(fault, Drop):
            server.hang_up()
        return "250 2.0.0 taken"


async def _end_all(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


@contextlib.contextmanager
def open_sink(**options: Any) -> Iterator[SmtpSink]:
    """Run a sink for as long as the block."""
    sink = SmtpSink(**options)
    sink.start()
    try:
        yield sink
    finally:
        sink.stop()


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """A mail server of the test's own."""
    before = {*threading.enumerate()}
    with open_sink() as sink:
        yield sink
    # The product keeps one loop for its own connections.
    assert {each.name for each in threading.enumerate() if each not in before} <= {"event loop", "leases"}

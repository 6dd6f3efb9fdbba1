"""Servers that behave as strangers do, on loopback addresses that stand for theirs and for ours.

127.0.0.2 plays the public Internet (the door of the tests lets it through), 127.0.0.1 our own network.
"""

import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import dns.message
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.outside.addresses import Address
from core.outside.connect import Door
from core.outside.faults import UnknownName

PUBLIC = "127.0.0.2"
OURS = "127.0.0.1"
ALLOW = (ip_network("127.0.0.2/32"),)

Behaviour = Callable[[socket.socket, bytes], None]


class Names:
    """A resolver that knows these names; a list is used up answer by answer, its last one stays."""

    def __init__(self, **answers: str | list[str]) -> None:
        self.answers = {name.replace("_", "."): answer for name, answer in answers.items()}
        self.asked: list[str] = []

    def addresses(self, host: str, seconds: float) -> list[Address]:
        self.asked.append(host)
        answer = self.answers.get(host, host)
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        try:
            return [ip_address(each) for each in answer.split()]
        except ValueError:
            raise UnknownName("There is no server called %(host)s.", host=host) from None


def door(**answers: str | list[str]) -> Door:
    """A door that lets 127.0.0.2 through and nothing else of this machine."""
    return Door(allow=ALLOW, resolver=Names(**answers))


class Stranger:
    """A running server, the requests it got and the names it was called by in TLS."""

    def __init__(self, address: str, port: int) -> None:
        self.address = address
        self.port = port
        self.requests: list[bytes] = []
        self.server_names: list[str | None] = []
        self.leaving = threading.Event()

    def url(self, path: str = "/", host: str | None = None, scheme: str = "http") -> str:
        return f"{scheme}://{host or self.address}:{self.port}{path}"


@contextmanager
def stranger(
    behaviour: Callable[[Stranger], Behaviour] | bytes,
    address: str = PUBLIC,
    trust: ssl.SSLContext | None = None,
    port: int = 0,
) -> Iterator[Stranger]:
    """Listen, and answer every request with these bytes or as the behaviour does."""
    listener = socket.create_server((address, port))
    listener.settimeout(0.05)
    who = Stranger(address, listener.getsockname()[1])
    if trust is not None:
        trust.sni_callback = lambda _, name, __: who.server_names.append(name)
    act = says(behaviour)(who) if isinstance(behaviour, bytes) else behaviour(who)
    thread = threading.Thread(target=_listen, args=(listener, who, act, trust))
    thread.start()
    try:
        yield who
    finally:
        who.leaving.set()
        thread.join()
        listener.close()


def says(answer: bytes) -> Callable[[Stranger], Behaviour]:
    """Say the same to everyone and hang up."""
    return lambda who: lambda connection, request: connection.sendall(answer)


def http(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """An HTTP answer."""
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    if "Content_Length" not in headers and "Transfer_Encoding" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


def _listen(listener: socket.socket, who: Stranger, act: Behaviour, trust: ssl.SSLContext | None) -> None:
    talks: list[threading.Thread] = []
    while not who.leaving.is_set():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        talks.append(threading.Thread(target=_talk, args=(connection, who, act, trust)))
        talks[-1].start()
    for talk in talks:
        talk.join()


def _talk(connection: socket.socket, who: Stranger, act: Behaviour, trust: ssl.SSLContext | None) -> None:
    connection.settimeout(5)
    try:
        if trust is not None:
            connection = trust.wrap_socket(connection, server_side=True)
        request = _whole_request(connection)
        who.requests.append(request)
        act(connection, request)
    except OSError:
        pass  # the client has gone, as it may
    finally:
        connection.close()


def _whole_request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        piece = connection.recv(65536)
        if not piece:
            break
        request += piece
    return request


class _Answering(socketserver.BaseRequestHandler):
    server: "_NameServer"

    def handle(self) -> None:
        data, channel = self.request
        query = dns.message.from_wire(data)
        question = query.question[0]
        answer = dns.message.make_response(query)
        if question.rdtype == dns.rdatatype.A:
            self.server.asked.append(question.name.to_text(omit_final_dot=True))
            found = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
            answer.answer.append(dns.rrset.from_text(question.name, 0, "IN", "A", found))
        if question.rdtype == dns.rdatatype.TXT and self.server.texts:
            answer.answer.append(dns.rrset.from_text(question.name, 0, "IN", "TXT", *self.server.texts))
        channel.sendto(answer.to_wire(), self.client_address)


class _NameServer(socketserver.ThreadingUDPServer):
    daemon_threads = True

    def __init__(self, answers: list[str], texts: list[str]) -> None:
        super().__init__((OURS, 0), _Answering)
        self.answers = answers
        self.texts = texts
        self.asked: list[str] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@contextmanager
def name_server(answers: list[str], texts: list[str] | None = None) -> Iterator[_NameServer]:
    """A DNS server whose answer for every name changes from question to question."""
    with _NameServer(list(answers), texts or []) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the tests")])
        self.file = folder / "authority.pem"
        certificate = self._certify(self._name, self._key.public_key(), None)
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def server_context(self, name: str) -> ssl.SSLContext:
        """TLS of a server with a certificate for one name."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._certify(subject, key.public_key(), name)
        file = self._folder / f"{name}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _certify(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, host: str | None
    ) -> x509.Certificate:
        today = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - timedelta(days=1))
            .not_valid_after(today + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )
        if host is None:
            usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
            builder = builder.add_extension(usage, critical=True)
        else:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def hang_up_rudely(connection: socket.socket) -> None:
    """Reset the connection instead of closing it."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()

"""Certificates of a test's own, and an end that speaks TLS for a server that does not."""

import contextlib
import datetime
import ipaddress
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Identity:
    """A certificate for one name, its key, and itself as the authority that vouches for it."""

    certificate: Path
    key: Path

    @property
    def authority(self) -> str:
        """What a client has to trust."""
        return self.certificate.read_text()

    def server_context(self) -> ssl.SSLContext:
        """TLS as a server."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_identity(folder: Path, *, address: str = "127.0.0.1", name: str = "localhost") -> Identity:
    """A self-signed identity for an address and a name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests")])
    today = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address(address))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=7))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    identity = Identity(folder / f"{name}.pem", folder / f"{name}.key")
    identity.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    identity.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return identity


@contextlib.contextmanager
def tls_end(target: int, identity: Identity) -> Iterator[int]:
    """A port at which TLS is spoken for the server behind `target`."""
    listener = socket.create_server(("127.0.0.1", 0))
    ends: list[socket.socket] = [listener]
    threads: list[threading.Thread] = []
    context = identity.server_context()

    def listen() -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = listener.accept()
                ends.append(plain)
                threads.append(threading.Thread(target=serve, args=(plain,), daemon=True))
                threads[-1].start()

    def serve(plain: socket.socket) -> None:
        # ValueError is what asking a socket says that another thread has just closed
        with contextlib.suppress(OSError, ValueError), context.wrap_socket(plain, server_side=True) as client:
            ends.append(client)
            with socket.create_connection(("127.0.0.1", target)) as server:
                _pass_both_ways(client, server)

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        for thread in threads:
            thread.join(2)


def _pass_both_ways(client: ssl.SSLSocket, server: socket.socket) -> None:
    while True:
        ready = [client] if client.pending() else select.select([client, server], [], [])[0]
        for source in ready:
            data = source.recv(65536)
            if not data:
                return
            (server if source is client else client).sendall(data)

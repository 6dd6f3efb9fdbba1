"""A letter's own signature proves its sender where no server we trust has said anything (I15)."""

import base64
from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from channels.email import proof
from channels.email.proof import KeyBook, proven_by_signature
from channels.email.signing import Signer, sign
from channels.email.wire import read_letter
from core.outside.faults import TooSlow
from tests.channels.email.letters import make_letter

pytestmark = pytest.mark.requirement("I15")

KEY = generate_private_key(65537, 2048)


def signer(domain: str = "customer.test", key: RSAPrivateKey = KEY) -> Signer:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return Signer(domain, "s1", pem)


def published(name: str) -> Sequence[str]:
    der = KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return (
        [f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"] if name.startswith("s1._domainkey.") else []
    )


def proven(raw: bytes) -> str:
    return proven_by_signature(raw, read_letter(raw), published)


def test_a_signature_of_the_senders_domain_proves_the_sender() -> None:
    assert proven(sign(make_letter(), signer())) == "pass"
    assert proven(b"Received: from a by b; x\r\n" + sign(make_letter(), signer())) == "pass"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(make_letter(), id="no signature"),
        pytest.param(sign(make_letter(), signer("evil.test")), id="another domain's"),
        pytest.param(sign(make_letter(), signer()).replace(b"parcel", b"money"), id="changed words"),
        pytest.param(sign(make_letter(), signer()).replace(b"Max <max@", b"Mia <mia@"), id="another sender"),
        pytest.param(
            b"From: Mia <mia@customer.test>\r\n" + sign(make_letter(), signer()), id="a second From"
        ),
        pytest.param(
            sign(make_letter(), signer(key=generate_private_key(65537, 2048))), id="a key nobody published"
        ),
        pytest.param(
            sign(make_letter(), signer()).replace(b"bh=", b"l=5; bh=", 1), id="of the beginning alone"
        ),
        pytest.param(b"DKIM-Signature: v=1; nonsense\r\n" + make_letter(), id="no signature at all"),
        pytest.param(b"DKIM-Signature: \xff\xfe;;;d=\r\n" + make_letter(), id="bytes"),
    ],
)
def test_anything_else_proves_nothing_and_is_no_forgery_either(raw: bytes) -> None:
    assert proven(raw) == "none"


def test_one_good_signature_among_others_is_enough() -> None:
    twice = sign(sign(make_letter(), signer()), signer("list.test"))
    assert proven(twice) == "pass"


def test_keys_are_asked_for_once() -> None:
    asked: list[str] = []

    def ask(name: str) -> Sequence[str]:
        asked.append(name)
        return published(name)

    book = KeyBook(ask)
    raw = sign(make_letter(), signer())
    assert [proven_by_signature(raw, read_letter(raw), book.texts) for _ in range(3)] == ["pass"] * 3
    assert asked == ["s1._domainkey.customer.test"]


def test_silent_name_servers_are_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def silent(name: str) -> Sequence[str]:
        asked.append(name)
        raise TooSlow("Looking up %(host)s took too long.", host=name)

    raw = sign(make_letter(), signer())
    book = KeyBook(silent)
    assert [proven_by_signature(raw, read_letter(raw), book.texts) for _ in range(5)] == ["none"] * 5
    assert len(asked) == 1
    monkeypatch.setattr(proof, "REST_SECONDS", 0.0)
    book = KeyBook(silent)
    assert [proven_by_signature(raw, read_letter(raw), book.texts) for _ in range(3)] == ["none"] * 3
    assert len(asked) == 4

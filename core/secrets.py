"""What must stay secret: sealed text, keys by purpose, tokens, and values signed for a while.

Every key is derived from a few root secrets that live outside the database: in `secrets.key`
under EMPTYFEED_DATA, or in SECRET_KEYS. The first one seals and signs, all of them open and
verify, so a new one may be put in front at any time.
"""

import base64
import hashlib
import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadData, URLSafeSerializer

from core.clock import now
from core.config import get_settings
from core.files import sync_folder

KEY_FILE = "secrets.key"


class CannotUnseal(Exception):
    """None of our keys opens this; it was sealed elsewhere, damaged, or its key is gone."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A value we signed, and the moment it ends."""

    value: str
    expires: datetime

    @property
    def is_over(self) -> bool:
        """Whether that moment has passed."""
        return now() >= self.expires


class Keyring:
    """The root secrets of one installation, newest first, and all that is made from them."""

    def __init__(self, given: Sequence[str] = (), *, key_file: Path | None = None) -> None:
        if not given and key_file is None:
            raise ValueError("a keyring needs keys or a file to keep them in")
        self._given = tuple(given)
        self._file = key_file
        self._stamp: tuple[int, int] | None = None
        self._roots: tuple[str, ...] = ()
        self._lock = Lock()
        if key_file is not None and not given:
            _create_key_file(key_file)
        self._read()

    def seal(self, text: str) -> bytes:
        """Encrypt with the newest key (Fernet: AES-128-CBC and HMAC), not to be read or changed unnoticed."""
        return self._fernet.encrypt(text.encode())

    def unseal(self, sealed: bytes) -> str:
        """The text again; CannotUnseal if it is not ours. A key rotated in by another process is found."""
        for _ in range(2):
            try:
                return self._fernet.decrypt(sealed).decode()
            except InvalidToken:
                if not self._read():
                    break
        raise CannotUnseal

    def reseal(self, sealed: bytes) -> bytes:
        """The same text under the newest key."""
        return self.seal(self.unseal(sealed))

    def derive_key(self, purpose: str) -> bytes:
        """32 bytes for one purpose (HKDF, RFC 5869) from the newest root secret."""
        return _derived(self._roots[0], purpose)

    def derive_keys(self, purpose: str) -> list[bytes]:
        """The keys of one purpose from every root secret, newest first: what verifies older signatures."""
        return [_derived(root, purpose) for root in self._roots]

    def sign(self, purpose: str, value: str, *, expires: datetime) -> str:
        """A short text for an address, good for one purpose until a moment."""
        return str(self._signer(purpose).dumps([value, int(expires.timestamp())]))

    def verify(self, purpose: str, signed: str) -> str | None:
        """The value that was signed, or None if it is not ours, for something else, or over."""
        opened = self.open_signed(purpose, signed)
        return opened.value if opened is not None and not opened.is_over else None

    def open_signed(self, purpose: str, signed: str) -> Signed | None:
        """The same for those who tell people that something is over; None if it never was ours."""
        for _ in range(2):
            try:
                value, expires = self._signer(purpose).loads(signed)
            except BadData:
                if not self._read():
                    return None
            else:
                return Signed(str(value), datetime.fromtimestamp(expires, UTC))
        return None

    def rotate(self) -> None:
        """Put a new root secret in front of the file; then `reseal` what is stored.

        The old ones stay: they verify what was signed into letters years ago.
        """
        if self._file is None or self._given:
            raise ValueError("keys from SECRET_KEYS are rotated there: put the new one first")
        _write_new(self._file, [_new_root(), *self._roots])
        self._read()

    def _signer(self, purpose: str) -> URLSafeSerializer:
        oldest_first = list(reversed(self.derive_keys(f"sign {purpose}")))
        return URLSafeSerializer(oldest_first, salt=purpose, signer_kwargs={"digest_method": hashlib.sha256})

    def _read(self) -> bool:
        """Take the keys from where they are kept; False if nothing is new there."""
        with self._lock:
            stamp = _stamp(self._file)
            if self._roots and stamp == self._stamp:
                return False
            kept = _read_key_file(self._file) if self._file is not None and stamp is not None else []
            self._stamp = stamp
            self._roots = tuple(dict.fromkeys([*self._given, *kept]))
            self._fernet = MultiFernet([_fernet(root) for root in self._roots])
            return True


def keyring() -> Keyring:
    """The keyring of this installation, read the first time it is needed."""
    settings = get_settings()
    return _opened(tuple(key.get_secret_value() for key in settings.secret_keys), settings.data / KEY_FILE)


def seal(text: str) -> bytes:
    """Encrypt a credential for its column."""
    return keyring().seal(text)


def unseal(sealed: bytes) -> str:
    """The credential again; CannotUnseal if no key of ours opens it."""
    return keyring().unseal(sealed)


def derive_key(purpose: str) -> bytes:
    """32 bytes for one purpose, from the newest root secret."""
    return keyring().derive_key(purpose)


def derive_keys(purpose: str) -> list[bytes]:
    """The keys of one purpose from every root secret, newest first."""
    return keyring().derive_keys(purpose)


def sign(purpose: str, value: str, *, expires: datetime) -> str:
    """A short text for an address, good for one purpose until a moment."""
    return keyring().sign(purpose, value, expires=expires)


def verify(purpose: str, signed: str) -> str | None:
    """The value that was signed, or None if it is not ours, for something else, or over."""
    return keyring().verify(purpose, signed)


def open_signed(purpose: str, signed: str) -> Signed | None:
    """The value that was signed and until when it is or was good; None if it is not ours."""
    return keyring().open_signed(purpose, signed)


def new_token(prefix: str = "") -> str:
    """A random token of 256 bits; the prefix tells people and scanners what they have found."""
    return prefix + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored in place of a token. It needs no salt: a token is not a word anyone could guess."""
    if not token:
        raise ValueError("an empty token has no hash")
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _opened(given: tuple[str, ...], key_file: Path) -> Keyring:
    return Keyring(given, key_file=key_file)


def _derived(root: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=b"emptyfeed", info=purpose.encode()).derive(root.encode())


def _fernet(root: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derived(root, "seal")))


def _new_root() -> str:
    return secrets.token_urlsafe(48)


def _create_key_file(path: Path) -> None:
    """Write the first key once; whoever of several processes comes second takes the first one's."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = _draft(path, [_new_root()])
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    sync_folder(path.parent)


def _write_new(path: Path, roots: Iterable[str]) -> None:
    _draft(path, roots).replace(path)
    sync_folder(path.parent)


def _draft(path: Path, roots: Iterable[str]) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("".join(f"{root}\n" for root in roots))
        file.flush()
        os.fsync(descriptor)
    return draft


def _stamp(path: Path | None) -> tuple[int, int] | None:
    try:
        status = path.stat() if path is not None else None
    except FileNotFoundError:
        return None
    return (status.st_ino, status.st_mtime_ns) if status is not None else None


def _read_key_file(path: Path) -> list[str]:
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    roots = path.read_text().split()
    if not roots or any(len(root) < 32 for root in roots):
        raise ValueError(f"{path} holds no usable key; restore it from a backup")
    return roots

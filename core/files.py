"""Files by what is in them: written once, named by their SHA-256, never overwritten.

A file is on the disk for good before anybody commits a row that names it. So a crash leaves
a file without a row, never a row without a file, and the first kind is swept up later.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Protocol

from core.clock import now
from core.config import get_settings
from core.errors import TooLarge
from core.words import N_

ORPHAN_AGE = timedelta(days=1)
LARGEST_FILE = 100 * 1024 * 1024  # of those that people of the team send

_SHA256 = re.compile(r"[0-9a-f]{64}")
_AT_ONCE = 1024 * 1024
_ASK_AT_ONCE = 500
_INCOMING = "incoming"


@dataclass(frozen=True)
class StoredFile:
    """A file that lies in the store for good."""

    sha256: str
    size: int


class FileStore(Protocol):
    """Where the bytes of attachments and raw letters are kept."""

    def put_bytes(self, data: bytes) -> StoredFile:
        """Keep these bytes; twice the same bytes are one file."""
        ...

    def put_stream(self, chunks: Iterable[bytes], *, most_bytes: int | None = None) -> StoredFile:
        """Keep what comes piece by piece; TooLarge, and nothing kept, beyond `most_bytes`."""
        ...

    def put_path(self, path: Path) -> StoredFile:
        """Keep a copy of a file."""
        ...

    def open_file(self, sha256: str) -> BinaryIO:
        """The bytes again; FileNotFoundError if they are not here."""
        ...

    def path_of(self, sha256: str) -> Path:
        """A path on this machine with the bytes; a store elsewhere fetches them first."""
        ...

    def exists(self, sha256: str) -> bool:
        """Whether these bytes are here."""
        ...

    def remove(self, sha256: str) -> None:
        """Erase the bytes, whoever still names them; for the law's erasure alone."""
        ...

    def sweep(self, known: Callable[[list[str]], set[str]], *, age: timedelta = ORPHAN_AGE) -> int:
        """Erase old files that no row names; `known` answers which of some hashes rows name."""
        ...


class LocalFiles:
    """A store in a folder: `aa/bb/aabb…`, closed to everyone else on the machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put_bytes(self, data: bytes) -> StoredFile:
        """Keep these bytes; twice the same bytes are one file."""
        return self.put_stream([data])

    def put_stream(self, chunks: Iterable[bytes], *, most_bytes: int | None = None) -> StoredFile:
        """Keep what comes piece by piece; when this returns, a power cut no longer loses it."""
        digest = hashlib.sha256()
        size = 0
        with self._draft() as (draft, file):
            for chunk in chunks:
                size += len(chunk)
                if most_bytes is not None and size > most_bytes:
                    raise TooLarge(N_("This file is bigger than %(bytes)s bytes."), bytes=most_bytes)
                digest.update(chunk)
                file.write(chunk)
            stored = StoredFile(digest.hexdigest(), size)
            if not self._renew(stored):
                file.flush()
                os.fsync(file.fileno())
                self._settle(draft, self.path_of(stored.sha256))
        return stored

    def put_path(self, path: Path) -> StoredFile:
        """Keep a copy of a file."""
        with path.open("rb") as file:
            return self.put_stream(iter(lambda: file.read(_AT_ONCE), b""))

    def open_file(self, sha256: str) -> BinaryIO:
        """The bytes again; FileNotFoundError if they are not here."""
        return self.path_of(sha256).open("rb")

    def path_of(self, sha256: str) -> Path:
        """Where these bytes lie. Made of the hash alone: no name a sender chose is ever part of it."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError("a file is named by its SHA-256, 64 lower-case hexadecimal digits")
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def exists(self, sha256: str) -> bool:
        """Whether these bytes are here."""
        return self.path_of(sha256).is_file()

    def remove(self, sha256: str) -> None:
        """Erase the bytes, whoever still names them; for the law's erasure alone."""
        path = self.path_of(sha256)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            sync_folder(path.parent)

    def orphans(
        self, known: Callable[[list[str]], set[str]], *, age: timedelta = ORPHAN_AGE
    ) -> Iterator[str]:
        """Hashes of files older than `age` that no row names."""
        waiting: list[str] = []
        before = now() - age
        for path in self.root.glob("??/??/*"):
            if _SHA256.fullmatch(path.name) and _is_older(path, before):
                waiting.append(path.name)
            if len(waiting) == _ASK_AT_ONCE:
                yield from _unknown(waiting, known)
                waiting = []
        yield from _unknown(waiting, known)

    def sweep(self, known: Callable[[list[str]], set[str]], *, age: timedelta = ORPHAN_AGE) -> int:
        """Erase old orphans and half-written files; returns how many.

        A file that is put again while we look is kept: putting makes it new, and it is set
        aside before its age is looked at for the last time.
        """
        before = now() - age
        swept = sum(self._erase(self.path_of(sha256), before) for sha256 in self.orphans(known, age=age))
        for draft in self.root.glob(f"{_INCOMING}/*"):
            if _is_older(draft, before):
                draft.unlink(missing_ok=True)
                swept += 1
        return swept

    @contextmanager
    def _draft(self) -> Iterator[tuple[Path, BinaryIO]]:
        folder = self.root / _INCOMING
        _make_folder(folder)
        draft = folder / secrets.token_hex(16)
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                yield draft, file
        finally:
            draft.unlink(missing_ok=True)

    def _settle(self, draft: Path, path: Path) -> None:
        _make_folder(path.parent)
        _make_new(draft)
        draft.replace(path)
        sync_folder(path.parent)

    def _renew(self, stored: StoredFile) -> bool:
        """Whether the file is there already, whole; it counts as new from now on."""
        path = self.path_of(stored.sha256)
        try:
            if path.stat().st_size != stored.size:
                return False
            _make_new(path)
        except FileNotFoundError:
            return False
        sync_folder(path.parent)
        return True

    def _erase(self, path: Path, before: datetime) -> bool:
        aside = self.root / _INCOMING / secrets.token_hex(16)
        _make_folder(aside.parent)
        try:
            path.replace(aside)
        except FileNotFoundError:
            return False
        if not _is_older(aside, before):
            aside.replace(path)
            return False
        aside.unlink()
        return True


def sync_folder(folder: Path) -> None:
    """Have it on the disk which files a folder has."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_store() -> FileStore:
    """The store of this installation."""
    return LocalFiles(get_settings().data / "files")


def _make_folder(folder: Path) -> None:
    """Make a folder and what leads to it, for us alone, and sure to be there after a power cut."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def _make_new(path: Path) -> None:
    moment = now().timestamp()
    os.utime(path, (moment, moment))


def _is_older(path: Path, before: datetime) -> bool:
    try:
        return path.stat().st_mtime < before.timestamp()
    except FileNotFoundError:
        return False


def _unknown(hashes: list[str], known: Callable[[list[str]], set[str]]) -> list[str]:
    found = known(hashes) if hashes else set()
    return [sha256 for sha256 in hashes if sha256 not in found]

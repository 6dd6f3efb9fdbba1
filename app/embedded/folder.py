"""The data folder: whose it is, who may enter, and that only one Emptyfeed runs on it."""

import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app.processes import command_line

ACCOUNT = "emptyfeed"
# sun_path of sockaddr_un: 108 bytes on Linux, 104 on macOS and BSD, the closing zero included.
_LONGEST_SOCKET = 103
_ORPHAN_TURNS = 100
_SOCKET_NAME = "/.s.PGSQL.5432.lock"


class EmbeddedFault(Exception):
    """The embedded services cannot run here; the text says why and what to do."""


class AlreadyRunning(EmbeddedFault):
    """Another Emptyfeed holds this data folder."""


class DataFolder:
    """EMPTYFEED_DATA, prepared for servers that may have a user of their own.

    PostgreSQL refuses to run as root, so root gives the servers a system user; that user can pass
    through the folder but owns only its own rooms in it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None
        self.account: tuple[int, int] | None = None

    @property
    def sockets(self) -> Path:
        """The folder of the servers' sockets, near by when the data folder's own path is too long."""
        room = self.path / "run"
        if len(os.fsencode(f"{room}{_SOCKET_NAME}")) <= _LONGEST_SOCKET:
            return room
        mark = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"emptyfeed-{os.geteuid()}-{mark}"

    def descriptors(self) -> list[int]:
        """What holds the lock; a forked child closes it, or the lock would outlive us."""
        return [] if self._lock is None else [self._lock]

    def make(self) -> None:
        """Create the folder: closed to others, or for root passable by the servers' user."""
        is_root = os.geteuid() == 0
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o711 if is_root else 0o700)
        except OSError as error:
            raise EmbeddedFault(
                f"EMPTYFEED_DATA is {self.path}, which cannot be used: {error.strerror}."
            ) from None

    def lock(self) -> None:
        """Hold the folder until this process ends; AlreadyRunning says who holds it."""
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not _hold(descriptor):
            holder = os.read(descriptor, 32).decode(errors="replace").strip()
            os.close(descriptor)
            raise AlreadyRunning(
                f"Emptyfeed already runs on {self.path} (process {holder or 'unknown'}). "
                "Stop it first, or give this one another EMPTYFEED_DATA and PORT."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._lock = descriptor

    def unlock(self) -> None:
        """Let the folder go."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def settle_account(self) -> None:
        """Find or make the servers' own user when we are root, and see that it gets here."""
        if os.geteuid() != 0:
            return
        entry = _system_account()
        self.account = (entry.pw_uid, entry.pw_gid)
        closed = next(
            (place for place in [*reversed(self.path.parents), self.path] if self._shuts_out(place)), None
        )
        if closed is not None:
            raise EmbeddedFault(
                f"EMPTYFEED_DATA is {self.path}, but its servers' user “{ACCOUNT}” cannot pass {closed}. "
                "Choose a folder everyone may pass through, such as /var/lib/emptyfeed."
            )

    def room(self, *parts: str) -> Path:
        """A folder that only the servers' user (and root) can enter."""
        place = self.path.joinpath(*parts)
        place.mkdir(parents=True, exist_ok=True)
        return self._closed(place)

    def socket_room(self) -> Path:
        """The folder of the sockets, closed to all others; a foreign one in its place is refused."""
        place = self.sockets
        place.mkdir(mode=0o700, exist_ok=True)
        if place.is_symlink() or place.lstat().st_uid not in (os.geteuid(), (self.account or (-1,))[0]):
            raise EmbeddedFault(f"{place} belongs to somebody else; remove it or set TMPDIR.")
        return self._closed(place)

    def _closed(self, place: Path) -> Path:
        place.chmod(0o700)
        if self.account is not None:
            os.chown(place, *self.account)
        return place

    def _shuts_out(self, place: Path) -> bool:
        user, group = self.account or (0, 0)
        found = place.stat()
        if found.st_uid == user:
            return not found.st_mode & 0o100
        if found.st_gid == group:
            return not found.st_mode & 0o010
        return not found.st_mode & 0o001


def end_orphan(pid_file: Path, mark: str, number: int) -> None:
    """End a server that a vanished Emptyfeed left behind, known by `mark` in its command line.

    Call it holding the lock only: then whoever serves this folder is nobody's.
    """
    try:
        pid = abs(int(pid_file.read_text(encoding="utf-8").split("\n")[0]))
    except (OSError, ValueError):
        return
    for turn in range(_ORPHAN_TURNS):
        if mark not in (command_line(pid) or ""):
            return
        os.kill(pid, number if turn < _ORPHAN_TURNS // 2 else signal.SIGKILL)
        time.sleep(0.1)


def is_held(path: Path) -> bool:
    """Whether an Emptyfeed runs on this data folder now."""
    try:
        descriptor = os.open(path / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def system_user_name(account: tuple[int, int] | None) -> str:
    """The name under which a server sees its own user."""
    return pwd.getpwuid(account[0] if account else os.geteuid()).pw_name


def _hold(descriptor: int) -> bool:
    for _ in range(3):  # a passing look by is_held() takes it for a moment
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False


def _system_account() -> pwd.struct_passwd:
    fault = ""
    for _ in range(10):
        try:
            return pwd.getpwnam(ACCOUNT)
        except KeyError:
            fault = _make_account()
            time.sleep(0.1 if fault else 0)
    raise EmbeddedFault(
        f"PostgreSQL refuses to run as root, and the system user “{ACCOUNT}” could not be made: {fault} "
        "Make it, run Emptyfeed as an ordinary user, or set DATABASE_URL and REDIS_URL."
    )


def _make_account() -> str:
    """Make the system user; returns what went wrong, or nothing."""
    if shutil.which("useradd"):
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        command += ["--shell", "/usr/sbin/nologin", ACCOUNT]
    elif shutil.which("adduser") and sys.platform == "linux":
        command = ["adduser", "-S", "-D", "-H", "-h", "/nonexistent", ACCOUNT]
    else:
        return "there is neither useradd nor adduser."
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if result.returncode == 0 else result.stderr.strip()

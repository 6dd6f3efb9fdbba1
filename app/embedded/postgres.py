"""The embedded PostgreSQL: made once, started often, never trusted to have ended well."""

import locale
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from subprocess import Popen

import psycopg
from psycopg import sql

from app.embedded.binaries import PostgresPrograms
from app.embedded.folder import DataFolder, EmbeddedFault, end_orphan, system_user_name
from app.processes import spawn

ROLE = "emptyfeed"
DATABASE = "emptyfeed"
_ADMINISTRATOR = "postgres"
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


class PostgresServer:
    """One cluster in the data folder, reachable by its unix socket alone and only by our own user.

    Durability settings are left as PostgreSQL has them.
    """

    name = "postgres"
    stop_signal = signal.SIGINT  # “fast”: open transactions are rolled back, then a checkpoint
    quit_signal = signal.SIGQUIT

    def __init__(
        self,
        folder: DataFolder,
        programs: PostgresPrograms,
        options: Mapping[str, str] | None = None,
        *,
        cluster: Path | None = None,
    ) -> None:
        self._folder = folder
        self._programs = programs
        self._options = dict(options or {})
        self._cluster = cluster or folder.path / "postgresql" / str(programs.major)
        self._may_be_made = cluster is not None

    @property
    def url(self) -> str:
        """Where the product finds its database."""
        return f"postgresql+psycopg://{ROLE}@/{DATABASE}?host={self._folder.sockets}"

    def prepare(self) -> None:
        """Make the cluster if there is none, and clear what a crash left; safe before every start."""
        if not (self._cluster / "PG_VERSION").exists():
            if not self._may_be_made:
                self._refuse_other_major()
            self._initialize()
        self._write_rules()
        self._disarm_stale_pid()

    def launch(self, output: int) -> Popen[bytes]:
        """Start the server; it writes its log to `output` and quits at once should we die."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{self._folder.socket_room()}"',
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_destination": "stderr",
            "logging_collector": "off",
            "log_line_prefix": "",
            "log_checkpoints": "off",
            # Details and statements of errors hold customers' words.
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
            **self._options,
        }
        command: list[str | Path] = [self._programs.bin / "postgres", "-D", self._cluster]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return spawn(
            command,
            output=output,
            environment=_ENVIRONMENT,
            account=self._folder.account,
            last_wish=signal.SIGQUIT,
        )

    def is_ready(self) -> bool:
        """Whether it answers; crash recovery may take its time before that.

        Its own word in postmaster.pid is looked at first: to ask too early puts a FATAL into the log.
        """
        if not self._says_ready():
            return False
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def complete(self) -> None:
        """See that our role and our database are there."""
        with self._connect() as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE)))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(ROLE)
                    )
                )

    def _says_ready(self) -> bool:
        """The eighth line of postmaster.pid, which pg_ctl waits for too."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._folder.sockets),
            user=_ADMINISTRATOR,
            dbname="postgres",
            connect_timeout=2,
            autocommit=True,
        )

    def _refuse_other_major(self) -> None:
        others = [
            place.name for place in self._cluster.parent.glob("[0-9]*") if (place / "PG_VERSION").exists()
        ]
        if others:
            raise EmbeddedFault(
                f"The data in {self._cluster.parent} is PostgreSQL {', '.join(others)}; these programs are "
                f"{self._programs.version}. Move it with: emptyfeed move-database"
            )

    def _initialize(self) -> None:
        """Make the cluster under another name first: a half-made one is never taken for a whole one."""
        unfinished = self._folder.room("postgresql") / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        command: list[str | Path] = [
            self._programs.bin / "initdb",
            "-D",
            unfinished,
            "--encoding=UTF8",
            "--no-instructions",
        ]
        command += [
            f"--username={_ADMINISTRATOR}",
            "--auth-local=peer",
            "--auth-host=reject",
            *self._locale(),
        ]
        user, group = self._folder.account or (None, None)
        result = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=_ENVIRONMENT,
            user=user,
            group=group,
            extra_groups=[] if user is not None else None,
        )
        if result.returncode != 0:
            raise EmbeddedFault(f"PostgreSQL could not make its data folder:\n{result.stderr.strip()}")
        unfinished.replace(self._cluster)

    def _locale(self) -> list[str]:
        """Sorted by code point, but with letters known: with C alone ILIKE finds no Cyrillic."""
        letters = _locale_with_letters()
        plain = [f"--lc-ctype={letters}", "--lc-collate=C"]
        if self._programs.major >= 17:
            return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", *plain]
        return ["--locale-provider=libc", *plain]

    def _write_rules(self) -> None:
        """Peer authentication: the kernel says who calls, and only our own user may be one of our roles."""
        callers = {system_user_name(None), system_user_name(self._folder.account)}
        lines = [f'desk "{caller}" {role}' for caller in sorted(callers) for role in (ROLE, _ADMINISTRATOR)]
        self._write("pg_ident.conf", lines)
        self._write("pg_hba.conf", ["local all all peer map=desk", "local replication all peer map=desk"])

    def _write(self, name: str, lines: list[str]) -> None:
        text = "\n".join(["# Written at every start of Emptyfeed.", *lines, ""])
        file = self._cluster / name
        if file.exists() and file.read_text(encoding="utf-8") == text:
            return
        file.write_text(text, encoding="utf-8")
        file.chmod(0o600)
        if self._folder.account is not None:
            os.chown(file, *self._folder.account)

    def _disarm_stale_pid(self) -> None:
        """Let a start pass whose predecessor's process id now belongs to somebody else.

        After a crash PostgreSQL refuses to start while any process of its user has the id in postmaster.pid,
        which after a reboot of a container is likely. The id becomes that of its parent, which it
        ignores; the rest of the file stays, because it leads to shared memory that may still be in use.
        The lock of the socket, in a folder that is ours alone, leads to nothing and goes.
        """
        file = self._cluster / "postmaster.pid"
        end_orphan(file, str(self._cluster), signal.SIGQUIT)
        if file.exists():
            _, separator, rest = file.read_text(encoding="utf-8").partition("\n")
            file.write_text(f"{os.getpid()}{separator}{rest}", encoding="utf-8")
        (self._folder.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


def _locale_with_letters() -> str:
    """A locale of this machine that knows all letters."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "C.utf8", "en_US.UTF-8", "UTF-8"):
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    raise EmbeddedFault("This machine has no UTF-8 locale; install one, such as C.UTF-8.")

"""What the doctor looks at in the database."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from alembic.script import ScriptDirectory

from app.embedded import Urls
from app.migrate import configuration

OLDEST_POSTGRES = 15
_EXTENSIONS = ("pg_trgm",)
_CLOCK_TOLERANCE = 2.0

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Finding:
    """One thing looked at: how it is and, when it is not good, what to do."""

    state: str
    sentence: str
    advice: str = ""

    @property
    def is_bad(self) -> bool:
        """Whether the product cannot do its work as things are."""
        return self.state == "bad"


def look_at_database(urls: Urls) -> Iterator[Finding]:
    """Whether the database answers, is new enough, and knows letters."""
    try:
        connection = psycopg.connect(_plain(urls.database_url), connect_timeout=10, autocommit=True)
    except psycopg.OperationalError as fault:
        reason = str(fault).strip().splitlines()[0]
        yield Finding("bad", f"The database does not answer: {reason}", "See DATABASE_URL.")
        return
    with connection:
        yield _version(connection)
        for look in (_encoding, _letters, _extensions, _rights, _durability, _clock, _revision):
            yield look(connection)


def look_at_direct_connection(urls: Urls) -> Finding:
    """Whether notices get through: a pooler between transactions loses them, and advisory locks too."""
    try:
        with psycopg.connect(
            _plain(urls.database_direct_url), connect_timeout=10, autocommit=True
        ) as connection:
            connection.execute("LISTEN emptyfeed_doctor")
            with psycopg.connect(_plain(urls.database_url), connect_timeout=10, autocommit=True) as other:
                other.execute("NOTIFY emptyfeed_doctor")
            heard = list(connection.notifies(timeout=2, stop_after=1))
    except psycopg.Error as fault:
        reason = str(fault).strip().splitlines()[0]
        return Finding("bad", f"The direct connection fails: {reason}", "See DATABASE_DIRECT_URL.")
    if not heard:
        return Finding(
            "bad",
            "The database's notices do not arrive.",
            "A pooler stands between: set DATABASE_DIRECT_URL to the database itself.",
        )
    return Finding("good", "The database's notices arrive.")


def _version(connection: psycopg.Connection) -> Finding:
    version = connection.info.server_version
    spoken = f"PostgreSQL {version // 10000}.{version % 10000}"
    if version < OLDEST_POSTGRES * 10000:
        return Finding(
            "bad", f"{spoken} is too old.", f"Emptyfeed needs PostgreSQL {OLDEST_POSTGRES} or newer."
        )
    return Finding("good", f"{spoken} answers.")


def _encoding(connection: psycopg.Connection) -> Finding:
    (encoding,) = _row(connection, "SELECT current_setting('server_encoding')")
    if encoding != "UTF8":
        return Finding("bad", f"The database's encoding is {encoding}.", _ANOTHER_DATABASE)
    return Finding("good", "The database keeps text as UTF-8.")


def _letters(connection: psycopg.Connection) -> Finding:
    """With locale C only a–z are letters: searching for «привет» silently finds no «Привет»."""
    lowered, is_like, locale = _row(
        connection,
        """
        SELECT lower('ПРИВЁТ Ñ') = 'привёт ñ', 'Привет' ILIKE '%пРИВЕТ%', datctype
        FROM pg_database WHERE datname = current_database()
        """,
    )
    if not (lowered and is_like):
        return Finding(
            "bad",
            f"The database (locale {locale}) does not know that «Ж» and «ж» are one letter, "
            "so searches would silently find nothing.",
            _ANOTHER_DATABASE,
        )
    return Finding("good", "The database knows letters beyond a–z.")


def _extensions(connection: psycopg.Connection) -> Finding:
    missing = [name for name in _EXTENSIONS if not _row(connection, _HAS_EXTENSION, name)[0]]
    if missing:
        return Finding(
            "bad", f"The extension {', '.join(missing)} is missing.", "Install PostgreSQL's contrib package."
        )
    absent = [name for name in _EXTENSIONS if not _row(connection, _MAY_HAVE_EXTENSION, name)[0]]
    if absent:
        return Finding(
            "bad",
            f"The extension {', '.join(absent)} is not in this database, and its user may not put it there.",
            f"As an administrator: CREATE EXTENSION {absent[0]};",
        )
    return Finding("good", f"The extension {', '.join(_EXTENSIONS)} is there.")


def _rights(connection: psycopg.Connection) -> Finding:
    user, may_create = _row(
        connection, "SELECT current_user, has_schema_privilege(current_schema(), 'CREATE') IS TRUE"
    )
    if not may_create:
        return Finding(
            "bad",
            f"The user {user} may not make tables.",
            f"Make it the owner: ALTER DATABASE … OWNER TO {user};",
        )
    return Finding("good", f"The user {user} may make tables.")


def _durability(connection: psycopg.Connection) -> Finding:
    names = ("fsync", "full_page_writes", "synchronous_commit")
    off = [name for name in names if _row(connection, "SELECT current_setting(%s)", name)[0] == "off"]
    if off:
        return Finding(
            "doubtful",
            f"The database runs with {', '.join(off)} off: a power cut would lose letters.",
            "Turn it on.",
        )
    return Finding("good", "What the database says is stored is stored.")


def _clock(connection: psycopg.Connection) -> Finding:
    before = time.time()
    (theirs,) = _row(connection, "SELECT clock_timestamp()")
    middle = datetime.fromtimestamp((before + time.time()) / 2, UTC)
    difference = abs((theirs - middle).total_seconds())
    if difference > _CLOCK_TOLERANCE:
        return Finding(
            "bad",
            f"The database's clock and ours are {difference:.0f} s apart.",
            "Let both machines follow a time server.",
        )
    return Finding("good", "The database's clock agrees with ours.")


def _revision(connection: psycopg.Connection) -> Finding:
    newest = ScriptDirectory.from_config(configuration()).get_current_head()
    (has_table,) = _row(connection, "SELECT to_regclass('alembic_version') IS NOT NULL")
    current = _row(connection, "SELECT max(version_num) FROM alembic_version")[0] if has_table else None
    if current != newest:
        return Finding(
            "doubtful",
            f"The database is at revision {current or 'none'}, not {newest}.",
            "Run: emptyfeed migrate",
        )
    return Finding("good", f"The database is at this release's revision, {newest}.")


def _row(connection: psycopg.Connection, question: str, *values: object) -> Row:
    found = connection.execute(question, values or None).fetchone()
    return tuple(found) if found else (None,)


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


_ANOTHER_DATABASE = (
    "Make one with letters: CREATE DATABASE emptyfeed TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'; "
    "(on PostgreSQL 17 and newer also: LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8')"
)
_HAS_EXTENSION = "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = %s)"
_MAY_HAVE_EXTENSION = """
    SELECT EXISTS (SELECT FROM pg_extension e WHERE e.extname = v.name)
        OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
        OR (bool_or(v.trusted) AND has_database_privilege(current_database(), 'CREATE'))
    FROM pg_available_extension_versions v WHERE v.name = %s GROUP BY v.name
"""

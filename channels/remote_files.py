"""Files that lie outside are brought here: the message is shown at once, its files as soon as they come."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import inf
from tempfile import TemporaryFile
from time import monotonic

import structlog
from sqlalchemy import ColumnElement, Update, and_, exists, func, or_, select, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from channels.access import open_access, shelf
from channels.adapter import BadContent, ChannelAccess, ChannelError, FetchedFile, FetchesFiles, Temporary
from channels.lease import kept_lease
from core.clock import now
from core.db import transaction
from core.failpoints import failpoint
from core.files import StoredFile, file_store
from core.media import kind_of_file
from inbox.actions import finish_file
from inbox.border import FileReference, MediaKind
from inbox.models import Attachment, Channel, FileState, RemoteFile

log = structlog.get_logger()

MOST_BYTES = 100 * 1024 * 1024
LEASE = timedelta(seconds=30)
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 300, 1800, 7200))
_AT_ONCE = 256 * 1024
_HEAD = 8192
_STATES = {"too_big": FileState.TOO_LARGE, "gone": FileState.GONE}


@dataclass(frozen=True, slots=True)
class _Claimed:
    file_id: int
    access: ChannelAccess
    reference: FileReference


def fetch_files(*, seconds: float = inf) -> int:
    """Fetch what is due until nothing is or the time is up; how many files came to an end."""
    ended, until = 0, monotonic() + seconds
    while monotonic() < until and (claimed := _claim()) is not None:
        ended += _fetch(claimed)
    return ended


def due_files(session: Session) -> bool:
    """Whether any file waits to be fetched."""
    return bool(session.scalar(select(exists().where(_is_due()))))


def ask_again(session: Session, file: RemoteFile) -> None:
    """Try once more to fetch a file that was given up."""
    if file.state != FileState.FETCHED:
        file.state, file.attempts, file.due_at, file.error_code = FileState.WAITING, 0, now(), None


def _is_due() -> ColumnElement[bool]:
    return and_(
        RemoteFile.state == FileState.WAITING,
        RemoteFile.due_at <= now(),
        or_(RemoteFile.lease_until.is_(None), RemoteFile.lease_until < func.clock_timestamp()),
        exists().where(Channel.id == RemoteFile.channel_id, Channel.enabled),
    )


def _claim() -> _Claimed | None:
    with transaction() as session:
        file = session.scalar(
            select(RemoteFile)
            .where(_is_due())
            .order_by(RemoteFile.due_at, RemoteFile.id)
            .limit(1)
            .with_for_update(of=RemoteFile, skip_locked=True)
        )
        if file is None:
            return None
        file.attempts += 1
        file.lease_until = func.clock_timestamp() + LEASE
        access = open_access(session.get_one(Channel, file.channel_id))
        return _Claimed(file.id, access, _reference(file))


def _reference(file: RemoteFile) -> FileReference:
    kind: MediaKind = file.kind  # type: ignore[assignment]
    return FileReference(file.ref, kind, file.name, file.mime, file.size, file.facts)


def _fetch(claimed: _Claimed) -> bool:
    adapter = shelf.adapter(claimed.access)
    try:
        if not isinstance(adapter, FetchesFiles):
            raise BadContent("this channel fetches no files", code="gone")
        with TemporaryFile() as draft, kept_lease(partial(_renewal, claimed), LEASE):
            told = adapter.fetch_attachment(claimed.reference, draft, MOST_BYTES)
            draft.seek(0)
            stored = file_store().put_stream(iter(lambda: draft.read(_AT_ONCE), b""), most_bytes=MOST_BYTES)
        failpoint("file.stored")
    except ChannelError as error:
        return _put_off(claimed, error)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("file.broke", file_id=claimed.file_id)
        return _put_off(claimed, Temporary(f"{type(error).__name__}: {error}", code="bug"))
    return _keep(claimed, stored, told)


def _keep(claimed: _Claimed, stored: StoredFile, told: FetchedFile) -> bool:
    with transaction() as session:
        file = _still_waiting(session, claimed)
        if file is None:
            return False
        name = told.name or file.name or f"{file.kind}-{file.id}"
        with file_store().open_file(stored.sha256) as kept:
            mime = kind_of_file(name, kept.read(_HEAD)).mime
        attachment = Attachment(
            message_id=file.message_id,
            sha256=stored.sha256,
            name=name[:255],
            mime=mime,
            size=stored.size,
            kind=file.kind,
            facts=file.facts,
            place=file.place,
        )
        finish_file(session, file, state=FileState.FETCHED, attachment=attachment)
    return True


def _put_off(claimed: _Claimed, error: ChannelError) -> bool:
    with transaction() as session:
        file = _still_waiting(session, claimed)
        if file is None:
            return False
        file.lease_until = None
        pause = _pause(file, error)
        if pause is not None:
            file.due_at = pause
            return False
        state = _STATES.get(error.code, FileState.FAILED)
        finish_file(session, file, state=state, code=error.code)
    return True


def _pause(file: RemoteFile, error: ChannelError) -> datetime | None:
    """When it is tried again; None when it is given up."""
    if isinstance(error, BadContent) or file.attempts > len(PAUSES):
        return None
    if error.retry_after is not None:
        return now() + timedelta(seconds=error.retry_after)
    return now() + PAUSES[file.attempts - 1]


def _still_waiting(session: Session, claimed: _Claimed) -> RemoteFile | None:
    file = session.get(RemoteFile, claimed.file_id, with_for_update={"of": RemoteFile})
    return file if file is not None and file.state == FileState.WAITING else None


def _renewal(claimed: _Claimed) -> Update:
    return (
        update(RemoteFile)
        .where(RemoteFile.id == claimed.file_id, RemoteFile.state == FileState.WAITING)
        .values(lease_until=func.clock_timestamp() + LEASE)
    )

"""Files of visitors: stored as what their bytes say they are, few enough, once for each name of a browser."""

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.webchat.models import ChatFile, Visitor
from channels.webchat.planning import MOST_BYTES, MOST_FILES
from core.clock import now
from core.errors import Conflict, Invalid, TooMany
from core.files import StoredFile, file_store
from core.media import kind_of_file, safe_download_name
from core.words import N_

A_DAY = timedelta(days=1)
MOST_FILES_A_DAY = 60
MOST_BYTES_A_DAY = 200 * 1024 * 1024
_HEAD = 8192


class Upload(NamedTuple):
    """A file in the store, and what it is by its bytes."""

    stored: StoredFile
    name: str
    mime: str
    is_image: bool


def keep(name: str, chunks: Iterable[bytes]) -> Upload:
    """Store what comes, piece by piece; TooLarge, and nothing kept, for more than a chat takes.

    Only pictures of harmless kinds are ever shown in place; a file that lies about its kind is what it is.
    """
    stored = file_store().put_stream(chunks, most_bytes=MOST_BYTES)
    if not stored.size:
        raise Invalid(N_("This file is empty."), code="empty", field="file")
    called = safe_download_name(name or "file")
    with file_store().open_file(stored.sha256) as opened:
        kind = kind_of_file(called, opened.read(_HEAD))
    return Upload(stored, called, kind.mime, kind.may_inline)


def file_of_client(session: Session, visitor: Visitor, client_id: str) -> ChatFile | None:
    """The file a browser has sent under this name before."""
    wanted = select(ChatFile).where(ChatFile.visitor_id == visitor.id, ChatFile.client_id == client_id)
    return session.scalar(wanted)


def check_room(session: Session, visitor: Visitor, size: int = 0) -> None:
    """TooMany for a visitor who has sent as much as one may in a day."""
    since = now() - A_DAY
    sent = select(func.count(), func.coalesce(func.sum(ChatFile.size), 0)).where(
        ChatFile.visitor_id == visitor.id, ChatFile.client_id.is_not(None), ChatFile.created_at > since
    )
    count, total = session.execute(sent).one()
    if count >= MOST_FILES_A_DAY or total + size > MOST_BYTES_A_DAY:
        raise TooMany(N_("These are too many files for one day."), code="quota")


def note_file(session: Session, visitor: Visitor, client_id: str, upload: Upload) -> ChatFile:
    """Write a stored file down as this visitor's."""
    file = ChatFile(
        visitor_id=visitor.id,
        client_id=client_id,
        sha256=upload.stored.sha256,
        name=upload.name,
        mime=upload.mime,
        size=upload.stored.size,
        is_image=upload.is_image,
    )
    session.add(file)
    session.flush()
    return file


def files_to_say(session: Session, visitor: Visitor, ids: list[int]) -> list[ChatFile]:
    """A visitor's own files in the order named; Conflict for one that is another's or in a line already."""
    if len(set(ids)) != len(ids) or len(ids) > MOST_FILES:
        raise Invalid(N_("These are too many files."), code="too_many_files", field="files")
    found = {
        each.id: each
        for each in session.scalars(
            select(ChatFile).where(
                ChatFile.id.in_(ids), ChatFile.visitor_id == visitor.id, ChatFile.line_id.is_(None)
            )
        )
    }
    if len(found) != len(ids):
        raise Conflict(N_("One of these files is not there any more."), code="file_gone")
    return [found[each] for each in ids]

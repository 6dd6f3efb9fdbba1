"""What goes with messages and comments, recipients and files, looked up for a whole page at once."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, exists, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from inbox.models import Attachment, Comment, Message, Recipient, RemoteFile

T = TypeVar("T")


def has_belongings() -> tuple[ColumnElement[bool], ...]:
    """Columns that say of each message what there is to be looked up; most have none of it."""
    return (
        exists().where(Recipient.message_id == Message.id).label("has_recipients"),
        exists().where(Attachment.message_id == Message.id).label("has_files"),
        exists().where(RemoteFile.message_id == Message.id).label("has_remote_files"),
    )


def put_belongings(session: Session, rows: Sequence[Row[Any]], comments: Sequence[Comment]) -> None:
    """Give messages, in rows with the columns above, and comments what is theirs; none costs no query."""
    recipients = _by_owner(
        _found(session, Recipient, Recipient.message_id, [row[0].id for row in rows if row.has_recipients]),
        lambda each: each.message_id,
    )
    remote = _by_owner(
        _found(
            session, RemoteFile, RemoteFile.message_id, [row[0].id for row in rows if row.has_remote_files]
        ),
        lambda each: each.message_id,
    )
    files = _files(session, [row[0].id for row in rows if row.has_files], [each.id for each in comments])
    of_messages = _by_owner(files, lambda each: each.message_id)
    of_comments = _by_owner(files, lambda each: each.comment_id)
    for message, *_ in rows:
        set_committed_value(message, "recipients", recipients[message.id])
        set_committed_value(message, "remote_files", sorted(remote[message.id], key=lambda each: each.place))
        set_committed_value(
            message, "attachments", sorted(of_messages[message.id], key=lambda each: (each.place, each.id))
        )
    for comment in comments:
        set_committed_value(comment, "attachments", of_comments[comment.id])


def _files(session: Session, messages: Collection[int], comments: Collection[int]) -> Sequence[Attachment]:
    if not messages and not comments:
        return ()
    theirs = or_(Attachment.message_id.in_(messages), Attachment.comment_id.in_(comments))
    return session.scalars(select(Attachment).where(theirs).order_by(Attachment.id)).all()


def _found(session: Session, model: type[T], owner: Any, owners: Collection[int]) -> Sequence[T]:
    if not owners:
        return ()
    key = model.id  # type: ignore[attr-defined]
    return session.scalars(select(model).where(owner.in_(owners)).order_by(key)).all()


def _by_owner(found: Iterable[T], owner: Callable[[T], int | None]) -> defaultdict[int | None, list[T]]:
    theirs: defaultdict[int | None, list[T]] = defaultdict(list)
    for each in found:
        theirs[owner(each)].append(each)
    return theirs

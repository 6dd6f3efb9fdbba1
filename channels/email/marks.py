"""How far the folders of a mailbox have been read.

The cursor keeps `{"uidvalidity", "uid", …}` for each folder: everything up to `uid` has been
stored. `below` is there while older letters are still being taken, newest first, downwards from
it; none older than `since` is. A folder that got a new UIDVALIDITY, or lies in another `account` now, is
read again from a while before its newest known letter, and what comes twice is known by its content.
Its letters get names of their own by `turn`: two mailboxes may have the same numbers.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Self

LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far one folder has been read; `newest` is when the newest letter taken had come."""

    uidvalidity: int
    uid: int
    below: int | None = None
    since: datetime | None = None
    newest: datetime | None = None
    account: str = ""
    turn: int = 0

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """The mark as it stands in a cursor."""
        times = {name: datetime.fromisoformat(kept[name]) for name in ("since", "newest") if kept.get(name)}
        return cls(
            int(kept["uidvalidity"]),
            int(kept["uid"]),
            kept.get("below"),
            account=kept.get("account", ""),
            turn=kept.get("turn", 0),
            **times,
        )

    def written(self) -> dict[str, Any]:
        """The mark as a cursor keeps it."""
        facts = {
            name: value for name, value in asdict(self).items() if value not in (None, "", 0) or name == "uid"
        }
        return {n: v.isoformat() if isinstance(v, datetime) else v for n, v in facts.items()}


def present_mark(
    mark: Mark | None,
    uidvalidity: int,
    next_uid: int,
    *,
    account: str,
    first_since: datetime | None = None,
) -> Mark:
    """The mark to go on from.

    It is the one we had, or, for a folder that is new or was numbered anew, one at its end with
    older letters to take.
    """
    if mark is not None and (mark.uidvalidity, mark.account) == (uidvalidity, account):
        return mark
    since, newest, turn = first_since, None, 0
    if mark is not None:
        since, newest, turn = mark.since, mark.newest, mark.turn + 1
        if mark.below is None and newest is not None:
            since = max(each for each in (since, newest - LOOK_BACK) if each is not None)
    return Mark(uidvalidity, next_uid - 1, next_uid if next_uid > 1 else None, since, newest, account, turn)


def read_marks(cursor: Mapping[str, Any]) -> dict[str, Mark]:
    """The marks of all folders a cursor knows."""
    return {folder: Mark.read(kept) for folder, kept in cursor.items()}


def written_marks(marks: Mapping[str, Mark]) -> dict[str, Any]:
    """The cursor that keeps these marks."""
    return {folder: mark.written() for folder, mark in marks.items()}

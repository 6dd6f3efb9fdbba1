"""One batch of letters out of one folder, whatever one of them does to the server."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from channels.adapter import RawEvent, Temporary
from channels.email.imap import FolderConnection, LetterFacts
from channels.email.imap_client import Refused
from channels.email.message_ids import thread_root

Told = TypeVar("Told")

BATCH_BYTES = 20 * 1024 * 1024
NO_FACTS = LetterFacts(0, None)


@dataclass(frozen=True, slots=True)
class Taken:
    """Letters taken, the last uid among those that were looked at, and when the newest of them had come."""

    events: tuple[RawEvent, ...]
    last: int
    newest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of one folder: nothing older than `since`, only the head of what is over `size_limit`.

    Letters from before `connected_at` are marked as imported: nobody waits for an answer to them.
    """

    folder: str
    uidvalidity: int
    size_limit: int
    turn: int = 0
    since: datetime | None = None
    connected_at: datetime | None = None

    def event_key(self, uid: int) -> str:
        """The outside's own name for one delivery, also after the folder was numbered anew."""
        name = f"{self.folder}:{self.uidvalidity}:{uid}"
        return f"{name}:{self.turn}" if self.turn else name

    def payload(self, uid: int) -> dict[str, Any]:
        """Where a letter lies."""
        return {"folder": self.folder, "uidvalidity": self.uidvalidity, "uid": uid}

    def unfetchable(self, uid: int, reason: str) -> RawEvent:
        """A letter that cannot be had, so that it is kept in sight with its reason."""
        key = self.event_key(uid)
        return RawEvent(key, key, self.payload(uid) | {"unfetchable": reason})


def take(connection: FolderConnection, wanted: Wanted, uids: Sequence[int]) -> Taken:
    """Letters from the front of `uids`, as many as a batch holds, in that order.

    A letter the server refuses to hand over becomes an event without bytes; one that was moved
    away meanwhile becomes none.
    """
    return _Batch(connection, wanted).take(uids)


class _Batch:
    def __init__(self, connection: FolderConnection, wanted: Wanted) -> None:
        self._connection = connection
        self._wanted = wanted
        self._refused: dict[int, str] = {}

    def take(self, uids: Sequence[int]) -> Taken:
        told = self._bisected(uids, self._connection.facts)
        facts = {uid: told.get(uid, NO_FACTS) for uid in uids if uid not in self._refused}
        count = self._fitting(uids, facts)
        taken = [uid for uid in uids[:count] if uid in facts and not self._is_too_old(facts[uid])]
        bodies = self._bodies(taken, facts)
        self._look_after([uid for uid in taken if uid not in bodies])
        events = [self._event(uid, facts.get(uid), bodies.get(uid)) for uid in uids[:count]]
        times = [at for uid in taken if (at := facts[uid].received_at) is not None]
        return Taken(
            tuple(event for event in events if event is not None), uids[count - 1], max(times, default=None)
        )

    def _fitting(self, uids: Sequence[int], facts: Mapping[int, LetterFacts]) -> int:
        total = 0
        for index, uid in enumerate(uids):
            total += min(facts.get(uid, NO_FACTS).size, self._wanted.size_limit)
            if index and total > BATCH_BYTES:
                return index
        return len(uids)

    def _is_too_old(self, facts: LetterFacts) -> bool:
        since = self._wanted.since
        return since is not None and facts.received_at is not None and facts.received_at < since

    def _bodies(self, uids: Sequence[int], facts: Mapping[int, LetterFacts]) -> dict[int, bytes]:
        huge = [uid for uid in uids if self._is_huge(facts[uid])]
        bodies = self._bisected([uid for uid in uids if uid not in huge], self._connection.bodies)
        return bodies | self._bisected(huge, self._connection.heads)

    def _is_huge(self, facts: LetterFacts) -> bool:
        return facts.size > self._wanted.size_limit

    def _bisected(
        self, uids: Sequence[int], ask: Callable[[Sequence[int]], dict[int, Told]]
    ) -> dict[int, Told]:
        """Ask for many at once; where the server refuses, for halves, down to the letter it cannot give."""
        if not uids:
            return {}
        try:
            return ask(uids)
        except Refused as refusal:
            if len(uids) == 1:
                self._refused[uids[0]] = str(refusal)
                return {}
        middle = len(uids) // 2
        return self._bisected(uids[:middle], ask) | self._bisected(uids[middle:], ask)

    def _look_after(self, missing: Sequence[int]) -> None:
        for uid in missing:
            if uid not in self._refused and search(self._connection, uid, uid):
                self._refused[uid] = "the server does not hand this letter over"

    def _event(self, uid: int, facts: LetterFacts | None, raw: bytes | None) -> RawEvent | None:
        if uid in self._refused:
            return self._wanted.unfetchable(uid, self._refused[uid])
        if facts is None or raw is None:
            return None
        payload = self._wanted.payload(uid) | {"size": facts.size or len(raw)}
        if facts.received_at is not None:
            payload["received_at"] = facts.received_at.isoformat()
            if self._wanted.connected_at is not None and facts.received_at < self._wanted.connected_at:
                payload["imported"] = True
        if self._is_huge(facts):
            payload["truncated"] = True
        return RawEvent(self._wanted.event_key(uid), thread_root(raw), payload, raw)


def search(
    connection: FolderConnection, first: int, last: int, *, since: datetime | None = None
) -> list[int]:
    """Uids between two numbers; a server that refuses even this cannot be read."""
    try:
        return connection.search(first, last, since=since)
    except Refused as refusal:
        raise Temporary(str(refusal), code="bad_answer") from refusal

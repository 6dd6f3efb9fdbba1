"""Which letters of a mailbox come next, and when to look for them."""

import select
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from channels.adapter import Batch, ChannelError, RawEvent, Temporary
from channels.email.fetching import Taken, Wanted, search, take
from channels.email.flags import FlagWatch
from channels.email.imap import FolderConnection, FolderState
from channels.email.imap_client import READ_SECONDS, Refused
from channels.email.marks import Mark, present_mark, read_marks, written_marks
from channels.email.servers import Server

SHORTEST_POLL, LONGEST_POLL = 15.0, 540.0  # IDLE is begun anew within nine minutes: NATs forget
POLL_WITHOUT_IDLE = 30.0
STRIKES = 3
LONGEST_BY_TOKEN = 3000.0  # providers cut a connection when its token ends, mostly after an hour (I37)
NARROW, WIDE = 1_000, 80_000  # uids per SEARCH; imaplib refuses lines over a million bytes


@dataclass(frozen=True, slots=True)
class Watch:
    """What to watch in a mailbox; without `since` everything that ever came is taken."""

    folders: tuple[str, ...] = ("INBOX",)
    since: datetime | None = None
    connected_at: datetime | None = None
    poll_seconds: float = 120.0
    size_limit: int = 35 * 1024 * 1024
    at_once: int = 50
    patience: float = READ_SECONDS


@dataclass
class _Folder:
    name: str
    at_once: int
    connection: FolderConnection | None = None
    strikes: dict[int, int] = field(default_factory=dict)
    flags: FlagWatch = field(default_factory=FlagWatch)

    @property
    def connected(self) -> FolderConnection:
        assert self.connection is not None
        return self.connection

    def hang_up(self) -> None:
        self.flags = FlagWatch()
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Mailbox:
    """The letters of one mailbox in the order in which they should be taken.

    Each folder has a connection of its own, so each can tell by itself that something came.
    """

    def __init__(self, server: Server, watch: Watch) -> None:
        self._server = server
        self._watch = watch
        self._folders = [_Folder(name, watch.at_once) for name in dict.fromkeys(watch.folders)]
        self._given: Mapping[str, Any] | None = None
        self._look_at = 0.0

    def poll(self, cursor: Mapping[str, Any], wait: float) -> Batch:
        """The next letters behind the cursor; with none there, wait for a sign and look once more.

        A cursor that is not the one given last time means that what was given is not stored: it
        is fetched again.
        """
        try:
            batch = self._next(cursor, wait)
        except ChannelError:
            self.close()
            self._given = None  # whatever we were told while the connection was good, look again
            raise
        self._given = None if batch.more else batch.cursor
        return batch

    def close(self) -> None:
        """Hang up everywhere."""
        for folder in self._folders:
            folder.hang_up()

    def _next(self, cursor: Mapping[str, Any], wait: float) -> Batch:
        if cursor != self._given or time.monotonic() >= self._look_at:
            batch = self._look(cursor)
            if batch.events or batch.cursor != cursor:
                return batch
        if wait > 0 and self._hears_within(wait):
            return self._look(cursor)
        return Batch((), cursor)

    def _look(self, cursor: Mapping[str, Any]) -> Batch:
        """New letters of any folder first, then older ones; one folder at a time."""
        marks = read_marks(cursor)
        states: dict[str, FolderState] = {}
        for folder in list(self._folders):
            state = states[folder.name] = self._examine(folder)
            mark = present_mark(
                marks.get(folder.name),
                state.uidvalidity,
                state.next_uid,
                account=f"{self._server.user}@{self._server.host}",
                first_since=self._watch.since,
            )
            marks[folder.name] = mark
            uids = self._search_up(folder, mark.uid + 1, state.next_uid)
            if uids:
                taken = self._take(folder, self._wanted(folder, mark), uids)
                return self._batch(marks, folder, replace(_moved(mark, taken), uid=taken.last), taken)
        for folder in list(self._folders):
            mark = marks[folder.name]
            if mark.below is not None:
                taken = self._take_older(folder, mark)
                return self._batch(
                    marks, folder, replace(_moved(mark, taken), below=taken.last or None), taken
                )
        self._look_at = time.monotonic() + self._pause()
        return Batch(self._flag_news(marks, states), written_marks(marks))

    def _flag_news(
        self, marks: Mapping[str, Mark], states: Mapping[str, FolderState]
    ) -> tuple[RawEvent, ...]:
        """What became of letters in the mailbox itself, when there is nothing more urgent."""
        return tuple(
            event
            for folder in self._folders
            for event in folder.flags.news(
                folder.connected,
                states[folder.name],
                self._wanted(folder, marks[folder.name]),
                self._watch.since,
            )
        )

    def _batch(self, marks: dict[str, Mark], folder: _Folder, mark: Mark, taken: Taken) -> Batch:
        self._folders.remove(folder)  # the next look begins with another folder
        self._folders.append(folder)
        return Batch(taken.events, written_marks(marks | {folder.name: mark}), more=True)

    def _examine(self, folder: _Folder) -> FolderState:
        by_token = self._server.tokens is not None
        if by_token and folder.connection is not None and folder.connection.age > LONGEST_BY_TOKEN:
            folder.hang_up()
        if folder.connection is None:
            folder.connection = FolderConnection(self._server, folder.name, seconds=self._watch.patience)
        return folder.connection.examine()

    def _search_up(self, folder: _Folder, first: int, end: int) -> list[int]:
        width = NARROW
        while first < end:
            found = search(folder.connected, first, min(first + width, end) - 1)
            if found:
                return found[: folder.at_once]
            first, width = first + width, min(width * 4, WIDE)
        return []

    def _search_down(self, folder: _Folder, last: int, since: datetime | None) -> list[int]:
        width = NARROW
        while last >= 1:
            found = search(folder.connected, max(1, last - width + 1), last, since=since)
            if found:
                return found[::-1][: folder.at_once]
            last, width = last - width, min(width * 4, WIDE)
        return []

    def _take_older(self, folder: _Folder, mark: Mark) -> Taken:
        """The newest batch first, and in it the oldest letter first."""
        uids = self._search_down(folder, (mark.below or 1) - 1, mark.since)
        if not uids:
            return Taken((), 0)
        wanted = replace(self._wanted(folder, mark), since=mark.since, connected_at=self._watch.connected_at)
        taken = self._take(folder, wanted, uids)
        return replace(taken, events=taken.events[::-1])

    def _wanted(self, folder: _Folder, mark: Mark) -> Wanted:
        return Wanted(folder.name, mark.uidvalidity, self._watch.size_limit, mark.turn)

    def _take(self, folder: _Folder, wanted: Wanted, uids: Sequence[int]) -> Taken:
        """Fetch; if that breaks the connection, fewer next time, at last without the one that does it."""
        if folder.strikes.get(uids[0], 0) >= STRIKES:
            reason = "the server breaks off whenever it is asked for this letter"
            return Taken((wanted.unfetchable(uids[0], reason),), uids[0])
        try:
            taken = take(folder.connected, wanted, uids)
        except Temporary:
            if folder.at_once == 1:
                folder.strikes[uids[0]] = folder.strikes.get(uids[0], 0) + 1
            folder.at_once = max(1, folder.at_once // 8)
            raise
        folder.at_once = min(self._watch.at_once, folder.at_once * 2)
        folder.strikes.clear()
        return taken

    def _pause(self) -> float:
        seconds = min(max(self._watch.poll_seconds, SHORTEST_POLL), LONGEST_POLL)
        if all(folder.connection and folder.connection.can_idle for folder in self._folders):
            return seconds
        return min(seconds, POLL_WITHOUT_IDLE)

    def _hears_within(self, wait: float) -> bool:
        """Wait for a sign from any folder, but not beyond the moment when a look is due anyway."""
        ends = min(time.monotonic() + wait, self._look_at)
        idle = [folder for folder in self._folders if folder.connection and folder.connection.can_idle]
        try:
            for folder in idle:
                folder.connected.begin_idle()
            if any(folder.connected.hears_news(signalled=False) for folder in idle):
                return True
            return self._hears_sign(idle, ends)
        except Refused as refusal:
            raise Temporary(str(refusal), code="bad_answer") from refusal

    def _hears_sign(self, idle: Sequence[_Folder], ends: float) -> bool:
        poll = select.poll()
        by_number = {folder.connected.socket.fileno(): folder for folder in idle}
        for number in by_number:
            poll.register(number, select.POLLIN)
        while (left := ends - time.monotonic()) > 0:
            signs = poll.poll(left * 1000)
            if any(by_number[number].connected.hears_news(signalled=True) for number, _ in signs):
                return True
        return time.monotonic() >= self._look_at


def _moved(mark: Mark, taken: Taken) -> Mark:
    known = [at for at in (mark.newest, taken.newest) if at is not None]
    return replace(mark, newest=max(known, default=None))

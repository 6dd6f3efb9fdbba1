"""One connection to one folder of a mailbox: looked at, never changed.

IMAPClient does the protocol; FETCH is always asked for lists of uids, because 4.1.0 breaks on ranges.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from time import monotonic
from typing import Any

from channels.adapter import Temporary
from channels.email.imap_client import READ_SECONDS, Refused, asked, hang_up, open_client
from channels.email.servers import Server
from channels.email.tidying import can_move

HEAD_BYTES = 256 * 1024
MOST_FOLDERS = 100


@dataclass(frozen=True, slots=True)
class FolderState:
    """What EXAMINE tells of a folder; letters that come from now on get `next_uid` and higher numbers.

    `changes` counts every change there; 0 where the server does not (RFC 7162).
    """

    uidvalidity: int
    next_uid: int
    count: int
    changes: int = 0


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What is known of a letter before it is fetched."""

    size: int
    received_at: datetime | None


class FolderConnection:
    """A logged-in connection that looks at one folder; everything it raises is a ChannelError or Refused."""

    def __init__(self, server: Server, folder: str, *, seconds: float = READ_SECONDS) -> None:
        self.folder = folder
        self._idling = False
        self._client = open_client(server, seconds=seconds)
        self._opened_at = monotonic()
        self._counts_changes = self._ask_for_counts()

    @property
    def age(self) -> float:
        """For how many seconds it has been open."""
        return monotonic() - self._opened_at

    @property
    def can_idle(self) -> bool:
        """Whether the server tells by itself that something came (RFC 2177)."""
        return bool(self._client.has_capability("IDLE"))

    @property
    def can_move(self) -> bool:
        """Whether letters can be moved without touching any other."""
        return can_move(self._client)

    @property
    def socket(self) -> Any:
        """What to wait on for a sign."""
        return self._client.socket()

    def examine(self) -> FolderState:
        """Open the folder without the right to change it, and learn how it stands now."""
        self.end_idle()
        try:
            with asked():
                told = self._client.select_folder(self.folder, readonly=True)
        except Refused as refusal:
            raise Temporary(f"{self.folder}: {refusal}", code="folder_missing") from refusal
        if not told.get(b"UIDVALIDITY"):
            raise Temporary("the server gives letters no lasting numbers", code="no_uidvalidity")
        count = int(told.get(b"EXISTS", 0))
        next_uid = told.get(b"UIDNEXT") or (self._last_uid() + 1 if count else 1)
        changes = _number(told.get(b"HIGHESTMODSEQ")) if self._counts_changes else 0
        return FolderState(int(told[b"UIDVALIDITY"]), int(next_uid), count, changes)

    def search(self, first: int, last: int, *, since: datetime | None = None) -> list[int]:
        """The uids that exist from `first` to `last`, ascending, whatever else the server answers.

        `since` narrows by the day alone and with a day to spare, since the server's day is not ours.
        """
        criteria: list[Any] = ["UID", f"{first}:{last}"]
        if since is not None:
            criteria += ["SINCE", (since - timedelta(days=1)).date()]
        with asked():
            found = self._client.search(criteria)
        return sorted(uid for uid in set(found) if first <= uid <= last)

    def answered(self, since: datetime, *, changed_after: int = 0) -> list[int]:
        """Letters that some mail program marked as answered, ascending; only those changed after a count."""
        criteria: list[Any] = ["ANSWERED", "SINCE", (since - timedelta(days=1)).date()]
        if changed_after:
            criteria += ["MODSEQ", changed_after + 1]
        with asked():
            return sorted(set(self._client.search(criteria)))

    def count_since(self, day: date) -> int:
        """How many letters came on that day of the server's or later."""
        with asked():
            return len(self._client.search(["SINCE", day]))

    def facts(self, uids: Sequence[int]) -> dict[int, LetterFacts]:
        """Size and time of arrival; a letter that is gone by now is missing."""
        with asked():
            told = self._client.fetch(list(uids), ["RFC822.SIZE", "INTERNALDATE"])
        return {
            uid: LetterFacts(int(values.get(b"RFC822.SIZE") or 0), _in_utc(values.get(b"INTERNALDATE")))
            for uid, values in told.items()
        }

    def bodies(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The letters as they lie there; \\Seen is left alone."""
        return self._fetched(uids, "BODY.PEEK[]", b"BODY[]")

    def heads(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The first bytes of letters: their fields and the beginning of what they say."""
        return self._fetched(uids, f"BODY.PEEK[]<0.{HEAD_BYTES}>", b"BODY[]<0>")

    def folders(self) -> dict[str, int]:
        """Every folder that can be opened, and how many letters lie in it."""
        with asked():
            names = [
                str(name)
                for flags, _, name in self._client.list_folders()
                if not {b"\\noselect", b"\\nonexistent"} & {flag.lower() for flag in flags}
            ]
            told = {name: self._client.folder_status(name, ["MESSAGES"]) for name in names[:MOST_FOLDERS]}
        return {name: int(values.get(b"MESSAGES", 0)) for name, values in told.items()}

    def begin_idle(self) -> None:
        """Ask to be told; asking twice is harmless."""
        if not self._idling:
            with asked():
                self._client.idle()
            self._idling = True

    def hears_news(self, *, signalled: bool) -> bool:
        """Whether what was said while idle calls for a look.

        A sign without words is a closed connection or an empty TLS record; the look finds out
        which. So does a line that cannot be read.
        """
        try:
            with asked():
                lines = self._client.idle_check(timeout=0)
        except Refused:
            return True
        return any(_is_news(line) for line in lines) or (signalled and not lines)

    def end_idle(self) -> None:
        """Go back to giving commands; an answer that does not come in time is a dead connection."""
        if self._idling:
            self._idling = False
            with asked():
                self._client.idle_done()

    def close(self) -> None:
        """Hang up without waiting for a goodbye."""
        hang_up(self._client)

    def _ask_for_counts(self) -> bool:
        """EXAMINE tells the count of changes only to those who asked for it (RFC 7162 section 3.1)."""
        if not (self._client.has_capability("CONDSTORE") and self._client.has_capability("ENABLE")):
            return False
        try:
            with asked():
                self._client.enable("CONDSTORE")
        except Refused:
            return False
        return True

    def _fetched(self, uids: Sequence[int], item: str, answer: bytes) -> dict[int, bytes]:
        with asked():
            told = self._client.fetch(list(uids), [item])
            answered = {uid: values.get(answer) for uid, values in told.items()}
        return {uid: body for uid, body in answered.items() if isinstance(body, bytes)}

    def _last_uid(self) -> int:
        """UIDNEXT is not always told (RFC 3501 section 6.3.2); "*" names the last letter there is."""
        with asked():
            return max(self._client.search(["UID", "*"]), default=0)


def _number(told: Any) -> int:
    """A number the library leaves alone or in a list."""
    value = told[0] if isinstance(told, list | tuple) and told else told
    return int(value) if isinstance(value, int) or (isinstance(value, bytes) and value.isdigit()) else 0


def _in_utc(moment: Any) -> datetime | None:
    return moment.astimezone(UTC) if isinstance(moment, datetime) else None


def _is_news(line: Any) -> bool:
    match line:
        case (int(), b"EXISTS" | b"RECENT", *_):
            return True
        case (int(), *_) | (b"OK" | b"NO", *_):  # flags, letters that went, "Still here"
            return False
    return True  # BYE, and what nobody has heard of

"""Which letters were answered in another mail program, as the mailbox itself marks them (I34).

Where the server counts changes (CONDSTORE, RFC 7162) only what changed is asked for; elsewhere all
answered letters of the last weeks are, in one SEARCH. Being told twice is harmless: the news have names.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels.adapter import RawEvent
from channels.email.fetching import Wanted
from channels.email.imap import FolderConnection, FolderState
from core.clock import now

SECONDS = 300.0
LATELY = timedelta(days=30)
MOST = 200  # news in one go; the rest comes with the next look


@dataclass
class FlagWatch:
    """What is known of one folder's flags; nothing after a restart, when all is told once more."""

    uidvalidity: int = 0
    changes: int = 0
    told: set[int] = field(default_factory=set)
    look_at: float = 0.0

    def news(
        self, connection: FolderConnection, state: FolderState, wanted: Wanted, since: datetime | None
    ) -> tuple[RawEvent, ...]:
        """Letters answered since the last look, or lately if this is the first; none before it is time."""
        if time.monotonic() < self.look_at:
            return ()
        if state.uidvalidity != self.uidvalidity:
            self.uidvalidity, self.changes, self.told = state.uidvalidity, 0, set()
        if state.changes and state.changes == self.changes:
            self.look_at = time.monotonic() + SECONDS
            return ()
        first = max(since, now() - LATELY) if since is not None else now() - LATELY
        uids = connection.answered(first, changed_after=self.changes if state.changes else 0)
        fresh = [uid for uid in uids if uid not in self.told]
        self.told.update(fresh[:MOST])
        if len(fresh) <= MOST:
            self.changes = state.changes
            self.look_at = time.monotonic() + SECONDS
        return tuple(_answered(wanted, uid) for uid in fresh[:MOST])


def _answered(wanted: Wanted, uid: int) -> RawEvent:
    letter = wanted.event_key(uid)
    key = f"{letter}:answered"
    return RawEvent(key, key, wanted.payload(uid) | {"answered": letter})

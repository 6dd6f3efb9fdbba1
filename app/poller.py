"""One channel, asked again and again for what is new, in a thread of its own."""

from collections.abc import Mapping
from datetime import timedelta
from random import uniform
from threading import Event, Thread
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.jobs import kick
from channels.access import open_access
from channels.adapter import Adapter, Batch, ChannelError, Conflict
from channels.errands import want_errand
from channels.intake import accept
from channels.models import Arrival, ArrivalState
from channels.registry import adapter_for
from core.clock import now
from core.db import transaction
from core.failpoints import failpoint
from inbox.actions.health import note_failure, note_success
from inbox.models import Channel

log = structlog.get_logger()

WAIT = 8.0  # a lease that was lost ends the look it finds within this time
FIRST_PAUSE = 1.0
BROKEN_PAUSE = 300.0
CONFLICT_SHOWN_AFTER = 60.0
BEFORE_A_GAP = timedelta(minutes=10)
DATABASE_PAUSE = 1.0
UNREAD = 100


class LeaseLost(Exception):
    """Another receiver has the channel now."""


class Poller(Thread):
    """Polls until it is stopped, until the lease is lost, or until the process ends."""

    def __init__(self, channel_id: int, holder: str, fingerprint: str) -> None:
        super().__init__(name=f"channel {channel_id}", daemon=True)
        self.fingerprint = fingerprint
        self.answers = False
        self._channel_id = channel_id
        self._holder = holder
        self._cursor: Mapping[str, Any] = {}
        self._has_more = False
        self._failures = 0
        self._failing_since: float | None = None
        self._longest_pause = BROKEN_PAUSE
        self._is_well = False
        self._heard = ""
        self._stopping = Event()
        self._hurry = Event()

    def stop(self) -> None:
        """Begin nothing new; what is being fetched is not stored any more."""
        self._stopping.set()
        self._hurry.set()

    def hear(self, health: str) -> None:
        """End a pause after failures when somebody else found that the channel works again."""
        if health == "ok" and self._heard not in ("", "ok"):
            self._hurry.set()
        self._heard = health

    def run(self) -> None:
        """Poll, store, and after failures pause ever longer."""
        adapter: Adapter | None = None
        try:
            while not self._stopping.is_set():
                adapter = adapter or self._open()
                self._round(adapter)
        except LeaseLost:
            log.info("poller.lease_lost", channel_id=self._channel_id)
        finally:
            if adapter is not None:
                adapter.close()

    def _open(self) -> Adapter | None:
        try:
            with transaction() as session:
                channel = session.get_one(Channel, self._channel_id)
                self._cursor = channel.cursor
                access = open_access(channel)
            return adapter_for(access)
        except SQLAlchemyError as error:
            self._wait_for_database(error)
        except Exception as error:
            log.exception("poller.broke", channel_id=self._channel_id)
            self._failed(ChannelError(f"{type(error).__name__}: {error}", code="bug"))
        return None

    def _round(self, adapter: Adapter | None) -> None:
        if adapter is None:
            return
        try:
            able = adapter.capabilities
            self._longest_pause = able.longest_pause
            batch = adapter.poll(self._cursor, 0 if self._has_more else min(able.poll_wait, WAIT))
            if batch.events or batch.gap or batch.cursor != self._cursor:
                self._store(batch)
            self._cursor, self._has_more = batch.cursor, batch.more
            self._worked()
        except LeaseLost:
            raise
        except ChannelError as error:
            self._failed(error)
        except SQLAlchemyError as error:
            self._wait_for_database(error)
        except Exception as error:
            # A letter that breaks the fetching must stop neither the thread nor its neighbours for ever.
            log.exception("poller.broke", channel_id=self._channel_id)
            self._failed(ChannelError(f"{type(error).__name__}: {error}", code="bug"))

    def _store(self, batch: Batch) -> None:
        """Arrivals and cursor in one transaction, and only while the channel is ours."""
        if self._stopping.is_set():
            raise LeaseLost
        failpoint("fetch.taken")
        with transaction() as session:
            channel = session.get_one(Channel, self._channel_id)
            if channel.lease_holder != self._holder:
                raise LeaseLost
            seen_at = channel.last_seen_at or channel.created_at
            accept(session, channel, batch.events, cursor=batch.cursor)
            if batch.gap:
                since = {"since": (seen_at - BEFORE_A_GAP).isoformat()}
                want_errand(session, channel.id, "backfill", "gap", since)
                log.warning("poller.gap", channel_id=self._channel_id)
            failpoint("fetch.before_commit")
        failpoint("fetch.committed")
        if batch.events:
            kick("arrivals")
        if any(event.payload.get("imported") for event in batch.events):
            self._let_readers_catch_up()

    def _let_readers_catch_up(self) -> None:
        """Old letters must not pile up before new ones: they wait while many are unread."""
        unread = (
            select(Arrival.id)
            .where(Arrival.channel_id == self._channel_id, Arrival.state == ArrivalState.FETCHED)
            .limit(UNREAD + 1)
        )
        for _ in range(10):
            with transaction() as session:
                if (session.scalar(select(func.count()).select_from(unread.subquery())) or 0) <= UNREAD:
                    return
            if self._stopping.wait(0.5):
                return

    def _worked(self) -> None:
        self.answers = True
        if not self._is_well:
            with transaction() as session:
                channel = session.get_one(Channel, self._channel_id)
                note_success(session, channel, receiving=True)
                channel.last_login_at = now()
            self._is_well = True
            self._failures = 0
            self._failing_since = None

    def _failed(self, error: ChannelError) -> None:
        """A connection that was good and broke is opened again at once; what goes on failing is noted."""
        self.answers = self._is_well = False
        self._failures += 1
        is_broken = error.health == "broken"
        self._failing_since = self._failing_since or monotonic()
        log.warning("poller.failed", channel_id=self._channel_id, code=error.code, times=self._failures)
        if is_broken or (self._failures > 1 and self._is_worth_showing(error)):
            self._note(error, is_broken=is_broken)
        longer = FIRST_PAUSE * 2.0 ** min(self._failures - 1, 12)
        pause = error.retry_after or (BROKEN_PAUSE if is_broken else min(longer, self._longest_pause))
        self._has_more = False
        self._hurry.clear()
        if not self._stopping.is_set():
            self._hurry.wait(pause * uniform(0.8, 1.2))

    def _is_worth_showing(self, error: ChannelError) -> bool:
        """Two readers for a moment are what a restart looks like; for a minute they are two programs."""
        lasts = monotonic() - (self._failing_since or monotonic())
        return not isinstance(error, Conflict) or lasts >= CONFLICT_SHOWN_AFTER

    def _note(self, error: ChannelError, *, is_broken: bool) -> None:
        try:
            with transaction() as session:
                channel = session.get_one(Channel, self._channel_id)
                note_failure(
                    session, channel, code=error.code, detail=error.detail, broken=is_broken, receiving=True
                )
        except SQLAlchemyError as fault:
            self._wait_for_database(fault)

    def _wait_for_database(self, error: SQLAlchemyError) -> None:
        log.warning("poller.database_away", channel_id=self._channel_id, error=type(error).__name__)
        self._stopping.wait(DATABASE_PAUSE)

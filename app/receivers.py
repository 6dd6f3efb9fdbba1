"""Fetches from mailboxes and bots: one thread per channel, one lease per channel in the database.

    keeper   every two seconds: renew leases and claim free ones; start, restart and stop pollers
    poller   poll ──▶ accept (arrivals and cursor) ──▶ COMMIT ──▶ kick

Nothing is acknowledged outside before it is stored, so a receiver may be killed at any moment.
"""

import signal
from threading import Event
from time import monotonic

import structlog
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from app.leases import Held, Leases
from app.poller import Poller
from channels.registry import capabilities_of, kinds
from core.clock import now
from core.config import get_settings
from core.db import connect, transaction
from inbox.models import Channel

log = structlog.get_logger()

TICK = 2.0
BLIND = 9.0  # less than a lease: who cannot renew stops before another may begin
SEEN_EVERY = 30.0
ENDING = 3.0


def main() -> None:
    """Receive for ever; TERM ends it within seconds and frees the channels for the next one."""
    connect(str(get_settings().database_url), pool_size=5)
    over = Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    receivers = Receivers()
    try:
        while not over.is_set():
            receivers.tick()
            over.wait(TICK)
    finally:
        receivers.end()


class Receivers:
    """The pollers of this process, and the leases that allow them to work."""

    def __init__(self) -> None:
        self._leases = Leases(polled_kinds())
        self._pollers: dict[int, Poller] = {}
        self._renewed = monotonic()
        self._said_seen = 0.0

    @property
    def pollers(self) -> dict[int, Poller]:
        """Who works now, by channel."""
        return {key: poller for key, poller in self._pollers.items() if poller.is_alive()}

    def tick(self) -> None:
        """Look once after leases and pollers; a database that is away stops the pollers in time."""
        try:
            began = monotonic()
            with transaction() as session:
                held = self._leases.keep(session)
            self._renewed = began
            self._match(held)
            self._say_seen()
        except SQLAlchemyError as error:
            log.warning("receivers.database_away", error=type(error).__name__)
        if monotonic() - self._renewed > BLIND:
            self._match([])

    def end(self) -> None:
        """Stop everybody, wait a little, free the channels."""
        self._match([])
        until = monotonic() + ENDING
        for poller in self._pollers.values():
            poller.join(max(0.0, until - monotonic()))
        try:
            with transaction() as session:
                self._leases.release(session)
        except SQLAlchemyError as error:
            log.warning("receivers.leases_left", error=type(error).__name__)

    def _match(self, held: list[Held]) -> None:
        """Let exactly the held channels be polled, as they are set now."""
        wanted = {each.channel_id: each for each in held}
        for channel_id, poller in list(self._pollers.items()):
            current = wanted.get(channel_id)
            if current is None or current.fingerprint != poller.fingerprint:
                poller.stop()
            else:
                poller.hear(current.health)
            if not poller.is_alive():
                del self._pollers[channel_id]
        for channel_id, each in wanted.items():
            if channel_id not in self._pollers:
                self._pollers[channel_id] = poller = Poller(channel_id, self._leases.holder, each.fingerprint)
                poller.start()

    def _say_seen(self) -> None:
        """Note which channels answered lately; whoever watches sees the ones that fell silent."""
        if monotonic() - self._said_seen < SEEN_EVERY:
            return
        self._said_seen = monotonic()
        answering = [key for key, poller in self._pollers.items() if poller.answers]
        if answering:
            with transaction() as session:
                session.execute(update(Channel).where(Channel.id.in_(answering)).values(last_seen_at=now()))


def polled_kinds() -> list[str]:
    """The kinds of channels that have to be asked for what is new."""
    return [kind for kind in kinds() if (able := capabilities_of(kind)) is None or "poll" in able.receive]

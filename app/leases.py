"""Which receiver reads which channel: a lease in the channel's row, by the database's clock."""

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from uuid import uuid4

from sqlalchemy import ColumnElement, Text, and_, cast, func, or_, select, update
from sqlalchemy.orm import Session

from inbox.models import Channel

LEASE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Held:
    """A channel that is ours for now; `fingerprint` changes with anything its adapter needs to know."""

    channel_id: int
    fingerprint: str
    health: str


class Leases:
    """The leases of one process."""

    def __init__(self, kinds: Sequence[str], *, most: int = 50) -> None:
        self.holder = f"{place()}:{os.getpid()}:{uuid4().hex[:12]}"
        self._kinds = kinds
        self._most = most

    def keep(self, session: Session) -> list[Held]:
        """Renew what is ours, let go of what was switched off, take what is free; all that is ours then."""
        is_ours = Channel.lease_holder == self.holder
        session.execute(update(Channel).where(is_ours, ~_is_polled()).values(_FREE))
        session.execute(update(Channel).where(is_ours).values(lease_until=_end()))
        self._claim(session)
        ours = session.execute(
            select(Channel.id, _fingerprint(), Channel.health).where(is_ours).order_by(Channel.id)
        )
        return [Held(*row) for row in ours]

    def release(self, session: Session) -> None:
        """Let go of everything, so that another receiver need not wait."""
        session.execute(update(Channel).where(Channel.lease_holder == self.holder).values(_FREE))

    def _claim(self, session: Session) -> None:
        held = session.scalar(
            select(func.count()).select_from(Channel).where(Channel.lease_holder == self.holder)
        )
        free = (
            select(Channel.id)
            .where(
                _is_polled(),
                Channel.kind.in_(self._kinds),
                Channel.lease_holder.is_distinct_from(self.holder),
                or_(
                    Channel.lease_until.is_(None),
                    Channel.lease_until < func.clock_timestamp(),
                    Channel.lease_holder.in_(self._dead_holders(session)),
                ),
            )
            .order_by(Channel.id)
            .limit(max(0, self._most - (held or 0)))
            .with_for_update(skip_locked=True)
        )
        session.execute(
            update(Channel)
            .where(Channel.id.in_(free.scalar_subquery()))
            .values(lease_holder=self.holder, lease_until=_end())
            .execution_options(synchronize_session=False)
        )

    def _dead_holders(self, session: Session) -> list[str]:
        """Holders on this machine that live no more: their leases need not run out."""
        holders = session.scalars(
            select(Channel.lease_holder).where(
                Channel.lease_until >= func.clock_timestamp(), Channel.lease_holder != self.holder
            )
        )
        return [holder for holder in {*holders} if holder and is_dead(holder)]


def is_dead(holder: str) -> bool:
    """Whether a holder surely ended; one on another machine, or in another container, never surely."""
    where, _, rest = holder.partition(":")
    number = rest.partition(":")[0]
    if where != place() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@cache
def place() -> str:
    """This machine and its table of processes; two containers with one name are two places."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
        table = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return socket.gethostname()
    return f"{socket.gethostname()}/{boot}/{table}"


_FREE = {"lease_holder": None, "lease_until": None}


def _is_polled() -> ColumnElement[bool]:
    """It is switched on, and nobody calls us for it."""
    return and_(Channel.enabled, ~Channel.settings.has_key("receiving"))


def _end() -> ColumnElement[object]:
    return func.clock_timestamp() + LEASE


def _fingerprint() -> ColumnElement[str]:
    return func.md5(
        func.concat_ws(
            "|",
            Channel.kind,
            Channel.name,
            Channel.address,
            cast(Channel.settings, Text),
            func.encode(func.coalesce(Channel.secrets, b""), "hex"),
        )
    )

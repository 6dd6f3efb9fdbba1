"""A process that receives and reads one channel until it is killed or has read so many events."""

import os
import sys
import time

from sqlalchemy import func, select, update

from app.poller import Poller
from channels.intake import read_arrivals
from channels.models import Arrival, ArrivalState
from core import failpoints
from core.config import get_settings
from core.db import connect, transaction
from inbox.models import Channel

PATIENCE = 60.0


def main(channel_id: int, events: int) -> None:
    """Go on until so many events were read, or for a while."""
    if os.environ["FAILPOINT"]:
        failpoints.arm(os.environ["FAILPOINT"])
    connect(str(get_settings().database_url), pool_size=4)
    holder = f"a child {os.getpid()}"
    with transaction() as session:
        session.execute(update(Channel).values(lease_holder=holder))
        session.execute(update(Arrival).values(lease_until=None))
    poller = Poller(channel_id, holder, "")
    poller.start()
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and _done() < events:
        if not read_arrivals(seconds=1):
            time.sleep(0.05)
    poller.stop()
    os._exit(0 if _done() >= events else 1)


def _done() -> int:
    with transaction() as session:
        done = select(func.count()).select_from(Arrival).where(Arrival.state == ArrivalState.READ)
        return session.scalar(done) or 0


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

"""Fetches, reads and sends what there is, in a child of its own for every order.

`python -m tests.chaos.worker` takes orders as lines of JSON and answers each by a line with the exit code
of the child.
"""

import json
import os
import sys
import time
from typing import Any

from sqlalchemy import func, select

import channels.email.imap
import channels.email.incoming
import channels.email.mailbox
import channels.email.outgoing
import channels.email.smtp  # noqa: F401 what is imported before the fork need not be in every child
from app.poller import Poller
from channels.delivery import deliver_due
from channels.intake import read_arrivals
from channels.models import Arrival
from core import failpoints
from core.config import get_settings
from core.db import connect, transaction
from core.logs import configure_logging

HOLDER = "a worker of chaos"
PATIENCE = 20.0


def main() -> None:
    """Take orders until there are no more."""
    configure_logging(get_settings(), "chaos")  # to stderr, not between the answers
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            obey(json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def obey(order: dict[str, Any]) -> None:
    """Do all there is to do, unless the place in the order is passed; never returns."""
    code = 1
    try:
        failpoints.arm(order["failpoint"])
        connect(str(get_settings().database_url), pool_size=3)
        fetch(order["channel_id"], order["letters"])
        read_arrivals()
        deliver_due()
        code = 0
    finally:
        os._exit(code)


def fetch(channel_id: int, letters: int) -> None:
    """Let a poller work until so many letters are stored."""
    poller = Poller(channel_id, HOLDER, "")
    poller.start()
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with transaction() as session:
            if (session.scalar(select(func.count()).select_from(Arrival)) or 0) >= letters:
                break
        time.sleep(0.01)
    poller.stop()


if __name__ == "__main__":
    main()

"""A process of ours in a chat's tests: one that serves pages, or one that reads what visitors wrote."""

import os
import sys
import time

from sqlalchemy import func, select, update
from werkzeug.serving import make_server

from app import visitor_door
from app.factory import create_app
from channels.intake import read_arrivals
from channels.models import Arrival, ArrivalState
from core.config import get_settings, read_settings
from core.db import connect, transaction

PATIENCE = 60.0
PLENTY = ("100000/minute",) * 3


def serve(port: int) -> None:
    """Serve for ever, to people who write faster than people do."""
    connect(str(get_settings().database_url), pool_size=4)
    for name in visitor_door.LIMITS:
        visitor_door.LIMITS[name] = PLENTY
    visitor_door.NEW_VISITORS = (PLENTY[0], PLENTY[0])
    visitor_door.MESSAGES_AN_HOUR = PLENTY[0]
    make_server("127.0.0.1", port, create_app(read_settings(port=port)), threaded=True).serve_forever()


def read(events: int) -> None:
    """Read what arrived until so many lines are in the inbox, or for a while."""
    connect(str(get_settings().database_url), pool_size=4)
    with transaction() as session:
        session.execute(update(Arrival).values(lease_until=None))
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and _read() < events:
        if not read_arrivals(seconds=1):
            time.sleep(0.05)
    os._exit(0 if _read() >= events else 1)


def _read() -> int:
    with transaction() as session:
        chosen = select(func.count()).select_from(Arrival).where(Arrival.state == ArrivalState.READ)
        return session.scalar(chosen) or 0


if __name__ == "__main__":
    {"serve": serve, "read": read}[sys.argv[1]](int(sys.argv[2]))

"""A process that serves our pages to visitors until it is killed."""

import sys

from werkzeug.serving import make_server

from app import visitor_door
from app.factory import create_app
from core.config import get_settings, read_settings
from core.db import connect

PLENTY = ("100000/minute",) * 3


def main(port: int) -> None:
    """Serve for ever, to people who write faster than people do."""
    connect(str(get_settings().database_url), pool_size=4)
    for name in visitor_door.LIMITS:
        visitor_door.LIMITS[name] = PLENTY
    visitor_door.NEW_VISITORS = (PLENTY[0], PLENTY[0])
    visitor_door.MESSAGES_AN_HOUR = PLENTY[0]
    make_server("127.0.0.1", port, create_app(read_settings(port=port)), threaded=True).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))

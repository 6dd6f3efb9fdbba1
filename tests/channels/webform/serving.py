"""A process that serves our pages to people who fill in forms faster than people do, until it is killed."""

import sys

from werkzeug.serving import make_server

from app.factory import create_app
from channels.webform import submitting
from core.config import get_settings, read_settings
from core.db import connect

PLENTY = "100000/minute"


def main(port: int) -> None:
    """Serve for ever."""
    connect(str(get_settings().database_url), pool_size=4)
    submitting.MOST_FROM_ADDRESS = submitting.SOME_FROM_ADDRESS = PLENTY
    submitting.SOME_AT_FORM = submitting.SOME_FOR_EMAIL = PLENTY
    make_server("127.0.0.1", port, create_app(read_settings(port=port)), threaded=True).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))

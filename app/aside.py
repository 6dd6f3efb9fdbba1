"""Work of the web process that nobody should wait for."""

from collections.abc import Callable

import structlog
from flask import current_app

_log = structlog.get_logger("web")


def run_aside(work: Callable[[], None]) -> None:
    """Do something beside the request; in tests at once, so that they see it."""
    if current_app.testing:
        work()
    else:
        current_app.extensions["socketio"].start_background_task(_guarded, work)


def _guarded(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:
        # Nobody waits for the result, so nobody else would hear of it.
        _log.exception("aside_broke")

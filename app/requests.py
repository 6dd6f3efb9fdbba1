"""What happens around every request: its number, its line in the log, and the door in front of the view."""

import gzip
import secrets
import time

import structlog
from flask import Flask, Response, current_app, g, request

from app.access import Entrance, Whom, entrance_of
from app.guard import OF_VISITORS
from app.identity import admit

SMALLEST_PACKED = 1024
# How hard each is pressed: scripts of strangers' pages are few, small and kept by browsers.
_PACKED = {"text/html": 4, "application/json": 4, "text/plain": 4, "text/javascript": 9}
_QUIET = ("/health/", "/static/", "/metrics")

_log = structlog.get_logger("web")


def install(app: Flask) -> None:
    """Number and log every request, and admit people by what the view says of itself."""
    app.before_request(_begin)
    app.after_request(_pack)
    app.after_request(_note)


def install_door(app: Flask) -> None:
    """Admit people; put after the guard, so that what is refused there costs no query."""
    app.before_request(_admit)


def check_entrances(app: Flask) -> None:
    """Stop if a view does not say who may use it: a route outside the door is the classic hole."""
    silent = [name for name, view in app.view_functions.items() if entrance_of(view) is None]
    if silent:
        raise RuntimeError(f"these views do not say who may use them: {', '.join(sorted(silent))}")


def _begin() -> None:
    g.request_id = secrets.token_hex(6)
    g.began = time.monotonic()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=g.request_id)
    if request.path.startswith(OF_VISITORS):
        g.visitor = None  # whoever of us tries the chat is a visitor there like others


def _admit() -> None:
    if request.endpoint is None:
        return
    entrance: Entrance | None = entrance_of(current_app.view_functions[request.endpoint])
    if entrance is None or entrance.whom != Whom.ANYBODY:
        admit(entrance or Entrance(Whom.ADMINISTRATORS))


def _pack(response: Response) -> Response:
    """Compress what is long and text. Cookies are SameSite, so no other site can guess at secrets by size."""
    if (
        request.accept_encodings.quality("gzip") > 0
        and response.mimetype in _PACKED
        and not response.is_streamed
        and "Content-Encoding" not in response.headers
        and (response.content_length or 0) >= SMALLEST_PACKED
    ):
        response.set_data(gzip.compress(response.get_data(), _PACKED[response.mimetype or ""], mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        response.headers.add("Vary", "Accept-Encoding")
    return response


def _shown_path() -> str:
    """The path without the part of a messenger's address that nobody may know, and without signed links."""
    if request.url_rule is not None and "signed" in request.url_rule.arguments:
        return request.url_rule.rule
    return request.path.rpartition("/")[0] if request.path.startswith("/hooks/") else request.path


def _note(response: Response) -> Response:
    """One line for each request: the path without its query, which may hold a link's token."""
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if not request.path.startswith(_QUIET):
        who = g.get("visitor")
        _log.info(
            "request",
            method=request.method,
            path=_shown_path(),
            status=response.status_code,
            ms=round((time.monotonic() - g.get("began", time.monotonic())) * 1000, 1),
            agent=who.agent.id if who else None,
        )
    return response

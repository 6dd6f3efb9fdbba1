"""Coming in: attempts are counted, and a browser that is let in starts with nothing it held before."""

from flask import redirect, request
from flask import session as browser
from werkzeug.wrappers import Response

from app.identity import sign_in_cookie
from core.errors import TooMany
from core.throttle import house_throttle, household_of
from core.words import N_

PER_ACCOUNT = "5/15minutes"
PER_ADDRESS = "20/15minutes"


def come_in(token: str, address: str = "/inbox") -> Response:
    """Go on signed in; whatever this browser held before is worth nothing any more."""
    browser.clear()
    return sign_in_cookie(redirect(address, 303), token)  # type: ignore[arg-type]


def count_attempt(name: str, key: str, limit: str) -> None:
    """Count an attempt; TooMany when it is one too many."""
    if not house_throttle().hit(name, key, limit):
        raise TooMany(N_("Too many attempts. Try again in a quarter of an hour."))


def client_address() -> str:
    """Where the request comes from; of IPv6 the network, since one machine has a whole one."""
    return household_of(request.remote_addr or "")


def user_agent() -> str:
    """What the browser calls itself."""
    return request.headers.get("User-Agent", "")

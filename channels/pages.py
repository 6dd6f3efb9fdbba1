"""Which page of the shop's somebody writes from."""

from urllib.parse import urlsplit, urlunsplit


def bare_address(told: str) -> str:
    """A page's address up to its path; empty for what is none.

    What follows, and a name before the host, may be a key to their account at the shop.
    """
    try:
        parts = urlsplit(told)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))

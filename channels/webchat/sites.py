"""Which sites may show a channel's pages, as an administrator writes them and as a policy says it. Pure."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_SITE = re.compile(
    r"(?:(?P<scheme>https?)://)?"
    r"(?P<host>(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)"
    r"(?P<port>:[0-9]{1,5})?"
)
_LOCAL = ("localhost", "127.0.0.1")


def sources_of(lines: str) -> list[str]:
    """The sites as sources of a policy (CSP 3, 2.3.1); what is no site is left out.

    A name without a scheme means https; on the machine itself http, too.
    """
    return list(dict.fromkeys(source for line in re.split(r"[\s,]+", lines) for source in _sources(line)))


def frame_ancestors(lines: str) -> str:
    """The value of `frame-ancestors`: these sites, and our own pages for a look before."""
    return " ".join(["'self'", *sources_of(lines)])


def is_of_sites(address: str, lines: str) -> bool:
    """Whether a page's address lies on one of these sites."""
    try:
        page = urlsplit(address)
        host, port = (page.hostname or "").lower(), f":{page.port}" if page.port else ""
    except ValueError:
        return False
    if page.scheme not in ("http", "https") or page.username is not None:
        return False
    for source in sources_of(lines):
        scheme, _, place = source.partition("://")
        name = f"{host}{port}"
        is_below = place.startswith("*.") and name.endswith(place[1:])
        if scheme == page.scheme and (name == place or is_below):
            return True
    return False


def unknown_sites(lines: str) -> list[str]:
    """What was written and is no site."""
    return [line for line in re.split(r"[\s,]+", lines) if line and not list(_sources(line))]


def _sources(written: str) -> Iterable[str]:
    try:
        plain = written.strip() if written.isascii() else written.strip("/ ").encode("idna").decode()
    except UnicodeError:
        return
    match = _SITE.fullmatch(plain.rstrip("/").lower())
    if match is None or match["host"].strip("*.").isdecimal():
        return
    host, port = match["host"], match["port"] or ""
    if match["scheme"]:
        yield f"{match['scheme']}://{host}{port}"
        return
    yield f"https://{host}{port}"
    if host in _LOCAL:
        yield f"http://{host}{port}"

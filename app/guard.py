"""What protects every page: the host, where a write comes from, and the headers of each answer.

Nothing here knows what a page is about, so no page can forget it.
"""

import secrets
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms import ValidationError

from app.identity import carries_key
from core.config import Settings
from core.errors import DeskError, Forbidden
from core.words import N_

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"
OF_STRANGERS = "/f/"
CALLED_FROM_OUTSIDE = ("/hooks/", OF_STRANGERS)
OF_VISITORS = "/w/"
TRUSTED_TYPES = "svelte-trusted-html emptyfeed ProseMirrorClipboard"

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_STEADY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": browsers then send a form of ours with the origin "null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": (
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), serial=(), hid=(), "
        "browsing-topics=(), interest-cohort=()"
    ),
}


def install(app: Flask, settings: Settings) -> None:
    """Put the guard before every request and behind every answer."""
    app.config.update(
        OUR_ORIGINS=origins_of(settings.base_url),
        OUR_HOSTS=frozenset(urlsplit(origin).netloc for origin in origins_of(settings.base_url)),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_FIELD_NAME=CSRF_FIELD,
    )
    app.before_request(refuse_foreign_host)
    app.before_request(refuse_foreign_write)
    app.after_request(add_headers)
    app.jinja_env.globals.update(nonce=nonce, csrf_token=generate_csrf)


def origins_of(base_url: str) -> frozenset[str]:
    """The origins that are us: BASE_URL's, and on this machine the other names of this machine."""
    parts = urlsplit(base_url)
    own = f"{parts.scheme}://{parts.netloc}"
    if not is_loopback(parts.hostname or ""):
        return frozenset({own})
    port = f":{parts.port}" if parts.port else ""
    return frozenset({own, *(f"{parts.scheme}://{host}{port}" for host in _LOOPBACK)})


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def nonce() -> str:
    """The word that lets a script of ours run in this page, another one in each answer."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(18)
    return str(g.nonce)


def refuse_foreign_host() -> None:
    """Answer only under our own name; whoever asks how we are may use any."""
    if (
        request.path.startswith("/health/")
        or request.environ.get("HTTP_HOST", "") in current_app.config["OUR_HOSTS"]
    ):
        return
    raise DeskError(N_("This server does not go by that name."), code="foreign_host")


def refuse_foreign_write() -> None:
    """A write comes from a page of ours, in its origin and with its token; or from a program with a key.

    The two checks fail apart: a forgotten SameSite, a leaked token or an old browser alone opens nothing.
    Where messengers call nobody is signed in, and each call proves itself by its channel's secret; forms come
    from anywhere, and what is sent by them is anybody's. Visitors
    of a chat prove themselves by a token that no cookie carries, and only from a frame of ours.
    """
    if request.method not in UNSAFE or request.path.startswith(CALLED_FROM_OUTSIDE):
        return
    if request.path.startswith(OF_VISITORS):
        refuse_foreign_origin()
        return
    if carries_key():
        return
    refuse_foreign_origin()
    try:
        validate_csrf(request.headers.get(CSRF_HEADER) or _form_token())
    except ValidationError:
        raise Forbidden(
            N_("This page has been open for too long. Reload it and repeat what you did."), code="csrf"
        ) from None


def refuse_foreign_origin() -> None:
    """Refuse what a browser says another site began."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    if site not in ("same-origin", "none") or (
        origin is not None and origin not in current_app.config["OUR_ORIGINS"]
    ):
        raise Forbidden(
            N_("This request came from another site and was not carried out."), code="foreign_origin"
        )


def add_headers(response: Response) -> Response:
    """Headers of every answer; a view that set one of its own keeps it, and "" means none."""
    for name, value in _STEADY_HEADERS.items():
        response.headers.setdefault(name, value)
        if not response.headers[name]:
            del response.headers[name]
    response.headers.setdefault("Content-Security-Policy", page_policy())
    response.headers.setdefault("Cache-Control", "no-store")
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def page_policy() -> str:
    """What a page of ours may load: its own script by nonce, its own origin, nothing else."""
    rules = {
        "default-src": "'none'",
        "script-src": f"'nonce-{nonce()}' 'strict-dynamic'",
        "style-src": "'self'",
        "img-src": "'self' blob:",
        "font-src": "'self'",
        "connect-src": f"'self' {sockets_of_ours()}",
        "frame-src": "'self'",
        "manifest-src": "'self'",
        "media-src": "'self' blob:",
        "worker-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": TRUSTED_TYPES,
    }
    rules |= current_app.config.get("EXTRA_POLICY", {})
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def sockets_of_ours() -> str:
    """Our origins as sockets, for a policy, which has no way to write an IPv6 address."""
    ours: frozenset[str] = current_app.config["OUR_ORIGINS"]
    return " ".join(sorted(origin.replace("http", "ws", 1) for origin in ours if "[" not in origin))


def local_path(target: str | None, otherwise: str = "/inbox") -> str:
    """Where to go on after signing in: a path of ours, never another site (CWE-601)."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return otherwise
    if any(sign in target for sign in "\\\r\n\t\0") or any(ord(sign) < 32 for sign in target):
        return otherwise
    parts = urlsplit(target)
    return otherwise if parts.scheme or parts.netloc else target


def _form_token() -> str | None:
    if request.mimetype not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return None
    return request.form.get(CSRF_FIELD)

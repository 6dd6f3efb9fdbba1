"""The chat itself as a page, to be framed by the sites of its channel."""

from typing import Any

from flask import Response, render_template, request

from app import assets
from app.answers import in_page
from app.guard import nonce, sockets_of_ours
from channels.webchat.sites import frame_ancestors

FRAME, STYLES = "src/widget/frame.ts", "src/widget/frame.css"
ABOUT = {"Cross-Origin-Resource-Policy": "cross-origin"}


def frame_page(settings: dict[str, Any], *, sites: str) -> Response:
    """The page in the language that was asked for, for these sites and for our own pages."""
    asked = request.args.get("language", "")
    language = asked if asked in settings["languages"] else settings["default_language"]
    catalogue = assets.text_of(f"i18n/widget-{language}.json") or "{}"
    page = render_template(
        "webchat/frame.html",
        language=language,
        settings=in_page(settings),
        catalogue=catalogue.replace("<", "\\u003c"),
        script=assets.address_of(FRAME),
        styles=assets.address_of(STYLES),
    )
    response = Response(page, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _policy(sites)
    response.headers["X-Frame-Options"] = ""  # frame-ancestors says it, and knows more than one site
    response.headers.update(ABOUT)
    return response


def _policy(sites: str) -> str:
    rules = {
        "default-src": "'none'",
        "script-src": f"'nonce-{nonce()}'",
        "style-src": "'self'",
        "img-src": "'self' blob:",
        "font-src": "'self'",
        "connect-src": f"'self' {sockets_of_ours()}".strip(),
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": frame_ancestors(sites),
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())

"""Letters in HTML, each in a page of its own that may do nothing.

The page is shown in a sandboxed frame in which no script can run, so that it may keep our origin and the
screen can see how high it is. Images come by addresses that are signed for a while; remote ones are fetched
by us, and only when somebody asked.
"""

from datetime import timedelta
from threading import BoundedSemaphore

import structlog
from flask import Blueprint, Response, current_app, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app.access import Whom, message_for, open_to
from app.identity import me
from app.views.files import FILE_POLICY, send
from channels.email.sanitize import clean_html, content_id, has_own_colours, rewrite_images
from core.clock import now
from core.db import transaction
from core.errors import NotFound, TooMany
from core.files import file_store
from core.media import kind_of_file
from core.outside.faults import OutsideFault
from core.outside.http import OutsideClient
from core.secrets import sign, verify
from core.words import N_
from inbox.models import Message

IMAGE_LIFE = timedelta(hours=1)
LARGEST_IMAGE = 10 * 1024 * 1024
AT_ONCE = 8

_OWN, _REMOTE = "letter image", "letter remote image"
_turns = BoundedSemaphore(AT_ONCE)
_log = structlog.get_logger("letters")

letters = Blueprint("letters", __name__)


@letters.get("/api/messages/<int:message_id>/html")
@open_to(Whom.TEAM)
def show(message_id: int) -> Response:
    """A letter's HTML: `remote=1` shows remote images, `full=1` what is folded, `theme` light or dark.

    A letter with colours of its own is shown on white in the dark too: they were chosen for that.
    """
    with transaction() as session:
        message = message_for(session, me(session), message_id)
        if message.html is None:
            raise NotFound(N_("This message has no HTML."))
        body = _body(session, message, remote=request.args.get("remote") == "1")
    page = render_template(
        "letters/letter.html",
        body=body,
        is_dark=request.args.get("theme") == "dark" and not has_own_colours(body),
        is_full=request.args.get("full") == "1",
    )
    response = Response(page, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _policy()
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@letters.get("/letters/images/<signed>")
@open_to(Whom.ANYBODY)
def own_image(signed: str) -> AnyResponse:
    """A picture that came with a letter."""
    sha256 = verify(_OWN, signed)
    if sha256 is None or not file_store().exists(sha256):
        raise NotFound(N_("This picture is no longer here."))
    with file_store().open_file(sha256) as opened:
        if not kind_of_file("", opened.read(8192)).may_inline:
            raise NotFound(N_("This is not a picture we show."))
    return _for_frame(send(sha256, "picture", inline=True))


@letters.get("/letters/remote/<signed>")
@open_to(Whom.ANYBODY)
def remote_image(signed: str) -> AnyResponse:
    """A picture from elsewhere, fetched by us: the sender learns nothing of the reader."""
    address = verify(_REMOTE, signed)
    if address is None:
        raise NotFound(N_("This picture is no longer here."))
    if not _turns.acquire(timeout=5):
        raise TooMany(N_("Too many pictures at once. Try again in a moment."))
    try:
        with OutsideClient() as client:
            fetched = client.fetch(address, most_bytes=LARGEST_IMAGE)
    except OutsideFault as fault:
        _log.info("picture_not_fetched", fault=type(fault).__name__)
        raise NotFound(N_("This picture could not be fetched.")) from None
    finally:
        _turns.release()
    kind = kind_of_file("", fetched.body)
    if fetched.status != 200 or not kind.may_inline:
        raise NotFound(N_("This is not a picture we show."))
    return _for_frame(Response(fetched.body, mimetype=kind.mime))


def _body(session: Session, message: Message, *, remote: bool) -> str:
    own = {content_id(each.cid): each.sha256 for each in message.attachments if each.cid}

    def local(cid: str) -> str | None:
        sha256 = own.get(cid)
        return _address("letters.own_image", _OWN, sha256) if sha256 else None

    def proxied(address: str) -> str | None:
        return _address("letters.remote_image", _REMOTE, address)

    # Cleaned on the way in as well; what was stored by an older release gets today's rules.
    return rewrite_images(clean_html(message.html or ""), local, proxied if remote else None)


def _address(endpoint: str, purpose: str, value: str) -> str:
    return url_for(endpoint, signed=sign(purpose, value, expires=now() + IMAGE_LIFE))


def _policy() -> str:
    """The frame may show pictures of ours, open links in new windows, and nothing else."""
    origin = next(
        (each for each in current_app.config["OUR_ORIGINS"] if each.endswith(f"//{request.host}")), "'none'"
    )
    return (
        "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
        f"img-src {origin}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    )


def _for_frame(response: AnyResponse) -> AnyResponse:
    """A picture that the page of a letter may show."""
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response

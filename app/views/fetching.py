"""Files that were too big for a letter: whoever has the link in it fetches them, until it ends."""

from flask import Blueprint, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.access import Whom, open_to
from app.languages import COOKIE, speaking
from app.pages import page
from app.views.files import send
from channels.email.file_links import PATH, Asked, asked_for
from core.db import transaction
from core.files import file_store
from inbox.models import Attachment

fetching = Blueprint("fetching", __name__)


@fetching.get(f"{PATH}<signed>/<path:name>")
@open_to(Whom.ANYBODY)
def fetch(signed: str, name: str) -> Response:
    """The file as a download, or a page that says since when the link is over.

    `name` is only for people who look at the address. Search engines and caches keep nothing of it.
    """
    asked = asked_for(signed)
    if asked is None:
        return _closed(None, 404)
    called = _name_of(asked)
    if asked.is_over:
        return _closed(asked, 410)
    if called is None or not file_store().exists(asked.sha256):
        return _closed(asked, 404)
    response = send(asked.sha256, called)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _name_of(asked: Asked) -> str | None:
    """What the file is called; None if its message or it was erased."""
    with transaction() as session:
        return session.scalar(
            select(Attachment.name)
            .where(Attachment.message_id == asked.message_id, Attachment.sha256 == asked.sha256)
            .limit(1)
        )


def _closed(asked: Asked | None, status: int) -> Response:
    """In the language of the letter, unless its reader chose another one here."""
    if asked is None or request.cookies.get(COOKIE):
        return page("fetching/closed.html", status, asked=asked)
    with speaking(asked.language):
        return page("fetching/closed.html", status, asked=asked)

"""Files, always checked anew for whoever asks, and never trusted to be what they are called."""

from typing import Any

import orjson
from flask import Blueprint, request, send_file
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Whom, attachment_for, face_for, message_for, open_to
from app.identity import me
from channels.models import Arrival
from core.db import transaction
from core.errors import NotFound
from core.files import file_store
from core.media import BINARY, content_disposition, kind_of_file
from core.words import N_
from inbox.models import Message

# Nothing in a file runs, loads or frames anything, whatever a browser takes it for.
FILE_POLICY = "default-src 'none'; sandbox"
MOST_TOLD = 50
_HEAD = 8192
_SECRET_NAMES = frozenset({"secret", "token", "access_token", "access_key"})

files = Blueprint("files", __name__)


@files.get("/files/<int:attachment_id>/<path:name>")
@open_to(Whom.TEAM, scope="read")
def download(attachment_id: int, name: str) -> Response:
    """A file as a download; a picture of a harmless kind may be shown in place (`?inline=1`).

    `name` is only for people who look at the address.
    """
    with transaction() as session:
        file = attachment_for(session, me(session), attachment_id)
        sha256, called = file.sha256, file.name
    return send(sha256, called, inline="inline" in request.args)


@files.get("/pictures/<int:identity_id>/<name>")
@open_to(Whom.TEAM, scope="read")
def picture(identity_id: int, name: str) -> Response:
    """What somebody looks like; `name` changes with the picture."""
    with transaction() as session:
        sha256 = face_for(session, me(session), identity_id)
    return send(sha256, "picture", inline=True)


@files.get("/messages/<int:message_id>/raw")
@open_to(Whom.TEAM, scope="read")
def raw_message(message_id: int) -> Response:
    """The letter as it came or left, byte by byte; of a chat, what its channel told us."""
    with transaction() as session:
        message = message_for(session, me(session), message_id)
        sha256 = message.raw_sha256
        told = [] if sha256 is not None else _payloads(session, message)
    if sha256 is not None:
        return send(sha256, f"message-{message_id}.eml", kind=BINARY)
    if not told:
        raise NotFound(N_("There is no e-mail behind this message."))
    return _told(told, f"message-{message_id}.json")


def send(sha256: str, name: str, *, inline: bool = False, kind: str | None = None) -> Response:
    """The bytes behind a hash, with the headers every file gets."""
    store = file_store()
    if not store.exists(sha256):
        raise NotFound(N_("The file is no longer in the store."))
    with store.open_file(sha256) as opened:
        found = kind_of_file(name, opened.read(_HEAD))
    shown = inline and found.may_inline and kind is None
    response = send_file(
        store.path_of(sha256), mimetype=kind or found.mime, etag=sha256, conditional=True, max_age=0
    )
    response.headers["Content-Disposition"] = content_disposition(name, inline=shown)
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _payloads(session: Session, message: Message) -> list[dict[str, Any]]:
    behind = select(Arrival.payload).where(Arrival.message_id == message.id)
    return [each for each in session.scalars(behind.order_by(Arrival.id).limit(MOST_TOLD)) if each]


def _told(payloads: list[dict[str, Any]], name: str) -> Response:
    """What a channel told us, without what it proves itself with."""
    told = orjson.dumps(_without_secrets(payloads), option=orjson.OPT_INDENT_2)
    response = Response(told, mimetype="application/json")
    response.headers["Content-Disposition"] = content_disposition(name, inline=False)
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: "…" if str(name).lower() in _SECRET_NAMES else _without_secrets(held)
            for name, held in value.items()
        }
    return [_without_secrets(each) for each in value] if isinstance(value, list) else value

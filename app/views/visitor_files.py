"""Files of a visitor's chat: sent up before the line they belong to, and fetched."""

from uuid import UUID

from flask import request
from werkzeug.wrappers import Response

from app.access import Whom, open_to
from app.answers import json_response
from app.views.files import send
from app.views.webchat import webchat
from app.visitor_door import check_asked, check_proof, count, count_bytes, open_channel, token_given, visiting
from app.visitor_json import FILE, file_json
from channels.webchat import uploads
from channels.webchat.models import ChatFile, Visitor
from core.db import reading
from core.errors import NOTHING, Invalid, NotFound
from core.secrets import verify
from core.words import N_

PROOF = "X-Proof"
LONGEST_PROOF = 4000


@webchat.post("/api/files")
@open_to(Whom.ANYBODY)
def upload(key: str) -> Response:
    """Take a file before the line it belongs to, once for each name of the browser's.

    Who it is that brings it, and whether they may, is looked at before any of it is read.
    """
    count("file", key, token_given())
    with visiting(key, held=True) as guest:
        check_asked(guest)
        check_proof(guest, request.headers.get(PROOF, "")[:LONGEST_PROOF])
    count_bytes(key)
    client_id, given = _client_id(request.form.get("client_id", "")), request.files.get("file")
    if given is None:
        raise Invalid(N_("Choose a file."), field="file")
    with visiting(key, held=True) as guest:
        known = uploads.file_of_client(guest.session, guest.visitor, client_id)
        if known is not None:
            return json_response(file_json(key, known))
        uploads.check_room(guest.session, guest.visitor)
    kept = uploads.keep(given.filename or "", iter(lambda: given.stream.read(1024 * 1024), b""))
    with visiting(key, held=True) as guest:
        file = uploads.file_of_client(guest.session, guest.visitor, client_id)
        is_new = file is None
        if file is None:
            uploads.check_room(guest.session, guest.visitor, kept.stored.size)
            file = uploads.note_file(guest.session, guest.visitor, client_id, kept)
        answer = file_json(key, file)
    return json_response(answer, 201 if is_new else 200)


@webchat.get("/api/files/<int:file_id>")
@open_to(Whom.ANYBODY)
def download(key: str, file_id: int) -> Response:
    """A file of the visitor's own chat."""
    count("look", key, token_given())
    with visiting(key, looking=True) as guest:
        file = guest.session.get(ChatFile, file_id)
        if file is None or file.visitor_id != guest.visitor.id:
            raise NotFound(NOTHING)
        sha256, name, is_image = file.sha256, file.name, file.is_image
    return send(sha256, name, inline=is_image)


@webchat.get("/files/<signed>")
@open_to(Whom.ANYBODY)
def signed_file(key: str, signed: str) -> Response:
    """A file by an address that was given to its visitor, for elements that can send no header."""
    number = verify(FILE, signed)
    with reading() as work:
        channel = open_channel(work, key)
        file = work.get(ChatFile, int(number)) if number is not None else None
        owner = work.get(Visitor, file.visitor_id) if file is not None else None
        if file is None or owner is None or owner.channel_id != channel.id:
            raise NotFound(N_("The file is no longer in the store."))
        sha256, name, is_image = file.sha256, file.name, file.is_image
    return send(sha256, name, inline=is_image)


def _client_id(given: str) -> str:
    try:
        return str(UUID(given))
    except ValueError:
        raise Invalid(N_("This value cannot be used."), field="client_id") from None

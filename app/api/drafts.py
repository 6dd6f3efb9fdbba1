"""Drafts, and the files that wait to go with them."""

from collections.abc import Sequence
from typing import Any

from flask import Response, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import Whom, dialog_for, open_to, upload_for
from app.answers import json_response
from app.api.commands import Body, DraftBody
from app.api.dialog_shapes import FileShape, RevisionShape
from app.api.endpoints import LETTER, Endpoint, Work, api, document, writes
from app.api.files_json import file_json
from app.api.shapes import Nothing
from app.identity import me
from core.db import transaction
from core.errors import Conflict, Invalid
from core.files import LARGEST_FILE, file_store
from core.media import kind_of_file, safe_download_name
from core.words import N_
from inbox.actions import forget_draft, save_draft
from inbox.models import Attachment, Draft

_CHUNK = 64 * 1024


@writes(
    "PUT",
    "/dialogs/<int:dialog_id>/drafts/<any(reply,comment):mode>",
    answer=RevisionShape,
    body=DraftBody,
    most_bytes=LETTER,
)
def put_draft(work: Work, told: DraftBody, dialog_id: int, mode: str) -> dict[str, Any]:
    """Keep what the reader has typed so far."""
    dialog = dialog_for(work.session, work.agent, dialog_id)
    try:
        draft = save_draft(
            work.session,
            dialog,
            agent=work.agent,
            mode=mode,
            text=told.text,
            html=told.html,
            extra=told.extra.model_dump(mode="json", exclude_none=True),
            revision=told.revision,
        )
    except Conflict as newer:
        kept = with_files(work.session, newer.details["draft"], agent_id=work.agent.id)
        newer.details = {"draft": kept}
        raise
    return {"revision": draft.revision}


@writes("DELETE", "/dialogs/<int:dialog_id>/drafts/<any(reply,comment):mode>", answer=Nothing)
def delete_draft(work: Work, told: Body, dialog_id: int, mode: str) -> dict[str, Any]:
    """Throw a draft away."""
    forget_draft(work.session, dialog_for(work.session, work.agent, dialog_id), agent=work.agent, mode=mode)
    return {}


@api.post("/uploads")
@open_to(Whom.TEAM, scope="write")
def post_upload() -> Response:
    """Take a file in: it goes to the store piece by piece, then a row names it."""
    request.max_content_length = LARGEST_FILE + LETTER
    given = request.files.get("file")
    if given is None:
        raise Invalid(N_("Choose a file."), code="no_file", field="file")
    stored = file_store().put_stream(iter(lambda: given.stream.read(_CHUNK), b""), most_bytes=LARGEST_FILE)
    given.stream.seek(0)
    name = safe_download_name(given.filename or "")
    kind = kind_of_file(name, given.stream.read(8192))
    with transaction() as session:
        upload = Attachment(
            uploaded_by=me(session).id,
            sha256=stored.sha256,
            name=name,
            mime=kind.mime,
            size=stored.size,
            inline=False,
        )
        session.add(upload)
        session.flush()
        return json_response(file_json(upload))


document(
    Endpoint(
        "POST",
        "/api/uploads",
        "post_upload",
        "Take a file in.",
        answer=FileShape,
        scope="write",
        content_type="multipart/form-data",
    )
)


@writes("DELETE", "/uploads/<int:upload_id>", answer=Nothing)
def delete_upload(work: Work, told: Body, upload_id: int) -> dict[str, Any]:
    """Forget a file that was not sent."""
    work.session.delete(upload_for(work.session, work.agent, upload_id))
    return {}


def draft_json(session: Session, draft: Draft) -> dict[str, Any]:
    """A draft, its files as they are now."""
    kept = {"text": draft.text, "html": draft.html, "revision": draft.revision, "extra": dict(draft.extra)}
    return with_files(session, kept, agent_id=draft.agent_id)


def with_files(session: Session, draft: dict[str, Any], *, agent_id: int) -> dict[str, Any]:
    """A draft as it is kept, its files as they are now."""
    extra = draft["extra"]
    if extra.get("attachments"):
        extra = {**extra, "attachments": _waiting_files(session, extra["attachments"], agent_id=agent_id)}
    return {**draft, "extra": extra}


def _waiting_files(session: Session, kept: Sequence[Any], *, agent_id: int) -> list[dict[str, Any]]:
    ids = [each["id"] if isinstance(each, dict) else int(each) for each in kept]
    found = session.scalars(
        select(Attachment)
        .where(
            Attachment.id.in_(ids),
            Attachment.uploaded_by == agent_id,
            Attachment.message_id.is_(None),
            Attachment.comment_id.is_(None),
        )
        .order_by(Attachment.id)
    )
    return [file_json(each) for each in found]

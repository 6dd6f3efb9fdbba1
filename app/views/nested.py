"""A letter that came inside another one, opened: read anew, shown as text, nothing of it stored."""

from contextlib import closing
from pathlib import Path

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from app.access import Whom, attachment_for, open_to
from app.api.files_json import LETTERS
from app.identity import me
from app.pages import page
from channels.email.letter_folders import letter_folder
from channels.email.letters import Letter
from channels.email.reader import Reader, Unreadable
from core.db import transaction
from core.errors import Invalid, NotFound
from core.files import file_store
from core.media import safe_download_name
from core.words import N_

nested = Blueprint("nested", __name__)


@nested.get("/letters/nested/<int:attachment_id>")
@open_to(Whom.TEAM)
def show(attachment_id: int) -> Response:
    """Show an attached letter: who wrote it to whom, when, and what it says."""
    with transaction() as session:
        file = attachment_for(session, me(session), attachment_id)
        if file.mime not in LETTERS or not file_store().exists(file.sha256):
            raise NotFound(N_("This file is not an e-mail."))
        path, name = file_store().path_of(file.sha256), safe_download_name(file.name)
    address = url_for("files.download", attachment_id=attachment_id, name=name)
    return page("letters/nested.html", letter=_read(path), address=address)


def _read(path: Path) -> Letter:
    """Read in a process of its own, which ends afterwards: few letters are opened this way."""
    with letter_folder() as folder, closing(Reader()) as reader:
        try:
            return reader.read(path, folder)
        except Unreadable as fault:
            raise Invalid(
                N_("This e-mail could not be read. Download it instead."), code="unreadable"
            ) from fault

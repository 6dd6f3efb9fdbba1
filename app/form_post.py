"""What comes with the post of a form from anywhere: its words, its files, and the marks beside them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson
from flask import current_app, request
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from app.languages import language
from channels.pages import bare_address
from channels.webchat.sites import is_of_sites
from channels.webform.answers import Answers, read_answers
from channels.webform.definition import Definition, is_web_address
from channels.webform.models import WebForm
from channels.webform.passes import KeptFile, file_behind
from channels.webform.settings_form import SITES
from channels.webform.submitting import Sending, may_bring_file
from channels.webform.trap import TRAP
from core.errors import TooLarge
from core.files import file_store
from core.media import human_size, kind_of_file, safe_download_name
from people.touches import CLICKS, MARKS, kept_touches

SUBMISSION, OPENED, SOLUTION, VERSION = "_submission", "_opened", "_solution", "_version"
LANGUAGE, TOUCHES, PAGE, NEXT, PLACE = "_language", "_touches", "_page", "_next", "_place"
KEPT = "_kept_"
LARGEST_POST = 64 * 1024 * 1024
LARGEST_FORM = 1024 * 1024
LARGEST_FILES = 25 * 1024 * 1024
MOST_FILES = 10
LONGEST_MARK = 8_000
_CHUNK = 1024 * 1024
_HEAD = 8192


@dataclass(slots=True)
class Post:
    """A post as it was read: the answers, the files that lie in the store now, and whose they are."""

    answers: Answers
    sending: Sending
    files: list[KeptFile] = field(default_factory=list)


def read_post(form: WebForm, definition: Definition, *, spoken: str, region: str | None) -> Post:
    """Read the words and keep the files; what is wrong stands in `answers.errors`."""
    files, faults = _files(form, definition)
    given = request.form.to_dict(flat=False)
    answers = read_answers(
        definition, given, region=region, has_file=[*(each.field for each in files), *faults]
    )
    answers.errors |= faults
    return Post(answers, _sending(form, spoken), files)


def mark(name: str) -> str:
    """A hidden field that a page of ours carries."""
    return request.form.get(name, "")[:LONGEST_MARK]


def next_address(form: WebForm, definition: Definition) -> str:
    """Where to go on afterwards: as the form says, or as the page says if that is on one of its sites."""
    wanted = request.form.get(NEXT, "").strip()
    if wanted and len(wanted) <= 2000 and is_web_address(wanted) and is_site(form, wanted):
        return wanted
    return definition.thank_you


def origin_of(address: str) -> str:
    """The origin of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()


def is_site(form: WebForm, address: str) -> bool:
    """Whether an address or an origin lies on one of the sites that may show the form."""
    return is_of_sites(address, str(form.channel.settings.get(SITES) or ""))


def marks_of_advertisements(given: Mapping[str, str]) -> dict[str, str]:
    """The marks that advertisements put behind an address."""
    return {name: given[name][:500] for name in (*MARKS, *CLICKS) if given.get(name)}


def _sending(form: WebForm, spoken: str) -> Sending:
    told = mark(TOUCHES)
    origin = request.headers.get("Origin", "").lower()
    theirs = origin not in ("", "null", *current_app.config["OUR_ORIGINS"])
    knows_sites = bool(form.channel.settings.get(SITES))
    return Sending(
        submission=mark(SUBMISSION)[:64],
        opened=mark(OPENED),
        solution=mark(SOLUTION),
        trap=mark(TRAP),
        address=request.remote_addr or "",
        language=spoken,
        page=bare_address(mark(PAGE) or request.headers.get("Referer", ""))[:500].replace("\0", ""),
        touches=_touches(told),
        foreign=theirs and knows_sites and not is_site(form, origin),
    )


def _touches(told: str) -> dict[str, Any]:
    """What a script of ours noted; without one, the marks that a bare form carries along."""
    try:
        read = orjson.loads(told) if told else None
    except orjson.JSONDecodeError:
        read = None
    if isinstance(read, dict):
        return kept_touches(read)
    came = marks_of_advertisements(request.form)
    return {"first": came, "last": came} if came else {}


def _files(form: WebForm, definition: Definition) -> tuple[list[KeptFile], dict[str, str]]:
    """The files that came now and those that came before; by field, what is wrong with one of them."""
    kept: list[KeptFile] = []
    faults: dict[str, str] = {}
    for each in definition.files:
        before = [file_behind(form.key, given) for given in request.form.getlist(KEPT + each.name)]
        kept += [file for file in before if file is not None and file.field == each.name]
        for upload in request.files.getlist(each.name):
            if not upload.filename and not upload.stream.read(1):
                continue
            upload.stream.seek(0)
            room = LARGEST_FILES - sum(file.size for file in kept)
            name = safe_download_name(upload.filename or "file")
            if len(kept) >= MOST_FILES or not may_bring_file(form, request.remote_addr or ""):
                faults[each.name] = _too_many(name)
                continue
            try:
                stored = _keep(each.name, upload, room)
            except TooLarge:
                faults[each.name] = _too_large(name)
                continue
            if stored.size:
                kept.append(stored)
    return kept, faults


def _keep(field_name: str, upload: FileStorage, room: int) -> KeptFile:
    """Store a file as what its bytes say it is, whatever it calls itself."""
    stored = file_store().put_stream(_chunks(upload), most_bytes=max(0, room))
    name = safe_download_name(upload.filename or "file")
    with file_store().open_file(stored.sha256) as opened:
        mime = kind_of_file(name, opened.read(_HEAD)).mime
    return KeptFile(field_name, name, mime, stored.size, stored.sha256)


def _chunks(upload: FileStorage) -> Iterator[bytes]:
    while chunk := upload.stream.read(_CHUNK):
        yield chunk


def _too_large(name: str) -> str:
    return str(
        gettext(
            "%(name)s was not accepted: all files together may be up to %(size)s.",
            name=name,
            size=human_size(LARGEST_FILES, language()),
        )
    )


def _too_many(name: str) -> str:
    return str(gettext("%(name)s was not accepted: there are too many files. Send them later.", name=name))

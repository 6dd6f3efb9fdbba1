"""Forms for strangers: a page of ours, a frame and a script for other sites, and where all of them post to.

No cookie is read or set under /f/. Nothing here needs JavaScript.
"""

from typing import NamedTuple
from uuid import uuid4

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from app import assets
from app.access import Whom, open_to
from app.answers import in_page, json_response
from app.form_page import Shown, form_page, note_page, thanks_page
from app.form_post import (
    LANGUAGE,
    LARGEST_FORM,
    LARGEST_POST,
    OPENED,
    PLACE,
    VERSION,
    Post,
    is_site,
    mark,
    next_address,
    read_post,
)
from app.jobs import kick
from app.languages import sentence, speaking
from channels.webform.actions import form_with_key, version_of
from channels.webform.definition import Definition, definition_of
from channels.webform.models import WebForm, WebFormVersion
from channels.webform.passes import Opened, how_opened
from channels.webform.submitting import may_send, submit
from core.db import transaction
from core.errors import NotFound
from core.failpoints import failpoint
from core.words import N_
from people.queries import home_region

EMBED = "src/widget/embed.ts"
KEPT_FOR = "public, max-age=300"
GONE = N_("This form is no longer here.")

webform = Blueprint("webform", __name__, url_prefix="/f/<key>")


class Filled(NamedTuple):
    """The form that was filled in, as it was seen, and where numbers without a country's code are at home."""

    form: WebForm
    version: WebFormVersion
    definition: Definition
    region: str | None


@webform.get("")
@open_to(Whom.ANYBODY)
def hosted(key: str) -> Response:
    """The form on a page of its own."""
    return _shown(key, framed=False)


@webform.get("/frame")
@open_to(Whom.ANYBODY)
def frame(key: str) -> Response:
    """The form inside another site's page."""
    return _shown(key, framed=True)


@webform.get("/form.js")
@open_to(Whom.ANYBODY)
def embed(key: str) -> Response:
    """The script that puts the frame where it stands, as high as the form is."""
    with transaction() as session:
        form = _form(session, key)
        told = {
            "key": form.key,
            "title": form.channel.name,
            "frame": url_for("webform.frame", key=form.key, _external=True),
        }
    script = f"var emptyfeedForm={in_page(told)};{assets.text_of(EMBED) or ''}"
    response = Response(script, mimetype="text/javascript")
    response.headers["Cache-Control"] = KEPT_FOR
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@webform.post("")
@open_to(Whom.ANYBODY)
def send(key: str) -> Response:
    """Take what was filled in, wherever it was; it is stored before anybody is told so.

    What is wrong is shown with everything that was typed. Who sent this already is only thanked again.
    """
    request.max_content_length, request.max_form_memory_size = LARGEST_POST, LARGEST_FORM
    try:
        framed, wanted = mark(PLACE) == "frame", mark(LANGUAGE)
    except RequestEntityTooLarge:
        return _too_large()
    with transaction() as session:
        filled = _filled(session, key)
    spoken = filled.definition.language_for(wanted or _preferred(filled.definition))
    with speaking(spoken):
        return _take(filled, spoken, framed=framed)


def _take(filled: Filled, spoken: str, *, framed: bool) -> Response:
    form, definition = filled.form, filled.definition
    post = read_post(form, definition, spoken=spoken, region=filled.region)
    shown = Shown(form, filled.version.number, definition, spoken, framed, post)
    if post.answers.errors:
        return _faults(shown, post)
    if not may_send(form, post.sending):
        return _refused(shown)
    with transaction() as session:
        is_new = submit(session, form, filled.version, definition, post.answers, post.files, post.sending)
        failpoint("form.before_commit")
    failpoint("form.committed")
    if is_new:
        kick("arrivals")
    return _thanked(shown)


def _shown(key: str, *, framed: bool) -> Response:
    with transaction() as session:
        form = _form(session, key)
        version = version_of(session, form)
    if version is None:
        raise NotFound(GONE)
    definition = definition_of(version.definition)
    spoken = definition.language_for(request.args.get("lang") or _preferred(definition))
    shown = Shown(form, version.number, definition, spoken, framed)
    with speaking(spoken):
        return thanks_page(shown) if "sent" in request.args else form_page(shown, submission=str(uuid4()))


def _form(session: Session, key: str) -> WebForm:
    form = form_with_key(session, key)
    if form is None or not form.channel.enabled or form.channel.demo:
        raise NotFound(GONE)
    return form


def _filled(session: Session, key: str) -> Filled:
    """The version that was seen, newest or not; what was opened in time is taken though it is closed now."""
    form = _form(session, key)
    number = mark(VERSION)
    seen = version_of(session, form, int(number)) if number.isdecimal() and len(number) < 9 else None
    version = seen or version_of(session, form)
    was_open = how_opened(form.key, mark(OPENED)) in (Opened.FINE, Opened.FAST)
    if version is None or (form.version is None and not was_open):
        raise NotFound(GONE)
    region = home_region(session)
    return Filled(form, version, definition_of(version.definition), region)


def _faults(shown: Shown, post: Post) -> Response:
    if not _wants_json():
        return form_page(shown, status=422)
    errors = {name: sentence(words, {}) for name, words in post.answers.errors.items()}
    return _for_script(shown.form, {"error": {"code": "invalid", "fields": errors}}, 422)


def _refused(shown: Shown) -> Response:
    words = gettext(
        "Too much has come from your network. Nothing more is accepted for an hour; call us if it cannot "
        "wait."
    )
    if _wants_json():
        answer = _for_script(shown.form, {"error": {"code": "too_many", "message": words}}, 429)
    else:
        answer = form_page(shown, status=429, notice=words)
    answer.headers["Retry-After"] = "3600"
    return answer


def _too_large() -> Response:
    words = gettext(
        "This was too large to be accepted. Go back: what you typed is still there. Choose smaller files."
    )
    if _wants_json():
        return json_response({"error": {"code": "too_large", "message": words}}, 413)
    return note_page(words, status=413)


def _thanked(shown: Shown) -> Response:
    form, definition = shown.form, shown.definition
    further = next_address(form, definition)
    if _wants_json():
        thanks = shown.said(definition.thanks) or gettext(
            "Thank you. We have received it and will answer soon."
        )
        return _for_script(form, {"thanks": thanks, "next": further or None}, 200)
    if further and not shown.framed:
        return redirect(further, 303)
    place = "webform.frame" if shown.framed else "webform.hosted"
    return redirect(url_for(place, key=form.key, lang=shown.language, sent=1), 303)


def _wants_json() -> bool:
    offered = ("text/html", "application/json")
    return request.accept_mimetypes.best_match(offered, default="text/html") == "application/json"


def _for_script(form: WebForm, told: dict[str, object], status: int) -> Response:
    """An answer that a script of one of the form's sites may read."""
    response = json_response(told, status)
    origin = request.headers.get("Origin", "").lower()
    if origin and is_site(form, origin):
        response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Vary"] = "Origin"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _preferred(definition: Definition) -> str | None:
    spoken = (tag.partition("-")[0].lower() for tag in request.accept_languages.values())
    return next((each for each in spoken if each in definition.languages), None)

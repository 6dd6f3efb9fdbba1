"""A form as a page: in its own colour and language, on our page or in a frame, with what was typed before."""

from dataclasses import dataclass
from typing import Any

import orjson
from flask import make_response, render_template, request
from werkzeug.wrappers import Response

from app.form_post import (
    KEPT,
    LANGUAGE,
    OPENED,
    PAGE,
    PLACE,
    SOLUTION,
    SUBMISSION,
    TOUCHES,
    VERSION,
    Post,
    mark,
    marks_of_advertisements,
    origin_of,
)
from app.guard import nonce
from channels.challenges import make_challenge
from channels.webchat.colours import contrast, read_colour
from channels.webchat.sites import frame_ancestors
from channels.webform.bare import COMPLETED_BY, INPUTS
from channels.webform.definition import Definition, FormField
from channels.webform.models import WebForm
from channels.webform.passes import file_pass, opening_pass
from channels.webform.settings_form import COLOUR, SITES
from channels.webform.submitting import proof_purpose
from channels.webform.trap import CONSENT, TRAP

DEFAULT_COLOUR = "#1f6391"


@dataclass(frozen=True, slots=True)
class Shown:
    """A form on its way to somebody: which version, in which language, where, and what they posted."""

    form: WebForm
    version: int
    definition: Definition
    language: str
    framed: bool
    post: Post | None = None

    def said(self, words: Any) -> str:
        """Words in the reader's language."""
        return self.definition.said(words, self.language)

    def value(self, name: str) -> str:
        """What was typed into a field."""
        return self.post.answers.typed.get(name, "") if self.post is not None else ""

    def error(self, name: str) -> str:
        """What is wrong with it."""
        return self.post.answers.errors.get(name, "") if self.post is not None else ""

    def input_type(self, each: FormField) -> str:
        """The kind of input a field is."""
        return INPUTS.get(each.type, "text")

    def completed_by(self, each: FormField) -> str:
        """What a browser may fill in by itself."""
        return COMPLETED_BY.get(each.goes_to, "off")

    def files_kept(self, each: FormField) -> list[tuple[str, str, int]]:
        """Files of a field that are in the store: the pass, name and size of each."""
        files = self.post.files if self.post is not None else []
        return [
            (file_pass(self.form.key, file), file.name, file.size)
            for file in files
            if file.field == each.name
        ]


def form_page(shown: Shown, *, status: int = 200, submission: str = "", notice: str = "") -> Response:
    """The form to be filled in, or to be filled in better."""
    known = shown.post is not None
    hidden = {
        SUBMISSION: mark(SUBMISSION) if known else submission,
        OPENED: mark(OPENED) if known else opening_pass(shown.form.key),
        SOLUTION: mark(SOLUTION) if known else "",
        TOUCHES: mark(TOUCHES) if known else "",
        PAGE: mark(PAGE) if known else "",
        VERSION: str(shown.version),
        LANGUAGE: shown.language,
        PLACE: "frame" if shown.framed else "",
    }
    marks = marks_of_advertisements(request.form if known else request.args)
    challenge = orjson.dumps(make_challenge(proof_purpose(shown.form))).decode()
    return _page(
        "webform/form.html",
        shown,
        status,
        hidden={**hidden, **marks},
        challenge=challenge,
        notice=notice,
        trap=TRAP,
        consent=CONSENT,
        kept=KEPT,
    )


def thanks_page(shown: Shown) -> Response:
    """That it has come; a frame leaves going on to its page around."""
    further = shown.definition.thank_you if shown.framed else ""
    return _page("webform/thanks.html", shown, 200, further=further)


def note_page(words: str, *, status: int) -> Response:
    """Something that has to be said before it is known which form it is about."""
    page = render_template("webform/note.html", words=words, colour=DEFAULT_COLOUR, on_colour="#fff")
    return make_response(page, status)


def _page(template: str, shown: Shown, status: int, **values: Any) -> Response:
    colour = str(shown.form.channel.settings.get(COLOUR) or DEFAULT_COLOUR)
    page = render_template(template, shown=shown, colour=colour, on_colour=_readable_on(colour), **values)
    response = make_response(page, status)
    response.headers["Content-Security-Policy"] = _policy(shown)
    response.headers["Referrer-Policy"] = "same-origin"
    if shown.framed:
        response.headers["X-Frame-Options"] = ""  # frame-ancestors says it, and knows more than one site
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _policy(shown: Shown) -> str:
    """What the page may load. A browser holds what follows a post to `form-action`, too."""
    further = shown.definition.thank_you
    sites = str(shown.form.channel.settings.get(SITES) or "")
    rules = {
        "default-src": "'none'",
        "script-src": f"'nonce-{nonce()}' 'strict-dynamic'",
        "style-src": f"'self' 'nonce-{nonce()}'",
        "img-src": "'self'",
        "font-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": f"'self' {origin_of(further)}" if further else "'self'",
        "frame-ancestors": frame_ancestors(sites) if shown.framed else "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _readable_on(colour: str) -> str:
    """White or black, whichever can be read better on a colour."""
    ground = read_colour(colour) or (0, 0, 0)
    return max(("#fff", "#000"), key=lambda words: contrast(ground, read_colour(words) or ground))

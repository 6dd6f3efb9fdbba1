"""The builder of forms: good ones to begin with, their fields, a look at them, letting people see them."""

import re

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Whom, channel_to_manage, open_to
from app.form_builder import KINDS, TARGETS, TYPES, Draft, change_draft, faults_of, read_draft
from app.form_page import Shown, form_page, note_page
from app.identity import me
from app.languages import language, speaking
from app.pages import done, page
from app.views.settings.blueprint import settings
from channels.standing import mark_of
from channels.webform import actions
from channels.webform.definition import LANGUAGES, MOST_FIELDS, definition_of
from channels.webform.models import WebForm
from channels.webform.starting import start_form, starting_draft
from core.db import transaction
from core.errors import NOTHING, Conflict, Invalid, NotFound
from core.words import N_
from people.queries import custom_fields

KIND_WORDS = {
    "question": N_("Name, address and a question: the usual form of a contact page."),
    "callback": N_("Name, number and when to call."),
    "order": N_("Name, number, what and how many; an order without a shop system."),
}


@settings.get("/channels/new/webform")
@open_to(Whom.ADMINISTRATORS)
def new_form() -> Response:
    """Offer good forms to begin with."""
    spoken = language()
    samples = {kind: starting_draft(kind, spoken) for kind in KINDS}  # type: ignore[arg-type]
    return page("settings/new_form.html", kinds=KINDS, words=KIND_WORDS, samples=samples, spoken=spoken)


@settings.post("/channels/new/webform")
@open_to(Whom.ADMINISTRATORS)
def make_form() -> Response:
    """Make a whole form, open to everybody at once, in the language of whoever asked for it."""
    kind = request.form.get("kind", "")
    if kind not in KINDS:
        raise Invalid(N_("Choose one of these."))
    with transaction() as session:
        made = start_form(session, agent=me(session), kind=kind, language=language())  # type: ignore[arg-type]
        number = made.channel_id
    return done(url_for("settings.form", channel_id=number), gettext("The form is ready. Make it your own."))


@settings.get("/channels/<int:channel_id>/form")
@open_to(Whom.ADMINISTRATORS)
def form(channel_id: int) -> Response:
    """Show the builder with what it has come to."""
    with transaction() as session:
        built = form_to_build(session, channel_id)
        draft, mark = _told(built), mark_of(built.draft)
    return _page(channel_id, draft, replaces=mark)


@settings.post("/channels/<int:channel_id>/form")
@open_to(Whom.ADMINISTRATORS)
def change_form(channel_id: int) -> Response:
    """Keep the form, also let people see it; or add, move and take out fields, which keeps nothing yet."""
    draft, step = read_draft(request.form), request.form.get("do", "save")
    began, over = request.form.get("replaces", ""), request.form.get("over", "")
    if step not in ("save", "publish"):
        looked_at = change_draft(draft, step)
        return _page(channel_id, draft, replaces=began, looked_at=looked_at, is_kept=False)
    faults = faults_of(draft)
    if faults:
        return _page(channel_id, draft, replaces=began, faults=faults, is_kept=False, status=422)
    try:
        _keep(channel_id, draft, replaces=over or began or None, publishes=step == "publish")
    except Conflict as error:
        return _page(channel_id, draft, replaces=began, is_kept=False, status=error.status)
    words = gettext("Published. This is what people see now.") if step == "publish" else gettext("Saved.")
    return done(url_for("settings.form", channel_id=channel_id), words)


@settings.post("/channels/<int:channel_id>/form/close")
@open_to(Whom.ADMINISTRATORS)
def close_form(channel_id: int) -> Response:
    """Let nobody fill the form in any more."""
    with transaction() as session:
        actions.unpublish_form(session, form_to_build(session, channel_id), agent=me(session))
    return done(url_for("settings.form", channel_id=channel_id), gettext("Nobody can fill the form in now."))


@settings.get("/channels/<int:channel_id>/form/look")
@open_to(Whom.ADMINISTRATORS)
def look_at_form(channel_id: int) -> Response:
    """The form as people will see it, which goes nowhere when it is sent."""
    with transaction() as session:
        built = form_to_build(session, channel_id)
        return _look(built, _told(built))


@settings.post("/channels/<int:channel_id>/form/look")
@open_to(Whom.ADMINISTRATORS)
def look_at_draft(channel_id: int) -> Response:
    """The same with what stands in the builder just now."""
    draft = read_draft(request.form)
    faults = faults_of(draft)
    if faults and _is_script():
        return Response(status=204)  # somebody is in the middle of typing
    if faults:
        return note_page(next(iter(faults.values())), status=422)
    with transaction() as session:
        return _look(form_to_build(session, channel_id), draft)


def form_to_build(session: Session, channel_id: int) -> WebForm:
    """The form of a channel, as its administrator."""
    channel = channel_to_manage(session, me(session), channel_id)
    found = actions.form_of_channel(session, channel)
    if found is None:
        raise NotFound(NOTHING)
    return found


def _keep(channel_id: int, draft: Draft, *, replaces: str | None, publishes: bool) -> None:
    with transaction() as session:
        agent = me(session)
        built = form_to_build(session, channel_id)
        actions.change_form(session, built, agent=agent, definition=draft, replaces=replaces)
        if publishes:
            actions.publish_form(session, built, agent=agent)


def _look(built: WebForm, draft: Draft) -> Response:
    definition = definition_of(draft)
    spoken = definition.language_for(language())
    with speaking(spoken):
        response = form_page(Shown(built, 0, definition, spoken, framed=True))
    policy = response.headers["Content-Security-Policy"]
    response.headers["Content-Security-Policy"] = re.sub("form-action [^;]*", "form-action 'none'", policy)
    if _is_script():
        # The builder's script takes the fields out of this, and its page's policy would refuse the colours.
        response.set_data(re.sub("<style.*?</style>", "", response.get_data(as_text=True), flags=re.DOTALL))
    return response


def _is_script() -> bool:
    """Whether the builder's script asks, not a browser that shows the answer."""
    return request.headers.get("Sec-Fetch-Dest") == "empty"


def _page(
    channel_id: int,
    draft: Draft,
    *,
    replaces: str,
    faults: dict[str, str] | None = None,
    looked_at: str = "",
    is_kept: bool = True,
    status: int = 200,
) -> Response:
    with transaction() as session:
        built = form_to_build(session, channel_id)
        shown = actions.version_of(session, built)
        own = [(f"field:{each.id}", each.name) for each in session.scalars(custom_fields())]
        return page(
            "settings/form.html",
            status,
            channel=built.channel,
            built=built,
            draft=draft,
            replaces=replaces,
            newest=mark_of(built.draft),
            over=request.form.get("over", ""),
            faults=faults or {},
            looked_at=looked_at or next(iter(faults or {}), ""),
            is_kept=is_kept,
            is_shown=shown is not None and shown.definition == built.draft,
            languages=LANGUAGES,
            types=TYPES,
            targets=[*((name, gettext(words)) for name, words in TARGETS.items()), *own],
            kinds=KINDS,
            most=MOST_FIELDS,
        )


def _told(built: WebForm) -> Draft:
    """The draft with nothing missing."""
    return definition_of(built.draft).model_dump(mode="json")

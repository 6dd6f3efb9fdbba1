"""The short letter that tells customers theirs has arrived: whether a channel writes it, and its words."""

from flask import url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.access import Whom, channel_to_manage, open_to
from app.forms import Filled, Form, filled
from app.identity import me
from app.pages import done, page
from app.views.settings.blueprint import Line, settings
from channels.acknowledgement import SETTING, TEXTS, set_acknowledgement
from core.db import transaction


class AcknowledgementForm(Form):
    """On or off, and a subject and a text for each language; empty ones are said in our words."""

    on: bool = False
    subject_ru: Line = ""
    text_ru: str = ""
    subject_en: Line = ""
    text_en: str = ""
    subject_es: Line = ""
    text_es: str = ""

    def words(self) -> dict[str, dict[str, str]]:
        """The words by language."""
        return {
            language: {
                "subject": getattr(self, f"subject_{language}"),
                "text": getattr(self, f"text_{language}"),
            }
            for language in TEXTS
        }


@settings.get("/channels/<int:channel_id>/acknowledgement")
@open_to(Whom.ADMINISTRATORS)
def acknowledgement(channel_id: int) -> Response:
    """Show what a channel answers by itself."""
    with transaction() as session:
        told = channel_to_manage(session, me(session), channel_id).settings.get(SETTING) or {}
    values: dict[str, object] = {"on": bool(told.get("on"))}
    for language in TEXTS:
        given = told.get(language) or {}
        values[f"subject_{language}"] = given.get("subject") or ""
        values[f"text_{language}"] = given.get("text") or ""
    return _page(channel_id, Filled(AcknowledgementForm, values))


@settings.post("/channels/<int:channel_id>/acknowledgement")
@open_to(Whom.ADMINISTRATORS)
def change_acknowledgement(channel_id: int) -> Response:
    """Change what a channel answers by itself."""
    form = filled(AcknowledgementForm)

    def act(told: AcknowledgementForm) -> Response:
        with transaction() as session:
            agent = me(session)
            channel = channel_to_manage(session, agent, channel_id)
            set_acknowledgement(session, channel, agent=agent, on=told.on, words=told.words())
        return done(url_for("settings.show_channel", channel_id=channel_id), gettext("Saved."))

    return form.attempt(act) or _page(channel_id, form)


def _page(channel_id: int, form: Filled[AcknowledgementForm]) -> Response:
    with transaction() as session:
        channel = channel_to_manage(session, me(session), channel_id)
        return page("settings/acknowledgement.html", form.status, form=form, channel=channel, ours=TEXTS)

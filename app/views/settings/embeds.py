"""How a form gets on a site: a script, a frame, a link, or plain HTML, each to be copied."""

from flask import request, url_for
from flask_babel import gettext
from markupsafe import escape
from werkzeug.wrappers import Response

from app.access import Whom, open_to
from app.languages import speaking
from app.pages import page
from app.views.settings.blueprint import settings
from app.views.settings.forms import form_to_build
from channels.webchat.sites import sources_of
from channels.webform.actions import version_of
from channels.webform.bare import bare_form
from channels.webform.definition import definition_of
from channels.webform.models import WebForm
from channels.webform.settings_form import SITES
from core.db import transaction


@settings.get("/channels/<int:channel_id>/form/embed")
@open_to(Whom.ADMINISTRATORS)
def embed_form(channel_id: int) -> Response:
    """Show what to copy."""
    with transaction() as session:
        built = form_to_build(session, channel_id)
        version = version_of(session, built)
        definition = definition_of(version.definition if version is not None else built.draft)
        spoken = definition.language_for(request.args.get("lang"))
        hosted = url_for("webform.hosted", key=built.key, _external=True)
        with speaking(spoken):
            words = {"button": gettext("Send"), "trap_label": gettext("Leave this empty")}
        return page(
            "settings/form_embed.html",
            channel=built.channel,
            built=built,
            definition=definition,
            spoken=spoken,
            sites=sources_of(str(built.channel.settings.get(SITES) or "")),
            hosted=hosted,
            script=script_tag(built),
            frame=_frame_tag(built, definition.said(definition.titles, spoken), spoken),
            link=f'<a href="{escape(hosted)}">{escape(definition.said(definition.titles, spoken))}</a>',
            bare=bare_form(definition, spoken, address=hosted, **words),
        )


def script_tag(built: WebForm) -> str:
    """The line that puts a form where it stands."""
    return f'<script async src="{escape(url_for("webform.embed", key=built.key, _external=True))}"></script>'


def _frame_tag(built: WebForm, title: str, spoken: str) -> str:
    address = url_for("webform.frame", key=built.key, lang=spoken, _external=True)
    return (
        f'<iframe src="{escape(address)}" title="{escape(title)}" '
        'style="width:100%;height:44rem;border:0"></iframe>'
    )

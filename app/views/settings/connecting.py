"""Connecting a channel: whose servers it lives on, what is asked, and a test before anything is fetched."""

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from app.access import Whom, open_to
from app.channel_form import ChannelForm, blank, filled_channel, presets_of
from app.identity import me
from app.pages import done, page
from app.views.settings.blueprint import settings
from app.views.settings.channels import redirect_for, words
from channels.checks import ask_check
from channels.email.presets import Preset
from channels.registry import kinds, words_of
from channels.sign_ins.providers import provider_of
from channels.twins import refuse_twin
from core.db import transaction
from core.errors import NotFound
from core.words import N_
from inbox import actions as inbox

OWN, OWN_SIGN_IN = "own", "own-sign-in"


@settings.get("/channels/new/<kind>")
@open_to(Whom.ADMINISTRATORS)
def new_channel(kind: str) -> Response:
    """Ask whose servers the channel lives on, where providers are known; then what else is needed."""
    presets = presets_of(_known(kind))
    if presets and "at" not in request.args:
        return page("settings/providers.html", kind=kind, presets=presets, own=OWN, own_sign_in=OWN_SIGN_IN)
    form = blank(kind, _chosen(presets))
    if request.args.get("at") == OWN_SIGN_IN:
        form.values["sign_in"] = OWN
    return _page(form)


@settings.post("/channels/new/<kind>")
@open_to(Whom.ADMINISTRATORS)
def connect_channel(kind: str) -> Response:
    """Connect a channel, switched off, and test it; it fetches only when somebody has seen the test."""
    form = filled_channel(_known(kind), preset=_chosen(presets_of(kind)))

    def act(told: dict[str, Any]) -> Response:
        with transaction() as session:
            agent = me(session)
            parts = form.parts(told)
            refuse_twin(session, kind, parts["secrets"])
            made = inbox.connect_channel(session, agent=agent, kind=kind, **parts)
            inbox.change_undo_time(session, made, agent=agent, seconds=told["undo_seconds"])
            inbox.disable_channel(session, made, agent=agent)
            if provider_of(made.settings) is None:  # otherwise somebody signs in first
                ask_check(session, made, agent=agent)
            number = made.id
        return done(url_for("settings.show_channel", channel_id=number))

    return form.attempt(act) or _page(form)


def _page(form: ChannelForm) -> Response:
    title = words_of(form.kind).title
    redirect_uri = redirect_for(form)
    return page(
        "settings/new_channel.html", form.status, form=form, title=title, redirect_uri=redirect_uri, **words()
    )


def _chosen(presets: Any) -> Preset | None:
    """The provider somebody chose; None for servers of their own."""
    chosen = request.args.get("at", OWN)
    found = next((preset for preset in presets if preset.key == chosen), None)
    if found is None and chosen not in (OWN, OWN_SIGN_IN):
        raise NotFound(N_("There is no such provider."))
    return found


def _known(kind: str) -> str:
    if kind not in kinds():
        raise NotFound(N_("There is no such kind of channel."))
    return kind

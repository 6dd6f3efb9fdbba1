"""Doors customers come in by: connecting, testing, switching on and off."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from app.access import Whom, channel_to_manage, open_to, team_for
from app.channel_form import ChannelForm, blank, filled_channel, stored
from app.identity import me
from app.pages import done, page
from app.sentences import health_sentence
from app.views.settings.blueprint import settings
from channels.adapter import SettingField
from channels.checks import ask_check, latest_check
from channels.models import Arrival, ArrivalState
from channels.registry import kinds
from core.db import transaction
from core.errors import NotFound
from core.events import EVERYONE
from core.words import N_
from inbox import actions as inbox
from inbox.models import Channel
from people import actions as people
from people import queries
from people.audiences import members_of

KIND_NAMES = {"email": N_("Mailbox")}
OPTION_NAMES = {
    "tls": "TLS",
    "starttls": "STARTTLS",
    "none": N_("None"),
    "from_now": N_("Leave them"),
    "days": N_("Take those of the last days"),
    "all": N_("Take all of them"),
}


@settings.get("/channels")
@open_to(Whom.ADMINISTRATORS)
def channels() -> Response:
    """Show the channels and how they fare."""
    with transaction() as session:
        found = session.scalars(select(Channel).order_by(Channel.id)).all()
        counted = session.execute(
            select(Arrival.channel_id, func.count())
            .where(Arrival.state == ArrivalState.QUARANTINED)
            .group_by(Arrival.channel_id)
        )
        parked = dict(counted.all())
        return page("settings/channels.html", channels=found, parked=parked, kinds=_kinds(), **_words())


@settings.get("/channels/new/<kind>")
@open_to(Whom.ADMINISTRATORS)
def new_channel(kind: str) -> Response:
    """Ask what is needed to connect a channel."""
    return _new(blank(_known(kind)))


@settings.post("/channels/new/<kind>")
@open_to(Whom.ADMINISTRATORS)
def connect_channel(kind: str) -> Response:
    """Connect a channel, switched off, and test it; it fetches only when somebody has seen the test."""
    form = filled_channel(_known(kind))

    def act(told: dict[str, Any]) -> Response:
        with transaction() as session:
            agent = me(session)
            made = inbox.connect_channel(session, agent=agent, kind=kind, **form.parts(told))
            inbox.change_channel(session, made, agent=agent, undo_seconds=told["undo_seconds"])
            inbox.disable_channel(session, made, agent=agent)
            ask_check(session, made, agent=agent)
            number = made.id
        return done(url_for("settings.show_channel", channel_id=number))

    return form.attempt(act) or _new(form)


@settings.get("/channels/<int:channel_id>")
@open_to(Whom.ADMINISTRATORS)
def show_channel(channel_id: int) -> Response:
    """Show a channel: its settings, its health, its last test."""
    with transaction() as session:
        channel = channel_to_manage(session, me(session), channel_id)
        form = stored(channel)
    return _page(channel_id, form)


@settings.post("/channels/<int:channel_id>")
@open_to(Whom.ADMINISTRATORS)
def change_channel(channel_id: int) -> Response:
    """Change a channel's settings and test it again."""
    with transaction() as session:
        kind = channel_to_manage(session, me(session), channel_id).kind
    form = filled_channel(kind, is_new=False)

    def act(told: dict[str, Any]) -> Response:
        with transaction() as session:
            agent = me(session)
            channel = channel_to_manage(session, agent, channel_id)
            inbox.change_channel(
                session, channel, agent=agent, undo_seconds=told["undo_seconds"], **form.parts(told)
            )
            ask_check(session, channel, agent=agent)
        return done(url_for("settings.show_channel", channel_id=channel_id), gettext("Saved."))

    return form.attempt(act) or _page(channel_id, form)


@settings.post("/channels/<int:channel_id>/audience")
@open_to(Whom.ADMINISTRATORS)
def restrict_channel(channel_id: int) -> Response:
    """Say who may see a channel and its dialogs."""
    members = [int(each) for each in request.form.getlist("members") if _is_number(each)]
    with transaction() as session:
        agent = me(session)
        channel = channel_to_manage(session, agent, channel_id)
        audience = {"everyone": EVERYONE, "members": f"channel:{channel.id}"}.get(
            request.form.get("audience", ""), request.form.get("audience", "")
        )
        kind, _, number = audience.partition(":")
        if kind == "team" and _is_number(number):
            team_for(session, agent, int(number))
        if audience == f"channel:{channel.id}":
            people.set_audience_members(session, audience, agent=agent, member_ids=members)
        inbox.restrict_channel(session, channel, agent=agent, audience=audience)
    return done(url_for("settings.show_channel", channel_id=channel_id), gettext("Saved."))


@settings.post("/channels/<int:channel_id>/<any(test,enable,disable,confirm):verb>")
@open_to(Whom.ADMINISTRATORS)
def act_on_channel(channel_id: int, verb: str) -> Response:
    """Test a channel, switch it on or off, or let it write to customers."""
    acts = {
        "test": ask_check,
        "enable": inbox.enable_channel,
        "disable": inbox.disable_channel,
        "confirm": inbox.confirm_outbound,
    }
    with transaction() as session:
        agent = me(session)
        acts[verb](session, channel_to_manage(session, agent, channel_id), agent=agent)
    return done(url_for("settings.show_channel", channel_id=channel_id))


def _new(form: ChannelForm) -> Response:
    return page(
        "settings/new_channel.html", form.status, form=form, kind_name=KIND_NAMES.get(form.kind), **_words()
    )


def _page(channel_id: int, form: ChannelForm) -> Response:
    with transaction() as session:
        channel = channel_to_manage(session, me(session), channel_id)
        check = latest_check(session, channel)
        restricted = f"channel:{channel.id}"
        return page(
            "settings/one_channel.html",
            form.status,
            form=form,
            channel=channel,
            check=check,
            people=[each for each in session.scalars(queries.team()) if each.active],
            members={each.id for each in session.scalars(members_of(restricted))},
            restricted=restricted,
            teams=session.scalars(queries.teams()).all(),
            **_words(),
        )


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 19


def _words() -> dict[str, Any]:
    return {"kind_names": KIND_NAMES, "health_sentence": health_sentence, "options_of": _options_of}


def _options_of(field: SettingField) -> list[tuple[str, str]]:
    return [(option, gettext(OPTION_NAMES.get(option, option))) for option in field.options]


def _kinds() -> list[tuple[str, str]]:
    return [(kind, KIND_NAMES.get(kind, kind)) for kind in kinds()]


def _known(kind: str) -> str:
    if kind not in kinds():
        raise NotFound(N_("There is no such kind of channel."))
    return kind

"""Doors customers come in by: how they fare, testing, switching on and off."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.access import Whom, channel_to_manage, open_to, team_for
from app.channel_form import ChannelForm, filled_channel, stored
from app.identity import me
from app.pages import done, page
from app.sentences import health_sentence, step_name
from app.views.settings.blueprint import settings
from app.views.settings.sign_in_shown import shown_sign_in
from channels.adapter import SettingField
from channels.checks import ask_check, latest_check
from channels.domain_keys import key_of, may_sign
from channels.email.presets import preset_at
from channels.pulse import glances_at, pulse_of
from channels.registry import asks_for, kinds, maker_of, words_of
from channels.sign_ins.asking import fitting_secrets, heed_change, redirect_address, sign_in_of
from channels.sign_ins.providers import provider_of
from channels.twins import refuse_twin
from core.db import transaction
from core.errors import Invalid
from core.events import EVERYONE
from core.words import N_
from inbox import actions as inbox
from inbox.models import Channel
from people import actions as people
from people import queries
from people.audiences import members_of
from people.notices import read_notifications
from people.queries import workspace_of

OPTION_NAMES = {
    "poll": N_("We ask at intervals (no public address is needed)"),
    "webhook": N_("They call us (this installation must be reachable from the internet)"),
}
# What may be taken of that which lies there already, and under which name a test counted it.
WHAT_IS_THERE = {
    "from_now": (N_("Nothing, only what comes from now on"), ""),
    "days:7": (N_("The last 7 days"), "7"),
    "days:30": (N_("The last 30 days"), "30"),
    "days:90": (N_("The last 90 days"), "90"),
    "days:365": (N_("The last year"), "365"),
    "all": (N_("Everything"), "all"),
}


@settings.get("/channels")
@open_to(Whom.ADMINISTRATORS)
def channels() -> Response:
    """Show the channels and how they fare."""
    with transaction() as session:
        found = session.scalars(select(Channel).order_by(Channel.id)).all()
        return page(
            "settings/channels.html",
            channels=found,
            pulses=glances_at(session, found),
            kinds=[(kind, words_of(kind).title) for kind in kinds()],
            all_stopped=workspace_of(session).outbound_stopped,
            **words(),
        )


@settings.get("/channels/<int:channel_id>")
@open_to(Whom.ADMINISTRATORS)
def show_channel(channel_id: int) -> Response:
    """Show a channel: its settings, its health, its last test."""
    with transaction() as session:
        form = stored(channel_to_manage(session, me(session), channel_id))
    return _page(channel_id, form)


@settings.post("/channels/<int:channel_id>")
@open_to(Whom.ADMINISTRATORS)
def change_channel(channel_id: int) -> Response:
    """Change a channel's settings and test it again."""
    with transaction() as session:
        channel = channel_to_manage(session, me(session), channel_id)
        form = filled_channel(channel.kind, channel=channel)

    def act(told: dict[str, Any]) -> Response:
        with transaction() as session:
            agent = me(session)
            channel = channel_to_manage(session, agent, channel_id)
            parts = form.parts(told)
            parts["secrets"] = fitting_secrets(channel, parts["settings"], parts["secrets"])
            refuse_twin(session, channel.kind, parts["secrets"], but=channel.id)
            inbox.change_channel(session, channel, agent=agent, **parts)
            inbox.change_undo_time(session, channel, agent=agent, seconds=told["undo_seconds"])
            heed_change(session, channel, agent=agent)
            if provider_of(channel.settings) is None or sign_in_of(session, channel) is not None:
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


@settings.post("/channels/<int:channel_id>/begin")
@open_to(Whom.ADMINISTRATORS)
def begin_channel(channel_id: int) -> Response:
    """Switch a new channel on, taking as much of what is there already as somebody chose."""
    chosen = request.form.get("import", "")
    if chosen not in WHAT_IS_THERE:
        raise Invalid(N_("Choose one of these."))
    kind, _, days = chosen.partition(":")
    with transaction() as session:
        agent = me(session)
        channel = channel_to_manage(session, agent, channel_id)
        taken = {"import": kind, **({"import_days": int(days)} if days else {})}
        inbox.change_channel(session, channel, agent=agent, settings=taken)
        inbox.enable_channel(session, channel, agent=agent)
    return done(url_for("settings.show_channel", channel_id=channel_id))


@settings.post("/channels/<int:channel_id>/<any(test,letter,enable,disable,confirm):verb>")
@open_to(Whom.ADMINISTRATORS)
def act_on_channel(channel_id: int, verb: str) -> Response:
    """Test a channel, also by a letter to itself, switch it on or off, or let it write to customers."""
    acts: dict[str, Callable[..., object]] = {
        "test": ask_check,
        "letter": partial(ask_check, letter=True),
        "enable": inbox.enable_channel,
        "disable": inbox.disable_channel,
        "confirm": inbox.confirm_outbound,
    }
    with transaction() as session:
        agent = me(session)
        acts[verb](session, channel_to_manage(session, agent, channel_id), agent=agent)
        read_notifications(session, agent.id, topic=f"channel:{channel_id}")
    return done(url_for("settings.show_channel", channel_id=channel_id))


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
            waiting=check.facts.get("waiting") if check else None,
            what_is_there=WHAT_IS_THERE if asks_for(channel.kind, "import") else {},
            preset=preset_at(str(channel.settings.get("imap_host") or "")),
            pulse=pulse_of(session, channel),
            writes_to_itself=hasattr(maker_of(channel.kind), "write_to_itself"),
            asks_address=asks_for(channel.kind, "address"),
            may_sign=may_sign(channel),
            signing=key_of(channel),
            sign_in=shown_sign_in(session, channel),
            all_stopped=workspace_of(session).outbound_stopped,
            people=[each for each in session.scalars(queries.team()) if each.active],
            members={each.id for each in session.scalars(members_of(restricted))},
            restricted=restricted,
            teams=session.scalars(queries.teams()).all(),
            **words(),
        )


def redirect_for(form: ChannelForm) -> str:
    """Where a provider is to send people back to, for a form by which somebody is to sign in there."""
    provider = provider_of({"sign_in": form.chosen("sign_in")})
    return redirect_address(provider) if provider is not None else ""


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 19


def words() -> dict[str, Any]:
    """What the pages of channels call things."""
    return {
        "title_of": _title_of,
        "health_sentence": health_sentence,
        "step_name": step_name,
        "options_of": _options_of,
    }


def _title_of(channel: Channel) -> str:
    return str(gettext(words_of(channel.kind).title))


def _options_of(kind: str, field: SettingField) -> list[tuple[str, str]]:
    names = {**OPTION_NAMES, **words_of(kind).options}
    return [(option, gettext(names.get(option, option))) for option in field.options]

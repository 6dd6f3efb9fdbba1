"""Whether a mailbox signs its letters itself, with which key, and the record that tells others about it."""

from collections.abc import Callable

from flask import url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.access import Whom, channel_to_manage, open_to
from app.forms import Filled, Form, filled
from app.identity import me
from app.pages import done, page
from app.views.settings.blueprint import Line, settings
from channels.checks import ask_check, latest_check
from channels.domain_keys import (
    SELECTOR_AT_FIRST,
    is_published,
    key_of,
    may_sign,
    set_up_key,
    sign_letters,
    stop_signing,
)
from core.db import transaction


class KeyForm(Form):
    """The name a key is published under, and a key somebody has already; without one it is made."""

    selector: Line = ""
    secret_key: str = ""


@settings.get("/channels/<int:channel_id>/domain-key")
@open_to(Whom.ADMINISTRATORS)
def domain_key(channel_id: int) -> Response:
    """Show the key, its record and whether it is published."""
    with transaction() as session:
        told = key_of(channel_to_manage(session, me(session), channel_id))
    selector = told["selector"] if told else SELECTOR_AT_FIRST
    return _page(channel_id, Filled(KeyForm, {"selector": selector}))


@settings.post("/channels/<int:channel_id>/domain-key")
@open_to(Whom.ADMINISTRATORS)
def change_domain_key(channel_id: int) -> Response:
    """Take a key, or make one, and look at once whether it is published."""
    form = filled(KeyForm)

    def act(told: KeyForm) -> Response:
        with transaction() as session:
            agent = me(session)
            channel = channel_to_manage(session, agent, channel_id)
            set_up_key(session, channel, agent=agent, selector=told.selector, private_key=told.secret_key)
            ask_check(session, channel, agent=agent)
        return done(url_for("settings.domain_key", channel_id=channel_id), gettext("Saved."))

    return form.attempt(act) or _page(channel_id, form)


@settings.post("/channels/<int:channel_id>/domain-key/<any(test,sign,stop):verb>")
@open_to(Whom.ADMINISTRATORS)
def act_on_domain_key(channel_id: int, verb: str) -> Response:
    """Look again whether the key is published, sign with it, or stop."""
    acts: dict[str, Callable[..., object]] = {"test": ask_check, "sign": sign_letters, "stop": stop_signing}
    with transaction() as session:
        agent = me(session)
        acts[verb](session, channel_to_manage(session, agent, channel_id), agent=agent)
    return done(url_for("settings.domain_key", channel_id=channel_id))


def _page(channel_id: int, form: Filled[KeyForm]) -> Response:
    with transaction() as session:
        channel = channel_to_manage(session, me(session), channel_id)
        check = latest_check(session, channel)
        return page(
            "settings/domain_key.html",
            form.status,
            form=form,
            channel=channel,
            may_sign=may_sign(channel),
            told=key_of(channel),
            published=is_published(session, channel),
            checking=check is not None and check.done_at is None,
        )

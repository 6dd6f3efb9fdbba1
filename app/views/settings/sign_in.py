"""Signing in for a mailbox at its provider: there, back, and what is to be decided then.

The web process only sends people there and keeps what they bring back; a worker speaks to the provider.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.access import Whom, channel_to_manage, open_to
from app.identity import me, my_session_id
from app.pages import done, page
from app.views.settings.blueprint import settings
from channels.sign_ins.asking import begin_sign_in, sign_out, take_answer
from channels.sign_ins.finishing import accept_account, decline_account
from core.db import transaction


@settings.post("/channels/<int:channel_id>/sign-in")
@open_to(Whom.ADMINISTRATORS)
def begin(channel_id: int) -> Response:
    """Send the browser to the provider; a page of ours does it, for a form may not lead elsewhere."""
    with transaction() as session:
        agent = me(session)
        channel = channel_to_manage(session, agent, channel_id)
        address = begin_sign_in(session, channel, agent=agent, browser=my_session_id())
    return page(
        "settings/to_provider.html", address=address, host=urlsplit(address).netloc, channel_id=channel_id
    )


@settings.get("/sign-in/<any(google,microsoft,own):provider>")
@open_to(Whom.ADMINISTRATORS)
def come_back(provider: str) -> Response:
    """Keep what somebody brings back from the provider, and show how it goes on."""
    told = {name: request.args.get(name, "") for name in ("state", "code", "error")}
    with transaction() as session:
        channel = take_answer(
            session,
            provider,
            browser=my_session_id(),
            words=request.args.get("error_description", ""),
            **told,
        )
        number = channel_to_manage(session, me(session), channel.id).id
    return done(url_for("settings.show_channel", channel_id=number))


@settings.post("/channels/<int:channel_id>/sign-in/<any(accept,decline,leave):verb>")
@open_to(Whom.ADMINISTRATORS)
def decide(channel_id: int, verb: str) -> Response:
    """Take an account that is called otherwise, or not; or forget the one there is."""
    acts: dict[str, Callable[..., object]] = {
        "accept": accept_account,
        "decline": decline_account,
        "leave": sign_out,
    }
    with transaction() as session:
        agent = me(session)
        acts[verb](session, channel_to_manage(session, agent, channel_id), agent=agent)
    return done(
        url_for("settings.show_channel", channel_id=channel_id),
        gettext("Signed out.") if verb == "leave" else None,
    )

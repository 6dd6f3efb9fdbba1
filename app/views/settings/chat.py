"""A chat on a site: how it looks and what it says beside the real thing, and how it gets on the site."""

from contextlib import suppress
from typing import Annotated, Any

from flask import url_for
from flask_babel import gettext
from pydantic import StringConstraints, create_model
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Whom, channel_to_manage, open_to
from app.chat_look import forget_look, keep_look, look_page
from app.forms import Filled, Form, filled
from app.identity import me
from app.pages import done, page
from app.views.settings.blueprint import Line, settings
from app.visitor_json import texts_of
from channels.access import open_access
from channels.queries import mailboxes
from channels.standing import mark_of
from channels.webchat.appearance import ASKED, OWN, TEXTS, set_appearance, settings_from, told_of
from channels.webchat.connecting import renew_secret, secret_fingerprint
from channels.webchat.settings_form import KEY, SECRET, SECRET_BEFORE
from channels.webchat.sites import sources_of
from channels.webchat.visitors import KIND
from core.db import transaction
from core.errors import NOTHING, DeskError, NotFound
from inbox.models import Channel
from people.preferences import LANGUAGES

Text = Annotated[str, StringConstraints(max_length=5000)]

_FIELDS: dict[str, Any] = {
    "replaces": (Line, ""),
    "over": (Line, ""),
    "colour": (Line, ""),
    "side": (Line, "right"),
    "theme": (Line, "auto"),
    "default_language": (Line, ""),
    "letters_by": (Line, ""),
    "reply_time": (Line, ""),
    "consent_text": (Line, ""),
    "consent_url": (Line, ""),
    **{f"{name}_{code}": (Text, "") for code in LANGUAGES for name in TEXTS},
    **{f"ask_{name}": (Line, "no") for name in ASKED},
    **{f"own_{number}": (Line, "") for number in range(1, OWN + 1)},
    **{f"own_{number}_kind": (Line, "text") for number in range(1, OWN + 1)},
    **{f"own_{number}_options": (Text, "") for number in range(1, OWN + 1)},
    **{f"own_{number}_must": (bool, False) for number in range(1, OWN + 1)},
}
ChatForm = create_model("ChatForm", __base__=Form, **_FIELDS)


class SecretForm(Form):
    """Which secret is to be replaced, by its fingerprint."""

    replaces: Line


@settings.get("/channels/<int:channel_id>/chat")
@open_to(Whom.ADMINISTRATORS)
def chat(channel_id: int) -> Response:
    """Show how the chat looks and what it says, beside the chat itself."""
    with transaction() as session:
        channel = chat_to_manage(session, channel_id)
        told = told_of(channel.settings)
        values = {**told, "replaces": mark_of(told)}
        forget_look(channel.id, me(session).id)
    return _page(channel_id, Filled(ChatForm, values))


@settings.post("/channels/<int:channel_id>/chat")
@open_to(Whom.ADMINISTRATORS)
def change_chat(channel_id: int) -> Response:
    """Change how the chat looks and what it says, unless somebody did meanwhile."""
    form = filled(ChatForm)

    def act(told: Form) -> Response:
        values = told.model_dump()
        replaces = values["over"] or values["replaces"] or None
        with transaction() as session:
            channel = chat_to_manage(session, channel_id)
            mailbox = _mailbox(session, values["letters_by"])
            set_appearance(
                session, channel, agent=me(session), told=values, mailbox=mailbox, replaces=replaces
            )
        return done(url_for("settings.chat", channel_id=channel_id), gettext("Saved."))

    return form.attempt(act) or _page(channel_id, form)


@settings.get("/channels/<int:channel_id>/chat/look")
@open_to(Whom.ADMINISTRATORS)
def look_at_chat(channel_id: int) -> Response:
    """A page with the chat on it, as it is set or as it is just being set; nobody is written to from it."""
    with transaction() as session:
        return look_page(chat_to_manage(session, channel_id), me(session).id)


@settings.post("/channels/<int:channel_id>/chat/look")
@open_to(Whom.ADMINISTRATORS)
def look_at_chat_draft(channel_id: int) -> Response:
    """The same with what stands in the form just now; what makes no sense yet is left as it was."""
    form = filled(ChatForm)
    with transaction() as session:
        channel, agent = chat_to_manage(session, channel_id), me(session)
        with suppress(DeskError, ValueError):
            keep_look(channel.id, agent.id, settings_from(ChatForm.model_validate(form.values).model_dump()))
    return done(url_for("settings.look_at_chat", channel_id=channel_id))


@settings.get("/channels/<int:channel_id>/chat/embed")
@open_to(Whom.ADMINISTRATORS)
def embed_chat(channel_id: int) -> Response:
    """Show what to copy, and how the shop says who is signed in."""
    return _embed(channel_id)


@settings.post("/channels/<int:channel_id>/chat/secret")
@open_to(Whom.ADMINISTRATORS)
def renew_chat_secret(channel_id: int) -> Response:
    """Make the secret anew and show it this once; the one before holds until the next.

    The answer to a form sent twice is that there is a new one: it would end the one before.
    """
    form = filled(SecretForm)

    def act(told: SecretForm) -> Response:
        with transaction() as session:
            channel = chat_to_manage(session, channel_id)
            secret = renew_secret(session, channel, agent=me(session), replaces=told.replaces)
        return _embed(channel_id, secret=secret)

    return form.attempt(act) or _embed(channel_id, form)


def chat_to_manage(session: Session, channel_id: int) -> Channel:
    """A chat's channel, as its administrator."""
    channel = channel_to_manage(session, me(session), channel_id)
    if channel.kind != KIND:
        raise NotFound(NOTHING)
    return channel


def _mailbox(session: Session, number: str) -> Channel | None:
    if not number.isdecimal() or len(number) > 18:
        return None
    return channel_to_manage(session, me(session), int(number))


def _page(channel_id: int, form: Filled[Form]) -> Response:
    with transaction() as session:
        channel = chat_to_manage(session, channel_id)
        return page(
            "settings/chat.html",
            form.status,
            form=form,
            channel=channel,
            newest=mark_of(told_of(channel.settings)),
            ours=texts_of({}),
            mailboxes=[
                ("", gettext("No e-mails")),
                *((str(each.id), each.name) for each in session.scalars(mailboxes())),
            ],
            own=range(1, OWN + 1),
        )


def _embed(channel_id: int, form: Filled[SecretForm] | None = None, *, secret: str = "") -> Response:
    form = form or Filled(SecretForm)
    with transaction() as session:
        channel = chat_to_manage(session, channel_id)
        secrets = open_access(channel).secrets
        address = url_for("webchat.script", key=channel.settings.get(KEY, ""), _external=True)
        return page(
            "settings/chat_embed.html",
            form.status,
            form=form,
            channel=channel,
            address=address,
            host=url_for("settings.start", _external=True).partition("/settings")[0],
            sites=sources_of(str(channel.settings.get("sites") or "")),
            has_secret=bool(secrets.get(SECRET)),
            has_before=bool(secrets.get(SECRET_BEFORE)),
            replaces=secret_fingerprint(channel),
            secret=secret,
        )

"""Building forms: made, changed, published in versions, taken from the net again."""

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.standing import refuse_outdated
from channels.webform.definition import Definition, Kind, definition_of, first_draft
from channels.webform.models import WebForm, WebFormVersion
from channels.webform.settings_form import ANSWERS_BY, KEY
from channels.webform.wire import KIND
from core.clock import now
from core.errors import Invalid
from core.events import EVERYONE, record
from core.words import N_
from inbox.actions import change_channel, connect_channel
from inbox.models import Channel
from people.models import Agent

KEY_BYTES = 9


def create_form(
    session: Session,
    *,
    agent: Agent | None,
    name: str,
    kind: Kind = "question",
    titles: Mapping[str, str] | None = None,
    draft: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    audience: str = EVERYONE,
    team_id: int | None = None,
) -> WebForm:
    """A new form with a channel of its own; nobody can fill it in before it is published.

    Without a `draft` it begins with the fields that such a form usually has.
    """
    told = dict(draft) if draft is not None else first_draft(kind, titles or {"ru": name})
    definition = definition_of(told)
    key = secrets.token_urlsafe(KEY_BYTES)
    channel = connect_channel(
        session,
        agent=agent,
        kind=KIND,
        name=name,
        settings={**(settings or {}), KEY: key},
        secrets={},
        audience=audience,
        team_id=team_id,
    )
    form = WebForm(channel_id=channel.id, key=key, draft=definition.model_dump(mode="json"))
    session.add(form)
    session.flush()
    return form


def form_of_channel(session: Session, channel: Channel) -> WebForm | None:
    """The form of a channel."""
    return session.scalar(select(WebForm).where(WebForm.channel_id == channel.id))


def change_form(
    session: Session,
    form: WebForm,
    *,
    agent: Agent | None,
    definition: Mapping[str, Any],
    replaces: str | None = None,
) -> Definition:
    """Keep what the builder has come to, Invalid if it makes no sense; people see it once it is published.

    `replaces` is the mark of the draft that the builder began with; Conflict where it is another by now.
    """
    read = definition_of(definition)
    wanted = read.model_dump(mode="json")
    _hold(session, form)
    refuse_outdated(form.draft, wanted, replaces=replaces)
    form.draft = wanted
    form.changed_at = now()
    _record(session, form, agent, "form.changed")
    return read


def publish_form(session: Session, form: WebForm, *, agent: Agent | None) -> WebFormVersion:
    """Let people see the draft as a version that never changes; the same again is the same version."""
    _hold(session, form)
    definition = definition_of(form.draft).model_dump(mode="json")
    newest = session.scalar(
        select(WebFormVersion)
        .where(WebFormVersion.form_id == form.id)
        .order_by(WebFormVersion.number.desc())
        .limit(1)
    )
    if newest is None or newest.definition != definition:
        newest = WebFormVersion(
            form_id=form.id,
            number=newest.number + 1 if newest is not None else 1,
            definition=definition,
            published_by=agent.id if agent else None,
        )
        session.add(newest)
        session.flush()
    if form.version != newest.number:
        form.version = newest.number
        _record(session, form, agent, "form.published", version=newest.number)
    return newest


def unpublish_form(session: Session, form: WebForm, *, agent: Agent | None) -> None:
    """Let nobody fill it in any more; what was filled in stays, and so do its versions."""
    _hold(session, form)
    if form.version is not None:
        form.version = None
        _record(session, form, agent, "form.unpublished")


def answer_by(session: Session, form: WebForm, *, agent: Agent | None, mailbox: Channel | None) -> None:
    """Let answers leave by a mailbox, and what customers answer come back into the form's dialogs."""
    if mailbox is not None and mailbox.kind != "email":
        raise Invalid(
            N_("Answers to forms are sent through a mailbox."), code="not_mailbox", field=ANSWERS_BY
        )
    number = mailbox.id if mailbox is not None else None
    change_channel(session, form.channel, agent=agent, settings={ANSWERS_BY: number})


def form_with_key(session: Session, key: str) -> WebForm | None:
    """The form with this name in its address."""
    return session.scalar(select(WebForm).where(WebForm.key == key)) if 0 < len(key) <= 64 else None


def version_of(session: Session, form: WebForm, number: int | None = None) -> WebFormVersion | None:
    """What people see now, or saw once."""
    wanted = form.version if number is None else number
    return session.scalar(
        select(WebFormVersion).where(WebFormVersion.form_id == form.id, WebFormVersion.number == wanted)
    )


def _hold(session: Session, form: WebForm) -> None:
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"form {form.id}", 0))))
    session.refresh(form)


def _record(session: Session, form: WebForm, agent: Agent | None, kind: str, **details: Any) -> None:
    record(
        session,
        kind,
        f"channel:{form.channel_id}",
        audience=None,
        actor=agent.ref if agent else None,
        **details,
    )

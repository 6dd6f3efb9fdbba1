"""What becomes of the dialogs of a channel: who gets them, their labels, what a form is answered by."""

from typing import Annotated

from flask import url_for
from flask_babel import gettext
from pydantic import StringConstraints
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.access import Whom, agent_for, channel_to_manage, open_to, team_for
from app.forms import Filled, Form, filled
from app.identity import me
from app.pages import done, page
from app.views.settings.blueprint import Line, settings
from channels.queries import mailboxes
from channels.routing import HOW, POOL, SETTING, TAGS, set_requests, set_tags, set_team
from channels.webform.actions import answer_by, form_of_channel
from channels.webform.settings_form import ANSWERS_BY
from core.db import transaction
from core.errors import Invalid
from core.words import N_
from people import queries
from tags.models import Tag
from tags.queries import all_tags

Number = Annotated[str, StringConstraints(pattern=r"^(\d{1,18})?$")]
HOW_WORDS = {
    "pool": (N_("Anybody takes them"), N_("They stay in the feed until somebody starts on one.")),
    "turns": (N_("In turn"), N_("Each goes to whoever has the fewest open dialogs.")),
    "person": (N_("One person gets them"), ""),
}


class RequestsForm(Form):
    """Who gets the dialogs, under which labels, and by which mailbox a form's are answered."""

    how: Line = POOL
    agent_id: Number = ""
    team_id: Number = ""
    tags: list[Number] = []
    mailbox_id: Number = ""


@settings.get("/channels/<int:channel_id>/requests")
@open_to(Whom.ADMINISTRATORS)
def requests(channel_id: int) -> Response:
    """Show what becomes of a channel's dialogs."""
    with transaction() as session:
        channel = channel_to_manage(session, me(session), channel_id)
        told = channel.settings.get(SETTING) or {}
        values = {
            "how": told.get("how") or POOL,
            "agent_id": str(told.get("agent_id") or ""),
            "team_id": str(channel.team_id or ""),
            "tags": [str(each) for each in channel.settings.get(TAGS) or []],
            "mailbox_id": str(channel.settings.get(ANSWERS_BY) or ""),
        }
    return _page(channel_id, Filled(RequestsForm, values))


@settings.post("/channels/<int:channel_id>/requests")
@open_to(Whom.ADMINISTRATORS)
def change_requests(channel_id: int) -> Response:
    """Change it, for dialogs that come from now on."""
    form = filled(RequestsForm)

    def act(told: RequestsForm) -> Response:
        with transaction() as session:
            agent = me(session)
            channel = channel_to_manage(session, agent, channel_id)
            if told.how not in HOW:
                raise Invalid(N_("Choose one of these."), field="how")
            team = team_for(session, agent, int(told.team_id)) if told.team_id else None
            person = agent_for(session, agent, int(told.agent_id)) if told.agent_id else None
            set_team(session, channel, agent=agent, team=team)
            set_requests(session, channel, agent=agent, how=told.how, person=person)
            wanted = [int(each) for each in told.tags if each]
            tags = session.scalars(select(Tag).where(Tag.id.in_(wanted)).order_by(Tag.id)).all()
            set_tags(session, channel, agent=agent, tags=tags)
            built = form_of_channel(session, channel)
            if built is not None:
                mailbox = channel_to_manage(session, agent, int(told.mailbox_id)) if told.mailbox_id else None
                answer_by(session, built, agent=agent, mailbox=mailbox)
        return done(url_for("settings.requests", channel_id=channel_id), gettext("Saved."))

    return form.attempt(act) or _page(channel_id, form)


def _page(channel_id: int, form: Filled[RequestsForm]) -> Response:
    with transaction() as session:
        channel = channel_to_manage(session, me(session), channel_id)
        return page(
            "settings/requests.html",
            form.status,
            form=form,
            channel=channel,
            built=form_of_channel(session, channel),
            how=HOW_WORDS,
            people=[each for each in session.scalars(queries.team()) if each.active and each.may_reply],
            teams=session.scalars(queries.teams()).all(),
            tags=session.scalars(all_tags()).all(),
            mailboxes=session.scalars(mailboxes()).all(),
        )

"""The first steps: who you are, what customers write by, who answers with you.

How far somebody is follows from what is there. Nothing has to be done in order, and nothing at all.
"""

import re
from typing import Annotated, NamedTuple

from flask import Blueprint, url_for
from flask_babel import gettext, ngettext
from pydantic import StringConstraints
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Whom, channel_to_manage, open_to
from app.forms import Filled, Form, filled
from app.identity import me
from app.languages import language, speaking, translated
from app.mailing import mail_works, send_link
from app.pages import done, page
from app.views.settings.embeds import script_tag
from channels.registry import kinds, words_of
from channels.webchat.connecting import connect_chat
from channels.webchat.settings_form import KEY
from channels.webchat.sites import sources_of, unknown_sites
from channels.webchat.visitors import KIND as CHAT
from channels.webform.models import WebForm
from channels.webform.settings_form import SITES
from channels.webform.starting import start_form
from channels.webform.wire import KIND as FORM
from core.db import transaction
from core.errors import NOTHING, DeskError, Invalid, NotFound
from core.words import N_
from inbox.models import Channel
from people import actions as people
from people.models import Agent
from people.queries import open_invitations, workspace_of

Line = Annotated[str, StringConstraints(max_length=1000)]
MOST_AT_ONCE = 50
_OWN = select(Channel).where(Channel.demo.is_(False)).order_by(Channel.id.desc())

start = Blueprint("start", __name__, url_prefix="/start")


class YouForm(Form):
    """Who somebody is, and what their company is called."""

    name: Line
    workspace: Line
    language: Line
    zone: Line


class SiteForm(Form):
    """What is to be put on which site."""

    site: Line = ""
    what: Line


class InviteForm(Form):
    """Whom to invite: addresses, one beside the other or one below the other."""

    emails: Annotated[str, StringConstraints(max_length=20_000)]


class Connected(NamedTuple):
    """A channel that is there; of one for a site also where it can be tried and what is put on the site."""

    channel: Channel
    title: str
    address: str = ""
    snippet: str = ""
    more: str = ""


@start.get("")
@open_to(Whom.ADMINISTRATORS)
def first_steps() -> Response:
    """Show how far one is."""
    return _page()


@start.post("/you")
@open_to(Whom.ADMINISTRATORS)
def tell() -> Response:
    """Say who one is and what the company is called."""
    form = filled(YouForm)

    def act(told: YouForm) -> Response:
        with transaction() as session:
            agent = me(session)
            zone = workspace_of(session).zone
            if zone == agent.zone:  # whoever lives elsewhere does not move the company
                zone = told.zone
            people.change_profile(session, agent, name=told.name, language=told.language, zone=told.zone)
            people.name_workspace(session, agent=agent, name=told.workspace, zone=zone)
            spoken = agent.language
        with speaking(spoken):
            return done(url_for("start.first_steps"), gettext("Saved."))

    return form.attempt(act) or _page(you=form)


@start.post("/site")
@open_to(Whom.ADMINISTRATORS)
def put_on_site() -> Response:
    """Make a chat or a form that is live at once, in the language of whoever asks for it."""
    form = filled(SiteForm)

    def act(told: SiteForm) -> Response:
        site = _site(told.site)
        if told.what not in ("chat", "question", "callback", "order"):
            raise Invalid(N_("Choose one of these."))
        with transaction() as session:
            agent = me(session)
            if told.what == "chat":
                connect_chat(session, agent=agent, name=gettext("Chat on the site"), sites=site)
            else:
                start_form(session, agent=agent, kind=told.what, language=language(), sites=site)  # type: ignore[arg-type]
        return done(url_for("start.first_steps", _anchor="connected"))

    return form.attempt(act) or _page(site=form)


@start.get("/chat/<int:channel_id>")
@open_to(Whom.ADMINISTRATORS)
def try_chat(channel_id: int) -> Response:
    """A page of ours that shows a chat as a shop's page would."""
    with transaction() as session:
        channel = channel_to_manage(session, me(session), channel_id)
        if channel.kind != CHAT:
            raise NotFound(NOTHING)
        return page("start/chat.html", channel=channel, key=str(channel.settings.get(KEY) or ""))


@start.post("/invite")
@open_to(Whom.ADMINISTRATORS)
def invite() -> Response:
    """Invite several at once; who was not invited stays in the field, with why."""
    form = filled(InviteForm)

    def act(told: InviteForm) -> Response:
        emails = list(dict.fromkeys(each for each in re.split(r"[\s,;]+", told.emails) if each))
        if not emails:
            raise Invalid(N_("Fill this in."), field="emails")
        links, faults = _invite(emails[:MOST_AT_ONCE])
        left = emails[MOST_AT_ONCE:]
        form.values["emails"] = "\n".join([*left, *faults])  # so that the next press reaches those left
        sentences = [f"{email}: {words}" for email, words in faults.items()]
        if left:
            sentences.insert(0, _left_words(len(left)))
        if sentences:
            form.errors["emails"] = " ".join(sentences)
            form.status = 422
        return _page(invited=form, links=links)

    return form.attempt(act) or _page(invited=form)


def _left_words(count: int) -> str:
    words = ngettext(
        "%(num)s address has not been invited yet: at most %(most)s are invited at a time. It is still "
        "in the field: press the button again.",
        "%(num)s addresses have not been invited yet: at most %(most)s are invited at a time. They are "
        "still in the field: press the button again.",
        count,
        most=MOST_AT_ONCE,
    )
    return str(words)


def _invite(emails: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """The links by address, and what is wrong with the others."""
    links: dict[str, str] = {}
    faults: dict[str, str] = {}
    for email in emails:
        try:
            with transaction() as session:
                agent = me(session)
                links[email] = people.invite(
                    session, agent=agent, email=email, role="agent", language=language()
                )
                name, number, workspace = agent.name, agent.id, workspace_of(session).name
        except DeskError as error:
            faults[email] = translated(error)
            continue
        send_link(
            "invitation", email, links[email], language=language(), workspace=workspace, name=name,
            sender_id=number,
        )  # fmt: skip
    return links, faults


def _page(
    *,
    you: Filled[YouForm] | None = None,
    site: Filled[SiteForm] | None = None,
    invited: Filled[InviteForm] | None = None,
    links: dict[str, str] | None = None,
) -> Response:
    shown = you or site or invited
    with transaction() as session:
        agent, workspace = me(session), workspace_of(session)
        values = {
            "name": agent.name,
            "workspace": workspace.name,
            "language": agent.language,
            "zone": agent.zone,
        }
        colleagues = session.scalar(
            select(func.count())
            .select_from(Agent)
            .where(Agent.id != agent.id, Agent.active, Agent.password_hash.is_not(None))
        )
        return page(
            "start/index.html",
            shown.status if shown else 200,
            you=you or Filled(YouForm, values),
            site=site or Filled(SiteForm, {"site": _known_site(session)}),
            invited=invited or Filled(InviteForm, {}),
            links=links or {},
            connected=_connected(session),
            others=[(kind, words_of(kind).title) for kind in kinds() if kind not in (CHAT, FORM)],
            colleagues=colleagues,
            invitations=session.scalars(open_invitations()).all(),
            mail_works=mail_works(),
        )


def _known_site(session: Session) -> str:
    """The site that was named last, so that nobody names it twice."""
    for channel in session.scalars(_OWN):
        for line in str(channel.settings.get(SITES) or "").split():
            return line
    return ""


def _connected(session: Session) -> list[Connected]:
    """The channels that are somebody's own, the newest first."""
    forms = {each.channel_id: each for each in session.scalars(select(WebForm))}
    return [_one(each, forms.get(each.id)) for each in session.scalars(_OWN)]


def _one(channel: Channel, form: WebForm | None) -> Connected:
    title = str(gettext(words_of(channel.kind).title))
    more = url_for("settings.show_channel", channel_id=channel.id)
    if form is not None and form.version is not None:
        hosted = url_for("webform.hosted", key=form.key, _external=True)
        more = url_for("settings.embed_form", channel_id=channel.id)
        return Connected(channel, title, hosted, script_tag(form), more)
    if channel.kind == CHAT and channel.settings.get(KEY):
        script = url_for("webchat.script", key=channel.settings[KEY], _external=True)
        tried = url_for("start.try_chat", channel_id=channel.id)
        return Connected(channel, title, tried, f'<script async src="{script}"></script>', more)
    return Connected(channel, title, more=more)


def _site(typed: str) -> str:
    """The site of whatever address of it somebody typed."""
    site = typed.strip()
    if site and "://" not in site:
        site = site.partition("/")[0]
    elif site:
        scheme, _, rest = site.partition("://")
        site = f"{scheme}://{rest.partition('/')[0]}"
    if site and (len(site.split()) > 1 or unknown_sites(site) or not sources_of(site)):
        raise Invalid(N_("This is not the address of a site."), field="site")
    return site

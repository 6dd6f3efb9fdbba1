"""The first steps: what is done follows from what is there, and nothing typed is lost."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.webform.models import WebForm
from inbox.models import Channel, Dialog
from people import actions as people
from people.models import Agent, OneTimeLink, Role, Workspace
from people.queries import workspace_of
from tests.channels.webform.filling import Filler, come_in
from tests.ground.browsing import Browser
from tests.makers import make_agent, make_channel
from tests.peers.fake import Outside

Browse = Callable[[Agent], Browser]
pytestmark = pytest.mark.requirement("CHN-14")


@pytest.fixture
def boss(session: Session) -> Agent:
    session.merge(Workspace(id=1, zone="UTC"))
    return make_agent(session, "Olga", role=Role.OWNER, language="en", zone="UTC")


@pytest.fixture
def desk(browse: Browse, boss: Agent, outside: Outside, valkey: object) -> Browser:
    """Olga, who has just come."""
    return browse(boss)


def done(desk: Browser) -> int:
    """How many of the steps are said to be done."""
    return desk.get("/start").text.count(">Done</span>")


def test_what_is_done_follows_from_what_is_there(session: Session, desk: Browser, boss: Agent) -> None:
    assert done(desk) == 1
    channel = make_channel(session, kind="email")
    assert done(desk) == 2
    people.invite(session, agent=boss, email="ben@helpdesk.test", role="agent", language="en")
    session.commit()
    assert done(desk) == 3
    assert "1 invitation is open" in desk.get("/start").text
    make_agent(session, "Ben", password_hash="hashed")
    assert "1 colleague" in desk.get("/start").text
    channel.demo = True
    session.commit()
    assert done(desk) == 2


def test_names_and_clock_are_changed_on_the_spot(session: Session, desk: Browser, boss: Agent) -> None:
    told = {"name": "Olga P.", "workspace": "Clay & Linen", "language": "es", "zone": "Europe/Madrid"}
    wrong = desk.send("/start/you", {**told, "zone": "Mars/Olympus"})
    assert (wrong.status_code, 'value="Clay &amp; Linen"' in wrong.text) == (422, True)
    assert "<details open>" in wrong.text
    nameless = desk.send("/start/you", {**told, "workspace": " "})
    assert (nameless.status_code, 'id="workspace-error"' in nameless.text) == (422, True)
    assert desk.send("/start/you", told).location == "/start"
    session.expire_all()
    assert (boss.name, boss.language, boss.zone) == ("Olga P.", "es", "Europe/Madrid")
    workspace = workspace_of(session)
    assert (workspace.name, workspace.zone) == ("Clay & Linen", "Europe/Madrid")
    assert '<html lang="es"' in desk.get("/start").text


def test_whoever_lives_elsewhere_does_not_move_the_company(
    session: Session, browse: Browse, desk: Browser
) -> None:
    carmen = browse(make_agent(session, "Carmen", role=Role.ADMIN, language="en", zone="Europe/Madrid"))
    told = {"name": "Carmen", "workspace": "Shop", "language": "en", "zone": "America/Lima"}
    assert carmen.send("/start/you", told).status_code == 303
    session.expire_all()
    assert workspace_of(session).zone == "UTC"


@pytest.mark.parametrize(("kind", "asked"), [("question", "message"), ("callback", "phone")])
def test_one_press_makes_a_form_that_is_live(
    app: Flask, session: Session, desk: Browser, kind: str, asked: str
) -> None:
    made = desk.send("/start/site", what=kind, site="https://shop.example/contact?x=1")
    assert (made.status_code, made.location) == (303, "/start#connected")
    form = session.scalars(select(WebForm)).one()
    page = desk.get("/start").text
    assert f'href="http://127.0.0.1:8000/f/{form.key}"' in page
    assert f"/f/{form.key}/form.js" in page
    stranger = Filler(app, form)
    stranger.open()
    assert stranger.send({asked: "+7 912 345-67-89"}).status_code == 303
    come_in(session)
    assert session.scalars(select(Dialog)).one().channel_id == form.channel_id
    framed = stranger.ask("GET", f"/f/{form.key}/frame").headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://shop.example;" in framed


def test_one_press_makes_a_chat_that_can_be_tried(app: Flask, session: Session, desk: Browser) -> None:
    assert desk.send("/start/site", what="chat", site="shop.example/").status_code == 303
    chat = session.scalars(select(Channel)).one()
    assert (chat.kind, chat.settings["sites"], chat.outbound_confirmed) == ("webchat", "shop.example", True)
    assert 'name="site" type="text" value="shop.example"' in desk.get("/start").text
    tried = f"/start/chat/{chat.id}"
    assert f'href="{tried}"' in desk.get("/start").text
    assert f'src="/w/{chat.settings["key"]}/widget.js"' in desk.get(tried).text
    other = make_channel(session, kind="email")
    assert desk.get(f"/start/chat/{other.id}").status_code == 404


@pytest.mark.parametrize("site", ["shop example", "http://", "javascript:alert(1)", "x" * 900])
def test_a_site_that_is_none_is_told_and_nothing_is_made(session: Session, desk: Browser, site: str) -> None:
    wrong = desk.send("/start/site", what="chat", site=site)
    assert (wrong.status_code, 'id="site-error"' in wrong.text) == (422, True)
    assert session.scalars(select(Channel)).all() == []
    assert desk.send("/start/site", what="bomb", site="").status_code == 422


def test_several_are_invited_at_once_and_who_could_not_be_stays(
    session: Session, browse: Browse, desk: Browser, boss: Agent
) -> None:
    typed = f"ben@helpdesk.test, mia@helpdesk.test\nno address; ben@helpdesk.test {boss.email}"
    answer = desk.send("/start/invite", emails=typed)
    links = re.findall(r'data-copy="(http://[^"]+/invitation\?token=[^"]+)"', answer.text)
    assert (answer.status_code, len(links)) == (422, 2)
    assert f">no\naddress\n{boss.email}</textarea>" in answer.text
    assert "Olga is in the team already." in answer.text
    rows = session.scalars(select(OneTimeLink.email).where(OneTimeLink.purpose == "invitation"))
    assert sorted(map(str, rows)) == ["ben@helpdesk.test", "mia@helpdesk.test"]
    assert "2 invitations are open" in desk.get("/start").text
    assert "token=" not in desk.get("/start").text
    assert desk.send("/start/invite", emails=" ").status_code == 422


def test_of_sixty_addresses_those_that_are_not_invited_yet_stay_in_the_field(
    session: Session, desk: Browser
) -> None:
    emails = [f"colleague-{number}@helpdesk.test" for number in range(58)]
    answer = desk.send("/start/invite", emails="\n".join(["no-address", *emails, "last@helpdesk.test"]))
    left = [*emails[49:], "last@helpdesk.test", "no-address"]
    assert (answer.status_code, answer.text.count("/invitation?token=")) == (422, 2 * 49)
    assert "\n".join(left) + "</textarea>" in answer.text
    assert "10 addresses have not been invited yet" in answer.text

    assert desk.send("/start/invite", emails="\n".join(left[:-1])).status_code == 200
    rows = session.scalars(select(OneTimeLink.email).where(OneTimeLink.purpose == "invitation"))
    assert sorted(map(str, rows)) == sorted([*emails, "last@helpdesk.test"])


def test_it_is_for_administrators_and_stays_in_their_menu(session: Session, browse: Browse) -> None:
    ben = browse(make_agent(session, "Ben"))
    assert ben.get("/start").status_code == 403
    assert 'href="/start"' not in ben.get("/settings/profile").text
    carmen = browse(make_agent(session, "Carmen", role=Role.ADMIN))
    assert 'href="/start"' in carmen.get("/settings/profile").text

"""The demonstration as an administrator meets it: offered on an empty screen, removed in the settings."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.demo.actions import is_filled
from core.events import Event
from inbox.models import Channel, Dialog
from people.models import Agent, Role
from tests.ground.browsing import Browser
from tests.makers import make_agent, make_channel, make_dialog

Browse = Callable[[Agent], Browser]


@pytest.fixture
def boss(session: Session) -> Agent:
    return make_agent(session, "Olga", role=Role.OWNER, language="en", zone="UTC")


def dialogs(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Dialog)) or 0


def test_it_is_put_in_from_the_screen_and_taken_out_in_the_settings(
    session: Session, browse: Browse, boss: Agent
) -> None:
    desk = browse(boss)
    assert "Remove the example" not in desk.get("/settings/workspace").text

    assert desk.api("POST", "/api/demo") == {}
    assert dialogs(session) > 100
    told = session.scalars(select(Event).where(Event.kind == "demo.filled")).one()
    assert (told.topic, told.audience, told.actor) == ("workspace", "everyone", boss.ref)
    start = desk.api("GET", "/api/start?whose=mine")
    assert start["demo_offer"] is False
    assert start["feed"]["rows"] != []

    assert "Remove the example" in desk.get("/settings/workspace").text
    assert desk.send("/settings/workspace/demo/remove").status_code == 303
    session.expire_all()
    assert (dialogs(session), is_filled(session)) == (0, False)
    assert desk.api("GET", "/api/start")["demo_offer"] is True


def test_it_does_not_come_among_real_dialogs(session: Session, browse: Browse, boss: Agent) -> None:
    make_dialog(session)
    refused = browse(boss).api("POST", "/api/demo", status=409)
    assert refused["error"]["code"] == "not_empty"
    assert (dialogs(session), is_filled(session)) == (1, False)


def test_who_does_not_administer_neither_puts_it_in_nor_takes_it_out(
    session: Session, browse: Browse, boss: Agent
) -> None:
    ben = browse(make_agent(session, "Ben"))
    ben.api("POST", "/api/demo", status=403)
    assert not is_filled(session)
    assert ben.send("/settings/workspace/demo/remove").status_code == 403


def test_one_that_was_put_to_work_stays_and_the_page_says_why(
    session: Session, browse: Browse, boss: Agent
) -> None:
    make_channel(session).demo = True
    session.commit()
    response = browse(boss).send("/settings/workspace/demo/remove")
    assert response.status_code == 409
    assert "is in use now" in response.text
    assert session.scalars(select(Channel.demo)).one()

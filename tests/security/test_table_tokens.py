"""Every secret that opens a door opens it as it was given, its own door, in its time, and once."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.clock import now
from core.files import file_store
from core.secrets import sign
from people import actions as people
from people.models import Agent, Role
from tests.ground.browsing import HOME, Browser
from tests.ground.moment import FrozenClock
from tests.makers import make_agent

NEW = "an entirely new sea of calm"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0" + b"\0" * 40


@dataclass(frozen=True)
class Door:
    """One kind of token: how it is made, how it is used, and how long it opens."""

    make: Callable[[Session, Agent], str]
    knock: Callable[[Browser, str], bool]
    days: float


def token_in(link: str | None) -> str:
    return parse_qs(urlsplit(link or "").query)["token"][0]


def by_cookie(browser: Browser, token: str) -> bool:
    sent = {"Cookie": f"sid={token}".encode().decode("latin-1")}
    client = browser.app.test_client(use_cookies=False)
    return client.get("/api/me", base_url=HOME, headers=sent).status_code == 200


def by_key(browser: Browser, token: str) -> bool:
    sent = {"Authorization": f"Bearer {token}".encode().decode("latin-1")}
    return browser.get("/api/me", headers=sent).status_code == 200


def by_link(path: str) -> Callable[[Browser, str], bool]:
    return lambda browser, token: browser.get(path, query_string={"token": token}).status_code == 200


DOORS = {
    "session": Door(
        lambda session, ann: people.start_session(session, ann, address="", user_agent=""), by_cookie, 0.5
    ),
    "key": Door(
        lambda session, ann: people.issue_token(
            session, agent=ann, name="Script", scopes=["read"], expires_at=now() + timedelta(days=10)
        ),
        by_key,
        10,
    ),
    "invitation": Door(
        lambda session, ann: token_in(
            people.invite(session, agent=ann, email="ben@helpdesk.test", role="agent", language="en")
        ),
        by_link("/invitation"),
        1,
    ),
    "reset": Door(
        lambda session, ann: token_in(people.make_reset_link(session, agent=ann, person=ann)),
        by_link("/reset"),
        1 / 24,
    ),
    "picture": Door(
        lambda session, ann: sign(
            "letter image", file_store().put_bytes(PNG).sha256, expires=now() + timedelta(hours=1)
        ),
        lambda browser, token: browser.get(f"/letters/images/{token}").status_code == 200,
        1 / 24,
    ),
}


@pytest.fixture
def ann(session: Session, clock: FrozenClock) -> Agent:
    return make_agent(session, role=Role.OWNER)


def opened(app: Flask, door: Door, token: str) -> bool:
    """Whether a browser that knows nothing else gets in with it."""
    return door.knock(Browser(app), token)


@pytest.mark.parametrize("kind", DOORS)
def test_a_token_opens_only_as_it_was_given(session: Session, app: Flask, ann: Agent, kind: str) -> None:
    door = DOORS[kind]
    token = door.make(session, ann)
    session.commit()
    half = token[: len(token) // 2]
    for wrong in ("", " ", "0", "null", "%", "%00", "*", "[]", "None", "-", "ef_", "1-", "x" * 9000, half,
                  token[:-1], token[1:], token + "A", token[:-1] + "_", token + ".", token.swapcase(),
                  token[::-1], token.encode().hex(), f"{token}' OR '1'='1", "../" + token):  # fmt: skip
        assert not opened(app, door, wrong), wrong
    assert opened(app, door, token)


@pytest.mark.parametrize("kind", DOORS)
def test_a_token_opens_no_door_of_another_kind(session: Session, app: Flask, ann: Agent, kind: str) -> None:
    token = DOORS[kind].make(session, ann)
    session.commit()
    assert [name for name, door in DOORS.items() if opened(app, door, token)] == [kind]
    assert not by_link("/welcome")(Browser(app), token)


@pytest.mark.parametrize("kind", DOORS)
def test_a_token_opens_until_its_time_and_not_after_it(
    session: Session, app: Flask, ann: Agent, clock: FrozenClock, kind: str
) -> None:
    door = DOORS[kind]
    token = door.make(session, ann)
    session.commit()
    clock.forward(days=door.days, minutes=-1)
    assert opened(app, door, token)
    clock.forward(days=door.days, minutes=2)
    assert not opened(app, door, token)


def test_the_tokens_of_somebody_who_left_open_nothing(session: Session, app: Flask, ann: Agent) -> None:
    ben = make_agent(session, "Ben", role=Role.ADMIN)
    cookie, key, reset = (DOORS[kind].make(session, ben) for kind in ("session", "key", "reset"))
    session.commit()
    assert opened(app, DOORS["session"], cookie)
    assert opened(app, DOORS["key"], key)
    people.deactivate(session, ben, agent=ann)
    session.commit()
    assert not opened(app, DOORS["session"], cookie)
    assert not opened(app, DOORS["key"], key)
    assert Browser(app).send("/reset", token=reset, password=NEW).status_code == 404


def test_a_used_link_is_used_up(session: Session, app: Flask, ann: Agent) -> None:
    told = {"name": "Ben", "password": NEW, "language": "en", "zone": "UTC"}
    invitation, reset = (DOORS[kind].make(session, ann) for kind in ("invitation", "reset"))
    session.commit()
    assert Browser(app).send("/invitation", told | {"token": invitation}).status_code == 303
    assert Browser(app).send("/invitation", told | {"token": invitation}).status_code == 404
    assert Browser(app).send("/reset", token=reset, password=NEW).status_code == 303
    assert Browser(app).send("/reset", token=reset, password="another sea of calm").status_code == 404


def test_a_newer_link_ends_the_older_ones_of_the_same_person_alone(
    session: Session, app: Flask, ann: Agent
) -> None:
    his = token_in(people.make_reset_link(session, agent=ann, person=make_agent(session, "Ben")))
    older, newer = DOORS["reset"].make(session, ann), DOORS["reset"].make(session, ann)
    session.commit()
    assert [opened(app, DOORS["reset"], token) for token in (his, older, newer)] == [True, False, True]


def test_a_new_password_ends_every_session_and_every_link_to_set_one(
    session: Session, app: Flask, ann: Agent
) -> None:
    cookie, first, second = (DOORS[kind].make(session, ann) for kind in ("session", "reset", "reset"))
    session.commit()
    assert Browser(app).send("/reset", token=second, password=NEW).status_code == 303
    assert not opened(app, DOORS["session"], cookie)
    assert not opened(app, DOORS["reset"], first)


def test_one_persons_session_and_key_are_not_ended_by_another(
    session: Session, app: Flask, ann: Agent
) -> None:
    ben = make_agent(session, "Ben", role=Role.ADMIN)
    cookie, key = (DOORS[kind].make(session, ann) for kind in ("session", "key"))
    session.commit()
    his = Browser(app, ben)
    for number in re.findall(
        r"/settings/(?:sessions|keys)/(\d+)/", Browser(app, ann).get("/settings/sessions").text
    ):
        his.send(f"/settings/sessions/{number}/end")
        his.send(f"/settings/keys/{number}/revoke")
    assert opened(app, DOORS["session"], cookie)
    assert opened(app, DOORS["key"], key)

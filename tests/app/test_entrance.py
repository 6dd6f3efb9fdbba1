"""Signing in and out."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.guard import local_path
from people.models import Agent, AgentSession
from people.passwords import hash_password
from tests.ground.browsing import Browser
from tests.ground.moment import FrozenClock
from tests.makers import make_agent

PASSWORD = "a sea of calm letters"
_hash = hash_password(PASSWORD)


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_agent(session, email="ann@helpdesk.test", password_hash=_hash)


def sign_in(browser: Browser, email: str, password: str, **more: str) -> int:
    return browser.send("/login", email=email, password=password, **more).status_code


@pytest.mark.requirement("SYS-09")
def test_the_right_password_opens_the_inbox(stranger: Browser, ann: Agent) -> None:
    response = stranger.send("/login", email="ANN@helpdesk.test ", password=PASSWORD)
    assert (response.status_code, response.location) == (303, "/inbox")
    assert stranger.get("/inbox").status_code == 200


@pytest.mark.requirement("SYS-09")
def test_without_a_session_pages_lead_to_the_door_and_the_api_says_401(stranger: Browser) -> None:
    response = stranger.get("/settings/profile?tab=1")
    assert (response.status_code, response.location) == (302, "/login?next=/settings/profile?tab%3D1")
    assert stranger.refused("GET", "/api/feed", status=401) == "signed_out"


def test_wrong_password_unknown_address_and_somebody_who_left_are_told_the_same(
    app: Flask, session: Session, ann: Agent
) -> None:
    make_agent(session, "Ben", email="ben@helpdesk.test", password_hash=_hash, active=False)
    answers = [
        Browser(app).send("/login", email=email, password=password)
        for email, password in (
            ("ann@helpdesk.test", "not the password"),
            ("nobody@helpdesk.test", PASSWORD),
            ("ben@helpdesk.test", PASSWORD),
        )
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert all("The address or the password is not right." in answer.text for answer in answers)


def test_a_wrong_form_keeps_the_address_and_never_the_password(stranger: Browser, ann: Agent) -> None:
    text = stranger.send(
        "/login", email="ann@helpdesk.test", password="secret words", next="/customers/"
    ).text
    assert 'value="ann@helpdesk.test"' in text
    assert 'value="/customers/"' in text
    assert "secret words" not in text


def test_the_sixth_attempt_on_an_account_waits_even_with_the_right_password(
    app: Flask, ann: Agent, valkey: object
) -> None:
    for number in range(5):
        browser = Browser(app)
        assert sign_in(browser, "ann@helpdesk.test", f"guess {number}") == 422
    assert sign_in(Browser(app), "Ann@helpdesk.test", PASSWORD) == 429


def test_a_right_password_forgives_the_wrong_ones_before_it(app: Flask, ann: Agent, valkey: object) -> None:
    for _ in range(2):
        for number in range(4):
            assert sign_in(Browser(app), "ann@helpdesk.test", f"guess {number}") == 422
        assert sign_in(Browser(app), "ann@helpdesk.test", PASSWORD) == 303


def test_many_accounts_from_one_address_are_slowed_too(app: Flask, valkey: object) -> None:
    statuses = [sign_in(Browser(app), f"guess{number}@helpdesk.test", "x" * 12) for number in range(21)]
    assert statuses == [422] * 20 + [429]


def test_each_sign_in_makes_a_new_session_whatever_cookie_was_there(
    stranger: Browser, ann: Agent, session: Session
) -> None:
    stranger.client.set_cookie("sid", "planted", domain="127.0.0.1")
    stranger.csrf = ""
    stranger.send("/login", email=ann.email, password=PASSWORD)
    first = stranger.client.get_cookie("sid", domain="127.0.0.1")
    assert first is not None
    assert first.value != "planted"
    assert (first.http_only, first.same_site) == (True, "Lax")


def test_the_stored_session_is_a_hash(stranger: Browser, ann: Agent, session: Session) -> None:
    stranger.send("/login", email=ann.email, password=PASSWORD)
    cookie = stranger.client.get_cookie("sid", domain="127.0.0.1")
    row = session.scalars(select(AgentSession)).one()
    assert cookie is not None
    assert cookie.value not in (row.token_hash, row.user_agent)


@pytest.mark.requirement("SYS-09")
def test_signing_out_ends_the_session_for_good(browse: Callable[[Agent], Browser], ann: Agent) -> None:
    browser = browse(ann)
    cookie = browser.client.get_cookie("sid", domain="127.0.0.1")
    assert browser.send("/logout").status_code == 303
    assert cookie is not None
    browser.client.set_cookie("sid", cookie.value, domain="127.0.0.1")
    browser.refused("GET", "/api/me", status=401)


def test_a_session_ends_after_twelve_idle_hours(
    browse: Callable[[Agent], Browser], ann: Agent, clock: FrozenClock
) -> None:
    browser = browse(ann)
    clock.forward(hours=11, minutes=59)
    browser.api("GET", "/api/me")
    clock.forward(hours=11, minutes=59)
    browser.api("GET", "/api/me")
    clock.forward(hours=12, minutes=1)
    browser.refused("GET", "/api/me", status=401)


def test_a_session_ends_after_thirty_days_of_use(
    browse: Callable[[Agent], Browser], ann: Agent, clock: FrozenClock
) -> None:
    browser = browse(ann)
    for _ in range(60):
        clock.forward(hours=11, minutes=59)
        browser.api("GET", "/api/me")
    clock.forward(hours=2)
    browser.refused("GET", "/api/me", status=401)


def test_a_password_of_weaker_settings_is_hashed_anew_when_it_is_used(
    stranger: Browser, session: Session
) -> None:
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    ann = make_agent(session, email="ann@helpdesk.test", password_hash=weak)
    assert sign_in(stranger, ann.email, PASSWORD) == 303
    session.refresh(ann)
    assert ann.password_hash != weak
    assert ann.password_hash is not None
    assert "m=65536" in ann.password_hash


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/x\r\nLocation: https://evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        " //evil.example",
        "\x01//evil.example",
        "/\n//evil.example",
        "mailto:x@evil.example",
        "evil.example",
        "?next=//evil.example",
        "//127.0.0.1:8000@evil.example",
        "/\x00/evil.example",
        "",
    ],
)
def test_nobody_is_led_to_another_site(target: str) -> None:
    assert local_path(target) == "/inbox"


@pytest.mark.parametrize(
    ("target", "place"), [("/inbox/7?x=1", "/inbox/7?x=1"), ("//evil.example", "/inbox")]
)
def test_after_signing_in_one_goes_where_one_wanted(
    stranger: Browser, ann: Agent, target: str, place: str
) -> None:
    assert stranger.send("/login", email=ann.email, password=PASSWORD, next=target).location == place


def test_public_pages_speak_the_browsers_language_until_another_is_chosen(stranger: Browser) -> None:
    assert '<html lang="es"' in stranger.get("/login", headers={"Accept-Language": "es-MX,en;q=0.5"}).text
    assert '<html lang="en"' in stranger.get("/login", headers={"Accept-Language": "fi"}).text
    stranger.send("/language", language="ru", next="/login")
    assert '<html lang="ru"' in stranger.get("/login", headers={"Accept-Language": "es"}).text


def test_a_person_reads_in_their_own_language(browse: Callable[[Agent], Browser], session: Session) -> None:
    browser = browse(make_agent(session, language="es"))
    assert '<html lang="es"' in browser.get("/settings/profile", headers={"Accept-Language": "ru"}).text

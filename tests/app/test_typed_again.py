"""A form that cannot be taken just now is given back with what was typed, and can be sent again."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import Connection, create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool
from werkzeug.test import TestResponse

import core.db
from app.again import MOST, again, is_secret
from channels.registry import fields_of, kinds
from people import actions as people
from people.models import Agent, Customer
from tests.ground.browsing import HOME, Browser
from tests.makers import make_agent, make_dialog

Browse = Callable[[Agent], Browser]

PASSWORD = "a sea of calm and quiet"
NOTES = 'She said "tea" & <script>alert(1)</script></textarea>\nTwice.'


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_agent(session, role="admin")


@pytest.fixture
def max_(session: Session) -> Customer:
    return make_dialog(session).customer


def send(browser: Browser, path: str, fields: dict[str, Any], **headers: str) -> TestResponse:
    """Send a form as a browser does, saying where it comes from."""
    told = {"Origin": HOME, "Sec-Fetch-Site": "same-origin", **headers}
    return browser.open("POST", path, data={**fields, "csrf_token": browser.csrf}, headers=told)


def form_of(page: TestResponse) -> tuple[str, dict[str, str]]:
    """Where the form of an error page goes, and what it holds."""
    found = re.search(r'<form class="stack" [^>]*action="([^"]*)"[^>]*>(.*?)</form>', page.text, re.S)
    assert found is not None, page.text
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', found[2])
    texts = re.findall(r'<textarea [^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>', found[2], re.S)
    return unescape(found[1]), {name: unescape(value) for name, value in (*hidden, *texts)}


def token_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["token"][0]


def card(customer: Customer, **more: str) -> dict[str, str]:
    return {"name": customer.name, "notes": NOTES, "kind": "client", **more}


def test_what_was_typed_survives_the_end_of_a_session(
    session: Session, browse: Browse, ann: Agent, max_: Customer
) -> None:
    browser, path = browse(ann), f"/customers/{max_.id}"
    browser.client.delete_cookie("sid", domain="127.0.0.1")
    page = send(browser, path, card(max_))
    assert (page.status_code, "<script>alert" in page.text) == (401, False)
    action, fields = form_of(page)
    assert (action, fields["notes"]) == (path, NOTES)

    browser.sign_in(ann)
    page = browser.open("POST", action, data=fields, headers={"Origin": HOME})
    if page.status_code == 403:
        action, fields = form_of(page)
        page = browser.open("POST", action, data=fields, headers={"Origin": HOME})
    assert page.status_code == 303, page.text
    session.refresh(max_)
    assert max_.notes == NOTES


def test_what_was_typed_survives_a_bug(
    monkeypatch: pytest.MonkeyPatch, browse: Browse, app: Flask, ann: Agent, max_: Customer
) -> None:
    def fail(**places: Any) -> str:
        raise ValueError("a bug")

    browser, path = browse(ann), f"/customers/{max_.id}"
    endpoint, _ = app.url_map.bind("").match(path, method="POST")
    monkeypatch.setitem(app.view_functions, endpoint, _like(app.view_functions[endpoint], fail))
    monkeypatch.setattr(app, "testing", False)
    page = send(browser, path, card(max_))
    assert page.status_code == 500
    assert form_of(page) == (path, {**card(max_), "csrf_token": form_of(page)[1]["csrf_token"]})


def _like(view: Callable[..., Any], other: Callable[..., Any]) -> Callable[..., Any]:
    """Another view behind the same door."""
    other.__dict__.update(view.__dict__)
    return other


def test_what_was_typed_survives_a_database_that_is_away(
    browse: Browse, ann: Agent, max_: Customer, database: Connection
) -> None:
    browser, path = browse(ann), f"/customers/{max_.id}"
    nowhere = create_engine("postgresql+psycopg://nobody@/nothing?host=/nonexistent", poolclass=NullPool)
    core.db.bind_sessions(nowhere, join_transaction_mode="conditional_savepoint")
    try:
        page = send(browser, path, card(max_))
    finally:
        core.db.bind_sessions(database, join_transaction_mode="create_savepoint")
    action, fields = form_of(page)
    assert (page.status_code, action, fields["notes"]) == (503, path, NOTES)
    assert browser.open("POST", action, data=fields, headers={"Origin": HOME}).status_code == 303


def test_a_long_text_is_given_back_and_an_endless_one_is_not(
    browse: Browse, ann: Agent, max_: Customer
) -> None:
    browser, path, long = browse(ann), f"/customers/{max_.id}", "tea " * (MOST // 5)
    browser.csrf = "old"
    page = send(browser, path, card(max_, notes=long))
    assert (page.status_code, form_of(page)[1]["notes"]) == (403, long)
    page = send(browser, path, card(max_, notes=long * 2))
    assert (page.status_code, "tea tea" in page.text) == (403, False)


def test_secrets_are_not_given_back_but_asked_for(browse: Browse, ann: Agent) -> None:
    browser, path = browse(ann), "/settings/channels/new/telegram"
    browser.csrf = "old"
    page = send(browser, path, {"name": "Shop", "token": "12:hush", "mode": "poll"})
    action, fields = form_of(page)
    assert (page.status_code, "hush" in page.text, fields["withheld"]) == (403, False, "token")
    page = browser.open("POST", action, data=fields, headers={"Origin": HOME})
    assert (page.status_code, "Shop" in page.text) == (422, True)
    assert browser.api("GET", "/api/start")["channels"] == []


def test_a_password_is_not_given_back_but_asked_for(stranger: Browser) -> None:
    stranger.csrf = "old"
    page = send(stranger, "/login", {"email": "ann@helpdesk.test", "password": "a sea of calm"})
    action, fields = form_of(page)
    assert (action, "calm" in page.text, fields["withheld"]) == ("/login", False, "password")
    page = stranger.open("POST", action, data=fields, headers={"Origin": HOME})
    assert (page.status_code, "ann@helpdesk.test" in page.text) == (422, True)


@pytest.mark.parametrize("path", ["/welcome", "/invitation"])
@pytest.mark.parametrize("way", ["away", "bug"])
def test_who_comes_by_a_link_keeps_what_was_typed_and_the_link(
    monkeypatch: pytest.MonkeyPatch,
    session: Session,
    stranger: Browser,
    database: Connection,
    path: str,
    way: str,
) -> None:
    if path == "/welcome":
        link = people.first_owner_link(session)
    else:
        link = people.invite(
            session,
            agent=make_agent(session, role="owner"),
            email="ben@helpdesk.test",
            role="agent",
            language="en",
        )
    session.commit()
    assert link is not None
    stranger.csrf = stranger.token_of(link.removeprefix(HOME))
    told = {"token": token_of(link), "name": "Ben", "language": "es", "zone": "Europe/Madrid"}
    told |= {"email": "ben@helpdesk.test"} if path == "/welcome" else {}
    with broken(monkeypatch, stranger.app, database, path, way):
        page = send(stranger, path, told | {"password": PASSWORD})
    action, fields = form_of(page)
    assert (page.status_code, action, PASSWORD in page.text) == (503 if way == "away" else 500, path, False)
    assert fields == told | {"csrf_token": fields["csrf_token"], "withheld": "password"}

    asked = stranger.open("POST", action, data=fields, headers={"Origin": HOME})
    assert (asked.status_code, 'value="Ben"' in asked.text, told["token"] in asked.text) == (422, True, True)
    assert send(stranger, path, told | {"password": PASSWORD}).status_code == 303


@contextmanager
def broken(
    monkeypatch: pytest.MonkeyPatch, app: Flask, database: Connection, path: str, way: str
) -> Iterator[None]:
    """The database is away, or a view has a bug."""

    def fail(**places: Any) -> str:
        raise ValueError("a bug")

    endpoint, _ = app.url_map.bind("").match(path, method="POST")
    nowhere = create_engine("postgresql+psycopg://nobody@/nothing?host=/nonexistent", poolclass=NullPool)
    with monkeypatch.context() as patched:
        if way == "bug":
            patched.setitem(app.view_functions, endpoint, _like(app.view_functions[endpoint], fail))
            patched.setattr(app, "testing", False)
        else:
            core.db.bind_sessions(nowhere, join_transaction_mode="conditional_savepoint")
        try:
            yield
        finally:
            core.db.bind_sessions(database, join_transaction_mode="create_savepoint")


@pytest.mark.parametrize("path", ["/welcome", "/invitation", "/reset"])
def test_a_link_that_is_over_is_not_given_back(session: Session, stranger: Browser, path: str) -> None:
    make_agent(session)
    told = {"token": "over" * 11, "name": "Ben", "email": "ben@helpdesk.test", "password": PASSWORD}
    told |= {"language": "es", "zone": "Europe/Madrid"}
    stranger.csrf = stranger.token_of("/forgot")
    wanted = {name: told[name] for name in ("token", "password")} if path == "/reset" else told
    if path == "/invitation":
        del wanted["email"]
    page = send(stranger, path, wanted)
    assert (page.status_code, told["token"] in page.text, "Ben" in page.text) == (404, False, False)


def test_a_link_is_not_given_back_by_a_page_that_did_not_carry_it(stranger: Browser) -> None:
    stranger.csrf = "old"
    for path in ("/login", "/forgot", "/reset"):
        page = send(stranger, path, {"email": "ann@helpdesk.test", "token": "hush" * 11})
        assert (page.status_code, "hush" in page.text) == (403, False), path


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-site"},
        {},
    ],
)
def test_a_form_of_another_site_does_not_become_one_of_ours(
    browse: Browse, ann: Agent, max_: Customer, headers: dict[str, str]
) -> None:
    page = browse(ann).open("POST", f"/customers/{max_.id}", data=card(max_), headers=headers)
    assert page.status_code == 403
    assert NOTES not in unescape(page.text)


def test_an_address_that_looks_like_another_site_is_not_sent_to(app: Flask) -> None:
    given: dict[str, Any] = {"method": "POST", "data": {"notes": NOTES}, "headers": {"Origin": HOME}}
    with app.test_request_context("/", **given, environ_overrides={"PATH_INFO": "//evil.test/customers"}):
        found = again()
    assert found is not None
    assert found.action == "/evil.test/customers"


def test_every_secret_of_a_channel_is_known_by_its_name() -> None:
    asked = [each for kind in kinds() for each in fields_of(kind)]
    assert [each.name for each in asked if each.type == "secret" and not is_secret(each.name)] == []

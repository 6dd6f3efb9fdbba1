"""What protects every page: hosts, origins, tokens, headers."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.factory import create_app
from app.guard import origins_of
from core.config import get_settings
from people.models import Agent
from tests.ground.browsing import Browser
from tests.makers import make_agent

SITE_BASE = "https://desk.example.com"


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_agent(session)


@pytest.fixture
def secure(monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application as it stands behind a proxy with TLS."""
    monkeypatch.setenv("BASE_URL", SITE_BASE)
    monkeypatch.setenv("TRUSTED_PROXIES", "1")
    get_settings.cache_clear()
    made = create_app()
    made.testing = True
    return made


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1:8000.evil.example",
        "127.0.0.1",
        "127.0.0.1:9",
        "desk.example.com",
        "",
        "a b",
        "[::1",
    ],
)
def test_only_our_own_name_is_answered(stranger: Browser, host: str) -> None:
    response = stranger.get("/login", environ_overrides={"HTTP_HOST": host})
    assert response.status_code == 400
    assert "evil" not in response.text


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
def test_this_machine_has_several_names_for_itself(stranger: Browser, host: str) -> None:
    assert stranger.get("/login", environ_overrides={"HTTP_HOST": host}).status_code == 200


def test_another_host_by_forwarding_is_not_believed(stranger: Browser) -> None:
    text = stranger.get(
        "/login", headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    ).text
    assert "evil.example" not in text


def test_health_is_answered_under_any_name(stranger: Browser) -> None:
    assert stranger.get("/health/live", environ_overrides={"HTTP_HOST": "10.0.0.7:8000"}).status_code == 200


def test_origins_are_those_of_the_base_url() -> None:
    assert origins_of("https://desk.example.com") == {"https://desk.example.com"}
    assert origins_of("http://localhost:81") == {
        "http://localhost:81",
        "http://127.0.0.1:81",
        "http://[::1]:81",
    }


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8001"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_write_that_another_site_began_is_refused_even_with_the_token(
    browse: Callable[[Agent], Browser], ann: Agent, headers: dict[str, str]
) -> None:
    browser = browse(ann)
    told = {**headers, "X-CSRF-Token": browser.csrf}
    response = browser.open("PATCH", "/api/me", json={"name": "Mallory"}, headers=told)
    assert response.status_code == 403
    assert browser.api("GET", "/api/me")["me"]["name"] == "Ann"


@pytest.mark.parametrize("token", ["", "guess", "IjEyMyI.aaaa.bbbb"])
def test_a_write_without_the_right_token_is_refused_even_from_our_origin(
    browse: Callable[[Agent], Browser], ann: Agent, token: str
) -> None:
    browser = browse(ann)
    headers = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin", "X-CSRF-Token": token}
    assert browser.open("PATCH", "/api/me", json={"name": "X"}, headers=headers).status_code == 403
    assert browser.open("POST", "/logout", data={"csrf_token": token}, headers=headers).status_code == 403


def test_the_token_of_one_browser_is_worth_nothing_in_another(
    app: Flask, ann: Agent, session: Session
) -> None:
    first, second = Browser(app, ann), Browser(app, make_agent(session, "Ben"))
    second.csrf = first.csrf
    assert second.refused("PATCH", "/api/me", {"name": "X"}, status=403) == "csrf"


def test_signing_in_makes_a_new_token(stranger: Browser, session: Session) -> None:
    from people.passwords import hash_password

    make_agent(session, email="ann@helpdesk.test", password_hash=hash_password("a sea of calm"))
    before = stranger.csrf = stranger.token_of("/forgot")
    stranger.send("/login", email="ann@helpdesk.test", password="a sea of calm")
    assert stranger.refused("PATCH", "/api/me", {"name": "X"}, status=403) == "csrf"
    stranger.csrf = stranger.token_of("/settings/sessions")
    assert stranger.csrf != before
    stranger.api("PATCH", "/api/me", {"name": "Anna"})


def test_a_form_of_another_encoding_carries_no_json_past_the_guard(
    browse: Callable[[Agent], Browser], ann: Agent
) -> None:
    browser = browse(ann)
    response = browser.open(
        "PATCH",
        "/api/me",
        data='{"name": "X"}',
        content_type="text/plain",
        headers={"X-CSRF-Token": browser.csrf},
    )
    assert response.status_code == 400


@pytest.mark.parametrize(
    "path",
    ["/login", "/forgot", "/reset?token=x", "/inbox", "/settings/profile", "/customers/", "/nowhere",
     "/api/me", "/api/nowhere", "/api/dialogs/999", "/files/1/x", "/api/openapi.json", "/sw.js",
     "/health/live", "/static/dist/nothing.js"],
)  # fmt: skip
def test_every_answer_carries_the_headers(browse: Callable[[Agent], Browser], ann: Agent, path: str) -> None:
    headers = browse(ann).get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["X-Frame-Options"] == "DENY"
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/login", "/inbox", "/settings/team"])
def test_every_script_carries_the_nonce_of_its_own_answer(
    browse: Callable[[Agent], Browser], session: Session, path: str
) -> None:
    import re

    browser = browse(make_agent(session, role="owner"))
    seen = set()
    for _ in range(2):
        response = browser.get(path) if path != "/login" else Browser(browser.app).get(path)
        nonce = re.search(r"script-src 'nonce-([^']+)'", response.headers["Content-Security-Policy"])
        assert nonce is not None
        tags = re.findall(r"<script\b[^>]*>", response.text)
        assert tags
        assert all(f'nonce="{nonce[1]}"' in tag for tag in tags)
        assert not re.search(r"\son\w+=|javascript:|<style|\sstyle=", response.text)
        seen.add(nonce[1])
    assert len(seen) == 2


def test_pages_and_answers_are_kept_by_nobody(browse: Callable[[Agent], Browser], ann: Agent) -> None:
    browser = browse(ann)
    assert {
        browser.get(path).headers["Cache-Control"] for path in ("/inbox", "/api/me", "/settings/profile")
    } == {"no-store"}


def test_over_https_cookies_belong_to_the_host_alone(secure: Flask, session: Session) -> None:
    from people.passwords import hash_password

    make_agent(session, email="ann@helpdesk.test", password_hash=hash_password("a sea of calm"))
    browser = Browser(secure)

    def ask(method: str, path: str, **parts: object) -> object:
        return browser.client.open(path, method=method, base_url=SITE_BASE, buffered=True, **parts)  # type: ignore[arg-type]

    page = ask("GET", "/login")
    import re

    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)  # type: ignore[attr-defined]
    assert token is not None
    response = ask(
        "POST",
        "/login",
        data={"email": "ann@helpdesk.test", "password": "a sea of calm", "csrf_token": token[1]},
        headers={"Origin": SITE_BASE},
    )
    cookie = next(each for each in response.headers.getlist("Set-Cookie") if each.startswith("__Host-sid="))  # type: ignore[attr-defined]
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert response.headers["Strict-Transport-Security"].startswith("max-age=")  # type: ignore[attr-defined]


@pytest.mark.parametrize(("proxies", "seen"), [("0", "192.0.2.1"), ("1", "203.0.113.9")])
def test_the_address_of_a_visitor_is_believed_of_our_own_proxies_only(
    monkeypatch: pytest.MonkeyPatch, proxies: str, seen: str
) -> None:
    from flask import request

    monkeypatch.setenv("TRUSTED_PROXIES", proxies)
    get_settings.cache_clear()
    made = create_app()
    noted: list[str | None] = []
    made.before_request(lambda: noted.append(request.remote_addr))
    Browser(made).get(
        "/health/live",
        headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"},
        environ_overrides={"REMOTE_ADDR": "192.0.2.1"},
    )
    assert noted == [seen]

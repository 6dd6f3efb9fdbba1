"""Every route's headers, faults included: a page without its policy is the one somebody will use.

FreeScout GHSA-2g42 forgot one kind of page. Here a new route is looked at without anybody thinking of it.
"""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from people.models import Agent, Role
from tests.app.test_census import routes
from tests.ground.browsing import Browser
from tests.makers import make_agent
from tests.peers.fake import Outside
from tests.security.everything import make_everything

STEADY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
FRAMED = "/html"  # a letter's page, which our own screen shows in a frame
POLICY = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "object-src": None,
    "require-trusted-types-for": "'script'",
}
CARELESS = re.compile(
    r"\son\w+=|javascript:|<style|\sstyle=|<base|<meta http-equiv|https?://(?!127\.0\.0\.1)", re.I
)


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_agent(session, role=Role.OWNER)


@pytest.fixture
def ids(session: Session, outside: Outside, ann: Agent) -> dict[str, int]:
    """One of everything, so that every address finds something."""
    return make_everything(session, ann)


def answers(app: Flask, browser: Browser, ids: dict[str, int]) -> list[tuple[str, TestResponse]]:
    """What every address answers to being read."""
    return [(path, browser.get(path)) for _, method, path in routes(app, **ids) if method == "GET"]


def check(path: str, response: TestResponse) -> None:
    """Hold one answer to what all of them promise."""
    headers = response.headers
    assert {name: headers.get(name) for name in STEADY} == STEADY, path
    assert headers["Cross-Origin-Resource-Policy"] in ("same-origin", "cross-origin"), path
    assert headers["X-Frame-Options"] == (
        "SAMEORIGIN" if path.endswith(FRAMED) and response.status_code == 200 else "DENY"
    )
    assert "Server" not in headers
    assert "Access-Control-Allow-Origin" not in headers
    assert "Set-Cookie" not in headers or "HttpOnly" in headers["Set-Cookie"]
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy, path
    assert "unsafe-eval" not in policy
    assert "*" not in policy
    if response.mimetype == "text/html" and "sandbox" not in policy:
        check_page(path, response, policy)


def check_page(path: str, response: TestResponse, policy: str) -> None:
    """A page of ours: its scripts carry the word of this very answer, and nothing is done in passing."""
    rules = dict(part.partition(" ")[::2] for part in policy.split("; "))
    assert {name: rules.get(name) for name in POLICY} == POLICY, path
    nonce = re.fullmatch(r"'nonce-([\w-]{20,})'( 'strict-dynamic')?", rules["script-src"])
    assert nonce is not None, path
    assert "unsafe" not in policy
    for tag in re.findall(r"<(?:script|link rel=\"modulepreload\")\b[^>]*>", response.text):
        assert f'nonce="{nonce[1]}"' in tag, (path, tag)
    assert CARELESS.search(re.sub(r"<script.*?</script>", "", response.text, flags=re.S)) is None, path
    assert response.headers["Cache-Control"] == "no-store", path


def test_every_address_answers_with_its_headers(app: Flask, ann: Agent, ids: dict[str, int]) -> None:
    found = answers(app, Browser(app, ann), ids) + answers(app, Browser(app), ids)
    pages = {
        path for path, response in found if response.mimetype == "text/html" and response.status_code == 200
    }
    assert len(pages) > 15
    for path, response in found:
        check(path, response)


def test_no_two_answers_share_their_word_for_scripts(app: Flask, ann: Agent, ids: dict[str, int]) -> None:
    found = answers(app, Browser(app, ann), ids)
    nonces = [re.findall(r"'nonce-([^']+)'", each.headers["Content-Security-Policy"]) for _, each in found]
    given = [nonce for some in nonces for nonce in some]
    assert len(set(given)) == len(given) > 15


@pytest.mark.parametrize(
    ("status", "ask"),
    [
        (400, lambda browser: browser.get("/inbox", environ_overrides={"HTTP_HOST": "evil.example"})),
        (403, lambda browser: browser.open("POST", "/settings/profile", data={"name": "X"})),
        (404, lambda browser: browser.get("/settings/<script>")),
        (404, lambda browser: browser.get("/inbox/999999/../../x")),
        (405, lambda browser: browser.open("POST", "/inbox", headers={"X-CSRF-Token": browser.csrf})),
        (413, lambda browser: browser.open("POST", "/settings/profile", data={"name": "x" * 40_000_000},
                                           headers={"X-CSRF-Token": browser.csrf})),
        (422, lambda browser: browser.send("/settings/profile", name="")),
    ],
)  # fmt: skip
def test_faults_answer_with_them_too(
    app: Flask, ann: Agent, status: int, ask: Callable[[Browser], TestResponse]
) -> None:
    response = ask(Browser(app, ann))
    assert response.status_code == status
    check("a fault", response)

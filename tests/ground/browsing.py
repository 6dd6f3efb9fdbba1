"""A browser and a program without a network: they speak to the application in this process."""

import re
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.api.endpoints import ENDPOINTS, Endpoint
from app.api.shapes import ErrorShape
from app.factory import create_app
from core import throttle
from core.db import transaction
from people.actions import start_session
from people.models import Agent

HOME = "http://127.0.0.1:8000"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser:
    """Keeps cookies, takes the token out of pages, and holds every answer of the API to its shape."""

    def __init__(self, app: Flask, agent: Agent | None = None) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.csrf = ""
        self.key = ""
        if agent is not None:
            self.sign_in(agent)

    def sign_in(self, agent: Agent) -> None:
        """Have a session of this person, as after the right password."""
        with transaction() as session:
            token = start_session(session, agent, address="127.0.0.1", user_agent="Test")
        self.client.set_cookie("sid", token, domain="127.0.0.1")
        self.csrf = self.token_of("/settings/sessions")

    def token_of(self, path: str) -> str:
        """The token in a page."""
        found = _TOKEN.search(self.get(path).text)
        assert found is not None, f"{path} has no form"
        return found[1]

    def open(self, method: str, path: str, **parts: Any) -> TestResponse:
        """Ask for anything, as it is."""
        parts.setdefault("base_url", HOME)
        parts.setdefault("buffered", True)
        return self.client.open(path, method=method, **parts)

    def get(self, path: str, **parts: Any) -> TestResponse:
        """Ask for a page."""
        return self.open("GET", path, **parts)

    def send(self, path: str, fields: Any = (), /, **more: Any) -> TestResponse:
        """Send a form with the token of this browser."""
        if not self.csrf:
            self.csrf = self.token_of("/forgot")
        return self.open("POST", path, data={**dict(fields), **more, "csrf_token": self.csrf})

    def api(self, method: str, path: str, body: Any = None, *, status: int | None = 200) -> Any:
        """Call the API; the answer has the declared shape, an error the shape of errors."""
        headers = {"X-CSRF-Token": self.csrf} if self.csrf else {}
        if self.key:
            headers = {"Authorization": f"Bearer {self.key}"}
        given = {} if body is None else {"data": orjson.dumps(body), "content_type": "application/json"}
        response = self.open(method, path, headers=headers, **given)
        assert status is None or response.status_code == status, response.text
        answer = orjson.loads(response.data)
        if response.status_code >= 400:
            ErrorShape.model_validate(answer)
        elif (declared := endpoint_of(method, path)) is not None and declared.answer is not None:
            declared.answer.model_validate(answer)
        return answer

    def refused(self, method: str, path: str, body: Any = None, *, status: int) -> str:
        """Call the API and be refused; the code of the error."""
        return str(self.api(method, path, body, status=status)["error"]["code"])


def endpoint_of(method: str, path: str) -> Endpoint | None:
    """The declaration that serves a path."""
    for each in ENDPOINTS:
        pattern = re.sub(r"<[^>]*>", "[^/]+", each.path)
        if each.method == method and re.fullmatch(pattern, path.partition("?")[0]):
            return each
    return None


@pytest.fixture(scope="session")
def one_app(clean_environment: None) -> Flask:
    """The web application of this run; its pages are compiled once."""
    made = create_app()
    made.testing = True
    return made


@pytest.fixture
def app(one_app: Flask, data_folder: Any) -> Flask:
    """The web application, having heard of nobody yet."""
    throttle._opened.cache_clear()  # attempts of the test before are forgotten
    return one_app


@pytest.fixture
def stranger(app: Flask) -> Browser:
    """A browser in which nobody is signed in."""
    return Browser(app)


@pytest.fixture
def browse(app: Flask) -> Callable[[Agent], Browser]:
    """Make a browser in which somebody is signed in."""
    return lambda agent: Browser(app, agent)


def fresh(session: Session, agent: Agent) -> Agent:
    """A person as the database has them now."""
    session.expire_all()
    return session.scalars(select(Agent).where(Agent.id == agent.id)).one()

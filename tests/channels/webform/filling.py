"""People, robots and browsers that fill in a form over HTTP."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from io import BytesIO
from typing import Any

import orjson
from altcha import Challenge, Payload, solve_challenge
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from channels.intake import read_arrivals
from channels.webform.actions import answer_by, create_form, publish_form
from channels.webform.models import WebForm
from core.events import EVERYONE
from inbox.models import Channel

HOME = "http://127.0.0.1:8000"
ADDRESS = "203.0.113.7"
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_KEPT = re.compile(r'name="(_kept_[^"]+)" value="([^"]+)"')
_CHALLENGE = re.compile(r'data-challenge="([^"]+)"')

FIELDS: list[dict[str, Any]] = [
    {"name": "name", "type": "text", "labels": {"en": "Name"}, "goes_to": "name"},
    {"name": "email", "type": "email", "labels": {"en": "E-mail"}, "goes_to": "email"},
    {"name": "phone", "type": "phone", "labels": {"en": "Phone"}, "goes_to": "phone"},
    {"name": "company", "type": "text", "labels": {"en": "Company"}, "goes_to": "company"},
    {"name": "message", "type": "long_text", "labels": {"en": "Question"}, "required": True},
    {"name": "photo", "type": "file", "labels": {"en": "Photo"}},
]
MAX = {"name": "Max", "email": "max@customer.test", "message": "Where is my parcel?"}


def make_form(
    session: Session,
    *,
    fields: list[dict[str, Any]] | None = None,
    mailbox: Channel | None = None,
    settings: dict[str, Any] | None = None,
    audience: str = EVERYONE,
    team_id: int | None = None,
    **given: Any,
) -> WebForm:
    """A form that people can fill in, in English."""
    draft = {"titles": {"en": "Ask us"}, "languages": ["en"], "fields": fields or FIELDS, **given}
    form = create_form(
        session,
        agent=None,
        name="Question",
        draft=draft,
        settings=settings,
        audience=audience,
        team_id=team_id,
    )
    publish_form(session, form, agent=None)
    if mailbox is not None:
        answer_by(session, form, agent=None, mailbox=mailbox)
    session.commit()
    return form


@dataclass
class Filler:
    """One browser at one form; without `scripts` it proves no work."""

    app: Flask
    form: WebForm
    scripts: bool = True
    address: str = ADDRESS
    headers: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    page: str = ""

    @property
    def path(self) -> str:
        """Where the form is."""
        return f"/f/{self.form.key}"

    def open(self, more: str = "") -> str:
        """Open the form: its page, whose hidden fields go along from now on."""
        response = self.ask("GET", f"{self.path}{more}")
        assert response.status_code == 200, response.text
        self._see(response)
        return self.page

    def send(self, words: Mapping[str, Any] = MAX, /, **more: Any) -> TestResponse:
        """Send the form; a file is a pair of its name and its bytes."""
        if self.scripts and self.hidden and not self.hidden.get("_solution"):
            self.hidden["_solution"] = self.solve()
        told = {**self.hidden, **words, **more}
        data = {
            name: FileStorage(BytesIO(value[1]), value[0]) if isinstance(value, tuple) else value
            for name, value in told.items()
        }
        boundary, body = encode_multipart(data)
        kind = f"multipart/form-data; boundary={boundary}"
        response = self.ask("POST", self.path, data=body, content_type=kind)
        if response.status_code == 422:
            self._see(response)
        return response

    def solve(self) -> str:
        """Do the work that the page asks for."""
        found = _CHALLENGE.search(self.page)
        assert found is not None
        puzzle = Challenge.from_dict(orjson.loads(unescape(found[1])))
        solution = solve_challenge(puzzle)
        assert solution is not None
        return str(Payload(puzzle, solution).to_base64())

    def ask(self, method: str, path: str, **parts: Any) -> TestResponse:
        """Ask as this browser, which has no cookies."""
        client = self.app.test_client(use_cookies=False)
        around = {"REMOTE_ADDR": self.address, **parts.pop("around", {})}
        return client.open(
            path,
            method=method,
            base_url=HOME,
            buffered=True,
            headers={**self.headers, **parts.pop("headers", {})},
            environ_overrides=around,
            **parts,
        )

    def _see(self, response: TestResponse) -> None:
        self.page = response.text
        self.hidden = {name: unescape(value) for name, value in _HIDDEN.findall(self.page)}
        self.hidden |= {name: unescape(value) for name, value in _KEPT.findall(self.page)}


def come_in(session: Session) -> None:
    """Read what was sent."""
    read_arrivals()
    session.expire_all()

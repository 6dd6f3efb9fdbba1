"""Secrets are planted, everything is done with them that goes wrong, and then they are looked for everywhere.

FreeScout CVE-2024-28186, OTRS CVE-2024-43444 and CVE-2023-6254: they stood in logs and answers.
"""

import base64
import io
import logging
import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from app.access import Whom, open_to
from app.factory import create_app
from channels.access import shelf
from core.config import get_settings
from core.db import Base
from core.logs import configure_logging
from inbox.models import Channel
from people.models import Agent, Role
from people.passwords import hash_password
from tests.app.test_census import routes
from tests.ground.browsing import Browser
from tests.ground.settings import SECRET_KEY
from tests.ground.settling import settle_now
from tests.makers import make_agent
from tests.peers.fake import Outside
from tests.security.everything import make_everything

PASSWORD, NEW, WRONG = "planted-password-of-ann", "planted-new-password", "planted-wrong-password"
MAILBOX, POST = "planted-imap-secret", "planted-smtp-secret"
BUG = "planted-in-a-variable"
MAILBOX_FORM = {
    "name": "Support", "address": "support@helpdesk.test", "import": "all", "undo_seconds": "5",
    "imap_host": "127.0.0.1", "imap_user": "support", "imap_security": "none", "imap_password": MAILBOX,
    "smtp_host": "127.0.0.1", "smtp_user": "support", "smtp_security": "none", "smtp_password": POST,
}  # fmt: skip
_hash = hash_password(PASSWORD)


class ParrotServer(socketserver.ThreadingTCPServer):
    """A mail server that refuses everybody and repeats what it was told, as some do."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, *, speaks_imap: bool) -> None:
        super().__init__(("127.0.0.1", 0), Parrot)
        self.speaks_imap = speaks_imap
        self.heard: list[bytes] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class Parrot(socketserver.StreamRequestHandler):
    """One conversation with it."""

    server: ParrotServer

    def handle(self) -> None:
        """Speak IMAP or SMTP, badly."""
        self.wfile.write(b"* OK parrot\r\n" if self.server.speaks_imap else b"220 parrot\r\n")
        for line in self.rfile:
            self.server.heard.append(line)
            self.wfile.write(self._imap(line) if self.server.speaks_imap else self._smtp(line))

    def _imap(self, line: bytes) -> bytes:
        tag, _, said = line.strip().partition(b" ")
        if said.upper().startswith((b"CAPABILITY", b"NOOP", b"ID", b"LOGOUT")):
            return b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n"
        return tag + b" NO [AUTHENTICATIONFAILED] wrong: " + said + b"\r\n"

    def _smtp(self, line: bytes) -> bytes:
        if line.upper().startswith((b"EHLO", b"HELO")):
            return b"250-parrot\r\n250 AUTH PLAIN LOGIN\r\n"
        return b"535 5.7.8 wrong: " + line.strip() + b"\r\n"


@contextmanager
def parrot(*, speaks_imap: bool) -> Iterator[ParrotServer]:
    """The server for as long as the block."""
    with ParrotServer(speaks_imap=speaks_imap) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged, down to the smallest detail."""
    root, out = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    configure_logging(
        get_settings().model_copy(update={"log_level": "DEBUG", "log_format": "json"}), stream=out
    )
    yield out
    root.handlers[:] = before[0]
    root.setLevel(before[1])


@pytest.fixture
def breaking() -> Flask:
    """The application with a page that breaks while it holds a secret."""
    made = create_app()

    def fail() -> str:
        password = BUG
        raise RuntimeError(f"token={password}")

    for path in ("/broken", "/api/broken"):
        made.add_url_rule(path, path, open_to(Whom.ANYBODY)(fail), methods=["GET"])
    return made


def shapes(secret: str) -> set[str]:
    """A secret as it stands there, and as it is carried about."""
    plain = secret.encode()
    pair = [b"\0support\0" + plain, b"support:" + plain]
    return {
        secret,
        quote(secret),
        plain.hex(),
        *(base64.b64encode(each).decode().strip("=") for each in (plain, *pair)),
    }


def found_in(where: str, secrets: dict[str, str]) -> list[str]:
    """The names of secrets that can be read somewhere."""
    return [name for name, secret in secrets.items() if any(each in where for each in shapes(secret))]


def follow(browser: Browser, page: str) -> str:
    """Open the link that a page shows once; the token in it."""
    token = re.search(r"token=([\w-]+)", page)
    assert token is not None
    browser.get(f"/reset?token={token[1]}")
    return token[1]


def quarrel(app: Flask, ann: Agent, ports: tuple[int, int]) -> dict[str, str]:
    """Do what people do with secrets, wrongly more often than not; what came up on the way."""
    stranger, desk = Browser(app), Browser(app)
    for password in (WRONG, PASSWORD):
        desk.send("/login", email=ann.email, password=password)
    cookie = desk.client.get_cookie("sid", domain="127.0.0.1")
    assert cookie is not None
    desk.csrf = desk.token_of("/settings/sessions")
    mailbox = MAILBOX_FORM | {"imap_port": str(ports[0]), "smtp_port": str(ports[1])}
    wrong_pages = [
        desk.send("/settings/channels/new/email", mailbox | {"imap_port": "many"}),
        desk.send("/settings/channels/new/email", mailbox | {"nobody": MAILBOX}),
        desk.send("/settings/password", current=WRONG, password=NEW),
        stranger.send("/reset", token="x", password=NEW),
        stranger.send("/login", email=ann.email, password=WRONG, **{PASSWORD: PASSWORD}),
    ]
    connected = desk.send("/settings/channels/new/email", mailbox)
    assert connected.status_code == 303, connected.text
    key = re.search(r"ef_[\w-]+", desk.send("/settings/keys", name="Script", scopes="read", days="30").text)
    reset = desk.send(f"/settings/team/{ann.id}/reset-link").text
    assert key is not None
    program = Browser(app)
    program.key = key[0]
    program.api("GET", "/api/me")
    for browser in (stranger, desk, program):
        browser.get(f"/nowhere?token={key[0]}")  # whoever asks for it knows it; the log must not
        for path in ("/broken", "/api/broken", f"/api/me?password={PASSWORD}"):
            wrong_pages.append(browser.get(path, headers={"X-Token": key[0]}))
    body = f'{{"name": "{NEW}", "password": "{PASSWORD}",'
    for words in (body, body + '"x": 1}'):
        headers = {"X-CSRF-Token": desk.csrf, "Content-Type": "application/json"}
        wrong_pages.append(desk.open("PATCH", "/api/me", data=words, headers=headers))
    secrets = {"key": key[0], "cookie": cookie.value, "reset": follow(stranger, reset)}
    secrets |= {
        "password": PASSWORD,
        "wrong": WRONG,
        "imap": MAILBOX,
        "smtp": POST,
        "bug": BUG,
        "root": SECRET_KEY,
    }
    for page in wrong_pages:
        shown = found_in(page.text.replace(desk.csrf, ""), secrets)
        assert shown == [], (page.request.path, page.status_code, shown)
    return secrets


def test_planted_secrets_are_in_no_log_no_page_no_answer_and_no_table(
    session: Session, breaking: Flask, database: Connection, outside: Outside, log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("OUTSIDE_ALLOW", "127.0.0.0/8")
    get_settings.cache_clear()
    ann = make_agent(session, role=Role.OWNER, email="ann@helpdesk.test", password_hash=_hash, language="en")
    ids = make_everything(session, ann)
    with ExitStack() as stack:
        imap, smtp = (stack.enter_context(parrot(speaks_imap=each)) for each in (True, False))
        secrets = quarrel(breaking, ann, (imap.port, smtp.port))
        settle_now()
        shelf.close()
        assert any(MAILBOX.encode() in line for line in imap.heard), "nobody tried to sign in there"
        assert any(line.startswith(b"AUTH") for line in smtp.heard)
    assert found_in(log.getvalue(), secrets) == []
    assert '"event": "bug"' in log.getvalue()
    channel = session.scalars(select(Channel.id).order_by(Channel.id)).all()[-1]
    reader = Browser(breaking, ann)
    for _, method, path in routes(breaking, **ids | {"channel_id": channel}):
        if method == "GET":
            shown = found_in(reader.get(path).text.replace(reader.csrf, ""), secrets)
            assert shown == [], (path, shown)
    for table in Base.metadata.sorted_tables:
        rows = database.scalars(text(f'SELECT row::text FROM "{table.name}" row')).all()
        assert found_in("\n".join(rows), secrets) == [], table.name

"""The web process speaks to nobody outside: whoever clicks waits for our own database alone."""

import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from channels.access import sealed, shelf
from channels.checks import make_checks
from channels.hooks import hook_url, prepare
from channels.models import ChannelCheck, Errand, MessagePart
from core.config import get_settings
from inbox.models import Channel, Delivery, Dialog, Message
from people.models import Agent, Role
from tests.ground.browsing import Browser
from tests.makers import make_agent, make_channel, make_dialog

NOBODY = 9  # the port where the outside of these channels would be
BASE = f"http://127.0.0.1:{NOBODY}"
CHAT = {"mode": "webhook", "api_base": BASE, "bot_username": "shop_bot", "group_id": 7}
SETTINGS: dict[str, dict[str, Any]] = {
    "telegram": {**CHAT, "api_base": f"{BASE}/bot", "file_base": f"{BASE}/file/bot"},
    "vk": {**CHAT, "screen_name": "shop"},
    "max": {**CHAT, "username": "shop_bot"},
    "email": {
        "imap_host": "127.0.0.1",
        "imap_port": NOBODY,
        "imap_user": "support",
        "smtp_host": "127.0.0.1",
        "smtp_port": NOBODY,
        "smtp_user": "support",
    },
}
PLACES = {"telegram": "42", "vk": "42", "max": "42"}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Whom anybody tried to reach, and every name that was looked up."""
    found: list[Any] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def watched(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[1] == NOBODY:
            found.append(address)
        connect(self, address)

    def watched_names(host: Any, *rest: Any, **named: Any) -> Any:
        found.append(host)
        return look_up(host, *rest, **named)

    monkeypatch.setattr(socket.socket, "connect", watched)
    monkeypatch.setattr(socket, "getaddrinfo", watched_names)
    monkeypatch.setenv("OUTSIDE_ALLOW", "127.0.0.0/8")
    get_settings.cache_clear()
    yield found
    shelf.close()


@pytest.fixture
def olga(session: Session) -> Agent:
    return make_agent(session, "Olga", role=Role.OWNER, language="en", zone="UTC")


@pytest.fixture
def desk(browse: Callable[[Agent], Browser], olga: Agent) -> Browser:
    return browse(olga)


def connected(session: Session, kind: str) -> Channel:
    channel = make_channel(
        session,
        kind=kind,
        undo_seconds=0,
        settings=SETTINGS[kind],
        secrets=sealed({"token": "42:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0", "password": "long enough"}),
    )
    prepare(session, channel, {"confirmation": "abc"})
    session.commit()
    return channel


def sent_in(session: Session, dialog: Dialog) -> Message:
    """The answer, as if a worker had sent it."""
    message = session.scalars(select(Message).where(Message.direction == "out")).one()
    message.delivery, message.key = Delivery.SENT, "7"
    message.sent_at = message.created_at
    session.add(MessagePart(message_id=message.id, number=0, key="0", payload={}, state="sent", keys=["7"]))
    session.commit()
    return message


def paths(app: Flask, numbers: dict[str, int], kind: str) -> Iterator[str]:
    """Every page there is, of the things these tests have."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.websocket is False:
            path = _filled(rule, numbers, kind)
            if path is not None:
                yield path


def _filled(rule: Rule, numbers: dict[str, int], kind: str) -> str | None:
    values: dict[str, Any] = {name: numbers.get(name, 1) for name in rule.arguments if name.endswith("_id")}
    values |= {name: kind for name in rule.arguments if name == "kind"}
    built = rule.build(values, append_unknown=False) if values.keys() == rule.arguments else None
    return built[1] if built is not None else None


def _as_in_a_chat(session: Session, desk: Browser, channel: Channel, dialog: Dialog) -> None:
    answer = f"/api/messages/{sent_in(session, dialog).id}"
    desk.api("POST", f"{answer}/edit", {"text": "It leaves tomorrow."})
    desk.api("POST", f"{answer}/delete", {})
    desk.api("POST", f"/api/customers/{dialog.customer_id}/start-links", {"channel_id": channel.id})
    called = desk.open("POST", urlsplit(hook_url(channel)).path, data=b"{}", content_type="application/json")
    assert called.status_code in (401, 403)


@pytest.mark.parametrize("kind", sorted(SETTINGS))
def test_no_page_and_no_click_asks_anybody_outside(
    session: Session, app: Flask, desk: Browser, asked: list[Any], kind: str
) -> None:
    channel = connected(session, kind)
    dialog = make_dialog(session, channel, conversation=PLACES.get(kind))
    numbers = {
        "channel_id": channel.id,
        "dialog_id": dialog.id,
        "customer_id": dialog.customer_id,
        "message_id": dialog.last_message_id or 1,
    }
    seen = [desk.get(path).status_code for path in paths(app, numbers, kind)]
    assert seen.count(200) > 20
    assert not [status for status in seen if status >= 500]

    page = f"/settings/channels/{channel.id}"
    for verb in ("test", "disable", "enable", "confirm"):
        assert desk.send(f"{page}/{verb}").status_code == 303, verb
    words = {"client_uuid": str(uuid4()), "text": "It leaves today.", "force": True}
    desk.api("POST", f"/api/dialogs/{dialog.id}/replies", words)
    desk.api("POST", f"/api/dialogs/{dialog.id}/read", {"message_id": dialog.last_message_id})
    if kind in PLACES:
        _as_in_a_chat(session, desk, channel, dialog)
    assert asked == []

    make_checks()
    assert asked, "nobody would have seen it"
    assert session.scalars(select(ChannelCheck.state)).one() != "ok"
    wanted = set(session.scalars(select(Errand.kind)))
    assert wanted >= ({"edit", "delete"} if kind in PLACES else set())

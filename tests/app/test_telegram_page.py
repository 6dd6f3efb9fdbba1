"""Connecting a Telegram bot by its page: what the test finds, warns of and refuses, and taking a bot over."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.access import shelf
from core.config import get_settings
from inbox.models import Channel
from people.models import Agent, Role
from tests.ground.browsing import Browser
from tests.ground.settling import Settle
from tests.makers import make_agent
from tests.peers.telegram.server import TOKEN, TelegramPeer

Browse = Callable[[Agent], Browser]
NEW = "/settings/channels/new/telegram"


@pytest.fixture
def desk(session: Session, browse: Browse) -> Browser:
    """Olga in her settings."""
    return browse(make_agent(session, "Olga", role=Role.OWNER, language="en", zone="UTC"))


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch) -> Iterator[TelegramPeer]:
    monkeypatch.setenv("OUTSIDE_ALLOW", "127.0.0.0/8")
    get_settings.cache_clear()
    with TelegramPeer() as server:
        yield server
    shelf.close()


@pytest.fixture
def form(telegram: TelegramPeer) -> dict[str, str]:
    """What she types."""
    return {
        "name": "Shop bot",
        "token": TOKEN,
        "mode": "poll",
        "groups": "yes",
        "business": "yes",
        "api_base": telegram.api_base,
        "file_base": telegram.file_base,
        "undo_seconds": "0",
    }


def channel_of(session: Session) -> Channel:
    session.expire_all()
    return session.scalars(select(Channel)).one()


@pytest.mark.requirement("CHN-03")
def test_a_bot_is_connected_and_its_page_says_who_it_is_and_what_it_may_not_see(
    session: Session, desk: Browser, settle: Settle, telegram: TelegramPeer, form: dict[str, str]
) -> None:
    telegram.world.me["can_read_all_group_messages"] = False
    page = desk.send(NEW, form).location
    settle()
    shown = desk.get(page).text
    for words in ("Telegram answers.", "The token is right.", "@helpdesk_bot", "/setprivacy", "Switch on"):
        assert words in shown
    assert TOKEN not in shown
    assert channel_of(session).settings["bot_username"] == "helpdesk_bot"
    desk.send(f"{page}/enable")
    assert channel_of(session).enabled


def test_a_bot_that_another_program_has_is_taken_over_only_when_that_is_meant(
    session: Session, desk: Browser, settle: Settle, telegram: TelegramPeer, form: dict[str, str]
) -> None:
    telegram.world.hook = {"url": "https://elsewhere.test/bot"}
    page = desk.send(NEW, form).location
    settle()
    shown = desk.get(page).text
    assert "sent to another program" in shown
    assert "https://elsewhere.test/bot" in shown
    assert telegram.world.hook
    assert desk.send(page, form | {"token": "", "takes_over": "yes"}).status_code == 303
    settle()
    assert telegram.world.hook == {}
    assert "Nobody else receives this bot" in desk.get(page).text
    assert channel_of(session).health == "ok"


def test_a_wrong_token_says_what_to_do(
    session: Session, desk: Browser, settle: Settle, form: dict[str, str]
) -> None:
    wrong = f"1234567890:{'x' * 35}"
    page = desk.send(NEW, form | {"token": wrong}).location
    settle()
    shown = desk.get(page).text
    assert "Telegram does not know this token any more." in shown
    assert "@BotFather" in shown
    assert wrong not in shown
    assert channel_of(session).health == "broken"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("token", "not a token"),
        ("token", TOKEN.partition(":")[0]),
        ("api_base", "api.telegram.org"),
        ("api_base", "https://name:password@api.telegram.org/bot"),
        ("proxy", "proxy.example:3128"),
        ("proxy", "ftp://proxy.example"),
        ("mode", "pigeon"),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_its_field(
    session: Session, desk: Browser, form: dict[str, str], name: str, value: str
) -> None:
    response = desk.send(NEW, form | {name: value})
    assert (response.status_code, f'id="{name}-error"' in response.text) == (422, True)
    assert session.scalars(select(Channel)).all() == []

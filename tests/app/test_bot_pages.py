"""Connecting a bot by the form that its adapter asks for: generic, write-only, each token once."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.channel_form import MASK
from channels.access import open_access, shelf
from channels.models import ChannelCheck
from channels.registry import asks_for, kinds, maker_of, words_of
from core.config import get_settings
from inbox.models import Channel
from people.models import Agent, Role
from tests.ground.browsing import Browser
from tests.ground.settling import Settle
from tests.makers import make_agent
from tests.peers.max.server import TOKEN, MaxPeer

Browse = Callable[[Agent], Browser]
NEW = "/settings/channels/new/max"


@pytest.fixture
def desk(session: Session, browse: Browse) -> Browser:
    """Olga in her settings."""
    return browse(make_agent(session, "Olga", role=Role.OWNER, language="en", zone="UTC"))


@pytest.fixture
def max_form(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """What she types to connect a bot of MAX that is played here."""
    monkeypatch.setenv("OUTSIDE_ALLOW", "127.0.0.0/8")
    get_settings.cache_clear()
    with MaxPeer() as peer:
        yield {"name": "Shop bot", "token": TOKEN, "mode": "poll", "api_base": peer.url, "undo_seconds": "0"}
    shelf.close()


def channel_of(session: Session) -> Channel:
    session.expire_all()
    return session.scalars(select(Channel)).one()


@pytest.mark.requirement("CHN-01")
def test_the_form_of_every_kind_is_made_from_its_fields(desk: Browser) -> None:
    for kind in ("email", "telegram", "vk", "max"):
        assert kind in kinds()
        shown = desk.get(f"/settings/channels/new/{kind}?at=own").text
        assert words_of(kind).title in shown
        for field in maker_of(kind).fields:
            matters = field.when is None or "password" in field.when[1]  # which is chosen at first
            assert (f'name="{field.name}"' in shown) is matters, (kind, field.name)
        assert ('name="address"' in shown) is asks_for(kind, "address")


def test_a_bot_is_connected_tested_and_named_by_what_the_test_found(
    session: Session, desk: Browser, settle: Settle, max_form: dict[str, str]
) -> None:
    page = desk.send(NEW, max_form).location
    channel = channel_of(session)
    assert (channel.enabled, channel.address, channel.outbound_confirmed) == (False, "", False)
    waiting = desk.get(page).text
    assert 'data-live="1"' in waiting
    assert '<noscript><meta http-equiv="refresh"' in waiting
    settle()
    channel = channel_of(session)
    assert (channel.address, channel.settings["bot_id"]) == ("@shop_bot", 900_100)
    shown = desk.get(page).text
    for words in ("MAX answers.", "The token is right.", "@shop_bot", "Switch on"):
        assert words in shown
    assert TOKEN not in shown
    assert "Which of the e-mails that are there already" not in shown
    desk.send(f"{page}/enable")
    assert channel_of(session).enabled


def test_a_mask_that_comes_back_leaves_the_secret_and_an_emptied_one_is_forgotten(
    session: Session, desk: Browser, max_form: dict[str, str]
) -> None:
    page = desk.send(NEW, max_form | {"proxy": "http://proxy.example:3128"}).location
    assert desk.get(page).text.count(f'value="{MASK}"') == 2
    changed = max_form | {"token": MASK, "proxy": MASK, "name": "Bot"}
    assert desk.send(page, changed).status_code == 303
    assert open_access(channel_of(session)).secrets == {"token": TOKEN, "proxy": "http://proxy.example:3128"}
    assert desk.send(page, changed | {"token": "", "proxy": ""}).status_code == 303
    assert open_access(channel_of(session)).secrets == {"token": TOKEN}
    assert channel_of(session).name == "Bot"


def test_a_mask_is_no_token_of_a_new_channel(
    session: Session, desk: Browser, max_form: dict[str, str]
) -> None:
    assert desk.send(NEW, max_form | {"token": MASK}).status_code == 422
    assert session.scalars(select(Channel)).all() == []


def test_one_token_pasted_twice_is_refused_with_the_name_of_the_other(
    session: Session, desk: Browser, max_form: dict[str, str]
) -> None:
    page = desk.send(NEW, max_form).location
    again = desk.send(NEW, max_form | {"name": "The same"})
    assert again.status_code == 409
    assert 'id="token-error"' in again.text
    assert "This is already connected as “Shop bot”." in again.text
    assert TOKEN not in again.text
    other = desk.send(NEW, max_form | {"name": "Another", "token": "another-token-of-another-bot"}).location
    stolen = desk.send(other, max_form | {"name": "Another"})
    assert (stolen.status_code, 'id="token-error"' in stolen.text) == (409, True)
    assert desk.send(page, max_form).status_code == 303


def test_a_wrong_token_says_so_and_nothing_is_lost_of_the_form(
    session: Session, desk: Browser, settle: Settle, max_form: dict[str, str]
) -> None:
    page = desk.send(NEW, max_form | {"token": "a-token-of-nobody"}).location
    settle()
    shown = desk.get(page).text
    assert "MAX does not know this token." in shown
    assert session.scalars(select(ChannelCheck)).one().state == "broken"
    assert channel_of(session).health == "broken"
    assert "a-token-of-nobody" not in shown
    assert f'value="{max_form["api_base"]}"' in shown


@pytest.mark.parametrize(
    ("name", "value"),
    [("api_base", "javascript:alert(1)"), ("api_base", "max.ru"), ("proxy", "socks"), ("token", "two words")],
)
def test_a_value_that_cannot_be_is_refused_at_its_field(
    session: Session, desk: Browser, max_form: dict[str, str], name: str, value: str
) -> None:
    response = desk.send(NEW, max_form | {name: value})
    assert (response.status_code, f'id="{name}-error"' in response.text) == (422, True)
    assert session.scalars(select(Channel)).all() == []

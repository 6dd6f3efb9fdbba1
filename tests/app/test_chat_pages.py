"""The pages of a chat: its look beside the real thing, its code for the site, and its secret shown once."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from channels.access import open_access, sealed
from channels.webchat.appearance import told_of
from channels.webchat.models import Visitor
from channels.webchat.settings_form import SECRET, SECRET_BEFORE
from inbox.models import Channel
from people.models import Agent, Role
from tests.ground.browsing import Browser
from tests.makers import make_agent, make_channel

Browse = Callable[[Agent], Browser]


@pytest.fixture
def desk(session: Session, browse: Browse) -> Browser:
    """Olga in her settings."""
    return browse(make_agent(session, "Olga", role=Role.OWNER, language="en", zone="UTC"))


@pytest.fixture
def chat(session: Session) -> Channel:
    """A chat on the shop's site."""
    settings = {"key": "the-shop", "sites": "shop.example"}
    channel = make_channel(session, kind="webchat", name="Shop chat", settings=settings, secrets=sealed({}))
    session.commit()
    return channel


def typed(**given: str) -> dict[str, str]:
    """The form as it stands, changed."""
    return {name: value for name, value in told_of({}).items() if isinstance(value, str)} | given


def again(session: Session, chat: Channel) -> Channel:
    return session.get_one(Channel, chat.id, populate_existing=True)


def frame_of(shown: str) -> str:
    """Where the frame of the chat that is looked at lies."""
    found = re.search(r'"key":"(look-[\w.-]+)"', shown)
    assert found is not None
    return f"/w/{found[1]}"


def marked(page: str, name: str) -> str:
    """The mark that a field of the page carries."""
    found = re.search(rf'name="{name}" value="([0-9a-f]{{32}})"', page)
    assert found is not None
    return found[1]


def replaced_by(desk: Browser, chat: Channel) -> str:
    """Which secret the page's button would replace."""
    return fingerprint_in(desk.get(f"/settings/channels/{chat.id}/chat/embed").text)


def fingerprint_in(shown: str) -> str:
    found = re.search(r'name="replaces" value="([0-9a-f]{64})"', shown)
    assert found is not None
    return found[1]


def test_what_is_set_is_kept_and_shown_without_a_script(
    session: Session, desk: Browser, chat: Channel
) -> None:
    page = f"/settings/channels/{chat.id}/chat"
    desk.send(page, typed(title_en="Ask us", colour="#aa3300", ask_email="must"))
    kept = again(session, chat).settings
    assert (kept["colour"], kept["texts"]["en"]["title"]) == ("#aa3300", "Ask us")
    assert kept["sites"] == "shop.example", "the rest stays"
    assert 'value="Ask us"' in desk.get(page).text
    assert "Ask us" in desk.get(f"{page}/look").text


def test_what_another_saved_meanwhile_is_not_overwritten_unseen(
    session: Session, desk: Browser, chat: Channel
) -> None:
    page = f"/settings/channels/{chat.id}/chat"
    began = marked(desk.get(page).text, "replaces")
    assert desk.send(page, typed(title_en="Theirs", replaces=began)).status_code == 303
    mine = typed(title_en="Mine", replaces=began)
    answer = desk.send(page, mine)
    assert answer.status_code == 409
    assert answer.text.count("Nothing was saved: somebody changed this after you had opened the page.") == 1
    assert 'value="Mine"' in answer.text
    assert marked(answer.text, "replaces") == began
    assert again(session, chat).settings["texts"]["en"]["title"] == "Theirs"
    seen = marked(answer.text, "over")
    assert desk.send(page, typed(title_en="Theirs again", replaces=seen)).status_code == 303
    assert desk.send(page, mine | {"over": seen}).status_code == 409
    over = marked(desk.send(page, mine).text, "over")
    assert desk.send(page, mine | {"over": over}).status_code == 303
    assert again(session, chat).settings["texts"]["en"]["title"] == "Mine"


def test_a_look_saved_twice_and_other_settings_are_no_change(
    session: Session, desk: Browser, chat: Channel
) -> None:
    page = f"/settings/channels/{chat.id}/chat"
    began = marked(desk.get(page).text, "replaces")
    chat.settings = {**chat.settings, "sites": "other.example"}
    session.commit()
    for _ in range(2):
        assert desk.send(page, typed(title_en="Mine", replaces=began)).status_code == 303
    assert again(session, chat).settings["sites"] == "other.example"


def test_nonsense_comes_back_as_it_was_typed_with_what_is_wrong(
    session: Session, desk: Browser, chat: Channel
) -> None:
    given = typed(title_en="Ask us", consent_url="javascript:1")
    answer = desk.send(f"/settings/channels/{chat.id}/chat", given)
    assert answer.status_code == 422
    assert 'value="Ask us"' in answer.text
    assert 'id="consent_url-error"' in answer.text
    assert "texts" not in again(session, chat).settings


def test_a_mailbox_is_chosen_for_letters_and_nothing_else_can_be(
    session: Session, desk: Browser, chat: Channel
) -> None:
    page = f"/settings/channels/{chat.id}/chat"
    mailbox = make_channel(session, kind="email", name="Support", address="support@helpdesk.test")
    make_channel(session, kind="email", name="Showroom", address="hello@showroom.test", demo=True)
    assert "Support" in desk.get(page).text
    assert "Showroom" not in desk.get(page).text, "a mailbox of a demonstration sends nothing"
    desk.send(page, typed(letters_by=str(mailbox.id)))
    assert again(session, chat).settings["letters_by"] == mailbox.id
    assert desk.send(page, typed(letters_by=str(chat.id))).status_code == 422
    assert again(session, chat).settings["letters_by"] == mailbox.id


def test_the_look_answers_everything_and_makes_no_visitor(
    session: Session, desk: Browser, chat: Channel
) -> None:
    place = frame_of(desk.get(f"/settings/channels/{chat.id}/chat/look").text)
    framed = desk.get(f"{place}/frame?language=en")
    assert "frame-ancestors 'self'" in framed.headers["Content-Security-Policy"]
    assert '"seq":2' in desk.get(f"{place}/api/sync?after_seq=0").text
    assert '"unread":0' in desk.get(f"{place}/api/unread").text
    assert session.query(Visitor).count() == 0


@pytest.mark.parametrize("name", ["look-guess", "look-", "look-WyIxOjEiLDE5XQ.x.y"])
def test_a_look_nobody_was_given_shows_nothing(desk: Browser, chat: Channel, name: str) -> None:
    assert desk.get(f"/w/{name}/frame").status_code == 404


def test_only_a_chat_has_these_pages(session: Session, desk: Browser) -> None:
    mailbox = make_channel(session, kind="email", name="Support", address="support@helpdesk.test")
    session.commit()
    for path in ("chat", "chat/look", "chat/embed"):
        assert desk.get(f"/settings/channels/{mailbox.id}/{path}").status_code == 404


def test_the_code_for_the_site_is_there_to_be_copied(desk: Browser, chat: Channel) -> None:
    shown = desk.get(f"/settings/channels/{chat.id}/chat/embed").text
    assert "/w/the-shop/widget.js" in shown
    assert "data-copy" in shown
    assert "https://shop.example" in shown


def test_a_secret_is_shown_once_and_the_one_before_still_holds(
    session: Session, desk: Browser, chat: Channel
) -> None:
    page = f"/settings/channels/{chat.id}/chat"
    shown = desk.send(f"{page}/secret", replaces=replaced_by(desk, chat)).text
    first = open_access(again(session, chat)).secrets[SECRET]
    assert first in shown
    assert first not in desk.get(f"{page}/embed").text
    desk.send(f"{page}/secret", replaces=replaced_by(desk, chat))
    secrets = open_access(again(session, chat)).secrets
    assert secrets[SECRET] != first
    assert secrets[SECRET_BEFORE] == first


def test_the_page_with_a_new_secret_loaded_again_leaves_the_one_that_the_shop_still_uses(
    session: Session, desk: Browser, chat: Channel
) -> None:
    page = f"/settings/channels/{chat.id}/chat/secret"
    desk.send(page, replaces=replaced_by(desk, chat))
    form = {"replaces": replaced_by(desk, chat)}
    desk.send(page, form)
    kept = open_access(again(session, chat)).secrets
    answer = desk.send(page, form)
    assert answer.status_code == 409
    assert "created since this page was opened" in answer.text
    assert not [secret for secret in kept.values() if secret in answer.text]
    assert open_access(again(session, chat)).secrets == kept


def test_the_page_that_says_so_can_make_another(session: Session, desk: Browser, chat: Channel) -> None:
    page = f"/settings/channels/{chat.id}/chat/secret"
    form = {"replaces": replaced_by(desk, chat)}
    desk.send(page, form)
    kept = open_access(again(session, chat)).secrets[SECRET]
    refused = desk.send(page, form)
    assert desk.send(page, replaces=fingerprint_in(refused.text)).status_code == 200
    assert open_access(again(session, chat)).secrets[SECRET_BEFORE] == kept


def test_a_form_that_names_no_secret_makes_none(session: Session, desk: Browser, chat: Channel) -> None:
    assert desk.send(f"/settings/channels/{chat.id}/chat/secret").status_code == 422
    assert open_access(again(session, chat)).secrets == {}

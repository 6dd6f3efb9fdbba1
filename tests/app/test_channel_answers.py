"""The pages that say what a channel answers by itself, and what the records of its domain are worth."""

import re
from collections.abc import Callable
from dataclasses import asdict

import pytest
from sqlalchemy.orm import Session

from channels.acknowledgement import SETTING, TEXTS
from channels.email.records import check_records
from channels.email.sentences import FAULTS
from channels.models import ChannelCheck
from core.clock import now
from inbox.models import Channel
from people.models import Agent, Role
from tests.ground.browsing import Browser
from tests.makers import make_agent, make_channel
from tests.peers.fake import Outside


class NoRecords:
    """A domain that publishes nothing."""

    def texts(self, name: str, seconds: float = 5.0) -> list[str]:
        return []


@pytest.fixture
def channel(session: Session) -> Channel:
    return make_channel(session, kind="email")


@pytest.fixture
def desk(session: Session, browse: Callable[[Agent], Browser], outside: Outside) -> Browser:
    return browse(make_agent(session, "Olga", role=Role.OWNER, language="en", zone="UTC"))


def kept(session: Session, channel: Channel) -> dict[str, object]:
    session.expire_all()
    found: dict[str, object] = session.get_one(Channel, channel.id).settings.get(SETTING, {})
    return found


def test_a_channel_confirms_nothing_until_an_administrator_says_so(
    session: Session, desk: Browser, channel: Channel
) -> None:
    path = f"/settings/channels/{channel.id}/acknowledgement"
    page = desk.get(path).text
    assert TEXTS["ru"][1].split("\n")[0] in page
    assert desk.send(path, on="yes", subject_en="Got it", text_en="We are on it.").status_code == 303
    told = kept(session, channel)
    assert told["on"] is True
    assert told["en"] == {"subject": "Got it", "text": "We are on it."}
    assert "We are on it." in desk.get(path).text
    assert "confirms to customers" in desk.get(f"/settings/channels/{channel.id}").text
    desk.send(path, subject_en="Got it", text_en="We are on it.")
    assert kept(session, channel)["on"] is False


def test_what_was_typed_is_kept_when_it_is_too_long(
    session: Session, desk: Browser, channel: Channel
) -> None:
    response = desk.send(
        f"/settings/channels/{channel.id}/acknowledgement", on="yes", subject_es="Hola", text_es="x" * 5001
    )
    assert response.status_code == 422
    assert 'value="Hola"' in response.text
    assert "too long" in response.text
    assert kept(session, channel) == {}


def test_the_channels_page_says_what_to_publish(session: Session, desk: Browser, channel: Channel) -> None:
    records = check_records("example.org", NoRecords(), smtp_host="smtp.yandex.ru")
    session.add(
        ChannelCheck(
            channel_id=channel.id,
            state="ok",
            done_at=now(),
            steps=[],
            warnings=[],
            facts={"records": [asdict(each) for each in records]},
        )
    )
    session.commit()
    page = desk.get(f"/settings/channels/{channel.id}").text
    assert "v=spf1 include:_spf.yandex.net ~all" in page
    assert "many servers take e-mail from example.org for spam" in page
    assert "at _dmarc.example.org" in page
    assert "%(" not in page


def test_a_setting_that_is_newer_than_the_channel_is_shown_as_it_works(
    session: Session, desk: Browser
) -> None:
    mailbox = make_channel(session, kind="email", settings={"imap_host": "imap.helpdesk.test"})
    page = desk.get(f"/settings/channels/{mailbox.id}").text
    (box,) = re.findall(r'<input type="checkbox" name="takes_forwards"[^>]*>', page)
    assert "checked" in box


def test_a_mailbox_that_failed_its_test_is_mended_before_it_is_switched_on(
    session: Session, desk: Browser
) -> None:
    mailbox = make_channel(session, kind="email", enabled=False, outbound_confirmed=False)
    steps = [["imap.name", True, ""], ["imap.login", False, FAULTS["login_refused"]]]
    check = ChannelCheck(
        channel_id=mailbox.id,
        state="broken",
        code="receive.login_refused",
        done_at=now(),
        steps=steps,
        warnings=[],
    )
    session.add(check)
    session.commit()
    page = desk.get(f"/settings/channels/{mailbox.id}").text
    assert page.index('id="test"') < page.index('id="begin"')
    assert page.count("The server refuses the name or the password") == 1
    assert "Not everything works yet" in page
    assert "Let it write to customers" not in page
    check.state, check.code, check.steps = "ok", "", [["imap.name", True, ""]]
    session.commit()
    page = desk.get(f"/settings/channels/{mailbox.id}").text
    assert page.index('id="begin"') < page.index('id="test"')
    assert "Let it write to customers" in page

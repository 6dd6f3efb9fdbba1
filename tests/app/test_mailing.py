"""Our own letters: to one person, in their language, leading to ourselves alone."""

import email
import email.policy
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.notice_letters import due_notices, send_notices
from core.config import get_settings
from inbox.actions.health import note_failure
from people.models import Agent, Notification, Role
from people.notices import read_notifications, tell_administrators
from tests.ground.browsing import Browser
from tests.makers import make_agent, make_channel
from tests.peers.fake import Outside
from tests.peers.server import free_ports

Browse = Callable[[Agent], Browser]


class Postman:
    """A server that keeps what it is given, or refuses it."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], Any]] = []
        self.refusal = ""

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it so
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        """Take a letter."""
        if self.refusal:
            return self.refusal
        read = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.letters.append((envelope.rcpt_tos, read))
        return "250 taken"


@pytest.fixture
def postman(monkeypatch: pytest.MonkeyPatch) -> Iterator[Postman]:
    """A server for our own letters, named in the settings."""
    found = Postman()
    (port,) = free_ports(1)
    controller = Controller(found, hostname="127.0.0.1", port=port)
    controller.start()
    for name, value in {
        "SYSTEM_SMTP_HOST": "127.0.0.1",
        "SYSTEM_SMTP_PORT": str(port),
        "SYSTEM_SMTP_SECURITY": "none",
        "SYSTEM_SMTP_FROM": "desk@helpdesk.test",
        "OUTSIDE_ALLOW": "127.0.0.0/8",
    }.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    yield found
    controller.stop()


@pytest.mark.requirement("CHN-14")
def test_an_invitation_reaches_the_colleague_in_their_language(
    session: Session, browse: Browse, stranger: Browser, postman: Postman
) -> None:
    boss = make_agent(session, "Olga evil.example", role=Role.OWNER, language="ru")
    page = browse(boss).send("/settings/team/invite", email="ben@helpdesk.test", role="agent", language="en")
    ((recipients, letter),) = postman.letters
    assert recipients == ["ben@helpdesk.test"]
    text = letter.get_content()
    link = re.search(r"http://127\.0\.0\.1:8000(/invitation\?\S+)", text)
    assert link is not None
    assert stranger.get(link[1]).status_code == 200
    assert "Join with this link." in text
    assert "evil.example" not in text
    assert link[1].replace("&", "&amp;") in page.text


def test_a_lost_password_is_found_by_letter_and_strangers_get_none(
    session: Session, stranger: Browser, postman: Postman
) -> None:
    ann = make_agent(session, language="en")
    known, unknown = (
        stranger.send("/forgot", email=address).text for address in (ann.email, "nobody@helpdesk.test")
    )
    assert "an e-mail with a link is on its way" in known
    assert "an e-mail with a link is on its way" in unknown
    ((recipients, letter),) = postman.letters
    assert recipients == [ann.email]
    link = re.search(r"/reset\?token=\S+", letter.get_content())
    assert link is not None
    assert stranger.get(link[0]).status_code == 200


def test_administrators_are_written_to_once_when_a_channel_breaks_or_falls_silent(
    session: Session, postman: Postman, outside: Outside
) -> None:
    olga, ben = (
        make_agent(session, name, role=role, language=language)
        for name, role, language in (("Olga", Role.OWNER, "ru"), ("Ben", Role.ADMIN, "en"))
    )
    make_agent(session, "Ann")
    channel = make_channel(session, kind="telegram", name="Shop evil.example")
    for _ in range(2):
        note_failure(session, channel, code="token_refused", detail="401", broken=True)
        session.commit()
        send_notices()
    letters = {recipients[0]: letter for recipients, letter in postman.letters}
    assert len(postman.letters) == 2
    assert letters.keys() == {olga.email, ben.email}
    text = letters[ben.email].get_content()
    assert "Telegram does not know this token any more." in text
    assert f"http://127.0.0.1:8000/settings/channels/{channel.id}" in text
    assert letters[ben.email]["Subject"] == "Shop evil. example does not work"
    assert "не работает" in letters[olga.email]["Subject"]
    tell_administrators(session, "channel.fell_silent", f"channel:{channel.id}")
    tell_administrators(session, "arrival.quarantined", f"channel:{channel.id}")
    read_notifications(session, olga.id, topic=f"channel:{channel.id}")
    session.commit()
    assert send_notices() == 1
    assert postman.letters[-1][1]["Subject"] == "Nothing comes in through Shop evil. example any more"


def test_a_letter_that_was_refused_keeps_nobody_from_theirs(session: Session, postman: Postman) -> None:
    for role in (Role.OWNER, Role.ADMIN):
        make_agent(session, role=role)
    channel = make_channel(session)
    note_failure(session, channel, code="login_refused", detail="no", broken=True)
    session.commit()
    postman.refusal = "451 later"
    assert (send_notices(), send_notices(), len(postman.letters)) == (2, 0, 0)


def test_without_a_server_for_our_letters_nothing_waits_for_one(session: Session) -> None:
    make_agent(session, "Olga", role=Role.OWNER)
    note_failure(session, make_channel(session), code="login_refused", detail="no", broken=True)
    session.commit()
    assert send_notices() == 0
    assert not due_notices(session)


def test_whoever_invited_is_told_when_the_letter_was_refused(
    session: Session, browse: Browse, postman: Postman
) -> None:
    postman.refusal = "550 no such person"
    boss = make_agent(session, role=Role.OWNER)
    desk = browse(boss)
    desk.send("/settings/team/invite", email="ben@helpdesk.test", role="agent", language="ru")
    told = session.scalars(select(Notification)).one()
    assert (told.agent_id, told.kind) == (boss.id, "mail.failed")
    assert "no such person" in told.details["reason"]

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

from core.config import get_settings
from people.models import Agent, Notification, Role
from tests.ground.browsing import Browser
from tests.makers import make_agent
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
    assert "a letter with a link is on its way" in known
    assert "a letter with a link is on its way" in unknown
    ((recipients, letter),) = postman.letters
    assert recipients == [ann.email]
    link = re.search(r"/reset\?token=\S+", letter.get_content())
    assert link is not None
    assert stranger.get(link[0]).status_code == 200


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

"""How many questions a screen asks the database, whatever its length."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from people.models import Agent, Role
from tests.ground.browsing import Browser
from tests.ground.statements import counted
from tests.makers import make_agent, make_channel, make_dialog, make_message, make_reply, make_tag, make_team
from tests.peers.fake import Outside

Browse = Callable[[Agent], Browser]


@pytest.fixture
def crowd(session: Session, outside: Outside) -> Agent:
    """Thirty dialogs with labels and answers, several channels, a team."""
    ann = make_agent(session, role=Role.OWNER)
    make_team(session, ann)
    for number in range(3):
        channel = make_channel(session, name=f"Channel {number}")
        make_tag(session)
        for customer in range(10):
            make_dialog(session, channel, customer=f"C{number}-{customer}")
    return ann


@pytest.mark.parametrize(
    ("path", "budget"),
    [
        ("/api/feed", 2),
        ("/api/feed?state=completed", 2),
        ("/api/start", 4),
        ("/inbox", 4),
        ("/api/counts", 2),
        ("/api/events?after=0", 5),
        ("/customers/", 4),
        ("/settings/channels", 5),
        ("/settings/team", 5),
    ],
)
def test_a_list_asks_few_questions(
    browse: Browse, database: Connection, crowd: Agent, path: str, budget: int
) -> None:
    browser = browse(crowd)
    with counted(database) as asked:
        assert browser.get(path).status_code == 200
    assert len(asked) <= budget, "\n\n".join(asked)


def test_a_dialog_asks_as_many_questions_for_two_messages_as_for_forty(
    session: Session, browse: Browse, database: Connection, crowd: Agent
) -> None:
    browser = browse(crowd)
    short, long = make_dialog(session, customer="Max"), make_dialog(session, customer="Mia")
    make_reply(session, short, agent=crowd)
    for number in range(20):
        make_message(session, long, f"Message {number}", customer="Mia")
        make_reply(session, long, agent=crowd)
    numbers = []
    for dialog in (short, long):
        with counted(database) as asked:
            assert browser.get(f"/api/dialogs/{dialog.id}").status_code == 200
        numbers.append(len(asked))
    assert numbers[0] == numbers[1] <= 8

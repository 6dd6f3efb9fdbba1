"""A letter that is too large to be fetched: its beginning opens a dialog, the rest stays in the mailbox."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.api.entries import message_json
from inbox.models import Channel, Dialog, Message, State
from tests.channels.email.letters import make_letter
from tests.channels.paper import PaperPost, make_paper_mailbox

pytestmark = pytest.mark.requirement("I10")


@pytest.fixture
def channel(session: Session, paper: PaperPost) -> Channel:
    return make_paper_mailbox(session)


def test_it_opens_a_dialog_that_says_how_large_it_is_and_where_it_lies(
    session: Session, paper: PaperPost, channel: Channel
) -> None:
    paper.arrives(channel, make_letter("See the film."), truncated=True, size=61_000_000)
    dialog = session.scalars(select(Dialog)).one()
    assert (dialog.state, dialog.preview) == (State.OPEN, "See the film.")
    entry = message_json(session.scalars(select(Message)).one())
    assert entry["whole_size"] == 61_000_000
    assert "too_large" in entry["warnings"]


def test_it_is_one_letter_however_often_it_is_fetched(
    session: Session, paper: PaperPost, channel: Channel
) -> None:
    for _ in range(2):
        paper.arrives(channel, make_letter("See the film."), truncated=True, size=61_000_000)
    assert len(session.scalars(select(Dialog)).all()) == 1

"""One writer in two windows at the same moment: neither request fails for the other."""

import threading
from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import engine, transaction
from core.errors import Conflict
from inbox.actions import NewReply, reply, save_draft, undo
from inbox.models import Dialog, Draft, Message
from people.models import Agent
from tests.makers import make_agent, make_channel, make_dialog


def save(session: Session, dialog: Dialog, agent: Agent) -> None:
    save_draft(session, dialog, agent=agent, mode="reply", text="Begun", html=None, extra={}, revision=0)


def take_back(session: Session, dialog: Dialog, agent: Agent) -> None:
    message = session.scalars(select(Message).where(Message.direction == "out")).one()
    undo(session, message, agent=agent)


@pytest.mark.parametrize(
    ("first", "second", "text", "errors"),
    [
        (save, save, "Begun", ["draft_newer"]),
        (save, take_back, "Sent\n\nBegun", []),
        (take_back, save, "Sent", ["draft_newer"]),
    ],
)
def test_a_draft_that_is_begun_twice_at_once_is_one(
    live_database: str, first: Callable[..., None], second: Callable[..., None], text: str, errors: list[str]
) -> None:
    with Session(engine()) as session:
        agent, dialog = make_agent(session), make_dialog(session, make_channel(session))
        reply(session, dialog, agent=agent, new=NewReply(client_uuid=str(uuid4()), text="Sent"))
        places = dialog.id, agent.id
        session.commit()
    written, broken = threading.Barrier(2), list[BaseException]()

    def act(deed: Callable[..., None], *, begins: bool) -> None:
        try:
            with transaction() as session:
                dialog, agent = session.get_one(Dialog, places[0]), session.get_one(Agent, places[1])
                if not begins:
                    written.wait(10)
                deed(session, dialog, agent)
                session.flush()
                if begins:
                    written.wait(10)
                    with suppress(threading.BrokenBarrierError):  # the other one waits for us to end
                        written.wait(0.3)
        except Exception as error:
            broken.append(error)

    both = [
        threading.Thread(target=act, args=(first,), kwargs={"begins": True}),
        threading.Thread(target=act, args=(second,), kwargs={"begins": False}),
    ]
    for each in both:
        each.start()
    for each in both:
        each.join(20)
    assert [each.code if isinstance(each, Conflict) else each for each in broken] == errors
    with transaction() as session:
        assert session.scalars(select(Draft.text)).all() == [text]

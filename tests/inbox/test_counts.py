"""The numbers beside the lists are true of whom they are told to."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from core.clock import now
from core.events import EVERYONE
from inbox.actions import assign
from inbox.counts import counts
from inbox.models import State
from people.models import Agent
from tests.makers import make_agent, make_channel, make_dialog


def test_what_returns_is_told_to_the_team_and_to_whose_it_is(session: Session) -> None:
    ann, ben, channel = make_agent(session), make_agent(session, "Ben"), make_channel(session)
    soon, late = now() + timedelta(hours=1), now() + timedelta(hours=2)
    make_dialog(session, channel, customer="Max", state=State.SNOOZED, until=soon)
    mias = make_dialog(session, channel, customer="Mia", state=State.SNOOZED, until=late)
    assign(session, mias, agent=ben, assignee=ann)
    session.commit()

    team, hers, his = (told(session, each) for each in ((ann, "all"), (ann, "mine"), (ben, "mine")))
    assert (team["count"], hers["count"], his["count"]) == (2, 1, 0)
    assert team["next_at"] < team["last_at"] == hers["next_at"] == hers["last_at"]
    assert his["next_at"] is None


def told(session: Session, whom: tuple[Agent, str]) -> dict[str, Any]:
    agent, whose = whom
    numbers = counts(session, agent_id=agent.id, audiences=[EVERYONE], today=now())
    found: dict[str, Any] = numbers["returning"][whose]
    return found

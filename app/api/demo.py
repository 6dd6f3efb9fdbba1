"""The demonstration, for somebody who wants to look around before the first mailbox is connected."""

from typing import Any

from sqlalchemy import exists, select

from app.access import Whom
from app.api.commands import Body
from app.api.endpoints import Work, writes
from app.api.shapes import Nothing
from app.aside import run_aside
from app.demo.actions import fill
from core.db import transaction
from core.errors import Conflict
from core.words import N_
from inbox.models import Dialog
from people.models import Agent


@writes("POST", "/demo", answer=Nothing, whom=Whom.ADMINISTRATORS)
def fill_demo(work: Work, told: Body) -> dict[str, Any]:
    """Put the demonstration into an empty workspace; the event `demo.filled` says when it is there."""
    if work.session.scalar(select(exists().where(Dialog.id.is_not(None)))):
        raise Conflict(N_("There are dialogs here already."), code="not_empty")
    number = work.agent.id
    run_aside(lambda: _fill(number))
    return {}


def _fill(agent_id: int) -> None:
    with transaction() as session:
        fill(session, agent=session.get_one(Agent, agent_id))

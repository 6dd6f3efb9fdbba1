"""Who answers a dialog."""

from sqlalchemy.orm import Session

from core.errors import Conflict, Invalid
from core.words import N_
from inbox.actions.states import hold
from inbox.actions.writing import NewComment, comment
from inbox.models import Dialog
from inbox.recording import record_on
from people.models import Agent
from people.notices import notify

ANYBODY = -1


def assign(
    session: Session,
    dialog: Dialog,
    *,
    agent: Agent,
    assignee: Agent | None,
    team_id: int | None = ANYBODY,
    note: NewComment | None = None,
    expected: int | None = ANYBODY,
) -> None:
    """Make somebody responsible, or nobody; the state stays as it is.

    A team goes with the assignment when it is given, and a hand-over comment is written before
    it. `expected` is the assignee the person saw; if it is another one by now, Conflict names
    the winner and nothing changes.
    """
    hold(session, dialog)
    if expected != ANYBODY and dialog.assignee_id != expected:
        raise _taken(session, dialog)
    if assignee is not None and not assignee.active:
        raise Invalid(
            N_("%(name)s no longer works here."), code="assignee_left", field="agent_id", name=assignee.name
        )
    if note is not None:
        comment(session, dialog, agent=agent, new=note)
    was = dialog.assignee_id
    to = assignee.id if assignee else None
    team = dialog.team_id if team_id == ANYBODY else team_id
    if was == to and dialog.team_id == team:
        return
    dialog.assignee_id, dialog.team_id = to, team
    record_on(session, dialog, "dialog.assigned", actor=agent.ref, was=was, to=to, team_id=team)
    if assignee is not None and assignee.id not in (agent.id, was):
        notify(
            session,
            assignee.id,
            "dialog.assigned",
            dialog.topic,
            by=agent.id,
            comment=note.text[:300] if note else None,
        )


def take(session: Session, dialog: Dialog, *, agent: Agent) -> None:
    """Take a dialog nobody has; the second of two who press at once is told who has it."""
    hold(session, dialog)
    if dialog.assignee_id not in (None, agent.id):
        raise _taken(session, dialog)
    assign(session, dialog, agent=agent, assignee=agent)


def hand_out(session: Session, dialog: Dialog, *, assignee: Agent, cause: str) -> None:
    """Give a dialog that nobody has to somebody, because a setting or a rule says so."""
    hold(session, dialog)
    if dialog.assignee_id is not None or not assignee.active:
        return
    dialog.assignee_id = assignee.id
    record_on(
        session, dialog, "dialog.assigned", cause=cause, was=None, to=assignee.id, team_id=dialog.team_id
    )
    notify(session, assignee.id, "dialog.assigned", dialog.topic)


def _taken(session: Session, dialog: Dialog) -> Conflict:
    holder = session.get(Agent, dialog.assignee_id) if dialog.assignee_id else None
    if holder is None:
        return Conflict(N_("Nobody is responsible for this dialog any more."), code="assignee_changed")
    return Conflict(
        N_("%(name)s is already responsible for this dialog."),
        code="taken_by_other",
        details={"agent_id": holder.id},
        name=holder.name,
    )

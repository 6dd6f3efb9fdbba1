"""Making tasks, doing them, and being told when time is up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, Invalid
from core.events import EVERYONE, record
from core.words import N_
from inbox.actions import NewComment, comment, wake
from inbox.actions.states import hold
from inbox.models import Dialog, Message, State
from people.models import Agent
from people.notices import notify
from tasks.models import Task, TaskState

LONGEST_TITLE = 300


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task as it is filled in; person and deadline are both required."""

    title: str
    assignee: Agent | None
    due_at: datetime | None
    description: str = ""
    wakes_dialog: bool = False


def create_task(
    session: Session,
    new: NewTask,
    *,
    agent: Agent,
    dialog: Dialog | None = None,
    message: Message | None = None,
) -> Task:
    """Make a task, with the dialog, the customer and the message it came from; its person is told."""
    title = _title(new.title)
    if new.assignee is None:
        raise Invalid(N_("Choose who is to do it."), code="task_without_person", field="assignee_id")
    if not new.assignee.active:
        raise _gone(new.assignee)
    task = Task(
        title=title,
        description=new.description,
        assignee_id=new.assignee.id,
        creator_id=agent.id,
        due_at=_deadline(new.due_at),
        dialog_id=dialog.id if dialog else None,
        customer_id=dialog.customer_id if dialog else None,
        message_id=message.id if message else None,
        wakes_dialog=new.wakes_dialog,
    )
    session.add(task)
    session.flush()
    _count(session, dialog, 1)
    _record(session, "task.created", task, agent, dialog, assignee_id=task.assignee_id)
    if new.assignee.id != agent.id:
        _tell(session, task, "task.assigned", by=agent.id)
    return task


def finish_task(session: Session, task: Task, *, agent: Agent, result: str = "") -> None:
    """Call a task done; its result becomes a comment in the dialog, whose assignee is told.

    A dialog that was to wake with it wakes.
    """
    _hold(session, task)
    if task.state != TaskState.OPEN:
        raise Conflict(N_("This task is closed already."), code="task_closed")
    dialog = session.get(Dialog, task.dialog_id) if task.dialog_id else None
    _close(session, task, TaskState.DONE, agent, dialog)
    task.result = result or None
    _record(session, "task.done", task, agent, dialog)
    if dialog is None:
        return
    if result:
        comment(session, dialog, agent=agent, new=NewComment(f"{task.title}: {result}"))
    elif dialog.assignee_id not in (None, agent.id):
        notify(session, dialog.assignee_id or 0, "task.done", dialog.topic, title=task.title, by=agent.id)
    if task.wakes_dialog and dialog.state == State.SNOOZED:
        wake(session, hold(session, dialog), cause=task.topic)


def cancel_task(session: Session, task: Task, *, agent: Agent) -> None:
    """Drop a task that is no longer needed; it stays in the history."""
    _hold(session, task)
    if task.state != TaskState.OPEN:
        return
    dialog = session.get(Dialog, task.dialog_id) if task.dialog_id else None
    _close(session, task, TaskState.CANCELLED, agent, dialog)
    _record(session, "task.cancelled", task, agent, dialog)


def reopen_task(session: Session, task: Task, *, agent: Agent) -> None:
    """Take back that a task was closed."""
    _hold(session, task)
    if task.state == TaskState.OPEN:
        return
    dialog = session.get(Dialog, task.dialog_id) if task.dialog_id else None
    task.state, task.closed_at, task.closed_by, task.result = TaskState.OPEN, None, None, None
    _count(session, dialog, 1)
    _record(session, "task.reopened", task, agent, dialog)


def change_task(
    session: Session,
    task: Task,
    *,
    agent: Agent,
    title: str,
    description: str,
    assignee: Agent,
    due_at: datetime,
) -> None:
    """Change what is to be done, by whom, by when; a moved deadline is told of anew when it passes."""
    _hold(session, task)
    if task.state != TaskState.OPEN:
        raise Conflict(N_("This task is closed already."), code="task_closed")
    if not assignee.active:
        raise _gone(assignee)
    was = task.assignee_id
    task.title, task.description, task.assignee_id = _title(title), description, assignee.id
    if due_at != task.due_at:
        task.due_at = _deadline(due_at)
    dialog = session.get(Dialog, task.dialog_id) if task.dialog_id else None
    _record(session, "task.changed", task, agent, dialog, assignee_id=assignee.id)
    if assignee.id not in (was, agent.id):
        _tell(session, task, "task.assigned", by=agent.id)


def tell_overdue(session: Session, *, limit: int = 100) -> int:
    """Tell each person whose deadline has passed, once per deadline; how many there were."""
    due = session.scalars(
        select(Task)
        .where(
            Task.state == TaskState.OPEN,
            Task.due_at <= now(),
            or_(Task.overdue_told_for.is_(None), Task.overdue_told_for != Task.due_at),
        )
        .order_by(Task.due_at, Task.id)
        .limit(limit)
        .with_for_update(of=Task, skip_locked=True)
    ).all()
    for task in due:
        task.overdue_told_for = task.due_at
        _tell(session, task, "task.overdue")
    return len(due)


def _tell(session: Session, task: Task, kind: str, **details: Any) -> None:
    """Tell the task's assignee, with the dialog it came from."""
    notify(session, task.assignee_id, kind, task.topic, title=task.title, dialog_id=task.dialog_id, **details)


def _title(title: str) -> str:
    clean = " ".join(title.split())
    if not clean:
        raise Invalid(N_("Say what is to be done."), code="task_without_title", field="title")
    return clean[:LONGEST_TITLE]


def _deadline(due_at: datetime | None) -> datetime:
    if due_at is None:
        raise Invalid(N_("Say by when it is to be done."), code="task_without_deadline", field="due_at")
    if due_at <= now():
        raise Invalid(
            N_("This time has already passed. Choose a later one."), code="deadline_in_past", field="due_at"
        )
    return due_at


def _gone(assignee: Agent) -> Invalid:
    return Invalid(
        N_("%(name)s no longer works here."), code="assignee_left", field="assignee_id", name=assignee.name
    )


def _hold(session: Session, task: Task) -> None:
    session.flush()
    session.refresh(task, with_for_update={"of": Task})


def _close(session: Session, task: Task, state: TaskState, agent: Agent, dialog: Dialog | None) -> None:
    task.state, task.closed_at, task.closed_by = state, now(), agent.id
    _count(session, dialog, -1)


def _count(session: Session, dialog: Dialog | None, step: int) -> None:
    if dialog is not None:
        hold(session, dialog).open_tasks += step


def _record(
    session: Session, kind: str, task: Task, agent: Agent, dialog: Dialog | None, **details: Any
) -> None:
    """The task's own history, and a line in its dialog's."""
    audience = dialog.audience if dialog else EVERYONE
    record(session, kind, task.topic, audience=audience, actor=agent.ref, **details)
    if dialog is not None:
        record(
            session,
            kind.replace("task.", "dialog.task_"),
            dialog.topic,
            audience=audience,
            actor=agent.ref,
            task_id=task.id,
            title=task.title[:100],
            **details,
        )

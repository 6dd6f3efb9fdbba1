"""Tasks to choose from."""

from sqlalchemy import Select, select

from core.clock import now
from inbox.models import Dialog
from tasks.models import Task, TaskState


def open_tasks() -> Select[Task]:
    """What is still to do, most urgent first."""
    return select(Task).where(Task.state == TaskState.OPEN).order_by(Task.due_at, Task.id)


def overdue_tasks() -> Select[Task]:
    """What should have been done by now."""
    return open_tasks().where(Task.due_at <= now())


def done_tasks() -> Select[Task]:
    """What was done, newest first."""
    return select(Task).where(Task.state == TaskState.DONE).order_by(Task.closed_at.desc(), Task.id.desc())


def tasks_of_dialog(dialog: Dialog) -> Select[Task]:
    """Every task of a dialog, open ones first."""
    return (
        select(Task)
        .where(Task.dialog_id == dialog.id)
        .order_by(Task.state != TaskState.OPEN, Task.due_at, Task.id)
    )

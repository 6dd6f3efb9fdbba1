"""Tasks: who, by when, and being told."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Conflict, Invalid
from inbox.actions import assign, complete, snooze
from inbox.models import Comment, Dialog, SnoozeMode, State
from people.models import Agent, Notification, Role
from tasks.actions import (
    NewTask,
    cancel_task,
    change_task,
    create_task,
    finish_task,
    reopen_task,
    tell_overdue,
)
from tasks.models import Task, TaskState
from tasks.queries import overdue_tasks, tasks_of_dialog
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_dialog, make_message


def task_for(
    session: Session, ben: Agent, clock: FrozenClock, *, by: Agent | None = None, **given: object
) -> Task:
    dialog = given.pop("dialog", None)
    new = NewTask("Call the depot", ben, clock.now + timedelta(hours=6), **given)  # type: ignore[arg-type]
    return create_task(session, new, agent=by or make_agent(session), dialog=dialog)  # type: ignore[arg-type]


def told(session: Session, agent: Agent) -> list[str]:
    session.flush()
    return list(
        session.scalars(
            select(Notification.kind).where(Notification.agent_id == agent.id).order_by(Notification.id)
        )
    )


@pytest.mark.requirement("EAD-21")
@pytest.mark.requirement("EAD-22")
def test_a_task_from_a_message_knows_its_message_dialog_and_customer(
    session: Session, clock: FrozenClock
) -> None:
    dialog = make_dialog(session)
    message = make_message(session, dialog, "please send the act")
    new = NewTask(message.text, make_agent(session, "Ben"), clock.now + timedelta(days=1))
    task = create_task(session, new, agent=make_agent(session), dialog=dialog, message=message)
    assert (task.message_id, task.dialog_id, task.customer_id) == (
        message.id,
        dialog.id,
        dialog.customer_id,
    )


@pytest.mark.requirement("EAD-23")
@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("assignee_id", "task_without_person"),
        ("due_at", "task_without_deadline"),
        ("title", "task_without_title"),
    ],
)
def test_a_task_without_its_person_its_deadline_or_its_words_is_refused_by_name(
    session: Session, clock: FrozenClock, field: str, code: str
) -> None:
    new = NewTask(
        title="" if field == "title" else "Call",
        assignee=None if field == "assignee_id" else make_agent(session, "Ben"),
        due_at=None if field == "due_at" else clock.now + timedelta(days=1),
    )
    with pytest.raises(Invalid) as refused:
        create_task(session, new, agent=make_agent(session))
    assert (refused.value.field, refused.value.code) == (field, code)


@pytest.mark.requirement("EAD-23")
def test_a_deadline_that_has_passed_is_refused(session: Session, clock: FrozenClock) -> None:
    with pytest.raises(Invalid):
        create_task(session, NewTask("Call", make_agent(session), clock.now), agent=make_agent(session))


@pytest.mark.requirement("EAD-24")
def test_the_one_who_is_given_a_task_is_told_at_once(session: Session, clock: FrozenClock) -> None:
    ben = make_agent(session, "Ben")
    task_for(session, ben, clock)
    assert told(session, ben) == ["task.assigned"]


@pytest.mark.requirement("EAD-25")
def test_a_deadline_that_passes_is_told_once_and_again_when_it_was_moved(
    session: Session, clock: FrozenClock
) -> None:
    ben = make_agent(session, "Ben")
    task = task_for(session, ben, clock, by=ben)
    clock.forward(hours=6)
    assert (tell_overdue(session), tell_overdue(session)) == (1, 0)
    later = clock.now + timedelta(hours=2)
    change_task(session, task, agent=ben, title=task.title, description="", assignee=ben, due_at=later)
    assert tell_overdue(session) == 0
    clock.forward(hours=2)
    tell_overdue(session)
    assert told(session, ben) == ["task.overdue", "task.overdue"]


@pytest.mark.requirement("EAD-25")
def test_a_task_done_in_time_is_not_told_of(session: Session, clock: FrozenClock) -> None:
    ben = make_agent(session, "Ben")
    finish_task(session, task_for(session, ben, clock, by=ben), agent=ben)
    clock.forward(hours=7)
    assert tell_overdue(session) == 0


@pytest.mark.requirement("EAD-26")
def test_a_task_for_oneself_tells_nobody_until_its_deadline(session: Session, clock: FrozenClock) -> None:
    ann = make_agent(session)
    task = task_for(session, ann, clock, by=ann)
    assert told(session, ann) == []
    clock.forward(hours=6)
    tell_overdue(session)
    assert told(session, ann) == ["task.overdue"]
    assert session.scalars(overdue_tasks()).all() == [task]


@pytest.mark.requirement("EAD-28")
def test_a_dialog_may_have_many_tasks_and_completing_it_closes_none(
    session: Session, clock: FrozenClock
) -> None:
    ann, dialog = make_agent(session), make_dialog(session)
    for name in ("Ben", "Cleo", "Dan"):
        task_for(session, make_agent(session, name), clock, dialog=dialog)
    complete(session, dialog, agent=ann)
    assert dialog.open_tasks == 3
    assert {each.state for each in session.scalars(tasks_of_dialog(dialog))} == {TaskState.OPEN}


@pytest.mark.requirement("EAD-29")
def test_the_result_of_a_task_is_a_comment_in_its_dialog_and_its_assignee_is_told(
    session: Session, clock: FrozenClock
) -> None:
    ann, accountant = make_agent(session), make_agent(session, "Ben", role=Role.COLLABORATOR)
    dialog = make_dialog(session)
    assign(session, dialog, agent=ann, assignee=ann)
    task = task_for(session, accountant, clock, by=ann, dialog=dialog)
    finish_task(session, task, agent=accountant, result="Paid on Monday.")
    assert session.scalars(select(Comment.text)).one() == "Call the depot: Paid on Monday."
    assert told(session, ann) == ["comment.added"]
    assert dialog.open_tasks == 0


@pytest.mark.requirement("EAD-29")
@pytest.mark.parametrize(("wakes", "state"), [(True, State.OPEN), (False, State.SNOOZED)])
def test_a_dialog_wakes_with_its_task_only_if_so_set(
    session: Session, clock: FrozenClock, wakes: bool, state: State
) -> None:
    ann, dialog = make_agent(session), make_dialog(session)
    task = task_for(session, ann, clock, by=ann, dialog=dialog, wakes_dialog=wakes)
    snooze(session, dialog, agent=ann, until=clock.now + timedelta(days=3), mode=SnoozeMode.STAY)
    finish_task(session, task, agent=ann)
    assert session.get_one(Dialog, dialog.id).state == state


def test_a_task_is_done_once(session: Session, clock: FrozenClock) -> None:
    ben = make_agent(session, "Ben")
    task = task_for(session, ben, clock)
    finish_task(session, task, agent=ben)
    with pytest.raises(Conflict):
        finish_task(session, task, agent=ben)


def test_a_closed_task_can_be_taken_up_again(session: Session, clock: FrozenClock) -> None:
    ben, dialog = make_agent(session, "Ben"), make_dialog(session)
    task = task_for(session, ben, clock, dialog=dialog)
    cancel_task(session, task, agent=ben)
    reopen_task(session, task, agent=ben)
    assert (task.state, task.closed_at, dialog.open_tasks) == (TaskState.OPEN, None, 1)

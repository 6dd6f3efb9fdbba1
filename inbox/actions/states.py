"""Complete, snooze, reopen, wake: where a dialog is."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Invalid
from core.words import N_
from inbox.models import Dialog, Episode, SnoozeMode, State
from inbox.recording import record_on
from people.models import Agent
from people.notices import notify

LONGEST_SNOOZE = timedelta(days=366 * 2)
UNTIL_REPLY_LIMIT = timedelta(days=30)
_HELD = (
    select(Dialog)
    .where(Dialog.id == bindparam("id"))
    .with_for_update(of=Dialog)
    .execution_options(populate_existing=True)
)


def hold(session: Session, dialog: Dialog) -> Dialog:
    """Lock the dialog's row and read it anew; every verb on a dialog begins so."""
    session.flush()
    session.execute(_HELD, {"id": dialog.id}).scalar_one()
    return dialog


def complete(session: Session, dialog: Dialog, *, agent: Agent) -> None:
    """End the handling of a dialog: it leaves the feed, nothing is asked; repeating is harmless."""
    hold(session, dialog)
    if dialog.state == State.COMPLETED:
        return
    was = dialog.state
    dialog.state = State.COMPLETED
    dialog.snooze_until = dialog.snooze_mode = dialog.snoozed_by = None
    dialog.completed_at = now()
    dialog.completed_by = agent.id
    dialog.waiting_since = None
    episode = _episode(session, dialog)
    if episode is not None:
        episode.completed_at = dialog.completed_at
        episode.completed_by = agent.id
    record_on(session, dialog, "dialog.completed", actor=agent.ref, was=was)


def reopen(session: Session, dialog: Dialog, *, agent: Agent) -> None:
    """Put a completed or snoozed dialog back in the feed; its episode goes on."""
    hold(session, dialog)
    if dialog.state == State.OPEN:
        return
    was = dialog.state
    _open(session, dialog)
    record_on(session, dialog, "dialog.reopened", actor=agent.ref, was=was)


def snooze(
    session: Session,
    dialog: Dialog,
    *,
    agent: Agent,
    until: datetime | None,
    mode: str = SnoozeMode.EITHER,
) -> None:
    """Take a dialog out of the feed until a time.

    `until` is required and in the future; only `until_reply` may leave it out, then a month is
    its limit. `either` wakes by an answer too, `stay` sleeps through answers.
    """
    hold(session, dialog)
    moment = _snooze_limit(until, mode)
    was = dialog.state
    if was == State.COMPLETED:
        _open(session, dialog)
    dialog.state = State.SNOOZED
    dialog.snooze_until = moment
    dialog.snooze_mode = mode
    dialog.snoozed_by = agent.id
    record_on(
        session, dialog, "dialog.snoozed", actor=agent.ref, until=moment.isoformat(), mode=mode, was=was
    )


def _snooze_limit(until: datetime | None, mode: str) -> datetime:
    if mode not in set(SnoozeMode):
        raise Invalid(N_("Choose when the dialog should come back."), code="snooze_mode", field="mode")
    if until is None:
        if mode != SnoozeMode.UNTIL_REPLY:
            raise Invalid(
                N_("Choose when the dialog should come back."), code="snooze_without_time", field="until"
            )
        return now() + UNTIL_REPLY_LIMIT
    if until <= now():
        raise Invalid(
            N_("This time has already passed. Choose a later one."), code="snooze_in_past", field="until"
        )
    if until > now() + LONGEST_SNOOZE:
        raise Invalid(
            N_("A dialog can be snoozed for two years at most."), code="snooze_too_long", field="until"
        )
    return until


def unsnooze(session: Session, dialog: Dialog, *, agent: Agent) -> None:
    """Bring a snoozed dialog back by hand."""
    hold(session, dialog)
    if dialog.state == State.SNOOZED:
        wake(session, dialog, actor=agent.ref)


def wake(session: Session, dialog: Dialog, *, actor: str | None = None, cause: str | None = None) -> None:
    """End a snooze: back in the feed, with the reason in the history."""
    _open(session, dialog)
    record_on(session, dialog, "dialog.woken", actor=actor, cause=cause)


def wake_due(session: Session, *, limit: int = 100) -> int:
    """Wake the dialogs whose time has come, earliest first, each once; how many there were."""
    due = session.scalars(
        select(Dialog)
        .where(Dialog.state == State.SNOOZED, Dialog.snooze_until <= now())
        .order_by(Dialog.snooze_until, Dialog.id)
        .limit(limit)
        .with_for_update(of=Dialog, skip_locked=True)
    ).all()
    for dialog in due:
        told = dialog.assignee_id or dialog.snoozed_by
        wake(session, dialog, cause="timer:snooze")
        if told is not None:
            notify(session, told, "dialog.woken", dialog.topic)
    return len(due)


def bring_back(session: Session, dialog: Dialog, *, cause: str) -> None:
    """Put a dialog where it cannot be overlooked, because something went wrong in it."""
    was = dialog.state
    if was != State.OPEN:
        _open(session, dialog)
        record_on(session, dialog, "dialog.reopened", cause=cause, was=was)
    dialog.waiting_since = dialog.waiting_since or now()


def mark_spam(session: Session, dialog: Dialog, *, agent: Agent, spam: bool) -> None:
    """Set a dialog apart as spam, or take it back; it is never deleted."""
    hold(session, dialog)
    if dialog.spam == spam:
        return
    dialog.spam = spam
    record_on(session, dialog, "dialog.marked_spam", actor=agent.ref, spam=spam)


def begin_episode(session: Session, dialog: Dialog, *, received: bool = False) -> Episode:
    """Start the next stretch of a dialog; `received` says that the customer begins it.

    Its row may wait for the end of the transaction together with that of a new dialog, whose
    `episode_id` was drawn then.
    """
    moment = now()
    episode = Episode(
        id=dialog.episode_id if dialog in session.new else None,
        dialog_id=dialog.id,
        dialog=dialog,
        number=(dialog.reopen_count or 0) + 1,
        opened_at=moment,
        first_received_at=moment if received else None,
    )
    session.add(episode)
    if episode.id is None:
        session.flush()
        dialog.episode_id = episode.id
    return episode


def reopen_by_message(session: Session, dialog: Dialog, *, message_id: int) -> None:
    """Open a completed dialog because the customer wrote again: a new episode, counted."""
    _open(session, dialog, same_episode=False)
    dialog.reopen_count += 1
    begin_episode(session, dialog)
    record_on(session, dialog, "dialog.reopened", cause=f"message:{message_id}", was=State.COMPLETED)


def _open(session: Session, dialog: Dialog, *, same_episode: bool = True) -> None:
    dialog.state = State.OPEN
    dialog.snooze_until = dialog.snooze_mode = dialog.snoozed_by = None
    dialog.completed_at = dialog.completed_by = None
    episode = _episode(session, dialog) if same_episode else None
    if episode is not None:
        episode.completed_at = episode.completed_by = None


def _episode(session: Session, dialog: Dialog) -> Episode | None:
    return session.get(Episode, dialog.episode_id) if dialog.episode_id else None

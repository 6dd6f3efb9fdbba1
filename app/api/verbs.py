"""What a person does to a dialog; each answers the row as it is now and the command that takes it back."""

from typing import Any

from sqlalchemy import select

from app.access import Whom, agent_for, check_all_see, dialog_for, team_for
from app.api.commands import AssignBody, Body, ReadBody, SnoozeBody, SpamBody, TagBody
from app.api.dialog_shapes import DoneShape
from app.api.done import done, way_back
from app.api.endpoints import LETTER, Work, writes
from channels.changes import tell_read
from core.errors import Invalid
from core.words import N_
from inbox import actions as inbox
from inbox.actions.handing import ANYBODY
from inbox.models import SnoozeMode
from tags import actions as tags
from tags.models import Tag


@writes("POST", "/dialogs/<int:dialog_id>/complete", answer=DoneShape, whom=Whom.WRITERS)
def complete(work: Work, told: Body, dialog_id: int) -> dict[str, Any]:
    """End the handling of a dialog; nothing is asked."""
    dialog = dialog_for(work.session, work.agent, dialog_id)
    back = way_back(dialog)
    inbox.complete(work.session, dialog, agent=work.agent)
    return done(work, dialog, undo=back)


@writes("POST", "/dialogs/<int:dialog_id>/reopen", answer=DoneShape, whom=Whom.WRITERS)
def reopen(work: Work, told: Body, dialog_id: int) -> dict[str, Any]:
    """Put a dialog back in the feed."""
    dialog = dialog_for(work.session, work.agent, dialog_id)
    back = way_back(dialog)
    inbox.reopen(work.session, dialog, agent=work.agent)
    return done(work, dialog, undo=back)


@writes("POST", "/dialogs/<int:dialog_id>/snooze", answer=DoneShape, whom=Whom.WRITERS, body=SnoozeBody)
def snooze(work: Work, told: SnoozeBody, dialog_id: int) -> dict[str, Any]:
    """Take a dialog out of the feed until a time or an answer."""
    dialog = dialog_for(work.session, work.agent, dialog_id)
    back = way_back(dialog)
    mode = SnoozeMode.EITHER if told.mode == "time" else told.mode
    inbox.snooze(work.session, dialog, agent=work.agent, until=told.until, mode=mode)
    return done(work, dialog, undo=back)


@writes("POST", "/dialogs/<int:dialog_id>/unsnooze", answer=DoneShape, whom=Whom.WRITERS)
def unsnooze(work: Work, told: Body, dialog_id: int) -> dict[str, Any]:
    """Bring a snoozed dialog back before its time."""
    dialog = dialog_for(work.session, work.agent, dialog_id)
    back = way_back(dialog)
    inbox.unsnooze(work.session, dialog, agent=work.agent)
    return done(work, dialog, undo=back)


@writes(
    "POST",
    "/dialogs/<int:dialog_id>/assign",
    answer=DoneShape,
    whom=Whom.WRITERS,
    body=AssignBody,
    most_bytes=LETTER,
)
def assign(work: Work, told: AssignBody, dialog_id: int) -> dict[str, Any]:
    """Make somebody responsible, or nobody."""
    session, agent = work.session, work.agent
    dialog = dialog_for(session, agent, dialog_id)
    was = {"agent_id": dialog.assignee_id, "team_id": dialog.team_id}
    if told.agent_id is not None:
        check_all_see(session, dialog, [told.agent_id])
    if told.team_id is not None:
        team_for(session, agent, told.team_id)
    inbox.assign(
        session,
        dialog,
        agent=agent,
        assignee=agent_for(session, agent, told.agent_id) if told.agent_id is not None else None,
        team_id=told.team_id if "team_id" in told.model_fields_set else ANYBODY,
        note=inbox.NewComment(told.comment) if told.comment else None,
        expected=told.expect_assignee_id if "expect_assignee_id" in told.model_fields_set else ANYBODY,
    )
    return done(work, dialog, undo=("POST", f"/api/dialogs/{dialog.id}/assign", was))


@writes("POST", "/dialogs/<int:dialog_id>/take", answer=DoneShape, whom=Whom.WRITERS)
def take(work: Work, told: Body, dialog_id: int) -> dict[str, Any]:
    """Become responsible for a dialog nobody has."""
    dialog = dialog_for(work.session, work.agent, dialog_id)
    was = {"agent_id": dialog.assignee_id}
    inbox.take(work.session, dialog, agent=work.agent)
    return done(work, dialog, undo=("POST", f"/api/dialogs/{dialog.id}/assign", was))


@writes("POST", "/dialogs/<int:dialog_id>/tags", answer=DoneShape, whom=Whom.WRITERS, body=TagBody)
def add_tag(work: Work, told: TagBody, dialog_id: int) -> dict[str, Any]:
    """Put a label on a dialog; a new name makes a new label."""
    session, agent = work.session, work.agent
    dialog = dialog_for(session, agent, dialog_id)
    if told.tag_id is not None:
        label = session.scalar(select(Tag).where(Tag.id == told.tag_id))
        if label is None:
            raise Invalid(N_("There is no such tag."), code="no_tag", field="tag_id")
    else:
        label = tags.make_tag(session, told.name or "", agent=agent)
    had = label.id in dialog.tag_ids
    tags.tag(session, dialog, label, agent=agent)
    return done(
        work, dialog, undo=None if had else ("DELETE", f"/api/dialogs/{dialog.id}/tags/{label.id}", {})
    )


@writes("DELETE", "/dialogs/<int:dialog_id>/tags/<int:tag_id>", answer=DoneShape, whom=Whom.WRITERS)
def remove_tag(work: Work, told: Body, dialog_id: int, tag_id: int) -> dict[str, Any]:
    """Take a label off a dialog."""
    session, agent = work.session, work.agent
    dialog = dialog_for(session, agent, dialog_id)
    label = session.scalar(select(Tag).where(Tag.id == tag_id))
    had = tag_id in dialog.tag_ids
    if label is not None:
        tags.untag(session, dialog, label, agent=agent)
    return done(
        work, dialog, undo=("POST", f"/api/dialogs/{dialog.id}/tags", {"tag_id": tag_id}) if had else None
    )


@writes("POST", "/dialogs/<int:dialog_id>/read", answer=DoneShape, body=ReadBody)
def read(work: Work, told: ReadBody, dialog_id: int) -> dict[str, Any]:
    """Remember how far the reader has read."""
    dialog = dialog_for(work.session, work.agent, dialog_id)
    inbox.mark_read(work.session, dialog, agent=work.agent, message_id=told.message_id)
    tell_read(work.session, dialog, told.message_id)
    return done(work, dialog)


@writes("POST", "/dialogs/<int:dialog_id>/spam", answer=DoneShape, whom=Whom.WRITERS, body=SpamBody)
def spam(work: Work, told: SpamBody, dialog_id: int) -> dict[str, Any]:
    """Set a dialog apart as spam, or take it back."""
    dialog = dialog_for(work.session, work.agent, dialog_id)
    was = dialog.spam
    inbox.mark_spam(work.session, dialog, agent=work.agent, spam=told.spam)
    return done(work, dialog, undo=("POST", f"/api/dialogs/{dialog.id}/spam", {"spam": was}))

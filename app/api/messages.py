"""What a person decides about an answer on its way."""

from typing import Any

from app.access import Whom, dialog_for, message_for
from app.api.commands import Body, SettleBody, WithdrawBody
from app.api.dialog_shapes import DoneShape
from app.api.done import done
from app.api.drafts import draft_json
from app.api.endpoints import Work, close, writes
from app.api.entries import message_json
from inbox import actions as inbox
from inbox.models import Message


@writes("POST", "/messages/<int:message_id>/undo", answer=DoneShape, whom=Whom.WRITERS)
def undo(work: Work, told: Body, message_id: int) -> dict[str, Any]:
    """Take an answer back while it is held; it becomes a draft again."""
    message = message_for(work.session, work.agent, message_id)
    draft = inbox.undo(work.session, message, agent=work.agent)
    work.session.flush()
    return done(work, message.dialog, draft=draft_json(work.session, draft))


@writes(
    "POST", "/dialogs/<int:dialog_id>/replies/undo", answer=DoneShape, whom=Whom.WRITERS, body=WithdrawBody
)
def withdraw(work: Work, told: WithdrawBody, dialog_id: int) -> dict[str, Any]:
    """Take back a reply of which nobody knows whether it came; if it has not yet, it no longer can."""
    dialog = dialog_for(work.session, work.agent, dialog_id)
    close(work, told.withdraws)
    draft = inbox.withdraw(work.session, str(told.client_uuid), agent=work.agent)
    work.session.flush()
    return done(work, dialog, draft=None if draft is None else draft_json(work.session, draft))


@writes("POST", "/messages/<int:message_id>/send-now", answer=DoneShape, whom=Whom.WRITERS)
def send_now(work: Work, told: Body, message_id: int) -> dict[str, Any]:
    """Let a held answer leave at once."""
    message = message_for(work.session, work.agent, message_id)
    inbox.send_now(work.session, message, agent=work.agent)
    return _answered(work, message)


@writes("POST", "/messages/<int:message_id>/retry", answer=DoneShape, whom=Whom.WRITERS)
def retry(work: Work, told: Body, message_id: int) -> dict[str, Any]:
    """Try an answer that failed again, for those it failed for."""
    message = message_for(work.session, work.agent, message_id)
    inbox.retry(work.session, message, agent=work.agent)
    return _answered(work, message)


@writes("POST", "/messages/<int:message_id>/settle", answer=DoneShape, body=SettleBody, whom=Whom.WRITERS)
def settle(work: Work, told: SettleBody, message_id: int) -> dict[str, Any]:
    """Decide about an answer that may have gone out."""
    message = message_for(work.session, work.agent, message_id)
    inbox.settle(work.session, message, agent=work.agent, sent=told.as_ == "sent")
    return _answered(work, message)


def _answered(work: Work, message: Message) -> dict[str, Any]:
    work.session.flush()
    return done(work, message.dialog, entry=message_json(message))

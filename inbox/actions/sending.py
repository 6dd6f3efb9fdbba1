"""From pressed to delivered: undo, what the adapter reports, and what an agent decides about trouble."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict
from core.words import N_
from inbox.actions.drafting import hold_draft
from inbox.actions.reachability import note_gone
from inbox.actions.receiving import settle_delivery
from inbox.actions.states import hold, reopen
from inbox.border import RecipientResult
from inbox.models import Attachment, Delivery, Dialog, Draft, Episode, Message, State
from inbox.recording import record_on
from inbox.summary import recall
from people.models import Agent

TROUBLE = (Delivery.FAILED, Delivery.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt to send went; `retry_at` is set for "retry" alone."""

    state: Literal["sent", "retry", "failed", "uncertain"]
    code: str = ""
    detail: str = ""
    retry_at: datetime | None = None
    keys: Sequence[str] = ()
    recipients: Sequence[RecipientResult] = ()


def undo(session: Session, message: Message, *, agent: Agent) -> Draft:
    """Take an answer back while it is held; it becomes a draft again, nothing has left.

    What the send did besides (complete, snooze) is undone too. Once it is leaving: Conflict.
    """
    dialog = _hold_both(session, message)
    if message.delivery != Delivery.HELD:
        raise Conflict(N_("This answer has already been sent."), code="already_leaving")
    message.delivery = Delivery.UNDONE
    for recipient in message.recipients:
        recipient.delivery = Delivery.UNDONE
    draft = _as_draft(session, dialog, message, agent)
    session.flush()
    if message.envelope.get("then", "stay") != "stay" and dialog.state != State.OPEN:
        reopen(session, dialog, agent=agent)
    _forget_first_answer(session, message)
    recall(session, dialog)
    record_on(session, dialog, "message.undone", actor=agent.ref, message_id=message.id)
    return draft


def withdraw(session: Session, client_uuid: str, *, agent: Agent) -> Draft | None:
    """Take back what came of a reply whose sender heard no answer; None when nothing did, or it is undone."""
    message = session.scalar(
        select(Message).where(Message.client_uuid == client_uuid, Message.agent_id == agent.id)
    )
    if message is None or message.delivery == Delivery.UNDONE:
        return None
    return undo(session, message, agent=agent)


def send_now(session: Session, message: Message, *, agent: Agent) -> None:
    """Let a held answer leave at once."""
    dialog = _hold_both(session, message)
    if message.delivery != Delivery.HELD:
        raise Conflict(N_("This answer has already been sent."), code="already_leaving")
    _queue(session, dialog, message, actor=agent.ref)


def retry(session: Session, message: Message, *, agent: Agent) -> None:
    """Try a failed answer again, for the recipients it failed for; the same letter, not a new one."""
    dialog = _hold_both(session, message)
    if message.delivery != Delivery.FAILED:
        raise Conflict(N_("Only an answer that failed can be tried again."), code="not_failed")
    message.attempts = 0
    _queue(session, dialog, message, actor=agent.ref)
    recall(session, dialog)


def settle(session: Session, message: Message, *, agent: Agent, sent: bool) -> None:
    """Decide about an answer that may have gone out: it did, or send it (again)."""
    dialog = _hold_both(session, message)
    if message.delivery != Delivery.UNCERTAIN:
        raise Conflict(N_("It is already known what became of this answer."), code="not_uncertain")
    if sent:
        finish_sending(session, message, Outcome("sent"), actor=agent.ref)
    else:
        message.attempts = 0
        _queue(session, dialog, message, actor=agent.ref)
        recall(session, dialog)


def finish_sending(session: Session, message: Message, outcome: Outcome, *, actor: str | None = None) -> None:
    """Write down how an attempt went, for the message and for each recipient.

    A failure brings the dialog back to the feed and tells whoever is responsible.
    """
    dialog = hold(session, message.dialog)
    message.lease_until = message.lease_token = None
    message.error_code = outcome.code or None
    message.error_detail = outcome.detail[:2000] or None
    if outcome.state == "retry":
        message.delivery = Delivery.QUEUED
        message.leave_at = outcome.retry_at
        _note_recipients(message, outcome)
        record_on(
            session,
            dialog,
            "message.postponed",
            message_id=message.id,
            code=outcome.code,
            until=outcome.retry_at.isoformat() if outcome.retry_at else None,
        )
        return
    if outcome.state == "sent":
        message.sent_at = now()
        if outcome.keys and message.key is None:
            message.key = outcome.keys[0]
    _note_recipients(message, outcome)
    for result in outcome.recipients:
        if result.state == "failed" and result.is_gone:
            note_gone(session, dialog, result.address)
    settle_delivery(session, dialog, message, state=outcome.state, actor=actor)


def _note_recipients(message: Message, outcome: Outcome) -> None:
    results = {each.address.lower(): each for each in outcome.recipients}
    for recipient in message.recipients:
        if recipient.delivery in (Delivery.SENT, Delivery.DELIVERED, Delivery.READ):
            continue
        result = results.get(recipient.address.lower())
        state = result.state if result else outcome.state
        recipient.delivery = Delivery.QUEUED if state == "retry" else state
        recipient.error_code = (result.code if result else outcome.code) or None
        recipient.error_detail = ((result.detail if result else outcome.detail) or "")[:2000] or None
        recipient.changed_at = now()


def _queue(session: Session, dialog: Dialog, message: Message, *, actor: str) -> None:
    message.delivery = Delivery.QUEUED
    message.leave_at = now()
    message.error_code = message.error_detail = None
    for recipient in message.recipients:
        if recipient.delivery in (*TROUBLE, Delivery.HELD):
            recipient.delivery = Delivery.QUEUED
            recipient.error_code = recipient.error_detail = None
    record_on(session, dialog, "message.queued", actor=actor, message_id=message.id)


def _hold_both(session: Session, message: Message) -> Dialog:
    dialog = hold(session, message.dialog)
    session.refresh(message, with_for_update={"of": Message})
    return dialog


def _as_draft(session: Session, dialog: Dialog, message: Message, agent: Agent) -> Draft:
    uploads = session.scalars(select(Attachment).where(Attachment.message_id == message.id)).all()
    for upload in uploads:
        upload.message_id = None
        upload.uploaded_by = agent.id
    draft = hold_draft(session, dialog, agent=agent, mode="reply")
    # What was begun meanwhile stays below what comes back: nothing typed is lost, or stands there twice.
    if draft.text != message.text and not draft.text.startswith(f"{message.text}\n\n"):
        draft.text = f"{message.text}\n\n{draft.text}".rstrip() if draft.text else message.text
        draft.html = None if draft.html and message.html is None else message.html
    draft.revision += 1
    draft.saved_at = now()
    draft.extra = {
        **{name: message.envelope.get(name) for name in ("to", "cc", "bcc", "subject")},
        "attachments": [upload.id for upload in uploads],
    }
    return draft


def _forget_first_answer(session: Session, message: Message) -> None:
    episode = session.get(Episode, message.episode_id) if message.episode_id else None
    if episode is None or episode.first_answered_by != message.agent_id:
        return
    earlier = session.scalar(
        select(Message.id).where(
            Message.episode_id == episode.id,
            Message.direction == "out",
            Message.delivery != Delivery.UNDONE,
            Message.id != message.id,
        )
    )
    if earlier is None:
        episode.first_answered_at = episode.first_answered_by = None

"""What a machine says to customers, and when it had better be silent (RFC 3834).

One doubt is enough to be silent: an answer too few costs nothing, one too many may start a loop.
"""

from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from core.clock import now
from inbox.actions.states import hold
from inbox.answering import answering_channel
from inbox.models import Channel, Delivery, Dialog, Message, Recipient
from inbox.recipients import Address, answers_of, default_recipients, own_addresses
from inbox.recording import record_on
from people.audiences import members_of
from people.models import Workspace
from people.notices import notify

log = structlog.get_logger()

MOST_PER_ADDRESS = 3
PERIOD = timedelta(hours=24)
LATEST = timedelta(days=1)
MOST_FROM_ONE = 10
BURST = timedelta(minutes=10)
PAUSE = timedelta(days=1)


def answer_automatically(
    session: Session, dialog: Dialog, answered: Message, *, subject: str, text: str, cause: str
) -> Message | None:
    """Answer a message without an agent, or be silent: None.

    At most one automatic answer a dialog and three an address in 24 hours, whoever asks for it. The
    customer waits as before: no clock stops, nothing is completed, the dialog's row stays as it is.
    """
    hold(session, dialog)
    own = own_addresses(session)
    to = default_recipients(dialog, answered, own=own)[0][:1]
    reason = _reason_for_silence(session, dialog, answered, to, own)
    if reason:
        log.info("automation.silent", dialog_id=dialog.id, message_id=answered.id, reason=reason)
        return None
    message = _automatic_message(session, dialog, answered, to, subject=subject, text=text, cause=cause)
    record_on(session, dialog, "message.queued", cause=cause, message_id=message.id)
    return message


def withdraw_if_moot(session: Session, message: Message) -> bool:
    """Take an automatic answer back that would come too late; whether it was.

    A day after it was written, or once an agent has answered, nobody is served by it.
    """
    if not message.is_automatic:
        return False
    answered = select(Message.id).where(
        Message.dialog_id == message.dialog_id,
        Message.id > message.id,
        Message.direction == "out",
        Message.agent_id.is_not(None),
        Message.delivery.is_distinct_from(Delivery.UNDONE),
    )
    if now() - message.created_at < LATEST and session.scalar(answered.limit(1)) is None:
        return False
    message.delivery = Delivery.UNDONE
    for recipient in message.recipients:
        recipient.delivery = Delivery.UNDONE
    dialog = message.dialog
    record_on(session, dialog, "message.undone", cause=message.cause, message_id=message.id)
    return True


def watch_for_flood(session: Session, dialog: Dialog, message: Message) -> bool:
    """Stop machines from answering in a dialog for a day when one sender floods it; whether it did so now.

    More than ten messages in ten minutes are a machine's, or somebody's who wants ours to answer.
    """
    if message.identity_id is None or _is_paused(dialog):
        return False
    lately = select(Message.created_at).where(
        Message.dialog_id == dialog.id,
        Message.direction == "in",
        Message.identity_id == message.identity_id,
        Message.created_at > now() - BURST,
        Message.said_at > Message.created_at - LATEST,
    )
    if len(session.scalars(lately.limit(MOST_FROM_ONE + 1)).all()) <= MOST_FROM_ONE:
        return False
    dialog.automation_off_until = now() + PAUSE
    record_on(
        session,
        dialog,
        "dialog.automation_stopped",
        cause=f"flood:{message.id}",
        until=dialog.automation_off_until.isoformat(),
    )
    members = session.scalars(members_of(dialog.audience)).all()
    for agent in [each for each in members if each.may_administer] or members:
        notify(session, agent.id, "dialog.automation_stopped", dialog.topic)
    return True


def _reason_for_silence(
    session: Session, dialog: Dialog, answered: Message, to: list[Address], own: frozenset[str]
) -> str:
    about_message = _doubt_about(dialog, answered, own)
    if about_message:
        return about_message
    if not _may_leave(session, answered):
        return "channel does not write"
    automatic = _is_automatic()
    if session.scalar(select(Message.id).where(Message.dialog_id == dialog.id, automatic).limit(1)):
        return "answered in this dialog already"
    key = to[0].address.lower() if to else f"customer:{dialog.customer_id}"
    # Two dialogs of one sender must not both count before either has answered.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"automatic:{key}", 0))))
    lately = _answers_to(dialog, to).where(automatic, Message.created_at > now() - PERIOD)
    answers = session.scalars(lately.limit(MOST_PER_ADDRESS)).all()
    return "answered too often today" if len(answers) >= MOST_PER_ADDRESS else ""


def _doubt_about(dialog: Dialog, answered: Message, own: frozenset[str]) -> str:
    """Why this very message gets no automatic answer, whatever else was said."""
    if answered.direction != "in" or answered.klass != "human" or not answered.answerable:
        return "not to be answered by a machine"
    if dialog.spam or _is_paused(dialog):
        return "spam" if dialog.spam else "automation is off"
    if now() - answered.said_at > LATEST:
        return "too old"
    if answered.identity is not None and answered.identity.key in own:
        return "from an address of ours"
    is_addressed = bool(answered.envelope.get("from"))
    return "nobody to answer" if is_addressed and not default_recipients(dialog, answered, own=own)[0] else ""


def _may_leave(session: Session, answered: Message) -> bool:
    """Whether it would leave now: an answer that waits until somebody allows it comes days too late."""
    channel = answering_channel(session, session.get_one(Channel, answered.channel_id))
    is_stopped = session.scalar(select(Workspace.outbound_stopped))
    return channel.enabled and channel.outbound_confirmed and not is_stopped


def _is_paused(dialog: Dialog) -> bool:
    return dialog.automation_off_until is not None and dialog.automation_off_until > now()


def _is_automatic() -> ColumnElement[bool]:
    return (
        (Message.direction == "out")
        & Message.agent_id.is_(None)
        & Message.cause.is_not(None)
        & Message.delivery.is_distinct_from(Delivery.UNDONE)
    )


def _answers_to(dialog: Dialog, to: list[Address]) -> Select[int]:
    if to:
        return (
            select(Message.id).join(Recipient).where(func.lower(Recipient.address) == to[0].address.lower())
        )
    return (
        select(Message.id)
        .join(Dialog, Dialog.id == Message.dialog_id)
        .where(Dialog.customer_id == dialog.customer_id)
    )


def _automatic_message(
    session: Session,
    dialog: Dialog,
    answered: Message,
    to: list[Address],
    *,
    subject: str,
    text: str,
    cause: str,
) -> Message:
    channel = answering_channel(session, session.get_one(Channel, answered.channel_id))
    message = Message(
        dialog_id=dialog.id,
        origin_dialog_id=dialog.id,
        episode_id=dialog.episode_id,
        channel_id=channel.id,
        direction="out",
        klass="auto_reply",
        delivery=Delivery.QUEUED,
        leave_at=now(),
        cause=cause,
        client_uuid=f"automatic-{answered.id}",
        subject=subject,
        text=text,
        envelope={
            "from": {"name": "", "brand": channel.name, "address": channel.address},
            "to": [each.as_json() for each in to],
            "cc": [],
            "bcc": [],
            "subject": subject,
            "answers": answers_of(answered),
            "automatic": "auto-replied",
        },
        demo=dialog.demo,
    )
    session.add(message)
    session.flush()
    session.add_all(
        Recipient(message_id=message.id, role="to", address=each.address, name=each.name) for each in to
    )
    session.flush()
    return message

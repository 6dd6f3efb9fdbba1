"""What follows from a call that failed: for its message, for its chat, for the channel."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import uniform

from sqlalchemy.orm import Session

from channels.adapter import (
    Adapter,
    AuthBroken,
    BadContent,
    ChannelError,
    Idempotency,
    RecipientGone,
    RetryAfter,
    Sent,
)
from channels.models import MessagePart
from channels.rates import MARGIN, freeze, note_refusal
from channels.threads import correspondent
from core.clock import now
from inbox.actions import Outcome, finish_sending, hear_reachable
from inbox.models import Dialog, Message
from inbox.names import name_message

PATIENCE = timedelta(hours=48)


def outcome_of(message: Message, part: MessagePart, adapter: Adapter, error: ChannelError) -> Outcome:
    """What becomes of a message whose call failed: tried again, failed, or for the agent to decide."""
    may_repeat = drops_repeats(part, adapter)
    if error.maybe_delivered and not may_repeat:
        return Outcome("uncertain", error.code, error.detail, recipients=error.recipients)
    if isinstance(error, BadContent | RecipientGone):
        return Outcome("failed", error.code, error.detail, recipients=error.recipients)
    if isinstance(error, AuthBroken):
        return Outcome("retry", error.code, error.detail, now())
    if now() - message.created_at > PATIENCE:
        return Outcome("failed", error.code, error.detail, recipients=error.recipients)
    return Outcome("retry", error.code, error.detail, _next_try(message, error), recipients=error.recipients)


def settle_parts(
    session: Session, message: Message, parts: Sequence[MessagePart], sent: Sent | None = None
) -> bool:
    """Finish a message whose calls all were made, under every name they got; False while one is left."""
    if any(each.state != "sent" for each in parts):
        return False
    keys = [key for each in parts for key in each.keys]
    detail, recipients = (sent.detail, sent.recipients) if sent is not None else ("", ())
    finish_sending(session, message, Outcome("sent", detail=detail, keys=keys, recipients=recipients))
    if message.dialog.thread_key is not None:
        name_message(session, message, keys)
    return True


def drops_repeats(part: MessagePart, adapter: Adapter) -> bool:
    """Whether the outside would still drop the same part sent once more, so long after its first try."""
    able = adapter.capabilities
    if able.idempotency != Idempotency.NATIVE:
        return False
    tried_at = part.payload.get("tried_at")
    if able.repeats_dropped_for is None or tried_at is None:
        return True
    return now() < datetime.fromisoformat(tried_at) + timedelta(seconds=able.repeats_dropped_for)


def _next_try(message: Message, error: ChannelError) -> datetime:
    if error.retry_after is not None:
        return now() + timedelta(seconds=error.retry_after + MARGIN)
    if isinstance(error, RetryAfter):
        return now() + timedelta(seconds=30)
    return now() + timedelta(seconds=min(2**message.attempts, 300) * uniform(0.8, 1.2))


def note_about_chat(session: Session, message: Message, error: ChannelError) -> None:
    """What a refusal says besides this message: the chat is closed, or everybody has to wait."""
    dialog = session.get_one(Dialog, message.dialog_id)
    if isinstance(error, RecipientGone) and not message.recipients:
        hear_reachable(session, dialog, correspondent(session, dialog), reachable=False)
    if isinstance(error, RetryAfter):
        seconds = error.retry_after if error.retry_after is not None else 30.0
        if error.whole_channel:
            freeze(session, message.channel_id, seconds + MARGIN)
        else:
            note_refusal(session, message.channel_id, str(dialog.id), seconds + MARGIN)

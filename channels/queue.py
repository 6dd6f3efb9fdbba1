"""Which message is to leave next."""

from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, DateTime, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from channels.rates import frozen_for
from channels.turns import Resting
from core.clock import now
from inbox.models import Attachment, Channel, Delivery, Dialog, Message, Recipient
from people.models import Agent, Workspace

_NOW = bindparam("now", type_=DateTime(timezone=True))
_RESTING_CHANNELS = bindparam("resting_channels", type_=ARRAY(BigInteger))
_RESTING_DIALOGS = bindparam("resting_dialogs", type_=ARRAY(BigInteger))
HAS_RECIPIENTS = exists().where(Recipient.message_id == Message.id)
HAS_FILES = exists().where(Attachment.message_id == Message.id)


@cache
def claimable() -> Select[Message, float, bool, bool]:
    """The same, locked, with what every further step asks for.

    That is how long its channel is frozen, and whether it has recipients and files to be looked for.
    """
    known = (
        joinedload(Message.dialog).lazyload(Dialog.customer),
        joinedload(Message.agent).load_only(Agent.name),
    )
    asked = due().add_columns(frozen_for(Message.channel_id), HAS_RECIPIENTS, HAS_FILES)
    return asked.options(*known).with_for_update(of=Message, skip_locked=True)


@cache
def due() -> Select[Message]:
    """The message that is due longest at :now; made once, because making it costs as much as asking it."""
    earlier = aliased(Message)
    waits_before = exists().where(
        earlier.dialog_id == Message.dialog_id,
        earlier.id < Message.id,
        # A machine's answer that waits holds up nobody.
        or_(earlier.cause.is_(None), earlier.delivery == Delivery.SENDING),
        or_(
            earlier.delivery.in_((Delivery.QUEUED, Delivery.SENDING)),
            and_(earlier.delivery == Delivery.HELD, earlier.leave_at <= Message.leave_at),
        ),
    )
    return (
        select(Message)
        .join(Channel, Channel.id == Message.channel_id)
        .where(
            Message.delivery.in_((Delivery.HELD, Delivery.QUEUED)),
            Message.leave_at <= _NOW,
            Message.channel_id != func.all(_RESTING_CHANNELS),
            Message.dialog_id != func.all(_RESTING_DIALOGS),
            _may_send(),
            ~waits_before,
        )
        .order_by(Message.leave_at, Message.id)
        .limit(1)
    )


def spare_looking(message: Message, *, recipients: bool, files: bool = True) -> None:
    """Look for no recipients or files of a message that has none: they are written together with it."""
    if not recipients:
        set_committed_value(message, "recipients", [])
    if not files:
        set_committed_value(message, "attachments", [])


def asked_now(resting: Resting) -> dict[str, Any]:
    """The moments and those who rest, as `due()` asks for them."""
    channels, dialogs = resting.left_alone()
    return {"now": now(), "resting_channels": channels, "resting_dialogs": dialogs}


def _may_send() -> ColumnElement[bool]:
    """A channel that was refused waits for its `retry_at`; then one message tries whether it is mended."""
    return and_(
        Channel.enabled,
        Channel.outbound_confirmed,
        or_(Channel.retry_at.is_(None), Channel.retry_at <= _NOW),
        ~exists().where(Workspace.outbound_stopped),
    )

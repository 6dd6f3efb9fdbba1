"""Messages by the names that messengers have for them; one of ours may have several, and so may an album."""

from collections.abc import Iterable

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from inbox.models import Message, MessageName

_CHANNEL: BindParameter[int] = bindparam("channel")
_KEY: BindParameter[str] = bindparam("key")
_BY_OWN_NAME = select(Message).where(Message.channel_id == _CHANNEL, Message.key == _KEY)
_OWN = aliased(Message)
_BY_ANY_NAME = select(Message).where(
    Message.id
    == func.coalesce(
        select(_OWN.id).where(_OWN.channel_id == _CHANNEL, _OWN.key == _KEY).scalar_subquery(),
        select(MessageName.message_id)
        .where(MessageName.channel_id == _CHANNEL, MessageName.key == _KEY)
        .scalar_subquery(),
    )
)


def message_called(
    session: Session, channel_id: int, key: str | None, *, parts: bool = True
) -> Message | None:
    """The message of a channel with this name, be it its own or, unless `parts` have none, that of a part."""
    if key is None:
        return None
    return session.scalar(_BY_ANY_NAME if parts else _BY_OWN_NAME, {"channel": channel_id, "key": key})


def name_message(session: Session, message: Message, keys: Iterable[str]) -> None:
    """Remember more names of a message; one that has another owner already stays with it."""
    values = [
        {"channel_id": message.channel_id, "key": key, "message_id": message.id}
        for key in dict.fromkeys(keys)
        if key != message.key
    ]
    if values:
        session.execute(insert(MessageName).values(values).on_conflict_do_nothing())


def names_of(session: Session, message: Message) -> list[str]:
    """Every name of a message, its own first."""
    more = session.scalars(
        select(MessageName.key).where(MessageName.message_id == message.id).order_by(MessageName.key)
    )
    return [*([message.key] if message.key else []), *more]

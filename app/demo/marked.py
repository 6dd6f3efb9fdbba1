"""What bears the mark of the demonstration, and how it goes: with all that belongs to it, and nothing else.

What belongs to what is read from the foreign keys of the database, so a table that comes later goes
along. A key that names an agent or a label says who did something or under what, not whose it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from sqlalchemy import ColumnElement, Select, column, delete, exists, inspect, or_, select, table, update
from sqlalchemy.orm import Session, aliased

from app.demo.cast import DOMAIN
from core.events import Event
from inbox.models import Channel, Dialog, Message
from people.models import Agent, Customer, CustomerIdentity, Notification
from tags.models import Tag

# The key in a mailbox's settings under which the labels stand that were made for the demonstration.
LABELS_MADE = "demo_tags"
_NAMED_ONLY = frozenset({"agents", "tags", "teams"})


@dataclass(frozen=True, slots=True)
class Marked:
    """The ids of everything that bears the mark; of customers only those nobody real has to do with."""

    channels: Sequence[int]
    dialogs: Sequence[int]
    customers: Sequence[int]
    agents: Sequence[int]
    tags: Sequence[int]
    notifications: Sequence[int]

    def topics(self) -> list[str]:
        """Everything marked as the topics of events."""
        kinds = {
            "channel": self.channels,
            "dialog": self.dialogs,
            "customer": self.customers,
            "agent": self.agents,
            "tag": self.tags,
            "notification": self.notifications,
        }
        return [f"{kind}:{number}" for kind, numbers in kinds.items() for number in numbers]


def marked(session: Session) -> Marked:
    """What is in the database of the demonstration now."""
    channels = session.execute(select(Channel.id, Channel.settings).where(Channel.demo)).all()
    in_channels = [number for number, _ in channels]
    dialogs = session.scalars(select(Dialog.id).where(Dialog.demo | Dialog.channel_id.in_(in_channels))).all()
    about = [f"dialog:{number}" for number in dialogs]
    return Marked(
        channels=in_channels,
        dialogs=dialogs,
        customers=session.scalars(select(Customer.id).where(Customer.demo, ~_is_known(dialogs))).all(),
        agents=session.scalars(select(Agent.id).where(Agent.email.endswith(f"@{DOMAIN}"))).all(),
        tags=sorted({tag for _, settings in channels for tag in settings.get(LABELS_MADE, ())}),
        notifications=session.scalars(select(Notification.id).where(Notification.topic.in_(about))).all(),
    )


def take_out(session: Session, found: Marked) -> None:
    """Delete what is marked and what belongs to it; a customer who is known otherwise stays, unmarked."""
    session.execute(delete(Event).where(Event.topic.in_(found.topics())))
    session.execute(delete(Notification).where(Notification.id.in_(found.notifications)))
    session.execute(
        update(Customer).where(Customer.demo, Customer.id.not_in(found.customers)).values(demo=False)
    )
    keys = _foreign_keys(session)
    _delete_owned(
        session,
        keys,
        {"channels": found.channels, "dialogs": found.dialogs, "customers": found.customers},
    )
    _delete_unnamed(session, keys, Agent.__tablename__, found.agents)
    _delete_unnamed(session, keys, Tag.__tablename__, found.tags)
    session.expire_all()


def _is_known(demo_dialogs: Sequence[int]) -> ColumnElement[bool]:
    """Whether something real has to do with a customer: a dialog, a message, a card that became theirs."""
    absorbed = aliased(Customer)
    return or_(
        exists().where(Dialog.customer_id == Customer.id, Dialog.id.not_in(demo_dialogs)),
        exists().where(
            CustomerIdentity.customer_id == Customer.id,
            Message.identity_id == CustomerIdentity.id,
            Message.dialog_id.not_in(demo_dialogs),
        ),
        exists().where(absorbed.merged_into == Customer.id, ~absorbed.demo),
    )


@dataclass(frozen=True, slots=True)
class _Key:
    """A foreign key: rows of `child` name a row of `parent` in `column`."""

    child: str
    column: str
    parent: str


def _foreign_keys(session: Session) -> list[_Key]:
    found = inspect(session.connection()).get_multi_foreign_keys()
    return [
        _Key(child, key["constrained_columns"][0], key["referred_table"])
        for (_, child), keys in found.items()
        for key in keys
    ]


def _delete_owned(session: Session, keys: Iterable[_Key], roots: Mapping[str, Sequence[int]]) -> None:
    owning = [key for key in keys if key.parent not in _NAMED_ONLY and key.parent != key.child]
    children: dict[str, set[str]] = {name: set() for name in roots}
    for key in owning:
        children.setdefault(key.parent, set()).add(key.child)
    for name in TopologicalSorter(children).static_order():
        doomed = _doomed(name, owning, roots)
        if doomed is not None:
            session.execute(delete(table(name)).where(doomed))


def _doomed(
    name: str, keys: Sequence[_Key], roots: Mapping[str, Sequence[int]]
) -> ColumnElement[bool] | None:
    if name in roots:
        return column("id").in_(roots[name])
    parts: list[ColumnElement[bool]] = []
    for key in keys:
        if key.child == name:
            parent = _doomed(key.parent, keys, roots)
            if parent is not None:
                gone: Select[Any] = select(column("id")).select_from(table(key.parent)).where(parent)
                parts.append(column(key.column).in_(gone.scalar_subquery()))
    return or_(*parts) if parts else None


def _delete_unnamed(session: Session, keys: Iterable[_Key], name: str, ids: Sequence[int]) -> None:
    """Delete rows that nothing names any more."""
    own = table(name, column("id"))
    conditions: list[Any] = [own.c.id.in_(ids)]
    for key in keys:
        if key.parent == name:
            child = table(key.child, column(key.column))
            conditions.append(~exists().where(child.c[key.column] == own.c.id))
    session.execute(delete(own).where(*conditions))

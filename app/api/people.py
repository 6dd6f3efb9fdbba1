"""Customers' cards, the reader's own profile, and what the reader was told."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, select

from app.access import customer_for, customer_to_change, notifications_for, visible_customers, visible_dialogs
from app.api.commands import CustomerBody, MeBody, NoQuery, OlderQuery, ReadNotificationsBody, WordsQuery
from app.api.dialog_shapes import CustomerShape
from app.api.endpoints import Work, reads, writes
from app.api.people_json import agent_json, customer_json, preferences_json
from app.api.shapes import CustomersShape, MeShape, Nothing, NotificationsShape
from inbox.models import Dialog
from people import actions as people
from people.models import Customer, Notification
from people.notices import read_notifications
from people.queries import customers_named, home_region

MOST_CUSTOMERS = 20
MOST_NOTIFICATIONS = 50


@reads("/customers", answer=CustomersShape, query=WordsQuery)
def find_customers(work: Work, asked: WordsQuery) -> dict[str, Any]:
    """Cards whose name or address holds some words."""
    fitting = customers_named(asked.query, home_region(work.session)).with_only_columns(Customer.id)
    found = work.session.scalars(
        visible_customers(work.session, work.agent)
        .where(Customer.id.in_(fitting))
        .order_by(Customer.name, Customer.id)
        .limit(MOST_CUSTOMERS)
    )
    return {"customers": [{"id": each.id, "name": each.name, "kind": each.kind} for each in found]}


@reads("/customers/<int:customer_id>", answer=CustomerShape)
def read_customer(work: Work, asked: NoQuery, customer_id: int) -> dict[str, Any]:
    """A customer's card."""
    customer = customer_for(work.session, work.agent, customer_id)
    return customer_json(work.session, customer, agent=work.agent)


@writes("PATCH", "/customers/<int:customer_id>", answer=CustomerShape, body=CustomerBody)
def change_customer(work: Work, told: CustomerBody, customer_id: int) -> dict[str, Any]:
    """Change a customer's card; what is left out stays."""
    customer = customer_to_change(work.session, work.agent, customer_id)
    people.change_customer(
        work.session,
        customer,
        agent=work.agent,
        name=told.name,
        notes=told.notes,
        kind=told.kind,
        zone=told.time_zone,
        phone=told.phone,
        email=told.email,
        company=told.company,
        search_query=told.search_query,
    )
    people.set_fields(work.session, customer, told.fields, agent=work.agent)
    return customer_json(work.session, customer, agent=work.agent)


@reads("/me", answer=MeShape)
def read_me(work: Work, asked: NoQuery) -> dict[str, Any]:
    """The reader's own profile."""
    return _me(work)


@writes("PATCH", "/me", answer=MeShape, body=MeBody)
def change_me(work: Work, told: MeBody) -> dict[str, Any]:
    """Change the reader's own profile; what is left out stays."""
    people.change_profile(
        work.session,
        work.agent,
        name=told.name,
        language=told.language,
        zone=told.zone,
        availability=told.availability,
    )
    if told.settings is not None:
        people.change_preferences(work.session, work.agent, preferences=told.settings)
    return _me(work)


@reads("/notifications", answer=NotificationsShape, query=OlderQuery)
def read_told(work: Work, asked: OlderQuery) -> dict[str, Any]:
    """What the reader was told, the newest first; `after` is the last id of the page before."""
    mine = notifications_for(work.session, work.agent)
    older = mine.where(Notification.id < asked.after) if asked.after else mine
    found = work.session.scalars(older.limit(MOST_NOTIFICATIONS + 1)).all()
    unread = select(Notification.id).where(
        Notification.agent_id == work.agent.id, Notification.read_at.is_(None)
    )
    page = found[:MOST_NOTIFICATIONS]
    dialogs = _dialogs_of(work, page)
    return {
        "notifications": [_notification(each, dialogs) for each in page],
        "unread": work.session.scalar(select(func.count()).select_from(unread.limit(100).subquery())),
        "next": page[-1].id if len(found) > MOST_NOTIFICATIONS else None,
    }


@writes("POST", "/notifications/read", answer=Nothing, body=ReadNotificationsBody)
def read_notices(work: Work, told: ReadNotificationsBody) -> dict[str, Any]:
    """Mark what the reader was told as read: some of it, or all about a dialog."""
    session, agent = work.session, work.agent
    if told.dialog_id is not None:
        read_notifications(session, agent.id, topic=f"dialog:{told.dialog_id}")
    mine = notifications_for(session, agent).where(Notification.id.in_(told.ids))
    for notification in session.scalars(mine):
        people.read_one_notification(session, notification, agent=agent)
    return {}


def _me(work: Work) -> dict[str, Any]:
    return {
        "me": agent_json(work.agent),
        "language": work.agent.language,
        "zone": work.agent.zone,
        "settings": preferences_json(work.agent),
    }


def _dialogs_of(work: Work, page: Iterable[Notification]) -> dict[int, str]:
    """The dialogs these are about or lead to, as far as the reader may see them, and whose they are."""
    numbers = {number for each in page if (number := _dialog_of(each)) is not None}
    seen = visible_dialogs(work.session, work.agent).join(Dialog.customer).where(Dialog.id.in_(numbers))
    return dict(work.session.execute(seen.with_only_columns(Dialog.id, Customer.name)).all())


def _dialog_of(notification: Notification) -> int | None:
    """The dialog in its topic, or the one that its topic, a task, came from."""
    noun, _, number = notification.topic.partition(":")
    found: int | None = int(number) if noun == "dialog" else notification.details.get("dialog_id")
    return found


def _notification(notification: Notification, dialogs: Mapping[int, str]) -> dict[str, Any]:
    dialog_id = _dialog_of(notification)
    return {
        "id": notification.id,
        "kind": notification.kind,
        "topic": notification.topic,
        "at": notification.created_at,
        "read": notification.read_at is not None,
        "about": dialogs.get(dialog_id) if dialog_id is not None else None,
        "dialog_id": dialog_id if dialog_id in dialogs else None,
        "details": notification.details,
    }

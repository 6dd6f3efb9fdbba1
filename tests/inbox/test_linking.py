"""A link by which a known customer comes to a messenger: whose everything is from then on."""

import threading

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import transaction
from core.events import Event
from inbox.actions import follow_start_link, make_start_link, merge_customers
from inbox.models import Channel, Dialog, StartLink
from people.meeting import meet
from people.models import Customer, CustomerIdentity, CustomerMerge
from tests.makers import make_channel, make_dialog


def card_of(session: Session, name: str) -> Customer:
    return meet(session, "email", f"{name.lower()}@customer.test", name=name).customer


def address(session: Session, name: str) -> CustomerIdentity:
    key = f"{name.lower()}@customer.test"
    return session.scalars(select(CustomerIdentity).where(CustomerIdentity.key == key)).one()


def another_address(session: Session, customer: Customer) -> None:
    session.add(CustomerIdentity(customer_id=customer.id, kind="telegram", key="17", shown="@max"))


@pytest.mark.requirement("CHN-09")
@pytest.mark.parametrize("others", [False, True], ids=["alone", "beside another"])
def test_a_link_names_itself_as_the_cause_where_each_dialog_is_seen(session: Session, others: bool) -> None:
    channel = make_channel(session)
    dialog = make_dialog(session, channel)
    known, was = card_of(session, "Mia"), dialog.customer
    if others:
        another_address(session, was)
    token = make_start_link(session, channel, known, agent=None)
    assert follow_start_link(session, channel, address(session, "Max"), token) is known
    session.commit()
    session.expire_all()
    assert (address(session, "Max").customer_id, dialog.customer_id) == (known.id, known.id)
    cause = f"start_link:{session.scalars(select(StartLink.id)).one()}"
    told = {(each.kind, each.topic): each for each in session.scalars(select(Event))}
    changed = told["dialog.customer_changed", dialog.topic]
    assert (changed.audience, changed.cause) == (dialog.audience, cause)
    assert changed.details["customer_id"] == known.id
    kind = "customer.changed" if others else "customer.merged"
    for card in (known, was):
        assert told[kind, f"customer:{card.id}"].cause == cause
    assert len(session.scalars(select(CustomerMerge)).all()) == (0 if others else 1)


def test_a_link_leaves_the_dialogs_of_other_addresses_where_they_are(session: Session) -> None:
    channel = make_channel(session)
    theirs, other = make_dialog(session, channel), make_dialog(session, channel, customer="Moe")
    merge_customers(session, theirs.customer, other.customer, agent=None)
    known, both = card_of(session, "Mia"), other.customer_id
    token = make_start_link(session, channel, known, agent=None)
    follow_start_link(session, channel, address(session, "Max"), token)
    session.commit()
    session.expire_all()
    assert (theirs.customer_id, other.customer_id) == (known.id, both)


@pytest.mark.requirement("CHN-09")
@pytest.mark.parametrize("merged", ["the address's card", "one of two addresses", "the link's card"])
def test_who_follows_a_link_while_an_agent_merges_leaves_nothing_behind(
    live_database: str, merged: str
) -> None:
    with transaction() as session:
        channel_id = make_channel(session).id
    with transaction() as session:
        dialog_id = make_dialog(session, session.get_one(Channel, channel_id)).id
    with transaction() as session:
        known, into = card_of(session, "Mia"), card_of(session, "Moe")
        was = card_of(session, "Max")
        if merged == "one of two addresses":
            another_address(session, was)
        token = make_start_link(session, session.get_one(Channel, channel_id), known, agent=None)
        merged_id, into_id = (known if merged == "the link's card" else was).id, into.id
        identity_id, known_id = address(session, "Max").id, known.id
    followed = threading.Event()

    def follow() -> None:
        with transaction() as other:
            identity = other.get_one(CustomerIdentity, identity_id)
            follow_start_link(other, other.get_one(Channel, channel_id), identity, token)
        followed.set()

    following = threading.Thread(target=follow)
    with transaction() as session:
        cards = (session.get_one(Customer, each) for each in (merged_id, into_id))
        merge_customers(session, *cards, agent=None)
        following.start()
        assert not followed.wait(0.3)
    assert followed.wait(5)
    following.join()
    with transaction() as session:
        survivor = into_id if merged == "the link's card" else known_id
        assert session.get_one(CustomerIdentity, identity_id).customer_id == survivor
        assert session.get_one(Dialog, dialog_id).customer_id == survivor
        assert session.get_one(Customer, merged_id).merged_into == into_id
        for table in (CustomerIdentity, Dialog):
            stranded = select(table).join(Customer, Customer.id == table.customer_id)
            assert session.scalars(stranded.where(Customer.merged_into.is_not(None))).all() == []

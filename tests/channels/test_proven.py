"""A number that a messenger proves to be somebody's own makes one person of two cards."""

from dataclasses import asdict

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.intake import read_arrivals
from core.events import Event
from inbox.actions import merge_customers, unmerge_customers
from inbox.border import Author
from inbox.models import Channel, Dialog
from people.models import Customer, CustomerIdentity, CustomerMerge
from tests.makers import make_agent, make_channel
from tests.peers.fake import Outside


@pytest.fixture
def channel(session: Session, outside: Outside) -> Channel:
    return make_channel(session)


def shares(outside: Outside, channel: Channel, name: str, phone: str) -> None:
    """Somebody presses the button that gives their own number."""
    key = f"{name.lower()}@customer.test"
    author = asdict(Author(kind="email", key=key, shown=key, name=name, phone=phone))
    outside.says(channel, "My number", customer=name, author=author)
    read_arrivals()


@pytest.mark.requirement("CHN-09")
def test_who_proves_one_number_twice_is_one_person_from_then_on(
    session: Session, channel: Channel, outside: Outside
) -> None:
    shares(outside, channel, "Max", "79123456789")
    shares(outside, channel, "Mia", "+7 912 345-67-89")
    cards = {
        each.key.partition("@")[0]: each.customer_id for each in session.scalars(select(CustomerIdentity))
    }
    assert cards == {"max": cards["max"], "mia": cards["max"], "+79123456789": cards["max"]}
    assert set(session.scalars(select(Dialog.customer_id))) == {cards["max"]}
    (edge,) = session.scalars(select(CustomerMerge)).all()
    (event,) = session.scalars(
        select(Event).where(Event.kind == "customer.merged", Event.topic == f"customer:{edge.into_id}")
    )
    assert event.cause is not None
    assert event.cause.startswith("proven_phone:")


@pytest.mark.requirement("CHN-09")
def test_a_number_that_nobody_proved_stays_where_it_is(
    session: Session, channel: Channel, outside: Outside
) -> None:
    shares(outside, channel, "Max", "79123456789")
    phone = session.scalars(select(CustomerIdentity).where(CustomerIdentity.kind == "phone")).one()
    phone.verified = False
    session.commit()
    shares(outside, channel, "Mia", "79123456789")
    assert session.scalars(select(CustomerMerge)).all() == []
    assert len(set(session.scalars(select(Dialog.customer_id)))) == 2


def whose(session: Session) -> dict[str, int]:
    """The card of each address."""
    session.expire_all()
    known = session.scalars(select(CustomerIdentity))
    return {each.key.partition("@")[0]: each.customer_id for each in known}


@pytest.mark.requirement("CHN-09")
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_one_person_under_three_addresses_is_one_card_and_comes_apart_in_any_order(
    session: Session, channel: Channel, outside: Outside, order: tuple[int, ...]
) -> None:
    for name in ("Max", "Mia", "Moe"):
        outside.says(channel, "Hello", customer=name)
    read_arrivals()
    before = whose(session)
    for name in ("Max", "Mia", "Moe"):
        shares(outside, channel, name, "+79123456789")
    assert set(whose(session).values()) == {before["max"]}
    assert session.scalars(select(Dialog.customer_id)).all() == [before["max"]] * 3
    outside.says(channel, "Me again", customer="Moe")
    read_arrivals()
    assert set(whose(session).values()) == {before["max"]}
    edges = session.scalars(select(CustomerMerge).order_by(CustomerMerge.id)).all()
    ann = make_agent(session)
    for number in order:
        unmerge_customers(session, edges[number], agent=ann)
    session.commit()
    assert whose(session) == {**before, "+79123456789": before["max"]}
    assert sorted(session.scalars(select(Dialog.customer_id))) == sorted(before.values())


@pytest.mark.requirement("CHN-09")
def test_a_number_leads_to_the_card_that_its_owner_became_by_an_agents_hand(
    session: Session, channel: Channel, outside: Outside
) -> None:
    outside.says(channel, "Hello", customer="Moe")
    shares(outside, channel, "Max", "+79123456789")
    moe, ann = whose(session)["moe"], make_agent(session)
    cards = [session.get_one(Customer, each) for each in (whose(session)["max"], moe)]
    merge_customers(session, *cards, agent=ann)
    session.commit()
    shares(outside, channel, "Mia", "+79123456789")
    assert set(whose(session).values()) == {moe}
    assert set(session.scalars(select(Dialog.customer_id))) == {moe}

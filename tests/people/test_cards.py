"""What a card says of a person, and the kinds of people who write."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from core.errors import Invalid
from inbox.feed import View, feed_page
from inbox.models import Dialog
from people.actions import change_customer, tell_of_customer
from people.actions.identities import name_identity
from people.meeting import meet
from people.models import Agent, Customer
from people.queries import customers_named, home_region
from tests.makers import make_agent, make_channel, make_dialog, make_message


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_agent(session)


@pytest.mark.requirement("CHN-07")
def test_the_first_message_writes_down_by_which_channel_and_when_somebody_came(session: Session) -> None:
    first = make_dialog(session, make_channel(session, kind="telegram"))
    customer, at = first.customer, first.customer.first_contact_at
    assert (customer.first_channel, at is not None) == ("telegram", True)
    again = make_dialog(session, make_channel(session, kind="vk"))
    assert again.customer_id == customer.id
    assert (customer.first_channel, customer.first_contact_at) == ("telegram", at)


def test_whom_we_wrote_to_first_came_by_the_channel_of_their_first_answer(session: Session) -> None:
    known = meet(session, "email", "max@customer.test")
    assert (known.customer.first_channel, known.customer.first_contact_at) == ("", None)
    dialog = make_dialog(session, make_channel(session, kind="email"))
    make_message(session, dialog)
    assert known.customer.first_channel == "email"
    assert known.customer.first_contact_at is not None


@pytest.mark.requirement("CHN-08")
def test_what_a_form_tells_is_on_the_card_and_can_be_changed(session: Session, ann: Agent) -> None:
    customer = meet(session, "webform", "f1", channel="webform").customer
    told = {
        "phone": "8 912 345-67-89",
        "email": "max@shop.test",
        "company": "Shop",
        "search_query": "buy tea",
    }
    assert tell_of_customer(session, customer, name="Max", **told)
    assert card(customer) == ("Max", "+79123456789", "max@shop.test", "Shop", "buy tea", "webform")
    change_customer(session, customer, agent=ann, phone="", email="mia@shop.test", company="Tea Ltd")
    assert card(customer) == ("Max", "", "mia@shop.test", "Tea Ltd", "buy tea", "webform")


def test_what_is_known_is_not_overwritten_by_what_somebody_says(session: Session, ann: Agent) -> None:
    customer = meet(session, "webform", "f1", name="Max", channel="webform").customer
    change_customer(session, customer, agent=ann, company="Shop")
    assert not tell_of_customer(
        session, customer, name="Mia", company="Other", email="no address", phone="12"
    )
    assert card(customer) == ("Max", "", "", "Shop", "", "webform")


def told_by_a_message(session: Session, customer: Customer, key: str) -> None:
    meet(session, "email", key, name="Max")


def told_by_the_outside(session: Session, customer: Customer, key: str) -> None:
    name_identity(session, meet(session, "email", key), name="Max", shown="@max")


def told_in_a_form(session: Session, customer: Customer, key: str) -> None:
    tell_of_customer(session, customer, name="Max")


@pytest.mark.parametrize("told", [told_by_a_message, told_by_the_outside, told_in_a_form])
@pytest.mark.parametrize(
    ("key", "shown", "renamed", "called"),
    [
        ("max@customer.test", "", None, "Max"),
        ("max@customer.test", "Max of the shop", None, "Max"),
        (f"{'max' * 60}@customer.test", "", None, "Max"),
        ("\u200b", "\u200b", None, "Max"),
        ("max@customer.test", "", "Our Max", "Our Max"),
    ],
)
def test_a_card_takes_the_first_name_it_is_told_whichever_way_and_keeps_what_an_agent_wrote(
    session: Session,
    ann: Agent,
    told: Callable[[Session, Customer, str], None],
    key: str,
    shown: str,
    renamed: str | None,
    called: str,
) -> None:
    customer = meet(session, "email", key, shown=shown).customer
    change_customer(session, customer, agent=ann, name=renamed)
    told(session, customer, key)
    assert customer.name == called


@pytest.mark.parametrize(
    ("given", "code"), [({"phone": "call me"}, "not_phone"), ({"email": "a@b, c@d"}, "not_address")]
)
def test_an_agent_is_told_what_is_no_phone_and_no_address(
    session: Session, ann: Agent, given: dict[str, str], code: str
) -> None:
    customer = meet(session, "email", "max@customer.test").customer
    with pytest.raises(Invalid) as refused:
        change_customer(session, customer, agent=ann, **given)
    assert refused.value.code == code


@pytest.mark.requirement("EAD-31")
def test_a_kind_of_people_is_a_filter_of_the_feed(session: Session, ann: Agent) -> None:
    channel = make_channel(session)
    dialogs = {name: make_dialog(session, channel, customer=name) for name in ("Max", "Mia")}
    change_customer(session, dialogs["Mia"].customer, agent=ann, kind="partner")
    session.commit()
    assert shown(session, ann, View(kind="partner")) == [dialogs["Mia"].id]
    assert shown(session, ann, View(kind="client")) == [dialogs["Max"].id]
    assert shown(session, ann, View(kind="visitor")) == []
    with pytest.raises(Invalid):
        shown(session, ann, View(kind="x' OR true --"))


def shown(session: Session, agent: Agent, view: View) -> list[int]:
    rows = feed_page(session, view, agent_id=agent.id, audiences=["everyone"]).rows
    return [each.id for each in session.query(Dialog) if any(f'"id" : {each.id},' in row for row in rows)]


def card(customer: Customer) -> tuple[str, ...]:
    return (
        customer.name,
        customer.phone,
        customer.email,
        customer.company,
        customer.search_query,
        customer.first_channel,
    )


@pytest.mark.requirement("SYS-11")
@pytest.mark.parametrize("typed", ["8 (912) 345-67-89", "+7 912 345", "345 67 89"])
def test_a_phone_finds_its_card_however_it_is_typed(session: Session, typed: str) -> None:
    told = meet(session, "webform", "f1", name="Max", channel="webform").customer
    tell_of_customer(session, told, phone="+7 912 345-67-89")
    proven = meet(session, "phone", "+79123456780" if typed == "+7 912 345" else "+79123456789").customer
    meet(session, "telegram", "9123456789")
    found = session.scalars(customers_named(typed, home_region(session))).all()
    assert {each.id for each in found} == {told.id, proven.id}

"""One person on several cards: merged by hand or by proof, taken apart again, and nothing lost on the way."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.db import transaction
from core.errors import Conflict, Forbidden
from core.events import Event
from inbox.actions import merge_customers, receive, unmerge_customers
from inbox.models import Channel, Dialog
from people.actions import change_customer
from people.meeting import meet
from people.models import Agent, Customer, CustomerIdentity, CustomerMerge, Role
from tasks.actions import NewTask, create_task
from tasks.models import Task
from tests.ground.browsing import Browser
from tests.makers import make_agent, make_channel, make_dialog, make_incoming
from tests.peers.fake import Outside

Browse = Callable[[Agent], Browser]


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_agent(session, language="en")


def cards(session: Session, *names: str) -> list[Customer]:
    """A card with a dialog for each name."""
    channel = make_channel(session)
    return [make_dialog(session, channel, customer=name).customer for name in names]


def whose(session: Session, customer: Customer) -> tuple[list[str], int]:
    """The addresses on a card and how many dialogs it has."""
    session.expire_all()
    addresses = session.scalars(
        select(CustomerIdentity.key).where(CustomerIdentity.customer_id == customer.id).order_by("key")
    )
    dialogs = session.scalars(select(Dialog.id).where(Dialog.customer_id == customer.id)).all()
    return [each.partition("@")[0] for each in addresses], len(dialogs)


def told(card: Customer) -> tuple[object, ...]:
    """What a card says of somebody."""
    return (card.phone, card.company, card.notes, card.fields, card.first_channel, card.first_contact_at)


@pytest.mark.requirement("CHN-09")
def test_when_two_cards_are_merged_everything_is_on_the_survivor(session: Session, ann: Agent) -> None:
    old, new = cards(session, "Max", "Mia")
    dialog = session.scalars(select(Dialog).where(Dialog.customer_id == old.id)).one()
    task = create_task(
        session, NewTask("Call", assignee=ann, due_at=now() + timedelta(hours=1)), agent=ann, dialog=dialog
    )
    change_customer(session, old, agent=ann, notes="Likes blue.", company="Shop", zone="Asia/Omsk")
    change_customer(session, new, agent=ann, notes="Likes tea.", company="Tea Ltd")
    edge = merge_customers(session, old, new, agent=ann)
    session.commit()
    assert whose(session, new) == (["max", "mia"], 2)
    assert whose(session, old) == ([], 0)
    assert session.get_one(Task, task.id).customer_id == new.id
    assert (new.notes, new.company, new.zone) == ("Likes tea.\n\nLikes blue.", "Tea Ltd", "Asia/Omsk")
    unmerge_customers(session, edge, agent=ann)
    session.commit()
    assert (whose(session, old), whose(session, new)) == ((["max"], 1), (["mia"], 1))
    assert session.get_one(Task, task.id).customer_id == old.id
    assert (new.notes, new.company, new.zone) == ("Likes tea.", "Tea Ltd", None)
    assert (old.notes, old.company, old.zone) == ("Likes blue.", "Shop", "Asia/Omsk")


@pytest.mark.requirement("CHN-09")
def test_a_merge_is_written_down_where_each_dialog_is_seen(session: Session, ann: Agent) -> None:
    hidden = make_dialog(session, make_channel(session, ann), customer="Max")
    (mia,) = cards(session, "Mia")
    merge_customers(session, hidden.customer, mia, agent=ann)
    session.commit()
    found = session.scalars(
        select(Event).where(Event.kind.in_(("customer.merged", "dialog.customer_changed")))
    )
    told = {(each.kind, each.topic): (each.audience, each.actor) for each in found}
    assert told[("dialog.customer_changed", hidden.topic)] == (hidden.audience, ann.ref)
    assert told[("customer.merged", f"customer:{mia.id}")] == ("everyone", ann.ref)


@pytest.mark.requirement("CHN-09")
def test_merges_of_merged_people_come_apart_in_any_order(session: Session, ann: Agent) -> None:
    for order in ((0, 1), (1, 0)):
        a, b, c = cards(session, *(f"{name}{order[0]}" for name in ("Max", "Mia", "Moe")))
        edges = [merge_customers(session, a, b, agent=ann), merge_customers(session, b, c, agent=ann)]
        session.commit()
        assert whose(session, c)[1] == 3
        for number in order:
            unmerge_customers(session, edges[number], agent=ann)
            session.commit()
        assert [whose(session, each)[1] for each in (a, b, c)] == [1, 1, 1]


def test_undoing_moves_back_exactly_what_that_merge_moved(session: Session, ann: Agent) -> None:
    a, b, c = cards(session, "Max", "Mia", "Moe")
    first = merge_customers(session, a, b, agent=ann)
    second = merge_customers(session, b, c, agent=ann)
    unmerge_customers(session, first, agent=ann)
    merge_customers(session, a, c, agent=ann)
    unmerge_customers(session, second, agent=ann)
    session.commit()
    assert whose(session, c) == (["max", "moe"], 2)
    assert whose(session, b) == (["mia"], 1)
    with pytest.raises(Conflict):
        unmerge_customers(session, second, agent=ann)


def test_a_merged_card_stands_for_what_it_became(session: Session, ann: Agent) -> None:
    a, b, c = cards(session, "Max", "Mia", "Moe")
    merge_customers(session, a, b, agent=ann)
    merge_customers(session, c, a, agent=ann)
    session.commit()
    assert whose(session, b)[1] == 3
    with pytest.raises(Conflict):
        merge_customers(session, a, c, agent=ann)
    later = make_dialog(session, customer="Moe")
    assert later.customer_id == b.id
    with pytest.raises(Forbidden):
        merge_customers(session, a, b, agent=make_agent(session, "Ben", role=Role.COLLABORATOR))


@pytest.mark.requirement("CHN-09")
def test_old_links_and_numbers_lead_to_the_survivor(
    session: Session, ann: Agent, browse: Browse, outside: Outside
) -> None:
    old, new = cards(session, "Max", "Mia")
    desk = browse(ann)
    assert "Mia" in desk.get(f"/customers/{new.id}?other=max").text
    assert f"/customers/{new.id}/merge/{old.id}" in desk.get(f"/customers/{new.id}?other=max").text
    assert desk.send(f"/customers/{new.id}/merge/{old.id}").status_code == 303
    assert desk.get(f"/customers/{old.id}").location == f"/customers/{new.id}"
    assert desk.api("GET", f"/api/customers/{old.id}")["id"] == new.id
    assert len(desk.api("GET", f"/api/customers/{old.id}")["dialogs"]) == 2
    (merge,) = desk.api("GET", f"/api/customers/{old.id}/merges")["merges"]
    assert (merge["customer_id"], merge["name"], merge["by"]) == (old.id, "Max", ann.id)
    assert "Separate" in desk.get(f"/customers/{new.id}").text
    assert desk.send(f"/customers/merges/{merge['id']}/undo").location == f"/customers/{old.id}"
    answer = desk.api("POST", f"/api/customers/{old.id}/merge", {"into": new.id})
    assert (answer["id"], len(answer["identities"])) == (new.id, 2)
    (merge,) = desk.api("GET", f"/api/customers/{new.id}/merges")["merges"]
    assert desk.api("POST", f"/api/merges/{merge['id']}/undo", {})["id"] == old.id
    assert desk.refused("POST", f"/api/merges/{merge['id']}/undo", {}, status=409) == "undone"


@pytest.mark.requirement("CHN-09")
def test_who_does_not_see_one_of_the_cards_cannot_merge_them(
    session: Session, ann: Agent, browse: Browse, outside: Outside
) -> None:
    ben = make_agent(session, "Ben")
    hidden = make_dialog(session, make_channel(session, ben), customer="Mia").customer
    (seen,) = cards(session, "Max")
    desk = browse(ann)
    for here, there in ((hidden, seen), (seen, hidden)):
        desk.refused("POST", f"/api/customers/{here.id}/merge", {"into": there.id}, status=404)
        assert desk.send(f"/customers/{here.id}/merge/{there.id}").status_code == 404
    assert "Mia" not in desk.get(f"/customers/{seen.id}?other=mia").text
    other = make_dialog(session, make_channel(session, ben), customer="Moe").customer
    edge = merge_customers(session, other, hidden, agent=ben)
    session.commit()
    desk.refused("POST", f"/api/merges/{edge.id}/undo", {}, status=404)
    desk.refused("GET", f"/api/customers/{other.id}", status=404)
    assert session.scalars(select(CustomerMerge.undone_at)).one() is None


def test_what_was_filled_in_by_a_merge_and_changed_since_stays(session: Session, ann: Agent) -> None:
    old, new = (meet(session, "email", f"{name}@customer.test").customer for name in ("max", "mia"))
    change_customer(session, old, agent=ann, company="Shop", phone="+79123456789")
    edge = merge_customers(session, old, new, agent=ann)
    change_customer(session, new, agent=ann, company="Shop and Sons")
    unmerge_customers(session, edge, agent=ann)
    assert (new.company, new.phone) == ("Shop and Sons", "")


def test_what_the_survivor_had_itself_stays_when_a_merge_below_is_undone(
    session: Session, ann: Agent
) -> None:
    a, b, c = (meet(session, "email", f"{name}@customer.test").customer for name in ("max", "mia", "moe"))
    for card in (a, c):
        change_customer(session, card, agent=ann, phone="+79123456789", notes="Calls in the morning")
        card.fields = {"size": "L"}
    first = merge_customers(session, a, b, agent=ann)
    change_customer(session, b, agent=ann, notes="Speaks German")
    merge_customers(session, b, c, agent=ann)
    unmerge_customers(session, first, agent=ann)
    session.flush()
    assert (b.phone, b.fields, b.notes) == ("", {}, "Speaks German")
    assert (c.phone, c.fields) == ("+79123456789", {"size": "L"})
    assert c.notes == "Calls in the morning\n\nSpeaks German"


@pytest.mark.parametrize("days", [(30, 10, 20), (30, 25, 20)])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_merges_carried_on_goes_from_every_card_it_reached(
    session: Session, ann: Agent, order: tuple[int, int], days: tuple[int, int, int]
) -> None:
    cards = [meet(session, "email", f"{name}@customer.test").customer for name in ("max", "mia", "moe")]
    a, b, c = cards
    change_customer(session, a, agent=ann, phone="+79123456789", notes="From Max")
    change_customer(session, b, agent=ann, company="Shop", notes="From Mia")
    change_customer(session, c, agent=ann, notes="From Moe")
    a.fields, b.fields = {"size": "L"}, {"shoe": "43"}
    for kind, ago, card in zip(("vk", "telegram", "email"), days, cards, strict=True):
        card.first_channel, card.first_contact_at = kind, now() - timedelta(days=ago)
    session.commit()
    before = [told(card) for card in cards]
    edges = [merge_customers(session, a, b, agent=ann), merge_customers(session, b, c, agent=ann)]
    session.commit()
    assert (c.phone, c.company, c.fields) == ("+79123456789", "Shop", {"size": "L", "shoe": "43"})
    unmerge_customers(session, edges[order[0]], agent=ann)
    session.commit()
    assert (c.phone, c.fields) == (("", {"shoe": "43"}), ("", {}))[order[0]]
    assert c.first_channel == ("telegram" if order[0] == 0 and days[1] > days[2] else "email")
    unmerge_customers(session, edges[order[1]], agent=ann)
    session.commit()
    assert [told(card) for card in cards] == before


@pytest.mark.requirement("CHN-09")
def test_what_comes_while_cards_are_merged_is_on_the_survivor(live_database: str) -> None:
    with transaction() as session:
        old, new = (meet(session, "email", f"{name}@customer.test").customer_id for name in ("max", "mia"))
        channel_id = make_channel(session).id
    begun, written = threading.Event(), threading.Event()

    def write() -> None:
        begun.wait(5)
        with transaction() as other:
            receive(other, other.get_one(Channel, channel_id), make_incoming(customer="Max"), dialog=None)
        written.set()

    writer = threading.Thread(target=write)
    writer.start()
    with transaction() as session:
        merge_customers(session, session.get_one(Customer, old), session.get_one(Customer, new), agent=None)
        begun.set()
        assert not written.wait(0.3)
    assert written.wait(5)
    writer.join()
    with transaction() as session:
        assert session.scalars(select(Dialog.customer_id)).all() == [new]

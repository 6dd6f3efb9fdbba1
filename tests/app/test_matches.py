"""Cards that may be one person's: only suggested, and not again once refused."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from people.actions import change_customer
from people.meeting import meet
from people.models import Agent, Customer
from tests.ground.browsing import Browser
from tests.makers import make_agent, make_channel, make_dialog
from tests.peers.fake import Outside

Browse = Callable[[Agent], Browser]


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_agent(session, language="en")


@pytest.fixture
def desk(session: Session, browse: Browse, outside: Outside, ann: Agent) -> Browser:
    return browse(ann)


def card(session: Session, kind: str, key: str, ann: Agent, **words: str) -> Customer:
    customer = meet(session, kind, key, shown=key).customer
    change_customer(session, customer, agent=ann, **words)  # type: ignore[arg-type]
    session.commit()
    return customer


def offered(desk: Browser, customer: Customer) -> list[tuple[int, list[str]]]:
    matches = desk.api("GET", f"/api/customers/{customer.id}/matches")["matches"]
    return [(each["customer"]["id"], each["reasons"]) for each in matches]


@pytest.mark.requirement("CHN-09")
def test_what_nobody_proved_is_suggested_on_both_cards_and_links_nothing(
    session: Session, desk: Browser, ann: Agent
) -> None:
    known = card(session, "email", "max@customer.test", ann, name="Max Mustermann", phone="+7 912 345-67-89")
    same = card(
        session, "telegram", "17", ann, name="max mustermann", email="Max@customer.test", phone="89123456789"
    )
    written = card(session, "vk", "18", ann, name="Other", email="MAX@customer.test")
    for number in ("19", "20"):
        card(session, "vk", number, ann, name="Anna")
    assert offered(desk, known) == [(same.id, ["phone", "email", "name"]), (written.id, ["email"])]
    assert offered(desk, written) == [(known.id, ["email"]), (same.id, ["email"])]
    assert known.merged_into is same.merged_into is written.merged_into is None
    assert "Perhaps the same person" in desk.get(f"/customers/{known.id}").text


@pytest.mark.requirement("CHN-09")
def test_a_refused_suggestion_is_not_offered_again_on_either_card(
    session: Session, desk: Browser, ann: Agent
) -> None:
    first = card(session, "email", "max@customer.test", ann, phone="+79123456789")
    second = card(session, "telegram", "17", ann, phone="+79123456789")
    third = card(session, "vk", "18", ann, phone="+79123456789")
    for _ in range(2):
        desk.api("POST", f"/api/customers/{second.id}/matches/{first.id}/refuse", {})
    assert offered(desk, first) == [(third.id, ["phone"])]
    assert offered(desk, second) == [(third.id, ["phone"])]
    assert desk.send(f"/customers/{first.id}/refuse/{third.id}").status_code == 303
    assert "Perhaps the same person" not in desk.get(f"/customers/{first.id}").text
    itself = desk.refused("POST", f"/api/customers/{first.id}/matches/{first.id}/refuse", {}, status=409)
    assert itself == "same_customer"


def test_an_accepted_suggestion_is_a_merge(session: Session, desk: Browser, ann: Agent) -> None:
    first = card(session, "email", "max@customer.test", ann, phone="+79123456789")
    second = card(session, "telegram", "17", ann, phone="+79123456789")
    assert f"/customers/{first.id}/merge/{second.id}" in desk.get(f"/customers/{first.id}").text
    assert desk.send(f"/customers/{first.id}/merge/{second.id}").status_code == 303
    assert offered(desk, first) == []
    assert len(desk.api("GET", f"/api/customers/{second.id}")["identities"]) == 2


def test_nobody_is_offered_a_card_they_may_not_see(session: Session, desk: Browser, ann: Agent) -> None:
    hidden = make_dialog(session, make_channel(session, make_agent(session, "Ben")), customer="Mia").customer
    change_customer(session, hidden, agent=ann, phone="+79123456789")
    seen = card(session, "email", "max@customer.test", ann, phone="+79123456789")
    assert offered(desk, seen) == []
    desk.refused("POST", f"/api/customers/{seen.id}/matches/{hidden.id}/refuse", {}, status=404)

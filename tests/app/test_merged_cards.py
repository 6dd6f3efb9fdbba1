"""Cards that became part of others: what is still open of them, and who sees what of them."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.access import customer_to_change
from core.db import transaction
from core.errors import Conflict
from inbox.actions import merge_customers
from people.actions import change_customer, make_field, set_fields
from people.meeting import meet
from people.models import Agent, Customer, Role
from tests.ground.browsing import Browser
from tests.makers import make_agent
from tests.peers.fake import Outside

Browse = Callable[[Agent], Browser]


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_agent(session, role=Role.OWNER, language="en")


def card(session: Session, name: str) -> Customer:
    return meet(session, "email", f"{name.lower()}@customer.test", name=name).customer


@pytest.mark.requirement("CHN-09")
def test_what_is_saved_on_a_card_that_was_merged_meanwhile_overwrites_nothing(
    session: Session, ann: Agent, browse: Browse, outside: Outside
) -> None:
    old, new = card(session, "Max"), card(session, "Mia")
    size = make_field(session, agent=ann, name="Size", type_="text", choices=[])
    set_fields(session, new, {size.id: "large"}, agent=ann)
    change_customer(session, old, agent=ann, notes="Likes blue.")
    change_customer(session, new, agent=ann, notes="Likes tea.", company="Tea Ltd")
    merge_customers(session, old, new, agent=ann)
    session.commit()
    desk = browse(ann)
    typed = {"name": "Maximilian", "notes": "Typed at length.", "company": ""}
    for path, words in (("", typed), ("/fields", {f"field_{size.id}": "Typed at length."})):
        answer = desk.send(f"/customers/{old.id}{path}", words)
        assert answer.status_code == 409
        assert "Nothing was saved: meanwhile this card became part of another, Mia." in answer.text
        assert f'href="/customers/{new.id}">Open the card it is part of now</a>' in answer.text
        assert "Typed at length." in answer.text
        # Saving once more is refused once more, whichever of the forms it is.
        assert f'action="/customers/{new.id}' not in answer.text.partition('id="dialogs"')[0]
    for change in (typed, {"fields": {str(size.id): "small"}}):
        error = desk.api("PATCH", f"/api/customers/{old.id}", change, status=409)["error"]
        assert (error["code"], error["details"]) == ("merged_meanwhile", {"customer_id": new.id})
    for each in (old, new):
        session.refresh(each)
    assert (new.name, new.notes, new.company) == ("Mia", "Likes tea.\n\nLikes blue.", "Tea Ltd")
    assert (new.fields, old.notes) == ({str(size.id): "large"}, "Likes blue.")


def test_a_form_beside_one_that_was_refused_saves_what_it_is_about(
    session: Session, ann: Agent, browse: Browse, outside: Outside
) -> None:
    customer = card(session, "Max")
    size = make_field(session, agent=ann, name="Size", type_="number", choices=[])
    session.commit()
    page = browse(ann).send(f"/customers/{customer.id}/fields", {f"field_{size.id}": "huge"})
    assert page.status_code == 422
    assert f'<form class="form" method="post" action="/customers/{customer.id}" novalidate>' in page.text


@pytest.mark.requirement("CHN-09")
def test_who_saves_while_a_colleague_merges_is_refused(live_database: str) -> None:
    with transaction() as session:
        old, new = (card(session, name).id for name in ("Max", "Mia"))
        agent_id = make_agent(session).id
    refused: list[str] = []
    done = threading.Event()

    def save() -> None:
        with pytest.raises(Conflict) as error, transaction() as other:
            customer_to_change(other, other.get_one(Agent, agent_id), old)
        refused.append(error.value.code)
        done.set()

    saving = threading.Thread(target=save)
    with transaction() as session:
        merge_customers(session, session.get_one(Customer, old), session.get_one(Customer, new), agent=None)
        saving.start()
        assert not done.wait(0.3)
    saving.join(5)
    assert refused == ["merged_meanwhile"]

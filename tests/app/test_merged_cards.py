"""Cards that became part of others: what is still open of them, and who sees what of them."""

import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

import app
from app.access import customer_to_change
from core.db import transaction
from core.errors import Conflict
from inbox.actions import merge_customers
from people.actions import change_customer, make_field, set_fields
from people.meeting import meet
from people.models import Agent, Customer, Role
from tests.ground.browsing import Browser
from tests.makers import make_agent, make_channel, make_dialog
from tests.peers.fake import Outside

APP = Path(app.__file__).parent
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
        assert "Nothing was saved: this card was merged into another one meanwhile, Mia." in answer.text
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


@pytest.mark.requirement("SYS-08")
def test_a_merge_names_and_gives_back_no_card_that_one_may_not_see(
    session: Session, ann: Agent, browse: Browse, outside: Outside
) -> None:
    ben = make_agent(session, "Ben", role=Role.ADMIN)
    hidden = make_dialog(session, make_channel(session, ann), customer="Max", subject="Secret").customer
    seen = make_dialog(session, make_channel(session), customer="Mia").customer
    bare = card(session, "Moe")
    merge_customers(session, bare, seen, agent=ann)
    edge = merge_customers(session, hidden, seen, agent=ann)
    session.commit()
    his, hers = browse(ben), browse(ann)
    listed = f"/api/customers/{seen.id}/merges"
    assert [each["name"] for each in his.api("GET", listed)["merges"]] == ["Moe"]
    assert [each["name"] for each in hers.api("GET", listed)["merges"]] == ["Max", "Moe"]
    assert "Max" in hers.get(f"/customers/{seen.id}").text.partition('id="merging"')[2]
    assert "Max" not in his.get(f"/customers/{seen.id}").text.partition('id="merging"')[2]
    undo = f"/api/merges/{edge.id}/undo"
    missing = his.api("POST", "/api/merges/4000000000/undo", {}, status=404)
    assert his.api("POST", undo, {}, status=404) == missing
    assert his.send(f"/customers/merges/{edge.id}/undo").status_code == 404
    assert hers.api("POST", undo, {})["id"] == hidden.id
    assert his.api("POST", undo, {}, status=404) == missing


@pytest.mark.requirement("SYS-08")
def test_every_list_of_merges_asks_who_may_see_them() -> None:
    """What reads merges anywhere in the application goes through app/access.py."""
    asking = {
        path.relative_to(APP).as_posix()
        for path in APP.rglob("*.py")
        if {"CustomerMerge", "merges_into"} & set(re.findall(r"\w+", path.read_text()))
    }
    assert asking == {"access.py"}

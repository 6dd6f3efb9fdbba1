"""Fields that a team adds to its customers' cards."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.errors import Forbidden, Invalid
from inbox.actions import merge_customers, unmerge_customers
from people.actions import change_field, make_field, set_fields
from people.fields import value_of
from people.meeting import meet
from people.models import Agent, Customer, CustomField, Role
from tests.ground.browsing import Browser
from tests.makers import make_agent
from tests.peers.fake import Outside

Browse = Callable[[Agent], Browser]


@pytest.fixture
def boss(session: Session) -> Agent:
    return make_agent(session, role=Role.OWNER, language="en")


@pytest.fixture
def customer(session: Session) -> Customer:
    found = meet(session, "email", "max@customer.test", name="Max").customer
    session.commit()
    return found


def field(session: Session, boss: Agent, type_: str = "text", *choices: str, name: str = "") -> CustomField:
    made = make_field(session, agent=boss, name=name or f"Our {type_}", type_=type_, choices=choices)
    session.commit()
    return made


@pytest.mark.parametrize(
    ("type_", "typed", "value"),
    [
        ("text", "  two\n words ", "two words"),
        ("text", 12, "12"),
        ("number", "1 234,50", 1234.5),
        ("number", "-7", -7),
        ("number", "\u221212", -12),
        ("date", "2024-02-29", "2024-02-29"),
        ("choice", "red", "red"),
        ("yes_no", "Yes", True),
        ("yes_no", False, False),
        ("number", "", None),
        ("date", " ", None),
        ("text", None, None),
    ],
)
def test_what_is_typed_is_kept_as_what_it_is(type_: str, typed: Any, value: Any) -> None:
    found = value_of(type_, typed, choices=["red", "blue"], field="f")
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("type_", "typed", "code"),
    [
        ("number", "many", "not_number"),
        ("number", "1e400", "not_number"),
        ("number", float("nan"), "not_number"),
        ("number", "9" * 16, "not_number"),
        ("date", "2023-02-29", "not_date"),
        ("date", "20240229", "not_date"),
        ("date", "tomorrow", "not_date"),
        ("choice", "green", "bad_choice"),
        ("yes_no", "perhaps", "bad_choice"),
    ],
)
def test_what_is_no_number_date_or_choice_is_refused(type_: str, typed: Any, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        value_of(type_, typed, choices=["red", "blue"], field="f")
    assert (refused.value.code, refused.value.field) == (code, "f")


def test_administrators_add_rename_and_retire_fields_on_a_page(
    session: Session, boss: Agent, browse: Browse, outside: Outside, customer: Customer
) -> None:
    desk = browse(boss)
    new = {"name": "<b>Size", "type": "choice", "choices": "small\nlarge\nsmall\n"}
    assert desk.send("/settings/fields", **{**new, "choices": ""}).status_code == 422
    assert desk.send("/settings/fields", **new).status_code == 303
    assert desk.send("/settings/fields", **{**new, "name": "<B>SIZE"}).status_code == 409
    assert "&lt;b&gt;Size" in desk.get("/settings/fields").text
    (made,) = desk.api("GET", "/api/customer-fields")["fields"]
    assert made["choices"] == ["small", "large"]
    page = f"/settings/fields/{made['id']}"
    assert "small\nlarge" in desk.get(page).text
    assert desk.send(f"/customers/{customer.id}/fields", **{f"field_{made['id']}": "huge"}).status_code == 422
    assert (
        desk.send(f"/customers/{customer.id}/fields", **{f"field_{made['id']}": "large"}).status_code == 303
    )
    assert desk.send(page, name="Size", choices="small\nhuge").status_code == 303
    assert (
        desk.send(f"/customers/{customer.id}/fields", **{f"field_{made['id']}": "large"}).status_code == 303
    )
    assert '<option value="large" selected' in desk.get(f"/customers/{customer.id}").text
    assert desk.send(page, name="Size", choices="small", retired="yes").status_code == 303
    assert desk.api("GET", "/api/customer-fields")["fields"] == []
    assert "Custom fields" not in desk.get(f"/customers/{customer.id}").text
    assert desk.api("GET", f"/api/customers/{customer.id}")["fields"] == {str(made["id"]): "large"}


def test_a_program_writes_values_of_every_type_and_takes_them_away(
    session: Session, boss: Agent, browse: Browse, outside: Outside, customer: Customer
) -> None:
    made = [field(session, boss, each) for each in ("text", "number", "date", "yes_no")]
    desk, path = browse(boss), f"/api/customers/{customer.id}"
    values = dict(zip([str(each.id) for each in made], ["Tea", 1.5, "2024-02-29", False], strict=True))
    assert desk.api("PATCH", path, {"fields": values})["fields"] == values
    left = desk.api("PATCH", path, {"fields": {str(made[0].id): None}, "notes": "Likes blue."})["fields"]
    assert left == {key: value for key, value in values.items() if key != str(made[0].id)}
    assert desk.refused("PATCH", path, {"fields": {str(made[1].id): "many"}}, status=422) == "not_number"
    assert desk.refused("PATCH", path, {"fields": {"777": "x"}}, status=404) == "unknown_field"
    assert desk.refused("PATCH", path, {"fields": {"x": "x"}}, status=422) == "invalid"


def test_only_administrators_make_fields(session: Session, boss: Agent) -> None:
    ann = make_agent(session)
    made = field(session, boss)
    with pytest.raises(Forbidden):
        make_field(session, agent=ann, name="Mine", type_="text", choices=[])
    with pytest.raises(Forbidden):
        change_field(session, made, agent=ann, name="Mine", choices=[], retired=True)


@pytest.mark.requirement("CHN-09")
def test_own_fields_go_with_a_merge_and_come_back(session: Session, boss: Agent, customer: Customer) -> None:
    size, colour = field(session, boss, name="Size"), field(session, boss, name="Colour")
    other = meet(session, "email", "mia@customer.test").customer
    set_fields(session, customer, {size.id: "large", colour.id: "blue"}, agent=boss)
    set_fields(session, other, {colour.id: "red"}, agent=boss)
    edge = merge_customers(session, customer, other, agent=boss)
    assert other.fields == {str(size.id): "large", str(colour.id): "red"}
    unmerge_customers(session, edge, agent=boss)
    assert other.fields == {str(colour.id): "red"}
    assert customer.fields == {str(size.id): "large", str(colour.id): "blue"}

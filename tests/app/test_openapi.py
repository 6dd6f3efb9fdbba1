"""The description of the API, and that writes take what it names and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from app.api.commands import Body
from app.api.endpoints import ENDPOINTS, Endpoint
from app.api.openapi import describe
from app.forms import Form
from inbox.models import Channel, Dialog, Message
from people.models import Agent, Customer, Role, Workspace
from tests.ground.browsing import Browser
from tests.makers import make_agent, make_dialog
from tests.peers.fake import Outside

Browse = Callable[[Agent], Browser]


def test_the_description_names_every_endpoint_that_is_served(app: Flask) -> None:
    served = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.read_openapi"
    }
    assert {(each.method, each.path) for each in ENDPOINTS} == served


def test_the_description_holds_together() -> None:
    found = describe()
    assert found["openapi"] == "3.1.0"
    names = [operation["operationId"] for path in found["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))
    schemas = found["components"]["schemas"]
    for reference in references(found):
        assert reference.removeprefix("#/components/schemas/") in schemas
    for path, operations in found["paths"].items():
        for operation in operations.values():
            assert operation["summary"].endswith("."), operation["operationId"]
            places = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert places == {part[1:-1] for part in path.split("/") if part.startswith("{")}
            assert operation["responses"]["200"]["content"]["application/json"]["schema"]


def references(value: Any) -> list[str]:
    """Every $ref in a document."""
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [each for part in value.values() for each in references(part)]
    return [each for part in value for each in references(part)] if isinstance(value, list) else []


def test_the_description_is_served_to_the_team(browse: Browse, session: Session) -> None:
    response = browse(make_agent(session)).get("/api/openapi.json")
    assert (response.status_code, response.mimetype) == (200, "application/json")


def subclasses(model: type[Any]) -> list[type[Any]]:
    return [each for child in model.__subclasses__() for each in (child, *subclasses(child))]


@pytest.mark.parametrize("model", [*subclasses(Body), *subclasses(Form)], ids=lambda model: model.__name__)
def test_every_body_and_form_refuses_what_it_does_not_name(model: type[Any]) -> None:
    assert model.model_config["extra"] == "forbid"


COLUMNS = sorted(
    {
        column.key
        for model in (Agent, Customer, Dialog, Message, Channel, Workspace)
        for column in inspect(model).columns
    }
)
WRITES = [each for each in ENDPOINTS if each.body is not None]


@pytest.mark.parametrize("each", WRITES, ids=lambda each: each.name)
def test_no_column_can_be_written_that_the_body_does_not_name(
    session: Session, browse: Browse, outside: Outside, each: Endpoint
) -> None:
    dialog = make_dialog(session)
    browser = browse(make_agent(session, role=Role.OWNER))
    path = each.path.replace("<int:dialog_id>", str(dialog.id)).replace(
        "<int:customer_id>", str(dialog.customer_id)
    )
    path = path.replace("<int:message_id>", str(dialog.last_message_id)).replace(
        "<any(reply,comment):mode>", "reply"
    )
    path = path.replace("<int:tag_id>", "1").replace("<int:upload_id>", "1")
    path = path.replace("<int:identity_id>", "1").replace("<int:blocked_id>", "1")
    path = path.replace("<int:merge_id>", "1").replace("<int:other_id>", "1")
    assert each.body is not None
    known = {field.alias or name for name, field in each.body.model_fields.items()}
    for column in COLUMNS:
        if column not in known:
            assert browser.refused(each.method, path, {column: 1}, status=422) == "invalid", column
    session.refresh(dialog)
    assert dialog.state == "open"

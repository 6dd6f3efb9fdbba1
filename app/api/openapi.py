"""`/api/openapi.json`: the API described by the declarations that serve it (OpenAPI 3.1)."""

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from flask import Response
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from app.access import Whom, open_to
from app.answers import to_json
from app.api.endpoints import ENDPOINTS, Endpoint, api
from app.api.shapes import ErrorShape

_REF = "#/components/schemas/{model}"
_PLACE = re.compile(r"<(?:(?P<kind>\w+)(?:\((?P<choices>[^)]*)\))?:)?(?P<name>\w+)>")
_PROBLEMS = {
    "400": "The request cannot be understood.",
    "401": "Nobody is signed in.",
    "403": "The role or the key does not allow it.",
    "404": "There is nothing, or nothing the reader may see.",
    "409": "Somebody or something was faster.",
    "413": "More than is taken at once.",
    "422": "What was sent cannot be done.",
    "429": "Too often.",
    "503": "Come back in a moment.",
}


@api.get("/openapi.json")
@open_to(Whom.TEAM, scope="read")
def read_openapi() -> Response:
    """This description."""
    return Response(_description(), mimetype="application/json")


@cache
def _description() -> bytes:
    return to_json(describe())


def describe() -> dict[str, Any]:
    """The whole API as OpenAPI 3.1."""
    bodies = {each.body for each in ENDPOINTS if each.body}
    answers = {each.answer for each in ENDPOINTS if each.answer} | {ErrorShape}
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        *((model, "validation") for model in sorted(bodies, key=_name)),
        *((model, "serialization") for model in sorted(answers, key=_name)),
    ]
    schemas, definitions = models_json_schema(modes, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for each in ENDPOINTS:
        path = _PLACE.sub(lambda place: "{" + place["name"] + "}", each.path)
        paths.setdefault(path, {})[each.method.lower()] = _operation(each, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Emptyfeed",
            "version": _release(),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key made in the settings: ef_…",
                },
                "browser": {"type": "apiKey", "in": "cookie", "name": "sid"},
            },
        },
    }


def _operation(each: Endpoint, schemas: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": each.name,
        "summary": each.summary,
        "security": [{"key": [each.scope] if each.scope else []}, {"browser": []}],
        "parameters": [*_places(each.path), *_queries(each.query)],
        "responses": {
            "200": {"description": "Done.", "content": _content(schemas.get((each.answer, "serialization")))},
            **{
                status: {"description": words, "content": _content(schemas[ErrorShape, "serialization"])}
                for status, words in _PROBLEMS.items()
            },
        },
    }
    if each.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": _content(schemas[each.body, "validation"]),
        }
    elif each.content_type == "multipart/form-data":
        file = {"type": "string", "contentMediaType": "application/octet-stream"}
        form = {"type": "object", "properties": {"file": file}, "required": ["file"]}
        operation["requestBody"] = {"required": True, "content": {each.content_type: {"schema": form}}}
    return operation


def _places(path: str) -> list[dict[str, Any]]:
    found = []
    for place in _PLACE.finditer(path):
        schema: dict[str, Any] = {"type": "integer" if place["kind"] == "int" else "string"}
        if place["kind"] == "any":
            schema["enum"] = place["choices"].split(",")
        found.append({"name": place["name"], "in": "path", "required": True, "schema": schema})
    return found


def _queries(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema = model.model_json_schema(ref_template=_REF)
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": part}
        for name, part in schema.get("properties", {}).items()
    ]


def _content(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema or {}}}


def _name(model: type[BaseModel]) -> str:
    return model.__name__


def _release() -> str:
    try:
        return version("emptyfeed")
    except PackageNotFoundError:
        return "0"
